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

/// The document to publish, and the time.
#[derive(InputObject)]
pub struct ScheduleEntryInput {
    /// The ID of the document (`document_…`), or the ID of its entry.
    document: ID,
    /// The number of the revision to publish, whatever is saved later. Defaults to the revision that is the newest now.
    revision: Option<i32>,
    /// The time, which has to be in the future and at most ten years ahead. The offset makes it the same moment in
    /// every time zone.
    at: DateTime,
    /// The number of the newest revision that the caller has seen. If it is given and the document has a newer
    /// revision, the mutation is refused with the code `CONFLICT`.
    expected_revision: Option<i32>,
}

/// The document to unpublish, and the time.
#[derive(InputObject)]
pub struct ScheduleUnpublishInput {
    /// The ID of the document (`document_…`), or the ID of its entry.
    document: ID,
    /// The time, which has to be in the future and at most ten years ahead. The offset makes it the same moment in
    /// every time zone.
    at: DateTime,
    /// The number of the newest revision that the caller has seen. If it is given and the document has a newer
    /// revision, the mutation is refused with the code `CONFLICT`.
    expected_revision: Option<i32>,
    /// Whether to unpublish a routine even if public texts embed it. Defaults to false; then the texts that embed it
    /// are checked now and again at the scheduled time.
    force: Option<bool>,
}

/// Cancels a pending schedule.
#[derive(InputObject)]
pub struct CancelScheduleInput {
    /// The ID of the pending schedule (`schedule_…`).
    id: ID,
}

/// The result of creating or cancelling a schedule.
#[derive(SimpleObject)]
pub struct SchedulePayload {
    /// The schedule after the change, or null if the input was refused.
    schedule: Option<Schedule>,
    /// The pending schedule that was replaced and is now cancelled, if there was one.
    replaced: Option<Schedule>,
    /// The document after the change, or null if the input was refused.
    document: Option<Document>,
    /// The problems with the input. Empty if the mutation was carried out.
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
    /// Schedules the publication of a revision. The revision is checked now as if it were published, and again at the
    /// scheduled time; if it is refused then, the schedule becomes `FAILED` and is listed in `desk.upcoming`. A
    /// document has at most one pending publication, which a new one replaces. Moving the document to the trash cancels
    /// it. Requires the scope `content:write`.
    async fn schedule_entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: ScheduleEntryInput,
    ) -> Option<Result<SchedulePayload>> {
        let ScheduleEntryInput { document, revision, at, expected_revision } = input;
        Some(schedule(context, &document, Planned::Publish(revision), at, expected_revision).await)
    }

    /// Schedules an entry to be unpublished. The entry has to be public, or scheduled to be public by then. A document
    /// has at most one pending withdrawal, which a new one replaces. Moving the document to the trash cancels it.
    /// Requires the scope `content:write`.
    async fn schedule_unpublish(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: ScheduleUnpublishInput,
    ) -> Option<Result<SchedulePayload>> {
        let ScheduleUnpublishInput { document, at, expected_revision, force } = input;
        Some(schedule(context, &document, Planned::Unpublish(embedded(force)), at, expected_revision).await)
    }

    /// Cancels a pending schedule. Requires the scope `content:write`.
    async fn cancel_schedule(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: CancelScheduleInput,
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
