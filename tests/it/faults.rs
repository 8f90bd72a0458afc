//! Faults while something is written: the n-th write, sync or commit fails, for n = 1, 2, 3 … until a run of a script of
//! mutations passes. What was acknowledged is there after a restart, what was refused is not.
//!
//! Here n grows in steps, so that the stories take seconds; with `WELLSPRING_TEST_FAULTS=long` no n is left out, and the
//! database is looked at after every run.

mod cut;
mod postgres;
mod script;
mod shim;

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use wellspring::db::Db;

use self::script::{Fate, Run, check, run, send};
use self::shim::{EIO, ENOSPC, LENGTH, SYNC, Shim, WRITE};
use crate::app::MASTER_KEY;
use crate::commands::program::{PATIENCE, Server, command, token};

/// A disk that stays full.
const FOR_EVER: u64 = 1 << 40;

/// What of the disk fails: which calls, how many of them from the n-th on, and how.
const FAULTS: [(i64, u64, i64); 6] = [
    (WRITE | LENGTH, 1, ENOSPC),
    (WRITE | LENGTH, FOR_EVER, ENOSPC),
    (WRITE | LENGTH, 2, EIO),
    (SYNC, 1, EIO),
    (SYNC, 2, EIO),
    (WRITE | SYNC | LENGTH, FOR_EVER, EIO),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_whichever_write_of_sqlite_fails() {
    for (mode, (calls, count, errno)) in FAULTS.into_iter().enumerate() {
        // Each on an installation of its own: every run leaves an upload underway, of which an account may have 1,000.
        let folder = tempfile::tempdir().expect("a folder");
        let shim = Shim::new(folder.path(), "/wellspring.db");
        let token = token(folder.path());
        let mut server = start(folder.path(), &shim).await;
        assert!(shim.is_loaded());
        let (mut runs, mut failed) = (Vec::new(), 0);
        for n in numbers() {
            let forms = [form(&server).await, form(&server).await];
            shim.arm(calls, n, count, errno);
            let faulty = run(&server, &token, &format!("run-{mode}-{n}"), &forms[0]).await;
            assert_eq!(posts(&server).await, 200, "what is there can be read");
            let seen = shim.disarm();
            let has_passed = faulty.is_done();
            failed += usize::from(!has_passed);
            assert!(has_passed || seen >= n, "refused without a reason: {faulty:?}");
            runs.push(faulty);
            // The very next mutations work: nobody has to restart anything.
            let after = run(&server, &token, &format!("after-{mode}-{n}"), &forms[1]).await;
            assert!(after.is_done(), "{after:?}");
            runs.push(after);
            if seen < n || is_long() || runs.len() % 24 == 0 {
                server = restart(server, folder.path(), &shim, &runs).await;
            }
            if seen < n {
                break;
            }
        }
        assert!(failed > 2, "{failed} runs met the fault of kind {mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_once_and_ends_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let shim = Shim::new(folder.path(), "/wellspring.db");
    let token = token(folder.path());
    let server = start(folder.path(), &shim).await;
    let forms = [form(&server).await, form(&server).await];
    let before = run(&server, &token, "before", &forms[0]).await;
    assert!(before.is_done(), "{before:?}");
    shim.arm(WRITE | LENGTH, 1, FOR_EVER, ENOSPC);
    for number in 0..5 {
        let input = json!({ "title": "Full", "slug": format!("full-{number}") });
        let sent = send(&server, &token, "savePost", input, None).await;
        let told = (sent.fate, sent.status, sent.retry_after.as_deref());
        assert_eq!(told, (Fate::Refused, 507, Some("5")));
    }
    let (status, text) = ready(&server).await;
    assert_eq!((status, text.as_str()), (503, "the database cannot write, its disk is full\n"));
    assert_eq!(posts(&server).await, 200);
    shim.disarm();
    let since = Instant::now();
    while ready(&server).await.0 != 200 {
        assert!(since.elapsed() < PATIENCE, "the server never gets ready again");
    }
    let after = run(&server, &token, "after", &forms[1]).await;
    assert!(after.is_done(), "{after:?}");
    server.terminate();
    let (status, log) = server.ended().await;
    assert!(status.success());
    let errors: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["level"] == "ERROR")
        .collect();
    let told = |part: &str| {
        errors.iter().filter(|line| line["message"].as_str().is_some_and(|m| m.contains(part))).count()
    };
    assert_eq!((told("cannot write"), told("can write again"), errors.len()), (1, 1, 2), "{errors:?}");
    check(&open(folder.path()).await, &[before, after]).await;
}

/// A service manager may limit the size of files; the signal for that would end the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_on_the_size_of_files_refuses_and_ends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = start_with(folder.path(), &[]).await;
    let forms = [form(&server).await, form(&server).await];
    let before = run(&server, &token, "before", &forms[0]).await;
    assert!(before.is_done(), "{before:?}");
    server.limit_files(Some(4096));
    let sent =
        send(&server, &token, "savePost", json!({ "title": "Too much", "slug": "too-much" }), None).await;
    assert_eq!((sent.fate, sent.status), (Fate::Refused, 503));
    assert_eq!(posts(&server).await, 200);
    server.limit_files(None);
    let after = run(&server, &token, "after", &forms[1]).await;
    assert!(after.is_done(), "{after:?}");
    server.terminate();
    assert!(server.ended().await.0.success());
    check(&open(folder.path()).await, &[before, after]).await;
}

/// The numbers of the calls that fail.
fn numbers() -> Box<dyn Iterator<Item = u64>> {
    if is_long() { Box::new(1..) } else { Box::new((1..8).chain((8..).step_by(19))) }
}

fn is_long() -> bool {
    #[expect(clippy::disallowed_methods, reason = "a test's own switch, not a setting of the product")]
    std::env::var("WELLSPRING_TEST_FAULTS").is_ok_and(|value| value == "long")
}

async fn start(folder: &Path, shim: &Shim) -> Server {
    start_with(folder, &shim.environment()).await
}

async fn start_with(folder: &Path, more: &[(&'static str, PathBuf)]) -> Server {
    let settings = [
        ("WELLSPRING_MASTER_KEY", MASTER_KEY.into()),
        ("WELLSPRING_FORM_MIN_SECONDS", "0".into()),
        ("WELLSPRING_PROOF_OF_WORK", "off".into()),
        ("WELLSPRING_RATE_LIMIT_PUBLIC_MUTATIONS", "off".into()),
        ("WELLSPRING_RATE_LIMIT_MUTATIONS", "off".into()),
    ];
    let environment: Vec<_> = settings.into_iter().chain(more.iter().cloned()).collect();
    // Without jobs, so that the calls of the script are counted and no others.
    let mut command = command(folder, &["serve", "--listen", "127.0.0.1:0", "--no-jobs"]);
    Server::start_as(command.envs(environment)).await
}

/// Ends the server as a service manager does, looks what is there, and starts it again.
async fn restart(server: Server, folder: &Path, shim: &Shim, runs: &[Run]) -> Server {
    server.terminate();
    let (status, log) = server.ended().await;
    assert!(status.success(), "{log}");
    let db = open(folder).await;
    check(&db, runs).await;
    db.close().await.expect("a clean end");
    start(folder, shim).await
}

async fn open(folder: &Path) -> Db {
    open_url(format!("sqlite://{}", folder.join("data/wellspring.db").display())).await
}

async fn open_url(url: String) -> Db {
    let config = wellspring::config::with(&[("database_url", url), ("master_key", MASTER_KEY.to_owned())]);
    Db::connect(&config.expect("good settings").database).await.expect("a database")
}

async fn form(server: &Server) -> String {
    let data = server.data("", "{ questionForm { token } }").await;
    data["questionForm"]["token"].as_str().expect("a token").to_owned()
}

async fn posts(server: &Server) -> u16 {
    let query = "{ posts(first: 5) { nodes { title body { html } } } }";
    let answer = server.send("", query, json!({})).await.expect("an answer");
    if answer.get("errors").is_none() { 200 } else { 500 }
}

async fn ready(server: &Server) -> (u16, String) {
    let answer = reqwest::get(server.url("/readyz")).await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}
