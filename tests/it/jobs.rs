//! Jobs: each is done once its transaction is committed, in its turn, by one worker; what cannot be done is seen.

mod claims;
mod desk;
mod kinds;
mod metrics;
mod scratch;

use entity::{JobId, job as row};
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;
use wellspring::domain::core::id::{self, PublicId};

use crate::app::TestApp;

/// A job whose arguments this version does not know, so that it dies; answers its id.
pub async fn unknown_job(app: &TestApp, key: Option<&str>) -> String {
    job_of(app, "letter.v1", key).await
}

/// A job with this name and odd arguments; answers its id.
pub async fn job_of(app: &TestApp, name: &str, key: Option<&str>) -> String {
    let now = app.app.clock.now();
    let tx = app.app.db.begin().await.expect("a transaction");
    let job = row::ActiveModel {
        id: Set(JobId::generate(now)),
        name: Set(name.to_owned()),
        arguments: Set(json!({ "loaves": 2 })),
        unique_key: Set(key.map(str::to_owned)),
        lane: Set(None),
        run_at: Set(now),
        not_before: Set(now),
        attempts: Set(0),
        max_attempts: Set(20),
        lease: Set(0),
        worker: Set(None),
        last_error: Set(None),
        died_at: Set(None),
        created_at: Set(now),
    };
    let job = job.insert(&tx).await.expect("a job");
    tx.commit().await.expect("a commit");
    id::format(job.id)
}
