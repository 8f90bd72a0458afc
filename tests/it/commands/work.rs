//! Jobs in a process of their own, beside a server that leaves them alone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wellspring::app::Clock;
use wellspring::domain::core::time;

use super::program::{PATIENCE, Server, run, token};
use super::worker::Worker;

/// Asks until the answer is as expected.
async fn until(server: &Server, token: &str, query: &str, expected: &Value) {
    let start = Instant::now();
    while server.data(token, query).await != *expected {
        assert!(start.elapsed() < PATIENCE, "never {expected}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn schedule(server: &Server, token: &str, title: &str) {
    let save = format!("mutation {{ savePost(input: {{ title: \"{title}\" }}) {{ document {{ id }} }} }}");
    let id = server.data(token, &save).await["savePost"]["document"]["id"].clone();
    let at = time::format(entity::Timestamp(Clock::System.now().0 + 300));
    let query = format!(
        "mutation {{ scheduleEntry(input: {{ document: {id}, at: \"{at}\" }}) {{ userErrors {{ message }} }} }}"
    );
    assert_eq!(server.data(token, &query).await, json!({ "scheduleEntry": { "userErrors": [] } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_jobs_leaves_them_to_a_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["migrate"]).succeeded();
    let token = token(folder.path());
    let server = Server::start(folder.path(), &["--no-jobs"]).await;
    schedule(&server, &token, "One").await;
    let metrics = reqwest::Client::new().get(server.url("/metrics"));
    let start = Instant::now();
    // Due for more than two looks of a worker, if there were one.
    loop {
        let text = metrics.try_clone().expect("no body").send().await.expect("an answer");
        let text = text.text().await.expect("an answer");
        let oldest = text.lines().find_map(|line| line.strip_prefix("wellspring_jobs_oldest_due_seconds "));
        if oldest.and_then(|seconds| seconds.parse().ok()).is_some_and(|seconds: f64| seconds > 2.0) {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{text}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let public = "{ posts { totalCount } }";
    assert_eq!(server.data("", public).await["posts"]["totalCount"], 0);
    let worker = Worker::start(folder.path(), &["--workers", "2"]);
    until(&server, "", public, &json!({ "posts": { "totalCount": 1 } })).await;
    let (status, log) = worker.terminate();
    assert_eq!(status.code(), Some(0), "{log}");
    let last = log.lines().last().expect("a line");
    assert!(last.contains("\"message\":\"stopped\""), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_runs_jobs_and_metrics_can_be_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Server::start(folder.path(), &["--metrics", "off"]).await;
    schedule(&server, &token, "One").await;
    until(&server, "", "{ posts { totalCount } }", &json!({ "posts": { "totalCount": 1 } })).await;
    let metrics = reqwest::get(server.url("/metrics")).await.expect("an answer");
    assert_eq!(metrics.status(), 404);
}
