//! Jobs: work that is written down in the transaction that asks for it, and done afterwards by a worker of some process.
//!
//! A job is done at least once. Whoever takes it holds a *lease*, which a heartbeat renews; when its holder dies, the lease
//! runs out and somebody else takes the job. The *fencing number* goes up with every taking, and [`finish`] belongs into the
//! transaction of the job's effect: a worker that slept past its lease finds another number, and its effect is rolled back.
//! So what a job does inside the database happens exactly once.
//!
//! Rows are in wall time, because several machines and restarts share them. When a clock jumps forward by an hour, leases
//! look as if they had run out: jobs are taken over, and the fencing number decides whose effect counts. When it jumps
//! back, a lease that ends later than any lease can is taken as run out, and what waits for its next try waits longer.
//!
//! Each [`Kind`] of job has hands of its own, so that a mail server that hangs delays emails alone. A job with a name that this
//! version does not have is not taken: it waits for a newer one.
//!
//! Adding a job: a variant of [`Task`], its [`Kind`], its arm in `jobs::dispatch`. A change of its arguments that old rows do not fit is
//! a new variant with the next version in its name.

use entity::job::{ActiveModel, Column, Entity, Model};
use entity::{JobId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::db::{CommitError, Tx};
use crate::domain::core::error::{Error, Result};
use crate::domain::core::id::PublicId;

pub mod claim;
mod desk;
mod queue;
mod task;

pub use desk::{State, by_id, discard, list, position, retry, state};
pub use queue::{Counts, counts};
pub use task::{Kind, News, Occasion, Task};

/// How often a job is begun before it is dead: with the pauses between, about ten hours.
const MAX_ATTEMPTS: i32 = 20;

/// When a dead job is due. So taking jobs need not ask whether `died_at` is null: PostgreSQL takes that for rare until it
/// has statistics, and would choose to read every job for each one.
const NEVER: Timestamp = Timestamp(i64::MAX);

/// A job that is to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub task: Task,
    /// Not before this moment.
    pub run_at: Timestamp,
    /// While a job with the same key waits or runs, this one is left out.
    pub key: Option<String>,
    /// Jobs of one lane run one at a time, in the order of `run_at`. One that is put in front at the very moment in which
    /// the next is taken may run beside it; what must not overlap locks a row besides.
    pub lane: Option<String>,
}

/// What became of a new job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    New,
    /// Another one with its key waits or runs.
    Known,
}

/// Writes a job down. It is done once this transaction is committed, and never if it is not.
pub async fn enqueue(tx: &Tx, now: Timestamp, job: NewJob) -> Result<Enqueued> {
    let (name, arguments) = job.task.encode();
    let row = ActiveModel {
        id: Set(JobId::generate(now)),
        name: Set(name),
        arguments: Set(arguments),
        unique_key: Set(job.key),
        lane: Set(job.lane),
        run_at: Set(job.run_at),
        not_before: Set(job.run_at),
        attempts: Set(0),
        max_attempts: Set(MAX_ATTEMPTS),
        lease: Set(0),
        worker: Set(None),
        last_error: Set(None),
        died_at: Set(None),
        created_at: Set(now),
    };
    let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    match insert.exec_without_returning(tx).await? {
        0 => Ok(Enqueued::Known),
        _ => Ok(Enqueued::New),
    }
}

/// Takes back a job that is not dead. A worker that is at it cannot finish any more.
pub async fn cancel(tx: &Tx, key: &str) -> Result<()> {
    let live = Entity::delete_many().filter(Column::UniqueKey.eq(key)).filter(Column::DiedAt.is_null());
    live.exec(tx).await?;
    Ok(())
}

/// A job in the hands of a worker.
#[derive(Debug, Clone)]
pub struct Claim {
    pub id: JobId,
    pub name: String,
    /// What to do, or why that cannot be known.
    pub task: std::result::Result<Task, String>,
    pub run_at: Timestamp,
    /// How often it was begun, this time included.
    pub attempts: i32,
    pub max_attempts: i32,
    lease: i64,
}

impl Claim {
    fn new(row: Model) -> Self {
        Self {
            id: row.id,
            task: Task::decode(&row.name, &row.arguments),
            name: row.name,
            run_at: row.run_at,
            attempts: row.attempts + 1,
            max_attempts: row.max_attempts,
            lease: row.lease + 1,
        }
    }

    /// `None` for what this version does not know.
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.names().contains(&self.name.as_str()))
    }
}

/// Why a job was not done this time.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Somebody else has the job, or it was cancelled. What this worker did is rolled back.
    #[error("the lease was lost")]
    LeaseLost,
    /// Another try would end alike. The text is shown to the team.
    #[error("{0}")]
    Hopeless(String),
    /// Another try may end better. The text is shown to the team.
    #[error("{0}")]
    Later(String),
    /// It ended in the middle of its work. What it had to say is in the log alone.
    #[error("the job panicked")]
    Panicked,
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<CommitError> for JobError {
    fn from(error: CommitError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// The proof that [`finish`] was called. Every job ends with one.
#[derive(Debug)]
#[must_use]
pub struct Finished(());

/// Ends a job, in the transaction of its effect. Fails when the lease was lost, and then nothing may be committed.
pub async fn finish(tx: &Tx, claim: &Claim) -> Result<Finished, JobError> {
    let mine = Entity::delete_many().filter(Column::Id.eq(claim.id)).filter(Column::Lease.eq(claim.lease));
    match mine.exec(tx).await?.rows_affected {
        1 => Ok(Finished(())),
        _ => Err(JobError::LeaseLost),
    }
}

/// Prolongs the lease to `until`. Fails when it was lost.
pub async fn extend(tx: &Tx, claim: &Claim, until: Timestamp) -> Result<(), JobError> {
    change(tx, claim, &[(Column::NotBefore, Expr::val(until))]).await
}

/// Gives a job back that was hardly begun, for somebody else to take at once.
pub async fn give_back(tx: &Tx, claim: &Claim, now: Timestamp) -> Result<(), JobError> {
    let values = [
        (Column::Worker, Expr::val(None::<String>)),
        (Column::NotBefore, Expr::val(now)),
        (Column::Attempts, Expr::col(Column::Attempts).sub(1)),
    ];
    change(tx, claim, &values).await
}

/// Notes a failure, and when to try again.
pub async fn fail(tx: &Tx, claim: &Claim, message: &str, next_try: Timestamp) -> Result<(), JobError> {
    let values = [
        (Column::Worker, Expr::val(None::<String>)),
        (Column::NotBefore, Expr::val(next_try)),
        (Column::LastError, Expr::val(message)),
    ];
    change(tx, claim, &values).await
}

/// Gives a job up. It stays in the desk until somebody tries it again or drops it.
pub async fn die(tx: &Tx, claim: &Claim, now: Timestamp, message: &str) -> Result<(), JobError> {
    let values = [
        (Column::Worker, Expr::val(None::<String>)),
        (Column::NotBefore, Expr::val(NEVER)),
        (Column::DiedAt, Expr::val(now)),
        (Column::LastError, Expr::val(message)),
    ];
    change(tx, claim, &values).await
}

/// Changes the row of a job whose lease is still held.
async fn change(
    tx: &Tx,
    claim: &Claim,
    values: &[(Column, sea_orm::sea_query::SimpleExpr)],
) -> Result<(), JobError> {
    let mut update =
        Entity::update_many().filter(Column::Id.eq(claim.id)).filter(Column::Lease.eq(claim.lease));
    for (column, value) in values {
        update = update.col_expr(*column, value.clone());
    }
    match update.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(JobError::LeaseLost),
    }
}
