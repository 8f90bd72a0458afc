//! Jobs as the team sees them: what waits, runs or is dead, and what to do about the dead.

use entity::job::{Column, Entity, Model};
use entity::{JobId, Timestamp};
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Set, SqlErr,
};

use crate::db::Tx;
use crate::domain::access::policy::{ManageJobs, Permit, ReadJobs, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::id as ids;
use crate::domain::core::keyset::{Direction, Key, Page, Position, Slice};
use crate::domain::journal::audit;

/// Where a job stands. What was done is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    Waiting,
    Running,
    Dead,
}

pub fn state(job: &Model) -> State {
    match (job.died_at, &job.worker) {
        (Some(_), _) => State::Dead,
        (None, Some(_)) => State::Running,
        (None, None) => State::Waiting,
    }
}

/// Jobs in the order in which they were to run.
pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadJobs>,
    wanted: Option<State>,
    page: &Page,
) -> Result<Slice<Visible<Model>>> {
    let rows = Scope::<Entity>::queue(permit).narrow(|mut select| {
        let statement: &mut SelectStatement = QuerySelect::query(&mut select);
        let run_at = Expr::col((Entity, Column::RunAt));
        page.apply(statement, run_at, Expr::col((Entity, Column::Id)), Direction::Ascending);
        match wanted {
            None => select,
            Some(State::Dead) => select.filter(Column::DiedAt.is_not_null()),
            Some(State::Running) => {
                select.filter(Column::DiedAt.is_null()).filter(Column::Worker.is_not_null())
            }
            Some(State::Waiting) => select.filter(Column::DiedAt.is_null()).filter(Column::Worker.is_null()),
        }
    });
    Ok(page.slice(rows.all(db).await?))
}

pub fn position(job: &Model) -> Position {
    Position { key: Key::Int(job.run_at.0), id: job.id.0 }
}

pub async fn by_id(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadJobs>,
    id: JobId,
) -> Result<Option<Visible<Model>>> {
    Scope::<Entity>::queue(permit).narrow(|select| select.filter(Column::Id.eq(id))).one(db).await
}

/// Lets a dead job be tried again, at once and as often as a new one.
pub async fn retry(tx: &Tx, permit: &Permit<ManageJobs>, now: Timestamp, id: JobId) -> Result<Model> {
    audit::record(tx, now, permit.actor(), "retryJob", Some(ids::format(id)), &[]).await?;
    let mut row = dead(tx, id).await?.into_active_model();
    row.died_at = Set(None);
    row.attempts = Set(0);
    row.not_before = Set(now);
    match row.update(tx).await {
        Ok(row) => Ok(row),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            let message = "another job has been asked to do the same meanwhile; drop this one";
            refuse(&["id"], ErrorCode::Conflict, message)
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes a dead job; what it was to do is not done.
pub async fn discard(tx: &Tx, permit: &Permit<ManageJobs>, now: Timestamp, id: JobId) -> Result<Model> {
    audit::record(tx, now, permit.actor(), "dropJob", Some(ids::format(id)), &[]).await?;
    let row = dead(tx, id).await?;
    Entity::delete_by_id(id).exec(tx).await?;
    Ok(row)
}

async fn dead(tx: &Tx, id: JobId) -> Result<Model> {
    let Some(row) = Entity::find_by_id(id).lock_exclusive().one(tx).await? else {
        return refuse(&["id"], ErrorCode::NotFound, "there is no such job; it may have been done");
    };
    if state(&row) != State::Dead {
        return refuse(&["id"], ErrorCode::InvalidTransition, "the job is not dead: it waits or runs");
    }
    Ok(row)
}
