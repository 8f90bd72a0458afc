//! The site: who it is and how it is built.

use std::sync::Arc;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::ctx;
use super::error::{Result, UserError};
use super::input::{map_patch, patch};
use super::payload::perform;
use crate::domain::access::policy::ManageSite;
use crate::domain::site::catalog::Catalog;
use crate::domain::site::settings;

/// The site that all entries belong to.
pub struct Site {
    catalog: Arc<Catalog>,
    base_url: Arc<str>,
}

/// The site that all entries belong to.
#[Object]
impl Site {
    /// Title, at most 120 characters.
    async fn title(&self) -> &str {
        &self.catalog.site.title
    }

    /// A line below the title, at most 300 characters.
    async fn tagline(&self) -> Option<&str> {
        self.catalog.site.tagline.as_deref()
    }

    /// What the site is about, plain text, at most 4,000 characters.
    async fn about(&self) -> Option<&str> {
        self.catalog.site.about.as_deref()
    }

    /// Where the frontend is, without a slash at the end. The server's own address until it is set.
    async fn base_url(&self) -> &str {
        self.catalog.site.base_url.as_deref().unwrap_or(&self.base_url)
    }

    /// Languages as BCP 47 tags, the default first.
    async fn locales(&self) -> &[String] {
        &self.catalog.site.locales
    }

    /// IANA name of the time zone in which the site shows dates. The API itself answers in UTC.
    async fn time_zone(&self) -> &str {
        &self.catalog.site.time_zone
    }

    /// What to show beside advice, plain text, at most 4,000 characters.
    async fn disclaimer(&self) -> Option<&str> {
        self.catalog.site.disclaimer.as_deref()
    }

    /// Pattern of the paths of posts, such as `/posts/{slug}`.
    async fn post_path(&self) -> &str {
        self.catalog.site.post_path.as_str()
    }

    /// Pattern of the paths of pages, such as `/{slug}`.
    async fn page_path(&self) -> &str {
        self.catalog.site.page_path.as_str()
    }

    /// Pattern of the paths of routines, such as `/routines/{slug}`.
    async fn routine_path(&self) -> &str {
        self.catalog.site.routine_path.as_str()
    }

    /// Whether a routine is published only with a safety note of kind STOP, or with a disclaimer of the site.
    async fn routines_need_safety_note(&self) -> bool {
        self.catalog.site.routines.need_safety_note
    }

    /// How long a rep is taken to last where a routine says no tempo, in seconds.
    async fn seconds_per_rep(&self) -> i32 {
        self.catalog.site.routines.pace.seconds_per_rep
    }

    /// How long a breath is taken to last, in seconds.
    async fn seconds_per_breath(&self) -> i32 {
        self.catalog.site.routines.pace.seconds_per_breath
    }

    /// For how long what readers sent in is kept once it is over, for a privacy notice.
    async fn question_retention(&self) -> QuestionRetention {
        let kept = self.catalog.site.questions.retention;
        QuestionRetention {
            spam_days: kept.spam_days,
            closed_days: kept.closed_days,
            answered_days: kept.answered_days,
        }
    }

    /// All menus.
    async fn menus(&self) -> Vec<Menu> {
        self.catalog.site.menus.iter().cloned().map(Menu::from).collect()
    }

    /// The menu with this name.
    async fn menu(
        &self,
        #[graphql(desc = "Name of the menu, such as `main`.")] name: String,
    ) -> Option<Menu> {
        self.catalog.site.menus.iter().find(|menu| menu.name == name).cloned().map(Menu::from)
    }
}

/// After how many days the words, names and addresses of readers are destroyed. What the author wrote in other words stays.
#[derive(SimpleObject)]
pub struct QuestionRetention {
    /// Of spam.
    spam_days: i32,
    /// Of questions that were declined or withdrawn, or that repeat others.
    closed_days: i32,
    /// Of questions that are answered.
    answered_days: i32,
}

/// A list of links under a name.
#[derive(SimpleObject)]
pub struct Menu {
    /// Such as `main`; lower-case letters, digits and hyphens.
    name: String,
    /// The links in order, at most 50.
    items: Vec<MenuItem>,
}

impl From<settings::Menu> for Menu {
    fn from(menu: settings::Menu) -> Self {
        let items =
            menu.items.into_iter().map(|item| MenuItem { label: item.label, url: item.url }).collect();
        Self { name: menu.name, items }
    }
}

/// A link of a menu.
#[derive(SimpleObject)]
pub struct MenuItem {
    /// What the link says, at most 120 characters.
    label: String,
    /// A path on the site or an absolute URL.
    url: String,
}

/// What search engines and link previews need of an entry.
#[derive(SimpleObject)]
pub struct Seo {
    /// Title for search results; the entry's own unless another was given.
    pub title: String,
    /// Description for search results; the excerpt unless another was given.
    pub description: Option<String>,
    /// The one address under which the entry should be known.
    pub canonical_url: String,
    /// Whether search engines should leave the entry out.
    pub no_index: bool,
}

#[derive(Default)]
pub struct SiteQuery;

#[Object]
impl SiteQuery {
    /// The site's name, languages, paths and menus.
    async fn site(&self, context: &Context<'_>) -> Result<Site> {
        site_now(context).await
    }
}

async fn site_now(context: &Context<'_>) -> Result<Site> {
    let ctx = ctx(context);
    Ok(Site { catalog: ctx.fresh_catalog().await?, base_url: Arc::clone(&ctx.base_url) })
}

/// Changes to the site. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SaveSiteInput {
    /// Title, 1 to 120 characters.
    title: MaybeUndefined<String>,
    /// A line below the title, at most 300 characters.
    tagline: MaybeUndefined<String>,
    /// What the site is about, plain text, at most 4,000 characters.
    about: MaybeUndefined<String>,
    /// Where the frontend is: http or https, a host and perhaps a port, such as `https://example.org`.
    base_url: MaybeUndefined<String>,
    /// 1 to 40 BCP 47 tags, the default first. A language that a document has cannot go.
    locales: MaybeUndefined<Vec<String>>,
    /// An IANA time zone such as `Europe/Berlin`.
    time_zone: MaybeUndefined<String>,
    /// What to show beside advice, plain text, at most 4,000 characters.
    disclaimer: MaybeUndefined<String>,
    /// A path with `{slug}` as one of its parts, and `{locale}` if wanted.
    post_path: MaybeUndefined<String>,
    /// A path with `{slug}` as one of its parts, and `{locale}` if wanted.
    page_path: MaybeUndefined<String>,
    /// A path with `{slug}` as one of its parts, and `{locale}` if wanted.
    routine_path: MaybeUndefined<String>,
    /// All menus, at most 10; those that are left out are gone.
    menus: MaybeUndefined<Vec<MenuInput>>,
    /// Where the frontend shows previews of posts: an http or https URL, or a path on the site, with `{token}` and perhaps
    /// `{path}`, `{slug}` and `{locale}`, such as `/api/preview?token={token}&path={path}`. Only the team reads it.
    post_preview_url: MaybeUndefined<String>,
    /// The same for pages.
    page_preview_url: MaybeUndefined<String>,
    /// The same for routines.
    routine_preview_url: MaybeUndefined<String>,
    /// Whether a routine is published only with a safety note of kind STOP, or with a disclaimer of the site; true until it
    /// is changed. What is public already stays so.
    routines_need_safety_note: MaybeUndefined<bool>,
    /// How long a rep is taken to last where a routine says no tempo, 1 to 60 seconds; 4 until it is changed.
    seconds_per_rep: MaybeUndefined<i32>,
    /// How long a breath is taken to last, 1 to 60 seconds; 4 until it is changed.
    seconds_per_breath: MaybeUndefined<i32>,
    /// The words beside the checkboxes of a form for questions. Other words are another version; readers who have the form
    /// open agree to those that they see.
    consent_wording: MaybeUndefined<ConsentWordingInput>,
    /// For how long the originals of spam are kept, 1 to 3,650 days; 30 until it is changed.
    keep_spam_days: MaybeUndefined<i32>,
    /// The same for questions that were declined or withdrawn, or that repeat others; 180 until it is changed.
    keep_closed_days: MaybeUndefined<i32>,
    /// The same for answered questions; 365 until it is changed. Questions that somebody waits for are kept.
    keep_answered_days: MaybeUndefined<i32>,
}

/// The words to which readers consent. `null` for the usual ones.
#[derive(InputObject)]
pub struct ConsentWordingInput {
    /// What somebody agrees to who gives an address, at most 1,000 characters.
    answer_privately: MaybeUndefined<String>,
    /// What somebody agrees to whose question may be published in other words, at most 1,000 characters.
    publish_paraphrase: MaybeUndefined<String>,
}

/// A menu.
#[derive(InputObject)]
pub struct MenuInput {
    /// Such as `main`; lower-case letters, digits and hyphens, unique.
    name: String,
    /// The links in order, at most 50.
    items: Vec<MenuItemInput>,
}

/// A link of a menu.
#[derive(InputObject)]
pub struct MenuItemInput {
    /// What the link says, 1 to 120 characters.
    label: String,
    /// A path on the site or an absolute URL.
    url: String,
}

impl From<MenuInput> for settings::Menu {
    fn from(menu: MenuInput) -> Self {
        let items = menu
            .items
            .into_iter()
            .map(|item| settings::MenuItem { label: item.label, url: item.url })
            .collect();
        Self { name: menu.name, items }
    }
}

/// The site after a change.
#[derive(SimpleObject)]
pub struct SaveSitePayload {
    /// As it is now; null when the input was refused.
    site: Option<Site>,
    /// What is wrong with the input. Empty when it was saved.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct SiteMutation;

#[Object]
impl SiteMutation {
    /// Changes the site's settings. They are public at once, but where previews are shown. Needs `content:write`.
    async fn save_site(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: SaveSiteInput,
    ) -> Option<Result<SaveSitePayload>> {
        Some(save(context, input).await)
    }
}

async fn save(context: &Context<'_>, input: SaveSiteInput) -> Result<SaveSitePayload> {
    let permit = ctx(context).viewer.permit::<ManageSite>()?;
    let (answer_privately, publish_paraphrase) = match input.consent_wording {
        MaybeUndefined::Undefined => (MaybeUndefined::Undefined, MaybeUndefined::Undefined),
        MaybeUndefined::Null => (MaybeUndefined::Null, MaybeUndefined::Null),
        MaybeUndefined::Value(wording) => (wording.answer_privately, wording.publish_paraphrase),
    };
    let save = settings::Save {
        title: patch(input.title),
        tagline: patch(input.tagline),
        about: patch(input.about),
        base_url: patch(input.base_url),
        locales: patch(input.locales),
        time_zone: patch(input.time_zone),
        disclaimer: patch(input.disclaimer),
        post_path: patch(input.post_path),
        page_path: patch(input.page_path),
        menus: map_patch(input.menus, |menus| menus.into_iter().map(settings::Menu::from).collect()),
        post_preview_url: patch(input.post_preview_url),
        page_preview_url: patch(input.page_preview_url),
        routine_path: patch(input.routine_path),
        routine_preview_url: patch(input.routine_preview_url),
        routines: settings::SaveRoutineRules {
            need_safety_note: patch(input.routines_need_safety_note),
            seconds_per_rep: patch(input.seconds_per_rep),
            seconds_per_breath: patch(input.seconds_per_breath),
        },
        questions: settings::SaveQuestionRules {
            answer_privately: patch(answer_privately),
            publish_paraphrase: patch(publish_paraphrase),
            spam_days: patch(input.keep_spam_days),
            closed_days: patch(input.keep_closed_days),
            answered_days: patch(input.keep_answered_days),
        },
    };
    let now = ctx(context).now;
    let outcome = perform(context, async |tx| settings::save(tx, &permit, now, save).await);
    Ok(match outcome.await? {
        Ok(_) => SaveSitePayload { site: Some(site_now(context).await?), user_errors: Vec::new() },
        Err(user_errors) => SaveSitePayload { site: None, user_errors },
    })
}
