//! What each job does. One match without a wildcard: a job that nobody does does not compile, and each ends with the
//! proof that it was finished in the transaction of its effect.

use entity::{ScheduleId, Timestamp};

use super::{collect, expire, letter, promote, question_news};
use crate::app::App;
use crate::db::Tx;
use crate::domain::content::schedule;
use crate::domain::core::error::Error;
use crate::domain::job::{Claim, Finished, JobError, Task};
use crate::domain::questions::tell;

/// Does a job once.
pub async fn dispatch(app: &App, claim: &Claim) -> Result<Finished, JobError> {
    match &claim.task {
        Ok(Task::Schedule { schedule }) => carry_out(app, claim, *schedule).await,
        Ok(Task::Letter { to, occasion }) => letter::send(app, claim, *to, *occasion).await,
        Ok(Task::Promote { upload }) => promote::run(app, claim, *upload).await,
        Ok(Task::Collect {}) => collect::run(app, claim).await,
        Ok(Task::QuestionNews { question, news }) => question_news::send(app, claim, *question, *news).await,
        Ok(Task::Expire {}) => expire::run(app, claim).await,
        Err(unknown) => Err(JobError::Hopeless(unknown.clone())),
    }
}

async fn carry_out(app: &App, claim: &Claim, id: ScheduleId) -> Result<Finished, JobError> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let finished = match schedule::carry_out::carry_out(&tx, claim, now, id).await {
        Err(JobError::Failed(Error::Refused(errors))) => {
            tx.rollback().await;
            let tx = app.db.begin().await?;
            let finished = schedule::carry_out::refused(&tx, claim, now, id, errors).await?;
            tx.commit().await?;
            return Ok(finished);
        }
        outcome => outcome?,
    };
    tx.commit().await?;
    Ok(finished)
}

/// What is done about the last failure before the job dies, in a transaction of its own: questions are locked before jobs. It may
/// be tried again all the same.
pub async fn is_giving_up(app: &App, claim: &Claim) -> Result<(), Error> {
    if let Ok(Task::QuestionNews { question, news }) = &claim.task {
        // Its reader is told of the next answer.
        app.write(async |tx| tell::email_abandoned(tx, *question, *news).await).await?;
    }
    Ok(())
}

/// Notes the last failure where whoever asked for the job will look, in the transaction in which the job dies.
pub async fn abandoned(tx: &Tx, claim: &Claim, now: Timestamp, reason: &str) -> Result<(), Error> {
    match &claim.task {
        Ok(Task::Schedule { schedule }) => schedule::carry_out::give_up(tx, now, *schedule, reason).await,
        // Tomorrow is another night.
        Ok(Task::Expire {}) => expire::plan_again(tx, now).await,
        // The desk's list of jobs is where these are found: a letter that did not leave, a file that nobody could look at.
        Ok(Task::Letter { .. } | Task::Promote { .. } | Task::Collect {} | Task::QuestionNews { .. })
        | Err(_) => Ok(()),
    }
}
