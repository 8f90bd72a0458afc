//! Jobs for the team: what waits, runs or is dead, and what to do about the dead.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::JobId;
use entity::job::Model;

use super::connection::{Uncounted, connection};
use super::ctx;
use super::error::{Result, UserError};
use super::payload::{perform, refused};
use super::scalars::DateTime;
use crate::domain::access::policy::{ManageJobs, ReadJobs, Visible};
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::domain::core::keyset::{KeyKind, ListId, PageArgs, Slice};
use crate::domain::job::{self as domain, State};

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum JobState {
    /// The job waits for its time, for its turn or for the next attempt.
    Waiting,
    /// A worker is running the job.
    Running,
    /// The job failed too often and is not retried automatically.
    Dead,
}

/// A background job. It is deleted when it has been completed.
pub struct Job(Visible<Model>);

/// A background job. It is deleted when it has been completed.
#[Object]
impl Job {
    /// The ID of the job.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// The type of the job with the version of its arguments, such as `schedule.v1`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The state of the job.
    async fn state(&self) -> JobState {
        domain::state(&self.0).into()
    }

    /// The number of attempts so far.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// The number of attempts after which the job is dead.
    async fn max_attempts(&self) -> i32 {
        self.0.max_attempts
    }

    /// The time for which the job was originally scheduled.
    async fn run_at(&self) -> DateTime {
        DateTime(self.0.run_at)
    }

    /// The time of the next attempt. For a running job, the time at which another worker takes over unless the current
    /// one shows that it is alive. Null for a dead job.
    async fn not_before(&self) -> Option<DateTime> {
        self.0.died_at.is_none().then_some(DateTime(self.0.not_before))
    }

    /// The error of the last attempt, without private data.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// The time at which the job died, or null if it is not dead.
    async fn died_at(&self) -> Option<DateTime> {
        self.0.died_at.map(DateTime)
    }

    /// The time at which the job was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

pub async fn list(context: &Context<'_>, state: Option<JobState>, args: PageArgs) -> Result<Uncounted<Job>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadJobs>()?;
    let state = state.map(State::from);
    let list = ListId::new(&format!("jobs {state:?}"));
    let page = args.page(list, KeyKind::Int)?;
    let Slice { rows, has_previous, has_next } = domain::list(&ctx.db, &permit, state, &page).await?;
    let rows = rows.into_iter().map(|row| (domain::position(&row), Job(row))).collect();
    Ok(connection(list, Slice { rows, has_previous, has_next }, EmptyFields))
}

/// Identifies a dead job.
#[derive(InputObject)]
pub struct DeadJobInput {
    /// The ID of the dead job (`job_…`).
    id: ID,
}

/// The result of retrying or dropping a job.
#[derive(SimpleObject)]
pub struct DeadJobPayload {
    /// The job after the change, or as it was before it was dropped. Null if the input was refused.
    job: Option<Job>,
    /// The problems with the input. Empty if the mutation was carried out.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Retries a dead job at once, with as many attempts as a new one. Requires the scope `content:write`.
    async fn retry_job(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: DeadJobInput,
    ) -> Option<Result<DeadJobPayload>> {
        Some(change(context, &input, Change::Retry).await)
    }

    /// Deletes a dead job without carrying it out. Requires the scope `content:write`.
    async fn drop_job(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: DeadJobInput,
    ) -> Option<Result<DeadJobPayload>> {
        Some(change(context, &input, Change::Drop).await)
    }
}

enum Change {
    Retry,
    Drop,
}

async fn change(context: &Context<'_>, input: &DeadJobInput, change: Change) -> Result<DeadJobPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageJobs>()?;
    let mut refusals = Refusals::default();
    let id = id::parse_at::<JobId>(&input.id, &["id"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(DeadJobPayload { job: None, user_errors });
    }
    let id = id.expect("refused otherwise");
    let outcome = perform(context, async |tx| match change {
        Change::Retry => domain::retry(tx, &permit, ctx.now, id).await,
        Change::Drop => domain::discard(tx, &permit, ctx.now, id).await,
    })
    .await?;
    Ok(match outcome {
        Ok(row) => DeadJobPayload { job: Some(Job(permit.wrote(row))), user_errors: Vec::new() },
        Err(user_errors) => DeadJobPayload { job: None, user_errors },
    })
}
