//! Reading entries: what the public sees, in few statements and few columns.
//!
//! Every statement here starts from `Scope::public()` and selects the site's generation along, so that the caller knows
//! which copy of the catalog the rows need (see `catalog`). Bodies are read only where they were asked for.

use std::collections::HashMap;

use entity::{
    AuthorId, DocumentId, Kind, SeriesId, TagId, TagIds, Timestamp, entry, entry_tag, post, redirect,
    rich_text,
};
use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, IntoColumnRef, JoinType, Order as SqlOrder, Query, SelectStatement,
    SimpleExpr,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect};

use super::catalog;
use super::error::Result;
use super::keyset::{Direction, Key, KeyKind, Page, Position, Slice};
use super::policy::{Scope, Visible};

/// An entry as it is read. What was not asked for is empty.
#[derive(Debug, Clone)]
pub struct EntryRow {
    pub id: DocumentId,
    pub kind: Kind,
    pub locale: String,
    pub slug: String,
    pub title: String,
    pub excerpt: Option<String>,
    pub author_id: Option<AuthorId>,
    pub tag_ids: TagIds,
    pub series_id: Option<SeriesId>,
    /// 0 where there is none.
    pub series_position: i32,
    pub translation_group: DocumentId,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub no_index: bool,
    pub word_count: i32,
    pub published_at: Timestamp,
    pub updated_at: Timestamp,
    pub sort_title: Option<String>,
    pub body: Body,
    pub video_url: Option<String>,
}

/// The parts of the body that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Body {
    pub markdown: Option<String>,
    pub html: Option<String>,
    pub text: Option<String>,
    pub outline: Option<serde_json::Value>,
    pub embeds: Option<serde_json::Value>,
}

/// What to read beside what every list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Columns {
    pub markdown: bool,
    pub html: bool,
    pub text: bool,
    pub outline: bool,
    pub embeds: bool,
    pub video_url: bool,
    pub sort_title: bool,
}

impl Columns {
    fn body(self) -> bool {
        self.markdown || self.html || self.text || self.outline || self.embeds
    }
}

/// Rows, and the generation of the catalog that they need (0 when there are none).
#[derive(Debug)]
pub struct Found {
    pub rows: Vec<Visible<EntryRow>>,
    pub generation: i64,
}

/// Which entries a list has. The fields are all that can be asked; there is no filter by column name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    pub kind: Option<Kind>,
    pub locale: Option<String>,
    pub tag: Option<TagId>,
    pub series: Option<SeriesId>,
    pub author: Option<AuthorId>,
    /// Inclusive.
    pub published_from: Option<Timestamp>,
    /// Exclusive.
    pub published_before: Option<Timestamp>,
    pub slug_prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    PublishedAt(Direction),
    UpdatedAt(Direction),
    Title(Direction),
    SeriesPosition,
}

impl Order {
    fn parts(self) -> (entry::Column, Direction) {
        match self {
            Self::PublishedAt(direction) => (entry::Column::PublishedAt, direction),
            Self::UpdatedAt(direction) => (entry::Column::UpdatedAt, direction),
            Self::Title(direction) => (entry::Column::SortTitle, direction),
            Self::SeriesPosition => (entry::Column::SeriesPosition, Direction::Ascending),
        }
    }
}

/// What a list in this order is ordered by.
pub fn key_kind(order: Order) -> KeyKind {
    match order {
        Order::Title(_) => KeyKind::Text,
        Order::PublishedAt(_) | Order::UpdatedAt(_) | Order::SeriesPosition => KeyKind::Int,
    }
}

pub fn position(row: &EntryRow, order: Order) -> Position {
    let key = match order {
        Order::PublishedAt(_) => Key::Int(row.published_at.0),
        Order::UpdatedAt(_) => Key::Int(row.updated_at.0),
        Order::Title(_) => Key::Text(row.sort_title.clone().unwrap_or_default()),
        Order::SeriesPosition => Key::Int(row.series_position.into()),
    };
    Position { key, id: row.id.0 }
}

pub async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    order: Order,
    page: &Page,
    mut columns: Columns,
) -> Result<(Slice<Visible<EntryRow>>, i64)> {
    let (column, direction) = order.parts();
    columns.sort_title |= matches!(order, Order::Title(_));
    // The dates stand beside the tag too, so that the newest of a tag are one range of an index, however rare it is.
    let (key, id) = if filter.tag.is_some() && matches!(order, Order::PublishedAt(_)) {
        let tagged = |column: entry_tag::Column| Expr::col((entry_tag::Entity, column));
        (tagged(entry_tag::Column::PublishedAt), tagged(entry_tag::Column::EntryId))
    } else {
        (col(column), col(entry::Column::Id))
    };
    let found = read(db, columns, |statement| {
        apply(filter, statement);
        page.apply(statement, key, id, direction);
    })
    .await?;
    Ok((page.slice(found.rows), found.generation))
}

pub async fn count(db: &impl ConnectionTrait, filter: &Filter) -> Result<i64> {
    let mut statement = Scope::<entry::Entity>::public()
        .narrow(|select| select.select_only().expr(col(entry::Column::Id).count()))
        .statement();
    apply(filter, &mut statement);
    super::scalar(db, &statement).await
}

pub async fn by_ids(db: &impl ConnectionTrait, ids: &[DocumentId], columns: Columns) -> Result<Found> {
    if ids.is_empty() {
        return Ok(Found { rows: Vec::new(), generation: 0 });
    }
    read(db, columns, |statement| {
        statement.and_where(entry::Column::Id.is_in(ids.iter().copied()));
    })
    .await
}

/// The entries of one kind with a slug: one, or one per locale.
pub async fn by_slug(
    db: &impl ConnectionTrait,
    kind: Kind,
    slug: &str,
    locale: Option<&str>,
    columns: Columns,
) -> Result<Found> {
    read(db, columns, |statement| {
        statement.and_where(entry::Column::Kind.eq(kind)).and_where(entry::Column::Slug.eq(slug));
        if let Some(locale) = locale {
            statement.and_where(entry::Column::Locale.eq(locale));
        }
    })
    .await
}

/// The entry at the first of several places that has one, or else had one before its slug changed.
pub async fn at_place(
    db: &impl ConnectionTrait,
    places: &[(Kind, String, String)],
    columns: Columns,
) -> Result<Found> {
    if places.is_empty() {
        return Ok(Found { rows: Vec::new(), generation: 0 });
    }
    let mut found = read(db, columns, |statement| {
        statement.cond_where(any_place(
            places,
            entry::Column::Kind,
            entry::Column::Locale,
            entry::Column::Slug,
        ));
    })
    .await?;
    if found.rows.is_empty() {
        let moved =
            any_place(places, redirect::Column::Kind, redirect::Column::Locale, redirect::Column::Slug);
        let mut target = Query::select();
        target.column((redirect::Entity, redirect::Column::EntryId)).from(redirect::Entity).cond_where(moved);
        found = read(db, columns, |statement| {
            statement.and_where(col(entry::Column::Id).in_subquery(target));
        })
        .await?;
    }
    let rank = |row: &Visible<EntryRow>| {
        places
            .iter()
            .position(|(kind, locale, slug)| (*kind, locale, slug) == (row.kind, &row.locale, &row.slug))
            .unwrap_or(places.len())
    };
    found.rows.sort_by_key(rank);
    found.rows.truncate(1);
    Ok(found)
}

/// The live entries of several translation groups.
pub async fn in_groups(db: &impl ConnectionTrait, groups: &[DocumentId], columns: Columns) -> Result<Found> {
    read(db, columns, |statement| {
        statement.and_where(entry::Column::TranslationGroup.is_in(groups.iter().copied()));
        statement.order_by((entry::Entity, entry::Column::Locale), SqlOrder::Asc);
    })
    .await
}

/// The entries that have one of these slugs or had it once, whatever their kind and locale.
pub async fn with_slugs(db: &impl ConnectionTrait, slugs: &[String], columns: Columns) -> Result<Found> {
    let mut moved = Query::select();
    moved
        .column((redirect::Entity, redirect::Column::EntryId))
        .from(redirect::Entity)
        .and_where(redirect::Column::Slug.is_in(slugs.iter().map(String::as_str)));
    read(db, columns, |statement| {
        let has = entry::Column::Slug.is_in(slugs.iter().map(String::as_str));
        statement.cond_where(Condition::any().add(has).add(col(entry::Column::Id).in_subquery(moved)));
    })
    .await
}

/// Which entry each of these slugs led to before it was changed.
pub async fn moved(
    db: &impl ConnectionTrait,
    slugs: &[String],
) -> Result<HashMap<(Kind, String, String), DocumentId>> {
    let rows = redirect::Entity::find()
        .filter(redirect::Column::Slug.is_in(slugs.iter().map(String::as_str)))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| ((row.kind, row.locale, row.slug), row.entry_id)).collect())
}

/// The entry before and the one after each of these, by date, within kind and locale.
#[derive(Debug, Clone, Copy, Default)]
pub struct Neighbours {
    pub previous: Option<DocumentId>,
    pub next: Option<DocumentId>,
}

pub async fn neighbours(
    db: &impl ConnectionTrait,
    ids: &[DocumentId],
) -> Result<HashMap<DocumentId, Neighbours>> {
    let statement = Scope::<entry::Entity>::public()
        .narrow(|select| {
            select
                .select_only()
                .column(entry::Column::Id)
                .expr(beside(Direction::Descending))
                .expr(beside(Direction::Ascending))
                .filter(entry::Column::Id.is_in(ids.iter().copied()))
        })
        .statement();
    let rows = db.query_all(&statement).await?;
    rows.iter()
        .map(|row| {
            let neighbours =
                Neighbours { previous: row.try_get_by_index(1)?, next: row.try_get_by_index(2)? };
            Ok((row.try_get_by_index(0)?, neighbours))
        })
        .collect::<Result<_, DbErr>>()
        .map_err(Into::into)
}

/// A subquery for the id of the entry that comes before (`Descending`) or after the outer one.
fn beside(direction: Direction) -> SimpleExpr {
    let other = |column| Expr::col((Alias::new("other"), column));
    let there = Expr::tuple([other(entry::Column::PublishedAt), other(entry::Column::Id)]);
    let here = Expr::tuple([col(entry::Column::PublishedAt), col(entry::Column::Id)]);
    let (comparison, order) = match direction {
        Direction::Descending => (there.lt(here), SqlOrder::Desc),
        Direction::Ascending => (there.gt(here), SqlOrder::Asc),
    };
    let mut select = Query::select();
    select
        .expr(other(entry::Column::Id))
        .from_as(entry::Entity, Alias::new("other"))
        .and_where(other(entry::Column::Kind).eq(col(entry::Column::Kind)))
        .and_where(other(entry::Column::Locale).eq(col(entry::Column::Locale)))
        .and_where(comparison)
        .order_by_expr(other(entry::Column::PublishedAt), order.clone())
        .order_by_expr(other(entry::Column::Id), order)
        .limit(1);
    SimpleExpr::SubQuery(None, Box::new(select.into()))
}

fn any_place<C: ColumnTrait>(places: &[(Kind, String, String)], kind: C, locale: C, slug: C) -> Condition {
    places.iter().fold(Condition::any(), |any, (k, l, s)| {
        any.add(Condition::all().add(kind.eq(*k)).add(locale.eq(l)).add(slug.eq(s)))
    })
}

fn apply(filter: &Filter, statement: &mut SelectStatement) {
    if let Some(kind) = filter.kind {
        statement.and_where(entry::Column::Kind.eq(kind));
    }
    if let Some(locale) = &filter.locale {
        statement.and_where(entry::Column::Locale.eq(locale));
    }
    if let Some(series) = filter.series {
        statement.and_where(entry::Column::SeriesId.eq(series));
    }
    if let Some(author) = filter.author {
        statement.and_where(entry::Column::AuthorId.eq(author));
    }
    if let Some(from) = filter.published_from {
        statement.and_where(entry::Column::PublishedAt.gte(from));
    }
    if let Some(before) = filter.published_before {
        statement.and_where(entry::Column::PublishedAt.lt(before));
    }
    if let Some(prefix) = &filter.slug_prefix {
        statement.and_where(entry::Column::Slug.gte(prefix.as_str()));
        if let Some(end) = after_prefix(prefix) {
            statement.and_where(entry::Column::Slug.lt(end));
        }
    }
    if let Some(tag) = filter.tag {
        let tagged = |column: entry_tag::Column| Expr::col((entry_tag::Entity, column));
        let is_of_entry = tagged(entry_tag::Column::EntryId).eq(col(entry::Column::Id));
        let has_tag = tagged(entry_tag::Column::TagId).eq(tag);
        statement.join(JoinType::InnerJoin, entry_tag::Entity, is_of_entry.and(has_tag));
        if let Some(locale) = &filter.locale {
            statement.and_where(tagged(entry_tag::Column::Locale).eq(locale.as_str()));
        }
    }
}

/// The first text in byte order after all that begin with `prefix`, which is made of the characters of slugs.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    let last = u8::try_from(end.pop()?).ok()?;
    end.push(char::from(last + 1));
    Some(end)
}

pub(super) fn col(column: entry::Column) -> SimpleExpr {
    Expr::col((entry::Entity, column))
}

/// What every list shows, in the order in which `decode` reads it.
const BASE: [entry::Column; 17] = [
    entry::Column::Id,
    entry::Column::Kind,
    entry::Column::Locale,
    entry::Column::Slug,
    entry::Column::Title,
    entry::Column::Excerpt,
    entry::Column::AuthorId,
    entry::Column::TagIds,
    entry::Column::SeriesId,
    entry::Column::SeriesPosition,
    entry::Column::TranslationGroup,
    entry::Column::SeoTitle,
    entry::Column::SeoDescription,
    entry::Column::NoIndex,
    entry::Column::WordCount,
    entry::Column::PublishedAt,
    entry::Column::UpdatedAt,
];

pub(super) async fn read(
    db: &impl ConnectionTrait,
    columns: Columns,
    narrow: impl FnOnce(&mut SelectStatement),
) -> Result<Found> {
    let scope = Scope::<entry::Entity>::public().narrow(|select| {
        let mut select =
            BASE.into_iter().fold(select.select_only(), |select, column| select.expr(col(column)));
        let statement = QueryFilter::query(&mut select);
        statement.expr(catalog::generation());
        for column in optional(columns) {
            statement.column(column);
        }
        let entry_id = col(entry::Column::Id);
        if columns.body() {
            let id = Expr::col((rich_text::Entity, rich_text::Column::EntryId));
            statement.join(JoinType::LeftJoin, rich_text::Entity, id.eq(entry_id.clone()));
        }
        if columns.video_url {
            let id = Expr::col((post::Entity, post::Column::EntryId));
            statement.join(JoinType::LeftJoin, post::Entity, id.eq(entry_id));
        }
        narrow(statement);
        select
    });
    let mut generation = 0;
    let rows = scope
        .decode(db, |row| {
            generation = row.try_get_by_index(BASE.len())?;
            decode(row, columns)
        })
        .await?;
    Ok(Found { rows, generation })
}

/// The optional columns, in the order in which `decode` reads them.
fn optional(columns: Columns) -> impl Iterator<Item = sea_orm::sea_query::ColumnRef> {
    let body = |wanted: bool, column: rich_text::Column| {
        wanted.then(|| (rich_text::Entity, column).into_column_ref())
    };
    [
        columns.sort_title.then(|| (entry::Entity, entry::Column::SortTitle).into_column_ref()),
        columns.video_url.then(|| (post::Entity, post::Column::VideoUrl).into_column_ref()),
        body(columns.markdown, rich_text::Column::Markdown),
        body(columns.html, rich_text::Column::Html),
        body(columns.text, rich_text::Column::Text),
        body(columns.outline, rich_text::Column::Outline),
        body(columns.embeds, rich_text::Column::Embeds),
    ]
    .into_iter()
    .flatten()
}

fn decode(row: &QueryResult, columns: Columns) -> Result<EntryRow, DbErr> {
    let mut next = BASE.len();
    let mut position = |wanted: bool| {
        next += usize::from(wanted);
        wanted.then_some(next)
    };
    let text = |at: Option<usize>| at.map_or(Ok(None), |at| row.try_get_by_index(at));
    let json = |at: Option<usize>| at.map_or(Ok(None), |at| row.try_get_by_index(at));
    Ok(EntryRow {
        id: row.try_get_by_index(0)?,
        kind: row.try_get_by_index(1)?,
        locale: row.try_get_by_index(2)?,
        slug: row.try_get_by_index(3)?,
        title: row.try_get_by_index(4)?,
        excerpt: row.try_get_by_index(5)?,
        author_id: row.try_get_by_index(6)?,
        tag_ids: row.try_get_by_index(7)?,
        series_id: row.try_get_by_index(8)?,
        series_position: row.try_get_by_index(9)?,
        translation_group: row.try_get_by_index(10)?,
        seo_title: row.try_get_by_index(11)?,
        seo_description: row.try_get_by_index(12)?,
        no_index: row.try_get_by_index(13)?,
        word_count: row.try_get_by_index(14)?,
        published_at: row.try_get_by_index(15)?,
        updated_at: row.try_get_by_index(16)?,
        sort_title: text(position(columns.sort_title))?,
        video_url: text(position(columns.video_url))?,
        body: Body {
            markdown: text(position(columns.markdown))?,
            html: text(position(columns.html))?,
            text: text(position(columns.text))?,
            outline: json(position(columns.outline))?,
            embeds: json(position(columns.embeds))?,
        },
    })
}
