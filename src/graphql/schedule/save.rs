//! Making schedules and calling them off.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::schedule::Model;
use entity::{ScheduleId, document};

use super::{Schedule, schedules};
use crate::domain::access::policy::{ManageDocuments, Permit};
use crate::domain::content::schedule::{self as domain, NewSchedule, Planned, Scheduled};
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::graphql::ctx;
use crate::graphql::document::{Document, embedded};
use crate::graphql::error::{Result, UserError};
use crate::graphql::payload::{perform, refused};
use crate::graphql::publish::addressed;
use crate::graphql::scalars::DateTime;

/// What to publish, and when.
#[derive(InputObject)]
pub struct ScheduleEntryInput {
    /// `document_…`, or the id of its entry.
    document: ID,
    /// Number of the revision to publish, whatever is saved after it; the one that is the newest now without.
    revision: Option<i32>,
    /// When: in the future, at most ten years ahead. With an offset, so that it is one moment in every time zone.
    at: DateTime,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    expected_revision: Option<i32>,
}

/// What to unpublish, and when.
#[derive(InputObject)]
pub struct ScheduleUnpublishInput {
    /// `document_…`, or the id of its entry.
    document: ID,
    /// When: in the future, at most ten years ahead. With an offset, so that it is one moment in every time zone.
    at: DateTime,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    expected_revision: Option<i32>,
    /// Whether a routine goes although public texts embed it. Without, what embeds it is looked at now and then.
    force: Option<bool>,
}

/// Which schedule to call off.
#[derive(InputObject)]
pub struct CancelScheduleInput {
    /// `schedule_…`, of one that is pending.
    id: ID,
}

/// What was scheduled or called off.
#[derive(SimpleObject)]
pub struct SchedulePayload {
    /// The schedule as it is now; null when the input was refused.
    schedule: Option<Schedule>,
    /// The pending schedule whose place it took, which is cancelled now.
    replaced: Option<Schedule>,
    /// The document as it is now; null when the input was refused.
    document: Option<Document>,
    /// What is wrong. Empty when it was done.
    user_errors: Vec<UserError>,
}

impl SchedulePayload {
    fn refused(user_errors: Vec<UserError>) -> Self {
        Self { schedule: None, replaced: None, document: None, user_errors }
    }
}

#[derive(Default)]
pub struct ScheduleMutation;

#[Object]
impl ScheduleMutation {
    /// Makes a revision public at a time. It is checked now as if it were published, and once more at its time; what is
    /// refused then is `FAILED` and listed in `desk.upcoming`. A document has one pending publication: a new one takes
    /// the place of the old. The trash cancels it. Needs `content:write`.
    async fn schedule_entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: ScheduleEntryInput,
    ) -> Option<Result<SchedulePayload>> {
        let ScheduleEntryInput { document, revision, at, expected_revision } = input;
        Some(schedule(context, &document, Planned::Publish(revision), at, expected_revision).await)
    }

    /// Takes an entry out of the public at a time. It is public now, or is scheduled to be by then. A document has one
    /// pending withdrawal: a new one takes the place of the old. The trash cancels it. Needs `content:write`.
    async fn schedule_unpublish(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: ScheduleUnpublishInput,
    ) -> Option<Result<SchedulePayload>> {
        let ScheduleUnpublishInput { document, at, expected_revision, force } = input;
        Some(schedule(context, &document, Planned::Unpublish(embedded(force)), at, expected_revision).await)
    }

    /// Calls off a schedule that is pending. Needs `content:write`.
    async fn cancel_schedule(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CancelScheduleInput,
    ) -> Option<Result<SchedulePayload>> {
        Some(cancel(context, input).await)
    }
}

async fn schedule(
    context: &Context<'_>,
    document: &str,
    action: Planned,
    at: DateTime,
    expected_revision: Option<i32>,
) -> Result<SchedulePayload> {
    let (permit, id) = match addressed(context, document)? {
        Ok(found) => found,
        Err(user_errors) => return Ok(SchedulePayload::refused(user_errors)),
    };
    let new = NewSchedule { document: id, action, at: at.0, expected_revision };
    let outcome =
        perform(context, async |tx| domain::create(tx, &permit, ctx(context).now, new).await).await?;
    match outcome {
        Ok(Scheduled { schedule, replaced, document }) => {
            payload(context, &permit, schedule, replaced, document).await
        }
        Err(user_errors) => Ok(SchedulePayload::refused(user_errors)),
    }
}

async fn cancel(context: &Context<'_>, input: CancelScheduleInput) -> Result<SchedulePayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageDocuments>()?;
    let mut refusals = Refusals::default();
    let id = id::parse_at::<ScheduleId>(&input.id, &["id"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(SchedulePayload::refused(user_errors));
    }
    let outcome = perform(context, async |tx| {
        domain::cancel(tx, &permit, ctx.now, id.expect("refused otherwise")).await
    })
    .await?;
    match outcome {
        Ok((schedule, document)) => payload(context, &permit, schedule, None, document).await,
        Err(user_errors) => Ok(SchedulePayload::refused(user_errors)),
    }
}

async fn payload(
    context: &Context<'_>,
    permit: &Permit<ManageDocuments>,
    schedule: Model,
    replaced: Option<Model>,
    document: document::Model,
) -> Result<SchedulePayload> {
    // Who may schedule may read.
    let reading = ctx(context).viewer.permit()?;
    let document = permit.wrote(document);
    let has_replaced = replaced.is_some();
    let rows = std::iter::once(schedule).chain(replaced).map(|row| permit.wrote(row)).collect();
    let mut rows = schedules(context, &reading, rows, vec![document.clone()]).await?;
    let replaced = if has_replaced { rows.pop() } else { None };
    let document = Some(Document::new(document));
    Ok(SchedulePayload { schedule: rows.pop(), replaced, document, user_errors: Vec::new() })
}
