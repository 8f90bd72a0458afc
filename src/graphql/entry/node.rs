//! An entry with what was read along with it: what every kind of entry wraps.

use std::sync::{Arc, OnceLock};

use entity::shown_asset;

use crate::domain::access::policy::Visible;
use crate::domain::content::entry::EntryRow;
use crate::domain::core::id;
use crate::domain::library::asset::shown::Shown;
use crate::domain::richtext::Embed;
use crate::domain::routine::Routine;
use crate::domain::routine::plan::Plan;
use crate::domain::routine::rendering::RenderContext;
use crate::domain::site::catalog::Catalog;
use crate::domain::site::{path, settings};
use crate::graphql::error::{self, Result};
use crate::graphql::question::Question;

/// An entry and what was read along with it.
pub struct EntryNode {
    pub row: Visible<EntryRow>,
    pub catalog: Arc<Catalog>,
    pub links: Links,
    base_url: Arc<str>,
    /// What a routine shows where a text embeds it, rendered once.
    pub embedded: OnceLock<String>,
}

/// Other entries that hang on an entry. `None` where the query did not want them.
#[derive(Default)]
pub struct Links {
    pub related: Option<Vec<Arc<EntryNode>>>,
    pub neighbours: Option<Beside>,
    pub translations: Option<Vec<Arc<EntryNode>>>,
    /// With the entry that each leads to, if it is a link.
    pub embeds: Option<Vec<(Embed, Option<Arc<EntryNode>>)>>,
    /// Questions that it answers.
    pub questions: Option<Vec<Question>>,
    /// Covers and files in texts, of all entries that were read together.
    pub assets: Option<Arc<Shown>>,
}

/// The entries before and after, where there are any.
#[derive(Default)]
pub struct Beside {
    pub previous: Option<Arc<EntryNode>>,
    pub next: Option<Arc<EntryNode>>,
}

impl EntryNode {
    pub fn new(row: Visible<EntryRow>, catalog: Arc<Catalog>, base_url: Arc<str>, links: Links) -> Self {
        Self { row, catalog, links, base_url, embedded: OnceLock::new() }
    }

    pub fn row(&self) -> &EntryRow {
        &self.row
    }

    pub fn links(&self) -> &Links {
        &self.links
    }

    pub fn site_path(&self) -> String {
        path::of(&self.catalog.site, self.row.kind, &self.row.locale, &self.row.slug)
    }

    pub fn site_url(&self) -> String {
        let base = self.catalog.site.base_url.as_deref().unwrap_or(&self.base_url);
        format!("{base}{}", self.site_path())
    }

    /// What a rendering of a routine says, for as long as it is made.
    pub fn with_rendering<T>(
        &self,
        routine: &Routine,
        plan: &Plan,
        is_adapted: bool,
        make: impl FnOnce(&RenderContext<'_>) -> T,
    ) -> T {
        let (row, author) = (&self.row, self.author_name());
        make(&RenderContext {
            id: &id::format_entry(row.kind, row.id),
            title: &row.title,
            excerpt: row.excerpt.as_deref(),
            url: &self.site_url(),
            locale: &row.locale,
            author: author.as_deref(),
            published_at: row.published_at,
            updated_at: row.updated_at,
            site: &self.catalog.site,
            routine,
            plan,
            is_adapted,
        })
    }

    /// Names of the menus that link to the entry.
    pub fn menus(&self) -> Vec<String> {
        let (path, url) = (self.site_path(), self.site_url());
        let links =
            |menu: &&settings::Menu| menu.items.iter().any(|item| item.url == path || item.url == url);
        self.catalog.site.menus.iter().filter(links).map(|menu| menu.name.clone()).collect()
    }

    /// The cover, while it is public.
    pub fn cover(&self) -> Result<Option<Arc<Visible<shown_asset::Model>>>> {
        let shown = loaded(self.links.assets.as_ref())?;
        Ok(self.row.cover_id.and_then(|id| shown.get(&id).cloned()))
    }

    pub fn author_name(&self) -> Option<String> {
        Some(self.catalog.author(self.row.author_id?)?.name.clone())
    }
}

/// What the plan should have read. A gap here is a mistake of ours, see `plan`.
pub fn loaded<T>(link: Option<&T>) -> Result<&T> {
    link.ok_or_else(|| error::Error::new(error::INTERNAL, "something went wrong on the server"))
}
