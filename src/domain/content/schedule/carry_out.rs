//! Carrying a schedule out, as a job, at its time or as soon after it as a worker runs.
//!
//! Locks are taken in one order everywhere: the document, its job, its schedule, its questions, its files, the change log.

use entity::schedule::{Entity, Model, ScheduleAction, ScheduleState};
use entity::{ScheduleId, Timestamp, document};
use sea_orm::EntityTrait;

use super::end;
use crate::db::Tx;
use crate::domain::access::policy::Permit;
use crate::domain::content::document::row::lock;
use crate::domain::content::publish::routines::Embedded;
use crate::domain::content::publish::{self, Effect};
use crate::domain::core::error::{ErrorCode, Result, UserError, refuse};
use crate::domain::core::id;
use crate::domain::job::{self, Claim, Finished, JobError};
use crate::domain::journal::audit;

/// Publishes or unpublishes what was scheduled, and ends the schedule and the job. When it is refused, the caller rolls
/// back and calls [`refused`].
pub async fn carry_out(tx: &Tx, claim: &Claim, now: Timestamp, id: ScheduleId) -> Result<Finished, JobError> {
    let Some(schedule) = Entity::find_by_id(id).one(tx).await? else { return job::finish(tx, claim).await };
    let (document, finished) = begin(tx, claim, &schedule).await?;
    if !is_open(&schedule) {
        return Ok(finished);
    }
    let effect = act(tx, now, &schedule, document).await?;
    end(tx, now, schedule, ScheduleState::Done, None).await?;
    publish::conclude(tx, now, effect).await?;
    Ok(finished)
}

/// Ends a schedule that was refused at its time, and its job.
pub async fn refused(
    tx: &Tx,
    claim: &Claim,
    now: Timestamp,
    id: ScheduleId,
    errors: Vec<UserError>,
) -> Result<Finished, JobError> {
    let Some(schedule) = Entity::find_by_id(id).one(tx).await? else { return job::finish(tx, claim).await };
    let (_, finished) = begin(tx, claim, &schedule).await?;
    if is_open(&schedule) {
        // Messages of refusals name slugs and places, never the text.
        let reason = errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; ");
        fail(tx, now, schedule, reason).await?;
    }
    Ok(finished)
}

/// Ends a schedule whose job was given up.
pub async fn give_up(tx: &Tx, now: Timestamp, id: ScheduleId, reason: &str) -> Result<()> {
    match Entity::find_by_id(id).one(tx).await? {
        Some(schedule) if schedule.state == ScheduleState::Pending => {
            fail(tx, now, schedule, format!("given up after many tries: {reason}")).await
        }
        _ => Ok(()),
    }
}

/// Locks the document, then ends the job: with the lease still held, the schedule is what it was when it was read, since
/// whoever cancels or replaces it takes the job away under the document's lock.
async fn begin(tx: &Tx, claim: &Claim, schedule: &Model) -> Result<(document::Model, Finished), JobError> {
    let permit = Permit::of_schedule(schedule);
    let document = lock(tx, &permit, schedule.document_id, None, &["document"]).await?;
    Ok((document, job::finish(tx, claim).await?))
}

/// Whether there is something left to do. A failed one has a job only when that was dead and somebody wants another try.
fn is_open(schedule: &Model) -> bool {
    match schedule.state {
        ScheduleState::Pending | ScheduleState::Failed => true,
        ScheduleState::Done | ScheduleState::Cancelled => false,
    }
}

async fn act(tx: &Tx, now: Timestamp, schedule: &Model, document: document::Model) -> Result<Effect> {
    let permit = Permit::of_schedule(schedule);
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
            let (_, effect) = publish::make_public(tx, &permit, now, document, Some(pinned)).await?;
            Ok(effect)
        }
        ScheduleAction::Unpublish if document.live_revision.is_none() => {
            refuse(&["document"], ErrorCode::InvalidTransition, "the document is not public")
        }
        ScheduleAction::Unpublish => {
            let subject = Some(id::format(document.id));
            audit::record(tx, now, permit.actor(), "unpublishEntry", subject, &[]).await?;
            // What embeds it now was perhaps not there when this was planned.
            let embedded = if schedule.force { Embedded::Withdrawn } else { Embedded::Kept };
            let (_, effect) = publish::withdraw(tx, now, document, embedded).await?;
            Ok(effect)
        }
    }
}

async fn fail(tx: &Tx, now: Timestamp, schedule: Model, reason: String) -> Result<()> {
    tracing::error!(
        schedule.id = id::format(schedule.id),
        document.id = id::format(schedule.document_id),
        "a schedule failed: {reason}"
    );
    end(tx, now, schedule, ScheduleState::Failed, Some(reason)).await?;
    Ok(())
}
