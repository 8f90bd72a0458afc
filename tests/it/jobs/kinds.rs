//! Kinds of jobs beside each other: what hangs or is plenty delays its own kind alone, and schedules never wait.

use std::time::Duration;

use entity::{AccountId, ScheduleId, Timestamp};
use serde_json::json;
use wellspring::domain::core::id::PublicId;
use wellspring::domain::job::{self, Claim, Kind, NewJob, Occasion, Task};
use wellspring::jobs::{self, Ended};
use wellspring::mail::{SmtpLimits, SmtpSettings, Way};

use crate::app::{Backend, Files, TestApp, stories};
use crate::mail::server::{MailServer, Manner, Step};
use crate::team::{member, owner};

stories![schedules_come_before_thousands_of_due_jobs];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_hangs_delays_no_schedule_on_sqlite() {
    a_mail_server_that_hangs_delays_no_schedule(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_hangs_delays_no_schedule_on_postgres() {
    a_mail_server_that_hangs_delays_no_schedule(Backend::Postgres).await;
}

/// Longer than the story.
const LONG: Duration = Duration::from_mins(10);

fn letter(to: AccountId, at: Timestamp) -> NewJob {
    NewJob {
        task: Task::Letter { to, occasion: Occasion::PasswordChanged { at } },
        run_at: at,
        key: None,
        lane: None,
    }
}

async fn enqueue(app: &TestApp, wanted: impl Iterator<Item = NewJob>) {
    let tx = app.app.db.begin().await.expect("a transaction");
    for one in wanted {
        job::enqueue(&tx, app.app.clock.now(), one).await.expect("enqueued");
    }
    tx.commit().await.expect("a commit");
}

async fn a_mail_server_that_hangs_delays_no_schedule(backend: Backend) {
    let mut server = MailServer::start(Manner::Hang(Step::Ehlo)).await;
    let mut smtp = SmtpSettings::parse(&format!("smtp://{}", server.address)).expect("a good URL");
    smtp.limits = SmtpLimits { letter: LONG, goodbye: LONG };
    let change = |config: &mut wellspring::config::Config| config.mail.way = Way::Smtp(smtp);
    let Some(app) = TestApp::start_changed(backend, Files::Own, change).await else { return };
    let owner = owner(&app).await;
    for name in ["Ann", "Bea", "Cat", "Dan"] {
        // An invitation each, and a letter that a password was set.
        member(&app, &owner, name, "AUTHOR").await;
    }
    let draft = app.save_post(json!({ "title": "On Monday" })).await["id"].clone();
    let schedule = json!({ "document": draft, "at": "2026-11-23T10:00:00Z" });
    app.mutate("scheduleEntry", schedule, "schedule { id }").await;
    app.advance(60 * 60 * 1000);

    let workers = tokio::spawn(jobs::work(app.app.clone(), std::future::pending()));
    let mut titles = json!(null);
    for _ in 0..60_000 {
        titles = app.public("{ posts(first: 5) { nodes { title } } }").await["posts"]["nodes"].clone();
        if titles != json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.abort();
    assert_eq!(titles, json!([{ "title": "On Monday" }]), "while emails hang");
    assert!(server.commands().iter().all(|command| command == "EHLO"));
    assert!(server.delivered().is_empty());
}

async fn schedules_come_before_thousands_of_due_jobs(app: TestApp) {
    let now = app.app.clock.now();
    let nobody = AccountId::generate(now);
    enqueue(&app, (0..3_000).map(|_| letter(nobody, Timestamp(now.0 - 1_000)))).await;
    let idle = Task::Schedule { schedule: ScheduleId::generate(now) };
    enqueue(&app, std::iter::once(NewJob { task: idle, run_at: now, key: None, lane: None })).await;

    let tx = app.app.db.begin().await.expect("a transaction");
    let taken = job::claim::claim(&tx, "story", now, 60_000, &[Kind::Schedule], 4).await.expect("claims");
    assert_eq!(taken.iter().map(Claim::kind).collect::<Vec<_>>(), [Some(Kind::Schedule)]);
    let taken = job::claim::claim(&tx, "story", now, 60_000, &[Kind::Email], 2).await.expect("claims");
    assert_eq!(taken.len(), 2);
    tx.rollback().await;
    let ended = jobs::run_due(&app.app).await.expect("jobs can be taken");
    assert_eq!(ended.len(), 3_001);
    assert_eq!((ended[0].0.kind(), &ended[0].1), (Some(Kind::Schedule), &Ended::Done), "first of all");
}
