//! Reading entries: what the public sees, in few statements and few columns.
//!
//! Every statement here starts from `Scope::public()` and selects the site's generation along, so that the caller knows
//! which copy of the catalog the rows need (see `catalog`). Bodies are read only where they were asked for.

use std::collections::HashMap;

use entity::{AuthorId, DocumentId, Kind, SeriesId, TagId, Timestamp, entry, entry_tag, redirect};
use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, JoinType, Order as SqlOrder, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QuerySelect};

use crate::domain::access::policy::{PublicTables, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::keyset::{Direction, Key, KeyKind, Page, Position, Slice};

mod read;
mod row;

pub(in crate::domain) use read::{col, read};
pub use row::{Body, Columns, EntryRow, Found};

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
    db: &impl PublicTables,
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

pub async fn count(db: &impl PublicTables, filter: &Filter) -> Result<i64> {
    let mut statement = Scope::<entry::Entity>::public(db)
        .narrow(|select| select.select_only().expr(col(entry::Column::Id).count()))
        .statement();
    apply(filter, &mut statement);
    crate::domain::core::query::scalar(db, &statement).await
}

pub async fn by_ids(db: &impl PublicTables, ids: &[DocumentId], columns: Columns) -> Result<Found> {
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
    db: &impl PublicTables,
    kind: Kind,
    slug: &str,
    locale: Option<&str>,
    columns: Columns,
) -> Result<Found> {
    let mut found = read(db, columns, |statement| {
        statement.and_where(entry::Column::Kind.eq(kind)).and_where(entry::Column::Slug.eq(slug));
        if let Some(locale) = locale {
            statement.and_where(entry::Column::Locale.eq(locale));
        }
    })
    .await?;
    draft_first(db, &mut found);
    Ok(found)
}

/// The entry at the first of several places that has one, or else had one before its slug changed.
pub async fn at_place(
    db: &impl PublicTables,
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
    draft_first(db, &mut found);
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

/// A draft may have the path of another entry. It cannot be published so, but it can be looked at.
fn draft_first(db: &impl PublicTables, found: &mut Found) {
    if let Some(draft) = db.draft() {
        found.rows.sort_by_key(|row| row.id != draft.entry.id);
    }
}

/// The live entries of several translation groups.
pub async fn in_groups(db: &impl PublicTables, groups: &[DocumentId], columns: Columns) -> Result<Found> {
    read(db, columns, |statement| {
        statement.and_where(entry::Column::TranslationGroup.is_in(groups.iter().copied()));
        statement.order_by((entry::Entity, entry::Column::Locale), SqlOrder::Asc);
    })
    .await
}

/// The entries that have one of these slugs or had it once, whatever their kind and locale.
pub async fn with_slugs(db: &impl PublicTables, slugs: &[String], columns: Columns) -> Result<Found> {
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
    db: &impl PublicTables,
    slugs: &[String],
) -> Result<HashMap<(Kind, String, String), DocumentId>> {
    let rows = Scope::<redirect::Entity>::public(db)
        .narrow(|select| select.filter(redirect::Column::Slug.is_in(slugs.iter().map(String::as_str))))
        .all(db)
        .await?;
    let place = |row: redirect::Model| ((row.kind, row.locale, row.slug), row.entry_id);
    Ok(rows.into_iter().map(|row| place(row.into_inner())).collect())
}

/// The entry before and the one after each of these, by date, within kind and locale.
#[derive(Debug, Clone, Copy, Default)]
pub struct Neighbours {
    pub previous: Option<DocumentId>,
    pub next: Option<DocumentId>,
}

pub async fn neighbours(
    db: &impl PublicTables,
    ids: &[DocumentId],
) -> Result<HashMap<DocumentId, Neighbours>> {
    let statement = Scope::<entry::Entity>::public(db)
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
