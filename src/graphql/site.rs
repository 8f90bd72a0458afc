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
    /// The title, at most 120 characters.
    async fn title(&self) -> &str {
        &self.catalog.site.title
    }

    /// A line to show below the title, at most 300 characters.
    async fn tagline(&self) -> Option<&str> {
        self.catalog.site.tagline.as_deref()
    }

    /// A description of the site in plain text, at most 4,000 characters.
    async fn about(&self) -> Option<&str> {
        self.catalog.site.about.as_deref()
    }

    /// The URL of the frontend without a trailing slash. Defaults to the URL of the server.
    async fn base_url(&self) -> &str {
        self.catalog.site.base_url.as_deref().unwrap_or(&self.base_url)
    }

    /// The languages of the site as BCP 47 tags, the default language first.
    async fn locales(&self) -> &[String] {
        &self.catalog.site.locales
    }

    /// The IANA name of the time zone in which the site shows dates. The API itself returns UTC.
    async fn time_zone(&self) -> &str {
        &self.catalog.site.time_zone
    }

    /// A disclaimer to show next to advice: plain text, at most 4,000 characters.
    async fn disclaimer(&self) -> Option<&str> {
        self.catalog.site.disclaimer.as_deref()
    }

    /// The path pattern of posts, such as `/posts/{slug}`.
    async fn post_path(&self) -> &str {
        self.catalog.site.post_path.as_str()
    }

    /// The path pattern of pages, such as `/{slug}`.
    async fn page_path(&self) -> &str {
        self.catalog.site.page_path.as_str()
    }

    /// The path pattern of routines, such as `/routines/{slug}`.
    async fn routine_path(&self) -> &str {
        self.catalog.site.routine_path.as_str()
    }

    /// Whether a routine can only be published if it has a safety note of the kind `STOP`, or if the site has a
    /// disclaimer.
    async fn routines_need_safety_note(&self) -> bool {
        self.catalog.site.routines.need_safety_note
    }

    /// The assumed duration of a repetition in seconds, for exercises without a tempo.
    async fn seconds_per_rep(&self) -> i32 {
        self.catalog.site.routines.pace.seconds_per_rep
    }

    /// The assumed duration of a breath in seconds.
    async fn seconds_per_breath(&self) -> i32 {
        self.catalog.site.routines.pace.seconds_per_breath
    }

    /// How long readers' originals are kept after a question is closed. Useful for a privacy notice.
    async fn question_retention(&self) -> QuestionRetention {
        let kept = self.catalog.site.questions.retention;
        QuestionRetention {
            spam_days: kept.spam_days,
            closed_days: kept.closed_days,
            answered_days: kept.answered_days,
        }
    }

    /// All menus of the site.
    async fn menus(&self) -> Vec<Menu> {
        self.catalog.site.menus.iter().cloned().map(Menu::from).collect()
    }

    /// Returns the menu with this name.
    async fn menu(
        &self,
        #[graphql(desc = "The name of the menu, such as `main`.")] name: String,
    ) -> Option<Menu> {
        self.catalog.site.menus.iter().find(|menu| menu.name == name).cloned().map(Menu::from)
    }
}

/// The number of days after which readers' texts, names and email addresses are erased. The author's own words are
/// kept.
#[derive(SimpleObject)]
pub struct QuestionRetention {
    /// The number of days for spam.
    spam_days: i32,
    /// The number of days for questions that were declined, withdrawn or marked as duplicates.
    closed_days: i32,
    /// The number of days for answered questions.
    answered_days: i32,
}

/// A named list of links.
#[derive(SimpleObject)]
pub struct Menu {
    /// The name, such as `main`: lower-case letters, digits and hyphens.
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

/// A link in a menu.
#[derive(SimpleObject)]
pub struct MenuItem {
    /// The text of the link, at most 120 characters.
    label: String,
    /// A path on the site or an absolute URL.
    url: String,
}

/// The fields of an entry for search engines and link previews.
#[derive(SimpleObject)]
pub struct Seo {
    /// The title for search results. Defaults to the title of the entry.
    pub title: String,
    /// The description for search results. Defaults to the excerpt of the entry.
    pub description: Option<String>,
    /// The canonical URL of the entry.
    pub canonical_url: String,
    /// Whether search engines are asked not to index the entry.
    pub no_index: bool,
}

#[derive(Default)]
pub struct SiteQuery;

#[Object]
impl SiteQuery {
    /// The site's name, languages, path patterns and menus.
    async fn site(&self, context: &Context<'_>) -> Result<Site> {
        site_now(context).await
    }
}

async fn site_now(context: &Context<'_>) -> Result<Site> {
    let ctx = ctx(context);
    Ok(Site { catalog: ctx.fresh_catalog().await?, base_url: Arc::clone(&ctx.base_url) })
}

/// Changes to the settings of the site. A field that is omitted is not changed, and a field that is `null` is cleared.
#[derive(InputObject)]
pub struct SaveSiteInput {
    /// The title, 1 to 120 characters.
    title: MaybeUndefined<String>,
    /// A line to show below the title, at most 300 characters.
    tagline: MaybeUndefined<String>,
    /// A description of the site in plain text, at most 4,000 characters.
    about: MaybeUndefined<String>,
    /// The URL of the frontend: `http` or `https`, a host and optionally a port, such as `https://example.org`.
    base_url: MaybeUndefined<String>,
    /// 1 to 40 BCP 47 tags, the default language first. A language that a document uses cannot be removed.
    locales: MaybeUndefined<Vec<String>>,
    /// The IANA name of the time zone, such as `Europe/Berlin`.
    time_zone: MaybeUndefined<String>,
    /// A disclaimer to show next to advice: plain text, at most 4,000 characters.
    disclaimer: MaybeUndefined<String>,
    /// A path pattern that contains `{slug}` as one of its segments, and optionally `{locale}`.
    post_path: MaybeUndefined<String>,
    /// A path pattern that contains `{slug}` as one of its segments, and optionally `{locale}`.
    page_path: MaybeUndefined<String>,
    /// A path pattern that contains `{slug}` as one of its segments, and optionally `{locale}`.
    routine_path: MaybeUndefined<String>,
    /// All menus, at most 10. Menus that are not in the list are deleted.
    menus: MaybeUndefined<Vec<MenuInput>>,
    /// The URL at which the frontend shows previews of posts: an `http` or `https` URL or a path on the site that
    /// contains `{token}` and optionally `{path}`, `{slug}` and `{locale}`, such as
    /// `/api/preview?token={token}&path={path}`. Only the team can read it.
    post_preview_url: MaybeUndefined<String>,
    /// The URL at which the frontend shows previews of pages, in the form of `postPreviewUrl`.
    page_preview_url: MaybeUndefined<String>,
    /// The URL at which the frontend shows previews of routines, in the form of `postPreviewUrl`.
    routine_preview_url: MaybeUndefined<String>,
    /// Whether a routine can only be published if it has a safety note of the kind `STOP`, or if the site has a
    /// disclaimer. Initially true. Routines that are public stay public.
    routines_need_safety_note: MaybeUndefined<bool>,
    /// The assumed duration of a repetition in seconds, 1 to 60, for exercises without a tempo. Initially 4.
    seconds_per_rep: MaybeUndefined<i32>,
    /// The assumed duration of a breath in seconds, 1 to 60. Initially 4.
    seconds_per_breath: MaybeUndefined<i32>,
    /// The texts next to the checkboxes of a question form. Changing them creates a new version. Readers who have the
    /// form open consent to the version that they see.
    consent_wording: MaybeUndefined<ConsentWordingInput>,
    /// The number of days for which the originals of spam are kept, 1 to 3,650. Initially 30.
    keep_spam_days: MaybeUndefined<i32>,
    /// The number of days for which the originals of questions are kept that were declined, withdrawn or marked as
    /// duplicates, 1 to 3,650. Initially 180.
    keep_closed_days: MaybeUndefined<i32>,
    /// The number of days for which the originals of answered questions are kept, 1 to 3,650. Initially 365. Questions
    /// that are not closed are kept.
    keep_answered_days: MaybeUndefined<i32>,
}

/// The texts that readers consent to. If null, the default texts are used.
#[derive(InputObject)]
pub struct ConsentWordingInput {
    /// The text for readers who give an email address, at most 1,000 characters.
    answer_privately: MaybeUndefined<String>,
    /// The text for readers whose question may be published as a paraphrase, at most 1,000 characters.
    publish_paraphrase: MaybeUndefined<String>,
}

/// A named list of links.
#[derive(InputObject)]
pub struct MenuInput {
    /// The name, such as `main`: lower-case letters, digits and hyphens. It has to be unique.
    name: String,
    /// The links in order, at most 50.
    items: Vec<MenuItemInput>,
}

/// A link in a menu.
#[derive(InputObject)]
pub struct MenuItemInput {
    /// The text of the link, 1 to 120 characters.
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

/// The settings of the site after a change.
#[derive(SimpleObject)]
pub struct SaveSitePayload {
    /// The object after the change, or null if the input was refused.
    site: Option<Site>,
    /// The problems with the input. Empty if the object was saved.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct SiteMutation;

#[Object]
impl SiteMutation {
    /// Changes the settings of the site. Except for the preview URLs, the changes are public at once. Requires the
    /// scope `content:write`.
    async fn save_site(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: SaveSiteInput,
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
