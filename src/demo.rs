//! The demo site: real content for a first look, written through the same rules as any other.
//!
//! It goes only into an empty database, in one transaction: all of it or nothing. Only the bytes of its files are stored
//! before.

mod files;
mod questions;
mod routines;

use std::collections::HashMap;
use std::sync::Arc;

use entity::{AccountId, AssetId, AuthorId, DocumentId, Role, SeriesId, SessionId, TagId, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::db::Tx;
use crate::domain::access::policy::{Action, ManageDocuments, Permit, Viewer};
use crate::domain::content::kinds::{ContentPatch, EntryPatch, Save};
use crate::domain::content::publish::routines::Embedded;
use crate::domain::content::{document as documents, publish};
use crate::domain::core::error::Result;
use crate::domain::core::patch::Patch;
use crate::domain::core::time::DAY;
use crate::domain::core::{id, site_row};
use crate::domain::job::JobError;
use crate::domain::routine::Routine;
use crate::domain::site::{author, series, settings, tag as tags};
use crate::domain::team::account;

use questions::Questions;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(include_str!(concat!("demo/", $name))),*]
    };
}

const SITE: &str = include_str!("demo/site.toml");
const PAGES: [&str; 2] = files!["pages/about.md", "pages/start-here.md",];
const ROUTINES: [&str; 3] = files![
    "routines/01-sit-to-stand-ladder.md",
    "routines/02-bad-day-in-a-chair.md",
    "routines/03-counter-stands.md",
];
const POSTS: [&str; 20] = files![
    "posts/01-my-own-patient.md",
    "posts/02-wake-up-your-feet.md",
    "posts/03-kitchen-counter-balance.md",
    "posts/04-shoulders-off-the-ears.md",
    "posts/05-the-energy-ledger.md",
    "posts/06-up-from-the-floor.md",
    "posts/07-the-week-my-hand-went-quiet.md",
    "posts/08-will-exercise-make-it-worse.md",
    "posts/09-warm-shower-weak-legs.md",
    "posts/10-warme-dusche-weiche-beine.md",
    "posts/11-weak-legs-where-to-start.md",
    "posts/12-schwache-beine-wo-anfangen.md",
    "posts/13-tired-is-not-the-word.md",
    "posts/14-dinner-sitting-down.md",
    "posts/15-do-i-need-a-stick.md",
    "posts/16-calf-cramps-at-night.md",
    "posts/17-ten-minute-appointment.md",
    "posts/18-calf-stretch-at-the-wall.md",
    "posts/19-a-fridge-bag-to-lisbon.md",
    "posts/20-win-a-wobble-cushion.md",
];

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeded {
    Yes {
        documents: usize,
    },
    /// There was content already, and nothing was done.
    NotEmpty,
}

pub async fn seed(app: &App) -> Result<Seeded, JobError> {
    if !app.write(is_empty).await? {
        return Ok(Seeded::NotEmpty);
    }
    let stored = files::store(app).await?;
    let tx = app.db.begin().await?;
    // Another node may be doing the same.
    site_row::lock(&tx).await?;
    if !is_empty(&tx).await? {
        tx.rollback().await;
        return Ok(Seeded::NotEmpty);
    }
    let demo: Site = toml::from_str(SITE).expect("the demo is part of the program and tested");
    let pages = PAGES.iter().map(|text| Document::parse(Kind::Page, text));
    let posts = POSTS.iter().map(|text| Document::parse(Kind::Post, text));
    let routines = ROUTINES.iter().map(|text| Document::parse(Kind::Routine, text));
    // Oldest first, so that a routine is there before the posts that embed it, and a question before its answer.
    let mut documents: Vec<Document> = pages.chain(posts).chain(routines).collect();
    documents.sort_by_key(|document| std::cmp::Reverse(document.days_ago));
    let asked = Questions::parse();
    let oldest = documents.first().map_or(0, |document| document.days_ago).max(asked.oldest());

    let now = app.clock.now();
    let then = before(now, oldest + 1);
    let owner = account::first_owner(&tx, then).await?.id;
    let assets = files::write(&tx, &permit(owner), then, &stored).await?;
    let mut writer = Writer { tx: &tx, now, ids: HashMap::new(), site: Catalogued::default(), assets, owner };
    let settings = writer.catalog(demo, owner, then).await?;
    let mut questions = questions::Writer::new((&tx, now), &app.keyring, owner, settings);
    questions.begin(&asked, &writer.site.series).await?;
    let mut waiting = asked.question.iter().peekable();
    for document in &documents {
        while let Some(question) = waiting.next_if(|question| question.days_ago >= document.days_ago) {
            questions.write(question, &writer.site).await?;
        }
        writer.document(document, questions.answered_by(&document.slug)).await?;
    }
    for question in waiting {
        questions.write(question, &writer.site).await?;
    }
    questions.end().await?;
    tx.commit().await?;
    Ok(Seeded::Yes { documents: documents.len() })
}

async fn is_empty(tx: &Tx) -> Result<bool> {
    Ok(documents::none_exist(tx).await?
        && tags::none_exist(tx).await?
        && series::none_exist(tx).await?
        && author::none_exist(tx).await?)
}

struct Writer<'a> {
    tx: &'a Tx,
    now: Timestamp,
    ids: HashMap<String, DocumentId>,
    site: Catalogued,
    assets: files::Assets,
    owner: AccountId,
}

/// What documents refer to, by slug.
#[derive(Default)]
struct Catalogued {
    tags: HashMap<String, TagId>,
    series: HashMap<String, SeriesId>,
    authors: HashMap<String, AuthorId>,
    editors: HashMap<String, AccountId>,
}

impl Writer<'_> {
    async fn catalog(&mut self, demo: Site, owner: AccountId, then: Timestamp) -> Result<settings::Settings> {
        let tx = self.tx;
        for author in demo.author {
            let account = account::create(tx, then, &author.name, Some(&author.email), author.role).await?;
            let save = author::Save {
                id: None,
                slug: Patch::Set(author.slug.clone()),
                name: Patch::Set(author.name),
                bio: Patch::Set(author.bio),
                avatar: Patch::Set(id::format(self.assets[author.avatar.as_str()])),
            };
            let row = author::save(tx, &permit(account.id), then, save).await?;
            self.site.authors.insert(author.slug.clone(), row.id);
            self.site.editors.insert(author.slug, account.id);
        }
        for tag in demo.tag {
            let save = tags::Save {
                id: None,
                slug: Patch::Set(tag.slug.clone()),
                name: Patch::Set(tag.name),
                description: Patch::Set(tag.description),
            };
            let row = tags::save(tx, &permit(owner), then, save).await?;
            self.site.tags.insert(tag.slug, row.id);
        }
        for run in demo.series {
            let save = series::Save {
                id: None,
                slug: Patch::Set(run.slug.clone()),
                title: Patch::Set(run.title),
                description: Patch::Set(run.description),
            };
            let row = series::save(tx, &permit(owner), then, save).await?;
            self.site.series.insert(run.slug, row.id);
        }
        let menus = demo.menu.into_iter().map(|menu| settings::Menu {
            name: menu.name,
            items: menu
                .items
                .into_iter()
                .map(|item| settings::MenuItem { label: item.label, url: item.path })
                .collect(),
        });
        let save = settings::Save {
            title: Patch::Set(demo.site.title),
            tagline: Patch::Set(demo.site.tagline),
            about: Patch::Set(demo.site.about),
            disclaimer: Patch::Set(demo.site.disclaimer),
            locales: Patch::Set(demo.site.locales),
            time_zone: Patch::Set(demo.site.time_zone),
            menus: Patch::Set(menus.collect()),
            ..settings::Save::default()
        };
        settings::save(tx, &permit(owner), then, save).await
    }

    async fn document(&mut self, demo: &Document, questions: Patch<Vec<String>>) -> Result<()> {
        let then = before(self.now, demo.days_ago);
        let permit: Permit<ManageDocuments> = permit(self.site.editors[&demo.author]);
        let saved = documents::save(self.tx, &permit, then, self.first(demo, questions)).await?;
        self.ids.insert(demo.slug.clone(), saved.id);
        match demo.state {
            State::Draft => return Ok(()),
            State::Live => publish::publish(self.tx, &permit, then, saved.id, None, None).await?,
            State::Trashed => {
                documents::trash(self.tx, &permit, then, saved.id, None, Embedded::Kept).await?
            }
        };
        if let Some(later) = &demo.later {
            let then = before(self.now, 1);
            let save = self.later_revision(demo, later, saved.id, saved.head_revision);
            documents::save(self.tx, &permit, then, save).await?;
        }
        Ok(())
    }

    fn later_revision(&self, demo: &Document, later: &Later, id: DocumentId, expected: i32) -> Save {
        let body = later.body_append.as_ref().map(|text| format!("{}\n\n{text}\n", demo.body.trim_end()));
        let body = body.map(|body| self.with_files(&body));
        let entry = EntryPatch { title: set(later.title.clone()), body: set(body), ..EntryPatch::default() };
        let patch = match demo.kind {
            Kind::Post => ContentPatch::Post { entry, video_url: Patch::Keep, questions: Patch::Keep },
            Kind::Page => ContentPatch::Page { entry },
            Kind::Routine => ContentPatch::Routine { entry, routine: Box::default() },
        };
        Save {
            id: Some(id),
            expected_revision: Some(expected),
            locale: None,
            translation_of: None,
            note: later.note.clone(),
            patch,
            questions: None,
        }
    }

    /// The text with ids in the place of the names of files.
    fn with_files(&self, body: &str) -> String {
        let name_to_id = |text: String, (name, &asset): (&&str, &AssetId)| {
            text.replace(&format!("{{file:{name}}}"), &id::format(asset))
        };
        self.assets.iter().fold(body.to_owned(), name_to_id)
    }

    fn first(&self, demo: &Document, questions: Patch<Vec<String>>) -> Save {
        let tags = demo.tags.iter().map(|slug| id::format(self.site.tags[slug])).collect();
        let entry = EntryPatch {
            title: Patch::Set(demo.title.clone()),
            slug: Patch::Set(demo.slug.clone()),
            excerpt: set(demo.excerpt.clone()),
            body: Patch::Set(self.with_files(&demo.body)),
            cover: set(demo.cover.as_ref().map(|name| id::format(self.assets[name.as_str()]))),
            author: Patch::Set(id::format(self.site.authors[&demo.author])),
            tags: Patch::Set(tags),
            series: set(demo.series.as_ref().map(|slug| id::format(self.site.series[slug]))),
            series_position: set(demo.series_position),
            seo_description: set(demo.seo_description.clone()),
            ..EntryPatch::default()
        };
        let patch = match demo.kind {
            Kind::Post => ContentPatch::Post { entry, video_url: set(demo.video_url.clone()), questions },
            Kind::Page => ContentPatch::Page { entry },
            Kind::Routine => {
                let written = demo.routine.clone().unwrap_or_default();
                let reviewed = demo.reviewed_days_ago.map(|days| before(self.now, days));
                let routine = Box::new(routines::patch(written, reviewed, &self.assets));
                ContentPatch::Routine { entry, routine }
            }
        };
        Save {
            id: None,
            expected_revision: None,
            locale: Some(demo.locale.clone()),
            translation_of: demo.translation_of.as_ref().map(|slug| self.ids[slug]),
            note: None,
            patch,
            questions: Some(Arc::new(permit(self.owner))),
        }
    }
}

fn set<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Keep, Patch::Set)
}

fn before(now: Timestamp, days: i64) -> Timestamp {
    Timestamp(now.0 - days * DAY)
}

/// The owner of a new site may do everything.
fn permit<A: Action>(account: AccountId) -> Permit<A> {
    let session = SessionId(Uuid::nil());
    Viewer::Team { account, role: Role::Owner, session }.permit().expect("owners may do everything")
}

#[derive(Deserialize)]
struct Site {
    site: About,
    menu: Vec<Menu>,
    tag: Vec<Tag>,
    series: Vec<Series>,
    author: Vec<Author>,
}

#[derive(Deserialize)]
struct About {
    title: String,
    tagline: String,
    about: String,
    disclaimer: String,
    locales: Vec<String>,
    time_zone: String,
}

#[derive(Deserialize)]
struct Menu {
    name: String,
    items: Vec<MenuItem>,
}

#[derive(Deserialize)]
struct MenuItem {
    label: String,
    path: String,
}

#[derive(Deserialize)]
struct Tag {
    slug: String,
    name: String,
    description: String,
}

#[derive(Deserialize)]
struct Series {
    slug: String,
    title: String,
    description: String,
}

#[derive(Deserialize)]
struct Author {
    slug: String,
    name: String,
    bio: String,
    email: String,
    role: Role,
    /// Name of a file.
    avatar: String,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum Kind {
    #[default]
    Post,
    Page,
    Routine,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Live,
    Draft,
    Trashed,
}

/// The front matter of a file, and its body.
#[derive(Deserialize)]
struct Document {
    #[serde(skip)]
    kind: Kind,
    slug: String,
    title: String,
    excerpt: Option<String>,
    author: String,
    #[serde(default)]
    tags: Vec<String>,
    series: Option<String>,
    series_position: Option<i32>,
    days_ago: i64,
    locale: String,
    translation_of: Option<String>,
    /// Name of a file.
    cover: Option<String>,
    video_url: Option<String>,
    seo_description: Option<String>,
    /// Of a routine.
    reviewed_days_ago: Option<i64>,
    /// What is done, in a routine. Its videos name files.
    routine: Option<Routine<String>>,
    state: State,
    later: Option<Later>,
    #[serde(skip)]
    body: String,
}

/// A revision that was saved after the live one.
#[derive(Deserialize)]
struct Later {
    title: Option<String>,
    note: Option<String>,
    body_append: Option<String>,
}

impl Document {
    fn parse(kind: Kind, text: &str) -> Self {
        let (front, body) = text
            .strip_prefix("+++\n")
            .and_then(|rest| rest.split_once("\n+++\n"))
            .expect("the demo is part of the program and tested");
        let mut document: Self = toml::from_str(front).expect("the demo is part of the program and tested");
        body.trim().clone_into(&mut document.body);
        document.kind = kind;
        document
    }
}
