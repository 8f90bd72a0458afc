//! Five processes race for what is due in the same second: each once, none early. How soon each is seen is measured and
//! printed, and not asserted: the machine may be busy.

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use entity::{AccountId, DocumentId, Timestamp, change, schedule};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use wellspring::app::{App, Clock};
use wellspring::domain::access::policy::{ManageDocuments, Permit, Viewer};
use wellspring::domain::content::kinds::{ContentPatch, EntryPatch, Save};
use wellspring::domain::content::schedule::{NewSchedule, Planned};
use wellspring::domain::content::{document, schedule as schedules};
use wellspring::domain::core::patch::Patch;
use wellspring::domain::team::account;

use crate::app::MASTER_KEY;
use crate::commands::program::PATIENCE;
use crate::commands::worker::Worker;

const PROCESSES: usize = 5;
const SCHEDULES: i64 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_processes_carry_out_five_hundred_schedules_of_one_second() {
    let Some(url) = crate::postgres::new_database().await else { return };
    let own = tempfile::tempdir().expect("a folder");
    let config = wellspring::config::with(&[
        ("database_url", url.clone()),
        ("master_key", MASTER_KEY.to_owned()),
        ("data_dir", own.path().display().to_string()),
    ]);
    let config = config.expect("good settings");
    let app = App::start(config, Clock::System).await.expect("the application starts");
    let permit = permit(&app).await;
    let mut drafts = Vec::new();
    for number in 0..SCHEDULES {
        drafts.push(draft(&app, &permit, number).await);
    }
    let folders: Vec<_> = (0..PROCESSES).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let start = |folder: &tempfile::TempDir| {
        // One data folder for all, as on a volume that they share: it has the files.
        let shared = own.path().display().to_string();
        let arguments = ["--database-url", &url, "--master-key", MASTER_KEY, "--data-dir", &shared];
        Worker::start(folder.path(), &arguments)
    };
    let workers: Vec<Worker> = folders.iter().map(start).collect();
    let second = Clock::System.now().0 + 8_000;
    let due = plan(&app, &permit, &drafts, second).await;

    let seen = watch(&app).await;
    assert_eq!(i64::try_from(seen.len()), Ok(SCHEDULES), "each once");
    let rows =
        change::Entity::find().order_by_asc(change::Column::Seq).all(app.db.writer()).await.expect("a log");
    assert_eq!(rows.len(), seen.len());
    for row in &rows {
        let id = DocumentId(row.subject_id.expect("an entry"));
        assert_eq!(row.action, change::ChangeAction::Created);
        assert!(row.at.0 >= due[&id], "early by {} ms", due[&id] - row.at.0);
    }
    let mut late: Vec<i64> = seen.iter().map(|(id, moment)| moment - due[id]).collect();
    late.sort_unstable();
    for worker in workers {
        let (status, log) = worker.terminate();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(!log.contains("\"ERROR\""), "{log}");
    }
    let left = schedule::Entity::find().filter(schedule::Column::State.ne(schedule::ScheduleState::Done));
    assert_eq!(left.all(app.db.writer()).await.expect("schedules").len(), 0);
    let at = |percent: usize| late[(late.len() - 1) * percent / 100];
    let figures = format!(
        "\n{PROCESSES} processes, {SCHEDULES} schedules of one second: seen after p50 {} ms, p99 {} ms, last {} ms\n",
        at(50),
        at(99),
        at(100),
    );
    std::io::stderr().write_all(figures.as_bytes()).expect("standard error is open");
}

/// When each entry was first seen by somebody who reads the log again and again.
async fn watch(app: &App) -> HashMap<DocumentId, i64> {
    let (start, mut seen, mut last) = (Instant::now(), HashMap::new(), 0);
    while i64::try_from(seen.len()).expect("few") < SCHEDULES {
        let fresh = change::Entity::find().filter(change::Column::Seq.gt(last));
        let fresh = fresh.order_by_asc(change::Column::Seq).all(app.db.writer()).await.expect("a log");
        let now = Clock::System.now().0;
        for row in fresh {
            assert_eq!(row.seq, last + 1, "the log is read in its order, without gaps");
            last = row.seq;
            let id = DocumentId(row.subject_id.expect("an entry"));
            assert_eq!(seen.insert(id, now), None, "twice");
        }
        assert!(start.elapsed() < PATIENCE, "{} of {SCHEDULES} were seen", seen.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    seen
}

async fn permit(app: &App) -> Permit<ManageDocuments> {
    let tx = app.db.begin().await.expect("a transaction");
    let owner: AccountId = account::first_owner(&tx, app.clock.now()).await.expect("an owner").id;
    tx.commit().await.expect("a commit");
    let session = entity::SessionId(uuid::Uuid::nil());
    Viewer::Team { account: owner, role: entity::Role::Owner, session }.permit().expect("owners may")
}

async fn draft(app: &App, permit: &Permit<ManageDocuments>, number: i64) -> DocumentId {
    let entry = EntryPatch {
        title: Patch::Set(format!("Number {number}")),
        slug: Patch::Set(format!("number-{number}")),
        body: Patch::Set(format!("Words of **number** {number}.\n\nAnd a second paragraph.")),
        ..EntryPatch::default()
    };
    let save = Save {
        id: None,
        expected_revision: None,
        locale: None,
        translation_of: None,
        note: None,
        patch: ContentPatch::Post { entry, video_url: Patch::Keep, questions: Patch::Keep },
        questions: None,
    };
    let tx = app.db.begin().await.expect("a transaction");
    let saved = document::save(&tx, permit, app.clock.now(), save).await.expect("saved");
    tx.commit().await.expect("a commit");
    saved.id
}

/// Schedules each draft for some millisecond of the second that begins at `second`; answers when each is due.
async fn plan(
    app: &App,
    permit: &Permit<ManageDocuments>,
    drafts: &[DocumentId],
    second: i64,
) -> HashMap<DocumentId, i64> {
    let mut due = HashMap::new();
    for (chunk, start) in drafts.chunks(50).zip((0..).step_by(50)) {
        let tx = app.db.begin().await.expect("a transaction");
        for (id, number) in chunk.iter().zip(start..) {
            let at = second + number * 2;
            let action = Planned::Publish(None);
            let new = NewSchedule { document: *id, action, at: Timestamp(at), expected_revision: None };
            // Made long ago, so that a busy machine cannot be too late with it.
            schedules::create(&tx, permit, Timestamp(second - 1_000_000), new).await.expect("scheduled");
            due.insert(*id, at);
        }
        tx.commit().await.expect("a commit");
    }
    due
}
