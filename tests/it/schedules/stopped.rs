//! A worker that is frozen past its lease: somebody else does its job, and it cannot finish over that when it wakes up.

use std::time::{Duration, Instant};

use entity::{job, schedule};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect, Statement,
    TransactionTrait,
};
use serde_json::{Value, json};

use super::{draft, of, public};
use crate::app::{Backend, MASTER_KEY, TestApp};
use crate::changes::changes;
use crate::commands::program::PATIENCE;
use crate::commands::worker::Worker;

/// What a worker says whose job was taken over.
const TAKEN_OVER: &str = "the job was taken over or cancelled, what was done here is undone";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_worker_cannot_finish_over_the_new_owners_result() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let url = app.app.config.database.url.as_str();
    let folder = tempfile::tempdir().expect("a folder");
    let data = app.app.config.data_dir.display().to_string();
    let arguments =
        [["--database-url", url, "--master-key", MASTER_KEY], ["--job-lease", "3", "--log", "info"]];
    let arguments = [&arguments.concat()[..], &["--data-dir", &data]].concat();
    let id = draft(&app, "Legs").await;
    let input = json!({ "document": id, "at": "2026-11-23T09:00:00.001Z" });
    app.mutate("scheduleEntry", input, "schedule { id }").await;
    // In the past for the workers' clock, which is the machine's.
    let long_ago = "UPDATE job SET run_at = 1, not_before = 1";
    app.app.db.writer().execute_unprepared(long_ago).await.expect("due");

    // Whoever takes the job has to wait for the document.
    let db = app.app.db.writer();
    let hold = db.begin().await.expect("a transaction");
    entity::document::Entity::find().lock_exclusive().all(&hold).await.expect("locked");
    let frozen = Worker::start(folder.path(), &arguments);
    until("the first worker waits for the document", async || waiting(db).await == 1).await;
    frozen.signal("STOP");
    hold.rollback().await.expect("released");

    let owner = Worker::start(folder.path(), &arguments);
    until("the second worker has taken the job over", async || lease(db).await == Some(2)).await;
    frozen.signal("CONT");
    until("the schedule is carried out", async || {
        let rows = schedule::Entity::find().all(db).await.expect("schedules");
        rows.iter().all(|row| row.state == schedule::ScheduleState::Done)
    })
    .await;
    until("the first worker says that it lost the job", async || frozen.said().contains(TAKEN_OVER)).await;
    let (_, of_frozen) = frozen.terminate();
    let (_, of_owner) = owner.terminate();
    assert_eq!((of_frozen.matches(TAKEN_OVER).count(), of_owner.matches(TAKEN_OVER).count()), (1, 0));
    assert_eq!(lease(db).await, None);
    assert_eq!(of(&app, &id).await, ["PUBLISH DONE"]);
    assert_eq!(public(&app).await, ["Legs"]);
    assert_eq!(changes(&app, Value::Null).await.0, ["CREATED POST en legs /posts/legs"]);
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < PATIENCE, "it never came to this: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many statements wait for a lock in this story's database.
async fn waiting(db: &DatabaseConnection) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("a row");
    row.expect("a row").try_get_by_index(0).expect("a number")
}

/// The fencing number of the one job, beside the collector's.
async fn lease(db: &DatabaseConnection) -> Option<i64> {
    job::Entity::find()
        .filter(job::Column::Name.eq("schedule.v1"))
        .one(db)
        .await
        .expect("jobs")
        .map(|row| row.lease)
}
