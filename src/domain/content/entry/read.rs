//! The one statement that reads entries: its columns, and the rows that come back. Every other read narrows it.

use std::sync::Arc;

use entity::{entry, post, rich_text, routine};
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, JoinType, SelectStatement, SimpleExpr};
use sea_orm::{DbErr, QueryFilter, QueryResult, QuerySelect};

use super::row::{Body, Columns, EntryRow, Found};
use crate::domain::access::draft::{Detail, Draft};
use crate::domain::access::policy::{PublicTables, Scope};
use crate::domain::core::error::Result;
use crate::domain::core::site_row;
use crate::domain::routine::Routine;

pub(in crate::domain) fn col(column: entry::Column) -> SimpleExpr {
    Expr::col((entry::Entity, column))
}

/// What every list shows, in the order in which `decode` reads it.
const BASE: [entry::Column; 18] = [
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
    entry::Column::CoverId,
];

pub(in crate::domain) async fn read(
    db: &impl PublicTables,
    columns: Columns,
    narrow: impl FnOnce(&mut SelectStatement),
) -> Result<Found> {
    let scope = Scope::<entry::Entity>::public(db).narrow(|select| {
        let mut select =
            BASE.into_iter().fold(select.select_only(), |select, column| select.expr(col(column)));
        let statement = QueryFilter::query(&mut select);
        statement.expr(site_row::generation());
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
            statement.join(JoinType::LeftJoin, post::Entity, id.eq(entry_id.clone()));
        }
        if columns.routine {
            let id = Expr::col((routine::Entity, routine::Column::EntryId));
            statement.join(JoinType::LeftJoin, routine::Entity, id.eq(entry_id));
        }
        narrow(statement);
        select
    });
    let mut generation = 0;
    let rows = scope
        .decode(db, |row| {
            generation = row.try_get_by_index(BASE.len())?;
            let row = decode(row, columns)?;
            match db.draft() {
                Some(draft) if draft.entry.id == row.id => drafted(row, draft, columns),
                _ => Ok(row),
            }
        })
        .await?;
    Ok(Found { rows, generation })
}

/// The row of the draft that lies over the table, with its own texts: those in the database are the live revision's.
fn drafted(mut row: EntryRow, draft: &Draft, columns: Columns) -> Result<EntryRow, DbErr> {
    let text = &draft.rich_text;
    row.body = Body {
        markdown: columns.markdown.then(|| text.markdown.clone()),
        html: columns.html.then(|| text.html.clone()),
        text: columns.text.then(|| text.text.clone()),
        outline: columns.outline.then(|| text.outline.clone()),
        embeds: columns.embeds.then(|| text.embeds.clone()),
    };
    (row.video_url, row.routine) = match &draft.detail {
        Detail::Post(post) if columns.video_url => (post.video_url.clone(), None),
        Detail::Routine(routine) if columns.routine => (None, parse(Some(routine.routine.clone()))?),
        Detail::Post(_) | Detail::Page | Detail::Routine(_) => (None, None),
    };
    Ok(row)
}

/// The routine of a row, of an entry that is one.
fn parse(stored: Option<serde_json::Value>) -> Result<Option<Arc<Routine>>, DbErr> {
    let routine = stored.map(serde_json::from_value).transpose();
    routine.map(|routine| routine.map(Arc::new)).map_err(|error| DbErr::Json(error.to_string()))
}

/// The optional columns, in the order in which `decode` reads them.
fn optional(columns: Columns) -> impl Iterator<Item = sea_orm::sea_query::ColumnRef> {
    let body = |wanted: bool, column: rich_text::Column| {
        wanted.then(|| (rich_text::Entity, column).into_column_ref())
    };
    [
        columns.sort_title.then(|| (entry::Entity, entry::Column::SortTitle).into_column_ref()),
        columns.video_url.then(|| (post::Entity, post::Column::VideoUrl).into_column_ref()),
        columns.routine.then(|| (routine::Entity, routine::Column::Routine).into_column_ref()),
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
        cover_id: row.try_get_by_index(17)?,
        sort_title: text(position(columns.sort_title))?,
        video_url: text(position(columns.video_url))?,
        routine: parse(json(position(columns.routine))?)?,
        body: Body {
            markdown: text(position(columns.markdown))?,
            html: text(position(columns.html))?,
            text: text(position(columns.text))?,
            outline: json(position(columns.outline))?,
            embeds: json(position(columns.embeds))?,
        },
    })
}
