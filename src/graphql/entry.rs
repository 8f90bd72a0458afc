//! What posts, pages and every later kind have in common, and the lists of them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Interface, Object};
use entity::Kind;

use super::author::Author;
use super::connection::{Paged, connection, node_selections, page_args};
use super::error::Result;
use super::load;
use super::page::Page;
use super::plan::{DEFAULT_RELATED, Plan};
use super::post::Post;
use super::richtext::RichText;
use super::scalars::DateTime;
use super::series::Series;
use super::site::Seo;
use super::tag::Tag;
use super::{ctx, error};
use crate::ctx::Ctx;
use crate::domain::catalog::Catalog;
use crate::domain::entry::{self, EntryRow};
use crate::domain::error::{ErrorCode, invalid};
use crate::domain::keyset::{Direction, ListId, PageArgs};
use crate::domain::policy::Visible;
use crate::domain::richtext::{Embed, reading_minutes};
use crate::domain::{id, locale, path, related, site, slug};

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
    pub previous: Option<Option<Arc<EntryNode>>>,
    pub next: Option<Option<Arc<EntryNode>>>,
    pub translations: Option<Vec<Arc<EntryNode>>>,
    pub embeds: Option<Vec<(Embed, Option<Arc<EntryNode>>)>>,
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
        loaded(self.links.previous.as_ref()).map(|node| node.clone().map(Entry::new)).transpose()
    }

    /// The entry published after this one, of the same kind and locale.
    pub async fn next(&self) -> Option<Result<Entry>> {
        loaded(self.links.next.as_ref()).map(|node| node.clone().map(Entry::new)).transpose()
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

/// Something published: what posts, pages and all other kinds have in common.
#[derive(Interface, Clone)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Id of the entry, with the prefix of its kind."),
    field(name = "slug", ty = "&str", desc = "Last part of the path, unique per kind and locale."),
    field(name = "locale", ty = "&str", desc = "Language as a BCP 47 tag, one of the site's."),
    field(name = "title", ty = "&str", desc = "Title, plain text, at most 300 characters."),
    field(
        name = "excerpt",
        ty = "Option<&str>",
        desc = "A summary in plain text, at most 1,000 characters."
    ),
    field(
        name = "path",
        ty = "String",
        desc = "Path on the site. When it differs from the one asked for, redirect."
    ),
    field(name = "url", ty = "String", desc = "Absolute URL on the site."),
    field(
        name = "published_at",
        ty = "DateTime",
        desc = "When it was first published, or the date its author gave it."
    ),
    field(name = "updated_at", ty = "DateTime", desc = "When the live revision was published."),
    field(name = "author", ty = "Option<Author>", desc = "Who signs it."),
    field(name = "tags", ty = "Vec<Tag>", desc = "Tags in the author's order, at most 20."),
    field(name = "series", ty = "Option<Series>", desc = "The series it belongs to."),
    field(name = "series_position", ty = "Option<i32>", desc = "Place in the series, from 1."),
    field(name = "seo", ty = "Seo", desc = "For search engines and link previews."),
    field(name = "body", ty = "RichText<'_>", desc = "The text."),
    field(name = "word_count", ty = "i32", desc = "Words in the text."),
    field(name = "reading_minutes", ty = "i32", desc = "Minutes to read the text at 238 words per minute."),
    field(name = "translations", ty = "Vec<Entry>", desc = "The live translations, without itself."),
    field(
        name = "related",
        ty = "Vec<Entry>",
        desc = "Live entries in the same locale that share a tag or the series, newest first.",
        arg(name = "first", ty = "Option<i32>", desc = "How many, 1 to 20; 3 without.")
    ),
    field(
        name = "previous",
        ty = "Option<Result<Entry>>",
        desc = "Published before this one, same kind and locale."
    ),
    field(
        name = "next",
        ty = "Option<Result<Entry>>",
        desc = "Published after this one, same kind and locale."
    ),
    field(name = "json_ld", ty = "String", desc = "Structured data (schema.org) for a `script` element.")
)]
pub enum Entry {
    Post(Post),
    Page(Page),
}

impl Entry {
    pub fn new(node: Arc<EntryNode>) -> Self {
        match node.row.kind {
            Kind::Post => Self::Post(Post(node)),
            Kind::Page => Self::Page(Page(node)),
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum EntryKind {
    /// A dated text, usually the answer to a question.
    Post,
    /// A text that stands by itself, such as "About".
    Page,
}

/// Which entries of one kind to list. Conditions are joined by "and".
#[derive(Debug, Default, InputObject)]
pub struct EntryFilter {
    /// Slug of a tag.
    pub tag: Option<String>,
    /// Slug of a series.
    pub series: Option<String>,
    /// Slug of an author.
    pub author: Option<String>,
    /// BCP 47 tag of a language.
    pub locale: Option<String>,
    /// Published at this moment or later.
    pub published_from: Option<DateTime>,
    /// Published before this moment.
    pub published_before: Option<DateTime>,
    /// What the slug starts with, 1 to 120 characters.
    pub slug_prefix: Option<String>,
}

/// Which entries to list. Conditions are joined by "and".
#[derive(Debug, Default, InputObject)]
pub struct AnyEntryFilter {
    /// What the entry is.
    pub kind: Option<EntryKind>,
    #[graphql(flatten)]
    pub common: EntryFilter,
}

/// What entries are ordered by. Ties are decided by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum EntryOrder {
    /// Newest first.
    PublishedAtDesc,
    /// Oldest first.
    PublishedAtAsc,
    /// Last changed first.
    UpdatedAtDesc,
    /// Longest unchanged first.
    UpdatedAtAsc,
    /// By title, without case and accents.
    TitleAsc,
    /// By title backwards.
    TitleDesc,
    /// By place in the series; for lists of one series.
    SeriesPositionAsc,
}

impl From<EntryOrder> for entry::Order {
    fn from(order: EntryOrder) -> Self {
        match order {
            EntryOrder::PublishedAtDesc => Self::PublishedAt(Direction::Descending),
            EntryOrder::PublishedAtAsc => Self::PublishedAt(Direction::Ascending),
            EntryOrder::UpdatedAtDesc => Self::UpdatedAt(Direction::Descending),
            EntryOrder::UpdatedAtAsc => Self::UpdatedAt(Direction::Ascending),
            EntryOrder::TitleAsc => Self::Title(Direction::Ascending),
            EntryOrder::TitleDesc => Self::Title(Direction::Descending),
            EntryOrder::SeriesPositionAsc => Self::SeriesPosition,
        }
    }
}

/// Counts a list when it is asked to.
pub struct EntryCount(pub Option<entry::Filter>);

#[Object]
impl EntryCount {
    /// How many entries the whole list has.
    async fn total_count(&self, context: &Context<'_>) -> Result<i32> {
        let Some(filter) = &self.0 else { return Ok(0) };
        let count = entry::count(&ctx(context).db, filter).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// A page of entries, each made into a node of the connection by `node`.
pub async fn list<N>(
    context: &Context<'_>,
    filter: Option<entry::Filter>,
    order: entry::Order,
    args: PageArgs,
    node: impl Fn(Arc<EntryNode>) -> N,
) -> Result<Paged<N, EntryCount>>
where
    N: async_graphql::OutputType,
{
    let ctx = ctx(context);
    let list = ListId::new(&format!("entries {filter:?} {order:?}"));
    let page = args.page(list)?;
    let plan = Plan::of(node_selections(context.field()));
    let Some(filter) = filter else {
        let nothing = crate::domain::keyset::Slice { rows: Vec::new(), has_previous: false, has_next: false };
        return Ok(connection(list, nothing, EntryCount(None)));
    };
    let (slice, generation) = entry::list(&ctx.db, &filter, order, &page, plan.columns).await?;
    let positions: Vec<_> = slice.rows.iter().map(|row| entry::position(row, order)).collect();
    let nodes = load::nodes(ctx, entry::Found { rows: slice.rows, generation }, &plan).await?;
    let rows = positions.into_iter().zip(nodes.into_iter().map(node)).collect();
    let slice =
        crate::domain::keyset::Slice { rows, has_previous: slice.has_previous, has_next: slice.has_next };
    Ok(connection(list, slice, EntryCount(Some(filter))))
}

/// The domain's filter. `None` when it names a tag, series or author that does not exist: then nothing fits.
pub async fn filter(
    ctx: &Ctx,
    kind: Option<Kind>,
    given: Option<EntryFilter>,
) -> Result<Option<entry::Filter>> {
    let given = given.unwrap_or_default();
    let mut filter = entry::Filter {
        kind,
        published_from: given.published_from.map(|moment| moment.0),
        published_before: given.published_before.map(|moment| moment.0),
        ..entry::Filter::default()
    };
    if let Some(text) = given.locale {
        filter.locale = Some(checked_locale(&text, "filter.locale")?);
    }
    if let Some(prefix) = given.slug_prefix {
        let plain = prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if prefix.is_empty() || prefix.len() > slug::MAX_LENGTH || !plain {
            return Ok(invalid("filter.slugPrefix", ErrorCode::Invalid, "expected the start of a slug")?);
        }
        filter.slug_prefix = Some(prefix);
    }
    if given.tag.is_none() && given.series.is_none() && given.author.is_none() {
        return Ok(Some(filter));
    }
    let catalog = ctx.fresh_catalog().await?;
    if let Some(slug) = given.tag {
        let Some(tag) = catalog.tags.by_slug(&slug) else { return Ok(None) };
        filter.tag = Some(tag.id);
    }
    if let Some(slug) = given.series {
        let Some(series) = catalog.series.by_slug(&slug) else { return Ok(None) };
        filter.series = Some(series.id);
    }
    if let Some(slug) = given.author {
        let Some(author) = catalog.authors.by_slug(&slug) else { return Ok(None) };
        filter.author = Some(author.id);
    }
    Ok(Some(filter))
}

/// One entry of a kind by slug. Without a locale the site's own order of locales decides.
pub async fn by_slug(
    context: &Context<'_>,
    kind: Kind,
    slug: &str,
    locale: Option<&str>,
) -> Result<Option<Arc<EntryNode>>> {
    let ctx = ctx(context);
    let locale = locale.map(|text| checked_locale(text, "locale")).transpose()?;
    if !slug::is_slug(slug) {
        return Ok(None);
    }
    let plan = Plan::of(context.field().selection_set());
    let mut found = entry::by_slug(&ctx.db, kind, slug, locale.as_deref(), plan.columns).await?;
    if found.rows.len() > 1 {
        let catalog = ctx.catalog_at(found.generation).await?;
        let rank =
            |row: &Visible<EntryRow>| catalog.site.locales.iter().position(|locale| *locale == row.locale);
        found.rows.sort_by_key(|row| rank(row).unwrap_or(usize::MAX));
        found.rows.truncate(1);
    }
    Ok(load::nodes(ctx, found, &plan).await?.pop())
}

pub fn checked_locale(text: &str, argument: &str) -> Result<String> {
    match locale::parse(text) {
        Some(locale) => Ok(locale),
        None => Ok(invalid(argument, ErrorCode::Invalid, "expected a language tag such as en or pt-BR")?),
    }
}

#[derive(Default)]
pub struct EntryQuery;

#[Object]
impl EntryQuery {
    /// The entry at a path of the site, or at one where it used to be: then its `path` differs from the one asked for and
    /// the frontend should redirect permanently. Also takes the site's absolute URLs.
    async fn entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A path such as `/posts/weak-legs`, at most 2,000 bytes.")] path: String,
    ) -> Option<Result<Entry>> {
        entry_at(context, &path).await.transpose()
    }

    /// All live entries, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<AnyEntryFilter>,
        #[graphql(desc = "Order; PUBLISHED_AT_DESC without.")] order_by: Option<EntryOrder>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Entry, EntryCount>> {
        let given = filter.unwrap_or_default();
        let filter = self::filter(ctx(context), given.kind.map(Kind::from), Some(given.common)).await?;
        let order = order_by.unwrap_or(EntryOrder::PublishedAtDesc).into();
        list(context, filter, order, page_args(first, after, last, before), Entry::new).await
    }
}

async fn entry_at(context: &Context<'_>, path: &str) -> Result<Option<Entry>> {
    let ctx = ctx(context);
    let places = path::candidates(&ctx.fresh_catalog().await?.site, path);
    let plan = Plan::of(context.field().selection_set());
    let found = entry::at_place(&ctx.db, &places, plan.columns).await?;
    Ok(load::nodes(ctx, found, &plan).await?.pop().map(Entry::new))
}
