//! Lists of entries: closed filters and orders, pages, and one entry by slug.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, OutputType};
use entity::Kind;

use super::{EntryKind, EntryNode};
use crate::ctx::Ctx;
use crate::domain::access::policy::Visible;
use crate::domain::content::entry;
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::core::keyset::{Direction, ListId, PageArgs, Slice};
use crate::domain::core::{locale, slug};
use crate::graphql::connection::{Paged, connection, node_selections};
use crate::graphql::error::Result;
use crate::graphql::plan::Plan;
use crate::graphql::scalars::DateTime;
use crate::graphql::{ctx, load};

/// Selects entries of one kind. An entry has to meet all conditions that are given.
#[derive(Debug, Default, InputObject)]
pub struct EntryFilter {
    /// The slug of a tag.
    pub tag: Option<String>,
    /// The slug of a series.
    pub series: Option<String>,
    /// The slug of an author.
    pub author: Option<String>,
    /// The language, as a BCP 47 tag.
    pub locale: Option<String>,
    /// Selects entries that were published at this time or later.
    pub published_from: Option<DateTime>,
    /// Selects entries that were published before this time.
    pub published_before: Option<DateTime>,
    /// The beginning of the slug, 1 to 120 characters.
    pub slug_prefix: Option<String>,
}

/// Selects entries. An entry has to meet all conditions that are given.
#[derive(Debug, Default, InputObject)]
pub struct AnyEntryFilter {
    /// The kind of the entry.
    pub kind: Option<EntryKind>,
    #[graphql(flatten)]
    pub common: EntryFilter,
}

/// The order of entries. Entries that are equal in it are sorted by ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum EntryOrder {
    /// The newest come first.
    PublishedAtDesc,
    /// The oldest come first.
    PublishedAtAsc,
    /// The most recently changed come first.
    UpdatedAtDesc,
    /// The least recently changed come first.
    UpdatedAtAsc,
    /// By title from A to Z, without regard to case and accents.
    TitleAsc,
    /// By title from Z to A, without regard to case and accents.
    TitleDesc,
    /// By position in the series. Useful for lists of one series.
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
    /// The number of entries in the whole list.
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
    N: OutputType,
{
    let ctx = ctx(context);
    let list = ListId::new(&format!("entries {filter:?} {order:?}"));
    let page = args.page(list, entry::key_kind(order))?;
    let plan = Plan::of(node_selections(context.field()));
    let Some(filter) = filter else {
        let nothing = Slice { rows: Vec::new(), has_previous: false, has_next: false };
        return Ok(connection(list, nothing, EntryCount(None)));
    };
    let (slice, generation) = entry::list(&ctx.db, &filter, order, &page, plan.columns).await?;
    let positions: Vec<_> = slice.rows.iter().map(|row| entry::position(row, order)).collect();
    let nodes = load::nodes(ctx, entry::Found { rows: slice.rows, generation }, &plan).await?;
    let rows = positions.into_iter().zip(nodes.into_iter().map(node)).collect();
    let slice = Slice { rows, has_previous: slice.has_previous, has_next: slice.has_next };
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
        let rank = |row: &Visible<entry::EntryRow>| {
            catalog.site.locales.iter().position(|locale| *locale == row.locale)
        };
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
