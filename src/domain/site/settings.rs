//! The site's settings: who it is, which languages it has, where its entries live, and its menus. All public, but where its
//! previews are shown.

use entity::{Kind, Timestamp, document, site};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::pattern::Pattern;
use super::{path, wording};
use crate::db::Tx;
use crate::domain::access::policy::{ManageSite, Permit, PublicTables, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result};
use crate::domain::core::patch::Patch;
use crate::domain::core::site_row::{self, lock};
use crate::domain::core::{locale, text};
use crate::domain::journal::{audit, change};

mod preview_url;
mod rules;
pub(in crate::domain) mod values;

pub use preview_url::{PreviewUrl, PreviewUrls};
pub use rules::{Pace, QuestionRules, Retention, RoutineRules, SaveQuestionRules, SaveRoutineRules};
pub use values::{Menu, MenuItem, Settings};

pub const MAX_LOCALES: usize = 40;
pub const MAX_MENUS: usize = 10;
pub const MAX_MENU_ITEMS: usize = 50;

/// Changes to the settings.
#[derive(Debug, Clone, Default)]
pub struct Save {
    pub title: Patch<String>,
    pub tagline: Patch<String>,
    pub about: Patch<String>,
    pub base_url: Patch<String>,
    pub locales: Patch<Vec<String>>,
    pub time_zone: Patch<String>,
    pub disclaimer: Patch<String>,
    pub post_path: Patch<String>,
    pub page_path: Patch<String>,
    pub routine_path: Patch<String>,
    pub menus: Patch<Vec<Menu>>,
    pub post_preview_url: Patch<String>,
    pub page_preview_url: Patch<String>,
    pub routine_preview_url: Patch<String>,
    pub routines: SaveRoutineRules,
    pub questions: SaveQuestionRules,
}

pub(in crate::domain) async fn row(db: &impl PublicTables) -> Result<Visible<site::Model>> {
    let row = Scope::<site::Entity>::public(db).one(db).await?;
    Ok(row.ok_or_else(|| {
        sea_orm::DbErr::RecordNotFound("the site's row, which a migration makes".to_owned())
    })?)
}

pub(in crate::domain) fn read(row: &site::Model) -> Result<Settings> {
    serde_json::from_value(row.settings.clone())
        .map_err(|error| sea_orm::DbErr::Json(error.to_string()).into())
}

/// The settings, which nobody changes until this transaction ends.
pub(in crate::domain) async fn locked_settings(tx: &Tx) -> Result<Settings> {
    read(&lock(tx).await?)
}

pub async fn save(tx: &Tx, permit: &Permit<ManageSite>, now: Timestamp, save: Save) -> Result<Settings> {
    let stored = lock(tx).await?;
    let mut settings = read(&stored)?;
    let before = settings.clone();
    let mut refusals = Refusals::default();
    let Save {
        title,
        tagline,
        about,
        base_url,
        locales,
        time_zone,
        disclaimer,
        post_path,
        page_path,
        routine_path,
        menus,
        post_preview_url,
        page_preview_url,
        routine_preview_url,
        routines,
        questions,
    } = save;
    super::named::apply_label(title, &mut settings.title, "title", &mut refusals);
    tagline.apply(&mut settings.tagline, |t| text::check(&t, text::TITLE, &["tagline"], &mut refusals));
    about.apply(&mut settings.about, |t| text::check(&t, text::DESCRIPTION, &["about"], &mut refusals));
    disclaimer.apply(&mut settings.disclaimer, |t| {
        text::check(&t, text::DESCRIPTION, &["disclaimer"], &mut refusals)
    });
    base_url.apply(&mut settings.base_url, |url| check_origin(&url, &mut refusals));
    apply_time_zone(time_zone, &mut settings.time_zone, &mut refusals);
    apply_pattern(post_path, &mut settings.post_path, "postPath", &mut refusals);
    apply_pattern(page_path, &mut settings.page_path, "pagePath", &mut refusals);
    apply_pattern(routine_path, &mut settings.routine_path, "routinePath", &mut refusals);
    routines.apply(&mut settings.routines, &mut refusals);
    questions.apply(&mut settings.questions, &mut refusals);
    for (change, url, name) in [
        (post_preview_url, &mut settings.preview_urls.post, "postPreviewUrl"),
        (page_preview_url, &mut settings.preview_urls.page, "pagePreviewUrl"),
        (routine_preview_url, &mut settings.preview_urls.routine, "routinePreviewUrl"),
    ] {
        change.apply(url, |text| PreviewUrl::check(&text, &[name], &mut refusals));
    }
    match menus {
        Patch::Keep => {}
        Patch::Clear => settings.menus.clear(),
        Patch::Set(menus) => settings.menus = check_menus(menus, &mut refusals),
    }
    apply_locales(tx, locales, &mut settings.locales, &mut refusals).await?;
    if let Some((one, other)) = path::overlap(&settings) {
        let (one, field) = (path_field(one).0, path_field(other));
        let message =
            format!("{one} and {} could have the same path with these patterns and locales", field.0);
        refusals.push(&[field.1], ErrorCode::Taken, message);
    }
    refusals.finish()?;

    let mut row = stored.into_active_model();
    row.settings = Set(serde_json::to_value(&settings).expect("plain data"));
    row.updated_at = Set(now);
    row.update(tx).await?;
    if before.questions.wording != settings.questions.wording {
        // Forms that are open show the words so far: what their readers agree to has to be known.
        wording::keep(tx, now, &before.questions.wording).await?;
        wording::keep(tx, now, &settings.questions.wording).await?;
    }
    site_row::changed(tx).await?;
    let fields = changed_fields(&before, &settings);
    audit::record(tx, now, permit.actor(), "saveSite", None, &fields).await?;
    // The public is told of what it can see.
    if fields.is_empty() || fields.iter().any(|field| !PRIVATE.contains(field)) {
        change::append(tx, now, vec![change::Change::site()]).await?;
    }
    Ok(settings)
}

/// The settings that only the team reads.
const PRIVATE: [&str; 3] = ["postPreviewUrl", "pagePreviewUrl", "routinePreviewUrl"];

/// A kind in words, and the field that has its pattern.
fn path_field(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Post => ("a post", "postPath"),
        Kind::Page => ("a page", "pagePath"),
        Kind::Routine => ("a routine", "routinePath"),
    }
}

/// The names of the fields that differ, as in the API.
fn changed_fields(before: &Settings, after: &Settings) -> Vec<&'static str> {
    let changed = [
        ("title", before.title != after.title),
        ("tagline", before.tagline != after.tagline),
        ("about", before.about != after.about),
        ("baseUrl", before.base_url != after.base_url),
        ("locales", before.locales != after.locales),
        ("timeZone", before.time_zone != after.time_zone),
        ("disclaimer", before.disclaimer != after.disclaimer),
        ("postPath", before.post_path != after.post_path),
        ("pagePath", before.page_path != after.page_path),
        ("routinePath", before.routine_path != after.routine_path),
        ("menus", before.menus != after.menus),
        (PRIVATE[0], before.preview_urls.post != after.preview_urls.post),
        (PRIVATE[1], before.preview_urls.page != after.preview_urls.page),
        (PRIVATE[2], before.preview_urls.routine != after.preview_urls.routine),
    ];
    let changed = changed
        .into_iter()
        .chain(before.routines.changed(&after.routines))
        .chain(before.questions.changed(&after.questions));
    changed.filter_map(|(name, changed)| changed.then_some(name)).collect()
}

/// Where the frontend is: scheme, host and perhaps a port. A folder belongs into the paths of posts and pages, which are part
/// of the links inside texts too.
fn check_origin(text: &str, refusals: &mut Refusals) -> Option<String> {
    let text = text::check_url(text, &["baseUrl"], refusals)?;
    let url = url::Url::parse(&text).ok()?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        let message = "expected an address without a path, such as https://example.org; put a folder into postPath and pagePath";
        refusals.push(&["baseUrl"], ErrorCode::Invalid, message);
        return None;
    }
    Some(url.origin().ascii_serialization())
}

fn apply_time_zone(change: Patch<String>, time_zone: &mut String, refusals: &mut Refusals) {
    match change {
        Patch::Keep => {}
        Patch::Clear => "UTC".clone_into(time_zone),
        Patch::Set(name) if name.len() <= 64 && jiff::tz::TimeZone::get(&name).is_ok() => *time_zone = name,
        Patch::Set(_) => {
            refusals.push(
                &["timeZone"],
                ErrorCode::Invalid,
                "expected an IANA time zone such as Europe/Berlin",
            );
        }
    }
}

fn apply_pattern(change: Patch<String>, pattern: &mut Pattern, name: &'static str, refusals: &mut Refusals) {
    match change {
        Patch::Keep => {}
        Patch::Clear => refusals.push(&[name], ErrorCode::Required, "must not be empty"),
        Patch::Set(text) => {
            if let Some(good) = Pattern::new(&text) {
                *pattern = good;
            } else {
                let message = "expected a path with {slug} as one of its parts, such as /posts/{slug} or /{locale}/{slug}";
                refusals.push(&[name], ErrorCode::Invalid, message);
            }
        }
    }
}

fn check_menus(menus: Vec<Menu>, refusals: &mut Refusals) -> Vec<Menu> {
    if menus.len() > MAX_MENUS {
        refusals.push(
            &["menus"],
            ErrorCode::TooMany,
            format!("at most {MAX_MENUS} menus, found {}", menus.len()),
        );
        return Vec::new();
    }
    let mut good: Vec<Menu> = Vec::new();
    for (index, menu) in menus.into_iter().enumerate() {
        let index = index.to_string();
        let name = crate::domain::core::slug::check(&menu.name, &["menus", &index, "name"], refusals)
            .unwrap_or_default();
        if good.iter().any(|menu| menu.name == name) {
            refusals.push(&["menus", &index, "name"], ErrorCode::Taken, "another menu has this name");
        }
        if menu.items.len() > MAX_MENU_ITEMS {
            let message = format!("at most {MAX_MENU_ITEMS} items, found {}", menu.items.len());
            refusals.push(&["menus", &index, "items"], ErrorCode::TooMany, message);
            continue;
        }
        let items = menu.items.into_iter().enumerate().map(|(at, item)| {
            let at = at.to_string();
            let path = |field| ["menus", &index, "items", &at, field];
            let label = text::require(&item.label, text::NAME, &path("label"), refusals).unwrap_or_default();
            let url = if text::is_site_path(&item.url) {
                text::require(&item.url, text::URL, &path("url"), refusals)
            } else {
                text::check_url(&item.url, &path("url"), refusals)
            };
            MenuItem { label, url: url.unwrap_or_default() }
        });
        let items = items.collect();
        good.push(Menu { name, items });
    }
    good
}

/// A locale that a document has, in the trash too, stays.
async fn apply_locales(
    tx: &Tx,
    change: Patch<Vec<String>>,
    locales: &mut Vec<String>,
    refusals: &mut Refusals,
) -> Result<()> {
    let Patch::Set(wanted) = change else {
        if change == Patch::Clear {
            refusals.push(&["locales"], ErrorCode::Required, "a site has at least one locale");
        }
        return Ok(());
    };
    if wanted.is_empty() || wanted.len() > MAX_LOCALES {
        refusals.push(&["locales"], ErrorCode::OutOfRange, format!("a site has 1 to {MAX_LOCALES} locales"));
        return Ok(());
    }
    let mut good = Vec::new();
    for (index, text) in wanted.iter().enumerate() {
        if let Some(locale) = locale::check(text, &["locales", &index.to_string()], refusals)
            && !good.contains(&locale)
        {
            good.push(locale);
        }
    }
    for old in locales.iter().filter(|old| !good.contains(old)) {
        let used = document::Entity::find().filter(document::Column::Locale.eq(old)).one(tx).await?;
        if used.is_some() {
            refusals.push(&["locales"], ErrorCode::InUse, format!("documents have the locale {old}"));
        }
    }
    *locales = good;
    Ok(())
}
