//! Related entries: those in the same locale that share a tag or the series, newest first.
//!
//! Ordering by date instead of by the number of shared tags keeps the work independent of how many entries a tag has:
//! each tag's newest few are one range of an index.

use std::collections::HashSet;

use entity::{DocumentId, SeriesId, TagId, entry, entry_tag};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, UnionType};

use super::entry::{Columns, EntryRow, Found, col, read};
use crate::domain::access::policy::{PublicTables, Visible};
use crate::domain::core::error::Result;

/// How many related entries may be asked for.
pub const MAX: u16 = 20;

/// A tag or series in a locale.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Group {
    Tag(TagId, String),
    Series(SeriesId, String),
}

/// SQLite joins at most 500 selects; a page of entries rarely has so many tags and series.
const MAX_GROUPS: usize = 400;

/// Everything that may be related to one of these, in one statement: the newest of each of their tags and series.
pub async fn candidates(
    db: &impl PublicTables,
    sources: &[&EntryRow],
    limit: u16,
    columns: Columns,
) -> Result<Found> {
    let mut groups: Vec<Group> =
        sources.iter().flat_map(|row| groups(row)).collect::<HashSet<_>>().into_iter().collect();
    let mut found = Found { rows: Vec::new(), generation: 0 };
    let mut seen = HashSet::new();
    while !groups.is_empty() {
        let batch = groups.split_off(groups.len().saturating_sub(MAX_GROUPS));
        // One more than wanted, because an entry is among the newest of its own groups.
        let newest = newest_of(&batch, u64::from(limit) + 1);
        let part = read(db, columns, |statement| {
            statement.and_where(col(entry::Column::Id).in_subquery(newest));
            if let [source] = sources {
                // The page of one entry, the usual case: the database itself picks the few that are wanted.
                statement
                    .and_where(entry::Column::Id.ne(source.id))
                    .order_by_expr(col(entry::Column::PublishedAt), Order::Desc)
                    .order_by_expr(col(entry::Column::Id), Order::Desc)
                    .limit(u64::from(limit));
            }
        })
        .await?;
        found.generation = Ord::max(found.generation, part.generation);
        found.rows.extend(part.rows.into_iter().filter(|row| seen.insert(row.id)));
    }
    found.rows.sort_by_key(|row| std::cmp::Reverse((row.published_at, row.id)));
    Ok(found)
}

/// The candidates that are related to this entry, newest first.
pub fn of<'a>(
    source: &EntryRow,
    candidates: &'a [Visible<EntryRow>],
) -> impl Iterator<Item = &'a Visible<EntryRow>> {
    let (id, locale, series) = (source.id, source.locale.clone(), source.series_id);
    let tags = source.tag_ids.clone();
    candidates.iter().filter(move |other| {
        let shares_tag = || other.tag_ids.0.iter().any(|tag| tags.0.contains(tag));
        other.id != id
            && other.locale == locale
            && (shares_tag() || (series.is_some() && other.series_id == series))
    })
}

fn groups(row: &EntryRow) -> impl Iterator<Item = Group> {
    let tags = row.tag_ids.0.iter().map(|&tag| Group::Tag(tag, row.locale.clone()));
    let series = row.series_id.map(|series| Group::Series(series, row.locale.clone()));
    tags.chain(series)
}

fn newest_of(groups: &[Group], limit: u64) -> SelectStatement {
    let mut parts = groups.iter().map(|group| {
        let inner = match group {
            Group::Tag(tag, locale) => newest_with_tag(*tag, locale, limit),
            Group::Series(series, locale) => newest_in_series(*series, locale, limit),
        };
        // SQLite takes an ORDER BY only within a subquery of a compound.
        Query::select().column(Alias::new("id")).from_subquery(inner, Alias::new("newest")).to_owned()
    });
    let mut all = parts.next().expect("a batch is never empty");
    for part in parts {
        all.union(UnionType::All, part);
    }
    all
}

fn newest_with_tag(tag: TagId, locale: &str, limit: u64) -> SelectStatement {
    Query::select()
        .expr_as(Expr::col(entry_tag::Column::EntryId), Alias::new("id"))
        .from(entry_tag::Entity)
        .and_where(Expr::col(entry_tag::Column::TagId).eq(tag))
        .and_where(Expr::col(entry_tag::Column::Locale).eq(locale))
        .order_by(entry_tag::Column::PublishedAt, Order::Desc)
        .order_by(entry_tag::Column::EntryId, Order::Desc)
        .limit(limit)
        .to_owned()
}

fn newest_in_series(series: SeriesId, locale: &str, limit: u64) -> SelectStatement {
    Query::select()
        .expr_as(Expr::col(entry::Column::Id), Alias::new("id"))
        .from(entry::Entity)
        .and_where(Expr::col(entry::Column::SeriesId).eq(series))
        .and_where(Expr::col(entry::Column::Locale).eq(locale))
        .order_by(entry::Column::PublishedAt, Order::Desc)
        .order_by(entry::Column::Id, Order::Desc)
        .limit(limit)
        .to_owned()
}

/// The ids of all rows, each once.
pub fn ids(rows: &[Visible<EntryRow>]) -> Vec<DocumentId> {
    rows.iter().map(|row| row.id).collect()
}
