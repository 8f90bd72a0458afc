//! Carrying a schedule out, as a job, at its time or as soon after it as a worker runs.
//!
//! Locks are taken in one order everywhere: the document, its job, its schedule, the change log.

use entity::schedule::{Entity, Model, ScheduleAction, ScheduleState};
use entity::{ScheduleId, Timestamp, document};
use sea_orm::{DatabaseTransaction, EntityTrait, TransactionTrait};

use super::end;
use crate::domain::change::{self, Change};
use crate::domain::document::lock;
use crate::domain::error::{Error, ErrorCode, Result, UserError, refuse};
use crate::domain::job::{self, Claim, Finished, JobError};
use crate::domain::policy::{ManageDocuments, Permit};
use crate::domain::{id, publish};

/// Publishes or unpublishes what was scheduled, and ends the schedule and the job. A refusal ends them too.
pub async fn carry_out(
    tx: &DatabaseTransaction,
    claim: &Claim,
    now: Timestamp,
    id: ScheduleId,
) -> Result<Finished, JobError> {
    let Some(schedule) = Entity::find_by_id(id).one(tx).await? else { return job::finish(tx, claim).await };
    let permit = Permit::of_schedule(&schedule);
    let document = lock(tx, &permit, schedule.document_id, None, &["document"]).await?;
    // Before anything is written: with the lease, the schedule is still what it was, for whoever cancels it takes the job.
    let finished = job::finish(tx, claim).await?;
    let Some(schedule) = Entity::find_by_id(id).one(tx).await? else { return Ok(finished) };
    match schedule.state {
        // A failed one has a job only when the job was dead and somebody asks for another try.
        ScheduleState::Pending | ScheduleState::Failed => {}
        ScheduleState::Done | ScheduleState::Cancelled => return Ok(finished),
    }
    // A savepoint: what a refused publication had written goes, the rest stays.
    let step = tx.begin().await?;
    match act(&step, &permit, now, &schedule, document).await {
        Ok(change) => {
            step.commit().await?;
            end(tx, now, schedule, ScheduleState::Done, None).await?;
            change::append(tx, now, change.into_iter().collect()).await?;
        }
        Err(Error::Refused(errors)) => {
            step.rollback().await?;
            fail(tx, now, schedule, reason(errors)).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(finished)
}

/// Ends a schedule whose job was given up.
pub async fn give_up(tx: &DatabaseTransaction, now: Timestamp, id: ScheduleId, reason: &str) -> Result<()> {
    match Entity::find_by_id(id).one(tx).await? {
        Some(schedule) if schedule.state == ScheduleState::Pending => {
            fail(tx, now, schedule, format!("given up after many tries: {reason}")).await
        }
        _ => Ok(()),
    }
}

async fn act(
    step: &DatabaseTransaction,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    schedule: &Model,
    document: document::Model,
) -> Result<Option<Change>> {
    match schedule.action {
        ScheduleAction::Publish => {
            let pinned = schedule.revision.unwrap_or(document.head_revision);
            let live = document.live_revision;
            if let Some(live) = live.filter(|&live| live > pinned && Some(live) != schedule.live_when_made) {
                let message = format!(
                    "revision {live} was published after revision {pinned} had been scheduled, and is newer"
                );
                return refuse(&["revision"], ErrorCode::Conflict, message);
            }
            let (_, change) =
                publish::make_public(step, permit, now, document.id, Some(pinned), None).await?;
            Ok(change)
        }
        ScheduleAction::Unpublish if document.live_revision.is_none() => {
            refuse(&["document"], ErrorCode::InvalidTransition, "the document is not public")
        }
        ScheduleAction::Unpublish => {
            let (_, change) = publish::withdraw(step, now, document).await?;
            Ok(Some(change))
        }
    }
}

async fn fail(tx: &DatabaseTransaction, now: Timestamp, schedule: Model, reason: String) -> Result<()> {
    tracing::error!(
        schedule.id = id::format(schedule.id),
        document.id = id::format(schedule.document_id),
        "a schedule failed: {reason}"
    );
    end(tx, now, schedule, ScheduleState::Failed, Some(reason)).await?;
    Ok(())
}

/// What stood in the way, in words: messages of refusals name slugs and places, never the text.
fn reason(errors: Vec<UserError>) -> String {
    errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; ")
}
