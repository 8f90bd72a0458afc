//! One job from its beginning to its end: a heartbeat beside it, a panic is a failure of this job only, a failure is
//! tried again later or is the end.

use std::time::Duration;

use entity::Timestamp;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, interval_at};

use super::dispatch::{abandoned, dispatch, is_giving_up};
use crate::app::App;
use crate::domain::core::error::Error;
use crate::domain::core::time;
use crate::domain::job::{self, Claim, Finished, JobError};

/// The pause after the first failure; it doubles with each.
const FIRST_PAUSE: i64 = 1_000;
const LONGEST_PAUSE: i64 = time::HOUR;

/// How a job ended this time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// It is tried again later.
    Failed(String),
    /// It is not tried again.
    Died(String),
    /// Somebody else has it, or nobody wants it any more.
    Lost,
}

/// Runs a job that was taken, and notes how it ended.
pub async fn run(app: &App, claim: &Claim) -> Ended {
    let outcome = if claim.attempts > claim.max_attempts {
        Err(JobError::Hopeless("the process that ran it ended each time before it was done".to_owned()))
    } else {
        attempt(app, claim).await
    };
    let job = &claim.name;
    let (message, is_hopeless) = match outcome {
        Ok(_) => return Ended::Done,
        Err(JobError::LeaseLost) => {
            tracing::info!(job, job.id = %claim.id.0, "the job was taken over or cancelled, what was done here is undone");
            return Ended::Lost;
        }
        Err(JobError::Hopeless(message)) => (message, true),
        Err(JobError::Later(message)) => (message, false),
        Err(error @ JobError::Panicked) => (error.to_string(), false),
        Err(JobError::Failed(error)) => {
            if let Error::Fault(fault) = &error {
                tracing::error!(job, job.id = %claim.id.0, error = %fault, "a job met a fault: {fault}");
            }
            // Without the text of the database: the desk shows it.
            (error.to_string(), false)
        }
    };
    note_failure(app, claim, message, is_hopeless).await
}

/// Lets others take a job that could not be ended in time.
pub async fn give_back(app: &App, claim: &Claim) {
    let outcome = async {
        let tx = app.db.begin().await?;
        job::give_back(&tx, claim, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, JobError>(())
    };
    match outcome.await {
        Ok(()) | Err(JobError::LeaseLost) => {}
        Err(error) => tracing::warn!(job = claim.name, %error, "a job could not be given back: {error}"),
    }
}

async fn attempt(app: &App, claim: &Claim) -> Result<Finished, JobError> {
    // A task of its own, so that a panic ends there; in a set, so that it ends with this future.
    let mut work = JoinSet::new();
    let (inner, held) = (app.clone(), claim.clone());
    work.spawn(async move { dispatch(&inner, &held).await });
    let beat = app.config.job_lease / 3;
    let mut heartbeat = interval_at(Instant::now() + beat, beat);
    loop {
        tokio::select! {
            Some(ended) = work.join_next() => return outcome(ended),
            _ = heartbeat.tick() => match extend(app, claim).await {
                Ok(()) => {}
                Err(JobError::LeaseLost) => {
                    // It may just have ended, which also takes the lease. Its own word counts.
                    let ended = tokio::time::timeout(Duration::from_secs(1), work.join_next()).await;
                    return ended.ok().flatten().map_or(Err(JobError::LeaseLost), outcome);
                }
                Err(error) => tracing::warn!(job = claim.name, %error, "a heartbeat failed: {error}"),
            },
        }
    }
}

/// The panic hook has told the log; its words may hold anything, so they are not repeated.
fn outcome(ended: Result<Result<Finished, JobError>, JoinError>) -> Result<Finished, JobError> {
    ended.unwrap_or(Err(JobError::Panicked))
}

async fn extend(app: &App, claim: &Claim) -> Result<(), JobError> {
    let tx = app.db.begin().await?;
    let until = Timestamp(app.clock.now().0 + app.config.lease_millis());
    job::extend(&tx, claim, until).await?;
    Ok(tx.commit().await?)
}

async fn note_failure(app: &App, claim: &Claim, message: String, is_hopeless: bool) -> Ended {
    let job = &claim.name;
    let is_last = is_hopeless || claim.attempts >= claim.max_attempts;
    let noted = async {
        if is_last {
            is_giving_up(app, claim).await?;
        }
        let (tx, now) = (app.db.begin().await?, app.clock.now());
        if is_last {
            job::die(&tx, claim, now, &message).await?;
            abandoned(&tx, claim, now, &message).await?;
        } else {
            job::fail(&tx, claim, &message, Timestamp(now.0 + pause(claim.attempts))).await?;
        }
        tx.commit().await?;
        Ok::<_, JobError>(())
    };
    match noted.await {
        Ok(()) => {}
        Err(JobError::LeaseLost) => return Ended::Lost,
        // The lease runs out, and the job is taken again.
        Err(error) => tracing::warn!(job, %error, "the failure of a job could not be noted: {error}"),
    }
    if !is_last {
        tracing::warn!(job, job.id = %claim.id.0, attempt = claim.attempts, "a job failed and is tried again: {message}");
        return Ended::Failed(message);
    }
    tracing::error!(job, job.id = %claim.id.0, "a job is dead: {message}");
    Ended::Died(message)
}

/// Doubles up to an hour, and is spread over its second half, so that what failed together is not tried together.
fn pause(attempts: i32) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let longest = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
    rand::random_range(longest / 2..=longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_of_its_job_alone_and_tells_nothing() {
        let mut work: JoinSet<Result<Finished, JobError>> = JoinSet::new();
        work.spawn(async { panic!("private words") });
        let ended = work.join_next().await.expect("one task");
        assert_eq!(outcome(ended).expect_err("a failure").to_string(), "the job panicked");
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_are_spread() {
        for (attempts, longest) in
            [(1, 1_000), (2, 2_000), (10, 512_000), (13, LONGEST_PAUSE), (60, LONGEST_PAUSE)]
        {
            for _ in 0..100 {
                let found = pause(attempts);
                assert!((longest / 2..=longest).contains(&found), "{attempts}: {found}");
            }
        }
    }
}
