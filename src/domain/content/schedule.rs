//! Schedules: a pinned revision becomes public at a time, or a document leaves the public at one.
//!
//! What can be known is checked when a schedule is made; what happened meanwhile is checked when it is carried out. Then
//! the publication, the schedule's end and the job's end are one transaction, so each happens once. What is refused at its
//! time is `FAILED` with the reason, in the desk and in the log: never silent.
//!
//! A document has at most one pending publication and one pending withdrawal; a new one takes the place of the old.
//! Times are moments in UTC. The site's time zone is for display, so a change of the clocks moves nothing.

use entity::schedule::{ActiveModel, Column, Entity, Model, ScheduleAction, ScheduleState};
use entity::{DocumentId, Kind, ScheduleId, Timestamp, document, entry};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde::{Deserialize, Serialize};

use super::document::row::lock;
use super::publish::routines::{self, Embedded};
use super::publish::{self, Prepared};
use crate::db::Tx;
use crate::domain::access::policy::{ManageDocuments, Permit};
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::time::DAY;
use crate::domain::job::{self, NewJob, Task};
use crate::domain::journal::audit;
use crate::domain::library::asset::usage;

mod calendar;
pub mod carry_out;

pub use calendar::{Range, of_document, position, upcoming};

/// How far ahead something can be scheduled: ten years, leap days included.
const FARTHEST: i64 = 3_653 * DAY;

/// What is to happen.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    pub document: DocumentId,
    pub action: Planned,
    pub at: Timestamp,
    pub expected_revision: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// Publish this revision, or the one that is the newest now.
    Publish(Option<i32>),
    Unpublish(Embedded),
}

/// What was scheduled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Scheduled {
    pub schedule: Model,
    /// The pending one whose place it took.
    pub replaced: Option<Model>,
    pub document: document::Model,
}

pub async fn create(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    new: NewSchedule,
) -> Result<Scheduled> {
    let document = lock(tx, permit, new.document, new.expected_revision, &["document"]).await?;
    if document.trashed_at.is_some() {
        return refuse(
            &["document"],
            ErrorCode::InvalidTransition,
            "the document is in the trash; restore it first",
        );
    }
    if new.at <= now {
        return refuse(&["at"], ErrorCode::OutOfRange, "this moment has passed");
    }
    if new.at.0 > now.0.saturating_add(FARTHEST) {
        return refuse(&["at"], ErrorCode::OutOfRange, "at most ten years ahead");
    }
    let (action, revision, force) = match new.action {
        Planned::Publish(number) => {
            let number = number.unwrap_or(document.head_revision);
            check_publication(tx, &document, number, new.at).await?;
            (ScheduleAction::Publish, Some(number), false)
        }
        Planned::Unpublish(embedded) => {
            check_withdrawal(tx, &document, new.at).await?;
            if document.kind == Kind::Routine && embedded == Embedded::Kept {
                routines::check_withdrawal(tx, document.id, &document.locale).await?;
            }
            (ScheduleAction::Unpublish, None, embedded == Embedded::Withdrawn)
        }
    };
    let replaced = match pending(tx, document.id, action).await? {
        Some(old) => Some(call_off(tx, now, old).await?),
        None => None,
    };
    let schedule = ActiveModel {
        id: Set(ScheduleId::generate(now)),
        document_id: Set(document.id),
        action: Set(action),
        revision: Set(revision),
        live_when_made: Set(document.live_revision),
        at: Set(new.at),
        state: Set(ScheduleState::Pending),
        account_id: Set(permit.account()),
        failure: Set(None),
        created_at: Set(now),
        ended_at: Set(None),
        force: Set(force),
    }
    .insert(tx)
    .await?;
    let job = NewJob {
        task: Task::Schedule { schedule: schedule.id },
        run_at: new.at,
        key: Some(key(schedule.id)),
        lane: Some(format!("document:{}", document.id.0)),
    };
    job::enqueue(tx, now, job).await?;
    let action = match action {
        ScheduleAction::Publish => "scheduleEntry",
        ScheduleAction::Unpublish => "scheduleUnpublish",
    };
    audit::record(tx, now, permit.actor(), action, Some(id::format(document.id)), &["at"]).await?;
    Ok(Scheduled { schedule, replaced, document })
}

/// Calls off what is pending.
pub async fn cancel(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: ScheduleId,
) -> Result<(Model, document::Model)> {
    let Some(found) = Entity::find_by_id(id).one(tx).await? else {
        return refuse(&["id"], ErrorCode::NotFound, "there is no such schedule");
    };
    let document = lock(tx, permit, found.document_id, None, &["id"]).await?;
    // Read again: until the document was locked, a worker may have carried it out.
    let Some(schedule) = Entity::find_by_id(id).one(tx).await? else {
        return refuse(&["id"], ErrorCode::NotFound, "there is no such schedule");
    };
    if schedule.state != ScheduleState::Pending {
        return refuse(&["id"], ErrorCode::InvalidTransition, "the schedule is not pending any more");
    }
    audit::record(tx, now, permit.actor(), "cancelSchedule", Some(id::format(document.id)), &[]).await?;
    Ok((call_off(tx, now, schedule).await?, document))
}

/// Calls off everything that is pending for a document that the caller has locked.
pub(in crate::domain) async fn cancel_pending(tx: &Tx, now: Timestamp, document: DocumentId) -> Result<()> {
    for action in [ScheduleAction::Publish, ScheduleAction::Unpublish] {
        if let Some(schedule) = pending(tx, document, action).await? {
            call_off(tx, now, schedule).await?;
        }
    }
    Ok(())
}

/// Everything that publishing would refuse and that is known already.
async fn check_publication(tx: &Tx, document: &document::Model, number: i32, at: Timestamp) -> Result<()> {
    let first_published_at = document.first_published_at.unwrap_or(at);
    let Prepared { projection, uses, routines, .. } =
        publish::prepare(tx, document, number, first_published_at, at).await?;
    usage::record(tx, document.id, number, &uses).await?;
    routines::check_planned(tx, &document.locale, &routines, at).await?;
    let holder = entry::Entity::find()
        .filter(entry::Column::Kind.eq(document.kind))
        .filter(entry::Column::Locale.eq(&document.locale))
        .filter(entry::Column::Slug.eq(projection.entry.slug))
        .filter(entry::Column::Id.ne(document.id))
        .one(tx)
        .await?;
    match holder {
        Some(_) => {
            refuse(&["slug"], ErrorCode::Taken, "another document is public under this revision's slug")
        }
        None => Ok(()),
    }
}

/// Only what is public, or will be by then, can leave the public.
async fn check_withdrawal(tx: &Tx, document: &document::Model, at: Timestamp) -> Result<()> {
    let before = pending(tx, document.id, ScheduleAction::Publish).await?;
    if document.live_revision.is_none() && before.is_none_or(|publication| publication.at >= at) {
        let message = "the document is not public, and is not scheduled to be by then";
        return refuse(&["document"], ErrorCode::InvalidTransition, message);
    }
    Ok(())
}

async fn pending(tx: &Tx, document: DocumentId, action: ScheduleAction) -> Result<Option<Model>> {
    Ok(Entity::find()
        .filter(Column::DocumentId.eq(document))
        .filter(Column::Action.eq(action))
        .filter(Column::State.eq(ScheduleState::Pending))
        .one(tx)
        .await?)
}

async fn call_off(tx: &Tx, now: Timestamp, schedule: Model) -> Result<Model> {
    job::cancel(tx, &key(schedule.id)).await?;
    end(tx, now, schedule, ScheduleState::Cancelled, None).await
}

pub(super) async fn end(
    tx: &Tx,
    now: Timestamp,
    schedule: Model,
    state: ScheduleState,
    failure: Option<String>,
) -> Result<Model> {
    let mut row = schedule.into_active_model();
    row.state = Set(state);
    row.failure = Set(failure);
    row.ended_at = Set(Some(now));
    Ok(row.update(tx).await?)
}

fn key(id: ScheduleId) -> String {
    format!("schedule:{}", id.0)
}
