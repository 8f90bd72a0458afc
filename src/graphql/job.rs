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

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum JobState {
    /// It waits for its time, for its turn, or for another try.
    Waiting,
    /// A worker has it.
    Running,
    /// It failed too often and is not tried again by itself.
    Dead,
}

/// A piece of work in the background. It disappears when it is done.
pub struct Job(Visible<Model>);

/// A piece of work in the background. It disappears when it is done.
#[Object]
impl Job {
    /// Id of the job.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// What it does, with the version of its arguments, such as `schedule.v1`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it stands.
    async fn state(&self) -> JobState {
        domain::state(&self.0).into()
    }

    /// How often it was begun.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// How often it is begun before it is dead.
    async fn max_attempts(&self) -> i32 {
        self.0.max_attempts
    }

    /// When it is to run, or was to run first.
    async fn run_at(&self) -> DateTime {
        DateTime(self.0.run_at)
    }

    /// When it is due next; for one that runs, when it is taken over unless its worker gives a sign of life; null for a
    /// dead one.
    async fn not_before(&self) -> Option<DateTime> {
        self.0.died_at.is_none().then_some(DateTime(self.0.not_before))
    }

    /// Why it failed last, without anything that is private.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// Since when it is dead.
    async fn died_at(&self) -> Option<DateTime> {
        self.0.died_at.map(DateTime)
    }

    /// When it was asked for.
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

/// Which dead job.
#[derive(InputObject)]
pub struct DeadJobInput {
    /// `job_…`, of a job that is dead.
    id: ID,
}

/// What became of the job.
#[derive(SimpleObject)]
pub struct DeadJobPayload {
    /// The job: as it is now, or as it was when it was dropped; null when the input was refused.
    job: Option<Job>,
    /// What is wrong. Empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Lets a dead job be tried again, at once and as often as a new one. Needs `content:write`.
    async fn retry_job(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeadJobInput,
    ) -> Option<Result<DeadJobPayload>> {
        Some(change(context, &input, Change::Retry).await)
    }

    /// Removes a dead job. What it was to do is not done. Needs `content:write`.
    async fn drop_job(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeadJobInput,
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
