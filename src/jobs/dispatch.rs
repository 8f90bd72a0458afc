//! What each job does. One match without a wildcard: a job that nobody does does not compile, and each ends with the
//! proof that it was finished in the transaction of its effect.

use entity::Timestamp;
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::domain::error::Error;
use crate::domain::job::{Claim, Finished, JobError, Task};
use crate::domain::schedule;

/// Does a job once.
pub async fn dispatch(app: &App, claim: &Claim) -> Result<Finished, JobError> {
    match &claim.task {
        Ok(Task::Schedule { schedule }) => {
            let tx = app.db.begin().await?;
            let finished = schedule::carry_out(&tx, claim, app.clock.now(), *schedule).await?;
            tx.commit().await?;
            Ok(finished)
        }
        Err(unknown) => Err(JobError::Hopeless(unknown.clone())),
    }
}

/// Notes the last failure where whoever asked for the job will look, in the transaction in which the job dies.
pub async fn gave_up(
    tx: &DatabaseTransaction,
    claim: &Claim,
    now: Timestamp,
    reason: &str,
) -> Result<(), Error> {
    match &claim.task {
        Ok(Task::Schedule { schedule }) => schedule::give_up(tx, now, *schedule, reason).await,
        Err(_) => Ok(()),
    }
}
