//! Schedules as the team sees them: the editorial calendar, and what is planned for one document.

use entity::schedule::{Column, Entity, Model, ScheduleState};
use entity::{DocumentId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::domain::access::policy::{Permit, ReadDocuments, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::keyset::{Direction, Key, Page, Position, Slice};

/// How many schedules a document is shown with.
const SHOWN: u64 = 50;

/// From a moment on, and up to but not including another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

/// What is pending in a range, and what failed in it, in the order of time.
pub async fn upcoming(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    range: Range,
    page: &Page,
) -> Result<Slice<Visible<Model>>> {
    let rows = Scope::<Entity>::team(permit).narrow(|mut select| {
        let at = Expr::col((Entity, Column::At));
        let id = Expr::col((Entity, Column::Id));
        page.apply(QuerySelect::query(&mut select), at, id, Direction::Ascending);
        let shown = [ScheduleState::Pending, ScheduleState::Failed];
        let select = select.filter(Column::State.is_in(shown)).filter(Column::At.gte(range.from));
        match range.to {
            Some(to) => select.filter(Column::At.lt(to)),
            None => select,
        }
    });
    Ok(page.slice(rows.all(db).await?))
}

pub fn position(schedule: &Model) -> Position {
    Position { key: Key::Int(schedule.at.0), id: schedule.id.0 }
}

/// The newest schedules of a document, latest time first.
pub async fn of_document(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    document: DocumentId,
) -> Result<Vec<Visible<Model>>> {
    let rows = Scope::<Entity>::team(permit).narrow(|select| {
        let of_it = select.filter(Column::DocumentId.eq(document));
        of_it.order_by_desc(Column::At).order_by_desc(Column::Id).limit(SHOWN)
    });
    rows.all(db).await
}
