//! Jobs: each is done once its transaction is committed, in its turn, by one worker; what cannot be done is seen.

mod claims;
mod desk;
mod metrics;

use entity::{JobId, job as row};
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;
use wellspring::domain::id::{self, PublicId};

use crate::app::TestApp;

/// A job that this version does not know, as a newer one may have left it; answers its id.
pub async fn unknown_job(app: &TestApp, key: Option<&str>) -> String {
    let now = app.app.clock.now();
    let tx = app.app.db.begin().await.expect("a transaction");
    let job = row::ActiveModel {
        id: Set(JobId::generate(now)),
        name: Set("bake.v1".to_owned()),
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
