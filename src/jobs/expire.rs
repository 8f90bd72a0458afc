//! Every night: destroys the originals of questions whose time is over, and erases again what was erased and is back, as
//! after a backup was restored.

use entity::Timestamp;

use crate::app::{App, tombstones};
use crate::db::Tx;
use crate::domain::access::policy::Viewer;
use crate::domain::core::error::Error;
use crate::domain::core::time::{DAY, HOUR};
use crate::domain::job::{self, Claim, Finished, JobError, NewJob, Task};
use crate::domain::questions::erase;

/// Rows of one transaction.
const BATCH: u64 = 100;
const KEY: &str = "expire";
/// Four in the morning, UTC: after the collector.
const HOUR_OF_NIGHT: i64 = 4 * HOUR;

/// Sees to it that this runs every night.
pub async fn plan(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    app.write(async |tx| job::enqueue(tx, now, nightly(now)).await.map(|_| ())).await
}

fn nightly(now: Timestamp) -> NewJob {
    let tonight = now.0.div_euclid(DAY) * DAY + HOUR_OF_NIGHT;
    let run_at = Timestamp(if tonight > now.0 { tonight } else { tonight + DAY });
    NewJob { task: Task::Expire {}, run_at, key: Some(KEY.to_owned()), lane: None }
}

/// Plans the next night after one that was given up.
pub async fn plan_again(tx: &Tx, now: Timestamp) -> Result<(), Error> {
    job::enqueue(tx, now, nightly(now)).await.map(|_| ())
}

async fn destroy(app: &App, now: Timestamp) -> Result<(), JobError> {
    let retention = app.ctx(Viewer::Anonymous).fresh_catalog().await?.site.questions.retention;
    let mut after = None;
    loop {
        let batch = app
            .write(async |tx| erase::expire(tx, (&app.keyring, now), retention, after, BATCH).await)
            .await?;
        if batch.last.is_none() {
            return Ok(());
        }
        after = batch.last;
        let gone = batch.gone;
        tracing::info!(
            questions = gone,
            "the originals of {gone} questions were destroyed: their time was over"
        );
    }
}

/// The job.
pub async fn run(app: &App, claim: &Claim) -> Result<Finished, JobError> {
    let now = app.clock.now();
    // Neither waits for the other: one needs the keys, and one the store.
    let expired = destroy(app, now).await;
    tombstones::apply(app).await.map_err(|error| JobError::Later(error.to_string()))?;
    expired?;
    app.db.forget_log().await?;
    let tx = app.db.begin().await?;
    let finished = job::finish(&tx, claim).await?;
    job::enqueue(&tx, now, nightly(now)).await?;
    tx.commit().await?;
    Ok(finished)
}
