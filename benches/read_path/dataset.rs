//! The site that is read: written in batches straight into the tables, but row by row what publishing would write.

use entity::{AccountId, AuthorId, DocumentId, TagId, TagIds, Timestamp};
use entity::{author, document, entry, entry_tag, entry_term, post, revision, rich_text, tag};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use wellspring::app::App;
use wellspring::domain::access::draft::{Detail, Projection};
use wellspring::domain::content::kinds::{Content, EntryContent, PostContent};
use wellspring::domain::content::projection::{Projected, Source, project};
use wellspring::domain::core::id::PublicId;
use wellspring::domain::core::slug;
use wellspring::domain::core::text::sort_key;
use wellspring::domain::questions::similar::terms;
use wellspring::domain::team::account;

use crate::Failure;
use crate::prose::{self, Random};
use wellspring::db::Tx;

const BODIES: u64 = 48;
const BODY_BYTES: usize = 6_000;
const TAGS_PER_POST: usize = 3;
/// SQLite takes 32,766 values in a statement; an entry has 19.
const BATCH: usize = 400;
/// Each transaction has so many batches.
const BATCHES: usize = 10;
/// Every so many posts one is projected again, to see that the shortcut writes what publishing would.
const CHECK: u32 = 500;
/// 2026-11-20T08:00:00Z, when the newest post was published.
const NEWEST: i64 = 1_795_161_600_000;
const BETWEEN_POSTS: i64 = 37 * 60 * 1000;

/// The slug of a post. All have one length, so that a request needs only its digits replaced.
pub fn slug(number: u32) -> String {
    format!("a-question-about-weak-legs-{number:06}")
}

/// Writes the site with this many posts into an empty database.
pub async fn load(app: &App, posts: u32) -> Result<(), Failure> {
    let oldest = Timestamp(NEWEST - i64::from(posts) * BETWEEN_POSTS);
    let mut tx = app.db.begin().await?;
    let mut site = Site::create(&tx, oldest).await?;
    let mut rows = Rows::default();
    for number in 0..posts {
        let published_at = Timestamp(oldest.0 + i64::from(number) * BETWEEN_POSTS);
        rows.add(site.post(number, published_at), site.editor);
        if rows.documents.len() == BATCH {
            std::mem::take(&mut rows).insert(&tx).await?;
        }
        if usize::try_from(number + 1)?.is_multiple_of(BATCH * BATCHES) {
            tx.commit().await?;
            tx = app.db.begin().await?;
        }
    }
    rows.insert(&tx).await?;
    Ok(tx.commit().await?)
}

/// What posts refer to, and the rendered bodies that they share.
struct Site {
    editor: AccountId,
    authors: Vec<AuthorId>,
    tags: Vec<TagId>,
    bodies: Vec<(String, Projection)>,
    random: Random,
}

struct Post {
    source: Source,
    content: Content,
    projection: Projection,
}

impl Site {
    async fn create(tx: &Tx, now: Timestamp) -> Result<Self, Failure> {
        let editor = account::first_owner(tx, now).await?.id;
        let authors: Vec<_> = prose::authors()
            .map(|name| author::Model {
                id: AuthorId::generate(now),
                slug: slug::from_title(&name),
                name,
                bio: Some("Writes about living well with a body that does not always obey.".to_owned()),
                avatar_id: None,
                created_at: now,
                updated_at: now,
            })
            .collect();
        let tags: Vec<_> = prose::tags()
            .map(|name| tag::Model {
                id: TagId::generate(now),
                slug: slug::from_title(&name),
                name,
                description: None,
                created_at: now,
                updated_at: now,
            })
            .collect();
        let site = Self {
            editor,
            authors: authors.iter().map(|author| author.id).collect(),
            tags: tags.iter().map(|tag| tag.id).collect(),
            bodies: (0..BODIES).map(|seed| rendered(seed, now)).collect(),
            random: Random::new(BODIES),
        };
        author::Entity::insert_many(authors.into_iter().map(|row| row.into_active_model().reset_all()))
            .exec(tx)
            .await?;
        tag::Entity::insert_many(tags.into_iter().map(|row| row.into_active_model().reset_all()))
            .exec(tx)
            .await?;
        Ok(site)
    }

    fn post(&mut self, number: u32, published_at: Timestamp) -> Post {
        let random = &mut self.random;
        let mut tags: Vec<TagId> = Vec::with_capacity(TAGS_PER_POST);
        while tags.len() < TAGS_PER_POST {
            let tag = *random.pick(&self.tags);
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        // Hand-written SQL has only the ids to order them by.
        tags.sort();
        let (body, template) = random.pick(&self.bodies).clone();
        let content = EntryContent {
            title: prose::title(random, number),
            slug: slug(number),
            excerpt: Some(prose::excerpt(random)),
            body,
            author: Some(*random.pick(&self.authors)),
            tags,
            ..EntryContent::default()
        };
        let source = source(DocumentId::generate(published_at), published_at);
        let projection = project_like(template, &source, &content);
        let content = Content::Post(PostContent { entry: content, ..PostContent::default() });
        if number.is_multiple_of(CHECK) {
            assert_eq!(
                projection,
                project(&source, &content).projection,
                "the shortcut equals a publication"
            );
        }
        Post { source, content, projection }
    }
}

fn source(document: DocumentId, published_at: Timestamp) -> Source {
    Source {
        document,
        locale: "en".to_owned(),
        translation_group: document,
        revision: 1,
        published_at,
        updated_at: published_at,
    }
}

/// A body and an entry that has it.
fn rendered(seed: u64, now: Timestamp) -> (String, Projection) {
    let body = prose::body(&mut Random::new(seed), BODY_BYTES);
    let entry = EntryContent { body: body.clone(), ..EntryContent::default() };
    let content = Content::Post(PostContent { entry, ..PostContent::default() });
    let Projected { projection, faults, .. } = project(&source(DocumentId::generate(now), now), &content);
    assert_eq!(faults, [], "the bodies have no directives");
    (body, projection)
}

/// The projection of a post with the same body, without rendering it again.
fn project_like(template: Projection, source: &Source, content: &EntryContent) -> Projection {
    let Projection { entry, rich_text, .. } = template;
    Projection {
        entry: entry::Model {
            id: source.document,
            locale: source.locale.clone(),
            slug: content.slug.clone(),
            title: content.title.clone(),
            sort_title: sort_key(&content.title),
            excerpt: content.excerpt.clone(),
            author_id: content.author,
            tag_ids: TagIds(content.tags.clone()),
            translation_group: source.translation_group,
            revision: source.revision,
            published_at: source.published_at,
            updated_at: source.updated_at,
            ..entry
        },
        rich_text: rich_text::Model { entry_id: source.document, ..rich_text },
        detail: Detail::Post(post::Model { entry_id: source.document, video_url: None }),
    }
}

/// Rows that wait to be written together.
#[derive(Default)]
struct Rows {
    documents: Vec<document::ActiveModel>,
    revisions: Vec<revision::ActiveModel>,
    entries: Vec<entry::ActiveModel>,
    texts: Vec<rich_text::ActiveModel>,
    posts: Vec<post::ActiveModel>,
    tags: Vec<entry_tag::ActiveModel>,
    terms: Vec<entry_term::ActiveModel>,
}

impl Rows {
    fn add(&mut self, post: Post, editor: AccountId) {
        let Post { source, content, projection } = post;
        let Projection { entry, rich_text, detail } = projection;
        let now = source.published_at;
        let document = document::Model {
            id: source.document,
            kind: entry.kind,
            locale: source.locale,
            slug: entry.slug.clone(),
            title: entry.title.clone(),
            sort_title: entry.sort_title.clone(),
            search_text: format!("{} {}", entry.title, entry.slug).to_lowercase(),
            translation_group: source.translation_group,
            head_revision: source.revision,
            live_revision: Some(source.revision),
            last_live_revision: Some(source.revision),
            first_published_at: Some(now),
            trashed_at: None,
            created_at: now,
            updated_at: now,
            owner_id: editor,
        };
        self.documents.push(document.into_active_model().reset_all());
        self.revisions.push(revision::ActiveModel {
            document_id: Set(source.document),
            number: Set(source.revision),
            content: Set(serde_json::to_value(content).expect("plain data")),
            editor_id: Set(editor),
            note: Set(None),
            created_at: Set(now),
        });
        self.tags.extend(entry.tag_ids.0.iter().map(|&tag_id| entry_tag::ActiveModel {
            tag_id: Set(tag_id),
            entry_id: Set(entry.id),
            locale: Set(entry.locale.clone()),
            published_at: Set(entry.published_at),
        }));
        // The words of a post beside those that nearly all have, as its headings and questions would have them.
        let rare = prose::rare(&mut Random::new(u64::try_from(now.0).unwrap_or_default()));
        let said = format!("{} {} {rare}", entry.title, entry.excerpt.as_deref().unwrap_or_default());
        self.terms.extend(terms(&said).into_iter().map(|term| entry_term::ActiveModel {
            entry_id: Set(entry.id),
            term: Set(term),
            locale: Set(entry.locale.clone()),
        }));
        self.entries.push(entry.into_active_model().reset_all());
        self.texts.push(rich_text.into_active_model().reset_all());
        if let Detail::Post(post) = detail {
            self.posts.push(post.into_active_model().reset_all());
        }
    }

    async fn insert(self, tx: &Tx) -> Result<(), Failure> {
        if self.documents.is_empty() {
            return Ok(());
        }
        document::Entity::insert_many(self.documents).exec(tx).await?;
        revision::Entity::insert_many(self.revisions).exec(tx).await?;
        entry::Entity::insert_many(self.entries).exec(tx).await?;
        rich_text::Entity::insert_many(self.texts).exec(tx).await?;
        post::Entity::insert_many(self.posts).exec(tx).await?;
        entry_tag::Entity::insert_many(self.tags).exec(tx).await?;
        // More rows than the others have, and three values each: a statement holds 32,766.
        for some in self.terms.chunks(10_000) {
            entry_term::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
        }
        Ok(())
    }
}
