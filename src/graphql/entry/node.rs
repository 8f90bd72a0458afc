//! The fields that every kind of entry has, over one row and what was read along with it.

use std::sync::Arc;

use async_graphql::{ID, Object};
use entity::Kind;

use super::Entry;
use crate::domain::catalog::Catalog;
use crate::domain::entry::EntryRow;
use crate::domain::error::{ErrorCode, invalid};
use crate::domain::policy::Visible;
use crate::domain::richtext::{Embed, reading_minutes};
use crate::domain::{id, path, related, site};
use crate::graphql::author::Author;
use crate::graphql::error::{self, Result};
use crate::graphql::plan::DEFAULT_RELATED;
use crate::graphql::richtext::RichText;
use crate::graphql::scalars::DateTime;
use crate::graphql::series::Series;
use crate::graphql::site::Seo;
use crate::graphql::tag::Tag;

/// An entry and what was read along with it.
pub struct EntryNode {
    row: Visible<EntryRow>,
    catalog: Arc<Catalog>,
    base_url: Arc<str>,
    links: Links,
}

/// Other entries that hang on an entry. `None` where the query did not want them.
#[derive(Default)]
pub struct Links {
    pub related: Option<Vec<Arc<EntryNode>>>,
    pub neighbours: Option<Beside>,
    pub translations: Option<Vec<Arc<EntryNode>>>,
    pub embeds: Option<Vec<(Embed, Option<Arc<EntryNode>>)>>,
}

/// The entries before and after, where there are any.
#[derive(Default)]
pub struct Beside {
    pub previous: Option<Arc<EntryNode>>,
    pub next: Option<Arc<EntryNode>>,
}

impl EntryNode {
    pub fn new(row: Visible<EntryRow>, catalog: Arc<Catalog>, base_url: Arc<str>, links: Links) -> Self {
        Self { row, catalog, base_url, links }
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

    /// Names of the menus that link to the entry.
    pub fn menus(&self) -> Vec<String> {
        let (path, url) = (self.site_path(), self.site_url());
        let links = |menu: &&site::Menu| menu.items.iter().any(|item| item.url == path || item.url == url);
        self.catalog.site.menus.iter().filter(links).map(|menu| menu.name.clone()).collect()
    }

    fn author_name(&self) -> Option<String> {
        Some(self.catalog.author(self.row.author_id?)?.name.clone())
    }
}

/// The fields of every entry. `Post` and `Page` take them over.
#[Object(name = "EntryFields")]
impl EntryNode {
    /// Id of the entry: `post_…` or `page_…`. It stays the same when the entry is changed, unpublished and published again.
    pub async fn id(&self) -> ID {
        id::format_entry(self.row.kind, self.row.id).into()
    }

    /// Last part of the path; lower-case letters, digits and hyphens, at most 120 characters, unique per kind and locale.
    pub async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// Language as a BCP 47 tag, one of the site's.
    pub async fn locale(&self) -> &str {
        &self.row.locale
    }

    /// Title, plain text, at most 300 characters.
    pub async fn title(&self) -> &str {
        &self.row.title
    }

    /// A summary in plain text, at most 1,000 characters.
    pub async fn excerpt(&self) -> Option<&str> {
        self.row.excerpt.as_deref()
    }

    /// Path on the site, made from the site's pattern for the kind. When it differs from the path that was asked for,
    /// the entry has moved and the frontend should redirect.
    pub async fn path(&self) -> String {
        self.site_path()
    }

    /// Absolute URL on the site.
    pub async fn url(&self) -> String {
        self.site_url()
    }

    /// When the entry was first published, or the date that its author gave it.
    pub async fn published_at(&self) -> DateTime {
        DateTime(self.row.published_at)
    }

    /// When the live revision was published.
    pub async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }

    /// Who signs the entry.
    pub async fn author(&self) -> Option<Author> {
        self.catalog.author(self.row.author_id?).map(Author::new)
    }

    /// Tags in the author's order, at most 20.
    pub async fn tags(&self) -> Vec<Tag> {
        self.row.tag_ids.0.iter().filter_map(|&tag| self.catalog.tag(tag)).map(Tag::new).collect()
    }

    /// The series that the entry belongs to.
    pub async fn series(&self) -> Option<Series> {
        self.catalog.series(self.row.series_id?).map(Series::new)
    }

    /// Place in the series, from 1.
    pub async fn series_position(&self) -> Option<i32> {
        Some(self.row.series_position).filter(|&position| position > 0)
    }

    /// Title, description and address for search engines and link previews, with the entry's own as fallback.
    pub async fn seo(&self) -> Seo {
        let row = &self.row;
        Seo {
            title: row.seo_title.clone().unwrap_or_else(|| row.title.clone()),
            description: row.seo_description.clone().or_else(|| row.excerpt.clone()),
            canonical_url: self.site_url(),
            no_index: row.no_index,
        }
    }

    /// The text.
    pub async fn body(&self) -> RichText<'_> {
        RichText::new(self)
    }

    /// Words in the text.
    pub async fn word_count(&self) -> i32 {
        self.row.word_count
    }

    /// Minutes to read the text at 238 words per minute (Brysbaert 2019), rounded up.
    pub async fn reading_minutes(&self) -> i32 {
        let words = u32::try_from(self.row.word_count).unwrap_or_default();
        i32::try_from(reading_minutes(words)).unwrap_or(i32::MAX)
    }

    /// The live translations of the entry, without itself, ordered by locale.
    pub async fn translations(&self) -> Result<Vec<Entry>> {
        loaded(self.links.translations.as_ref()).map(|nodes| nodes.iter().cloned().map(Entry::new).collect())
    }

    /// Live entries in the same locale that share a tag or the series, newest first.
    pub async fn related(
        &self,
        #[graphql(desc = "How many, 1 to 20; 3 without.")] first: Option<i32>,
    ) -> Result<Vec<Entry>> {
        let first = first.unwrap_or(i32::from(DEFAULT_RELATED));
        let Some(size) =
            usize::try_from(first).ok().filter(|size| (1..=usize::from(related::MAX)).contains(size))
        else {
            let message = format!("first is 1 to {}, found {first}", related::MAX);
            return Ok(invalid("first", ErrorCode::OutOfRange, message)?);
        };
        loaded(self.links.related.as_ref())
            .map(|nodes| nodes.iter().take(size).cloned().map(Entry::new).collect())
    }

    /// The entry published before this one, of the same kind and locale.
    pub async fn previous(&self) -> Option<Result<Entry>> {
        loaded(self.links.neighbours.as_ref())
            .map(|beside| beside.previous.clone().map(Entry::new))
            .transpose()
    }

    /// The entry published after this one, of the same kind and locale.
    pub async fn next(&self) -> Option<Result<Entry>> {
        loaded(self.links.neighbours.as_ref()).map(|beside| beside.next.clone().map(Entry::new)).transpose()
    }

    /// Structured data (<https://schema.org>) as JSON text that is safe inside a `script` element.
    pub async fn json_ld(&self) -> String {
        let row = &self.row;
        let kind = match row.kind {
            Kind::Post => "BlogPosting",
            Kind::Page => "WebPage",
        };
        let data = serde_json::json!({
            "@context": "https://schema.org",
            "@type": kind,
            "headline": row.title,
            "description": row.seo_description.as_ref().or(row.excerpt.as_ref()),
            "url": self.site_url(),
            "inLanguage": row.locale,
            "datePublished": crate::domain::time::format(row.published_at),
            "dateModified": crate::domain::time::format(row.updated_at),
            "wordCount": row.word_count,
            "author": self.author_name().map(|name| serde_json::json!({ "@type": "Person", "name": name })),
        });
        data.to_string().replace('<', "\\u003c")
    }
}

/// What the plan should have read. A gap here is a mistake of ours, see `plan`.
fn loaded<T>(link: Option<&T>) -> Result<&T> {
    link.ok_or_else(|| error::Error::new(error::INTERNAL, "something went wrong on the server"))
}
