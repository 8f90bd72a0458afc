//! `kill -9` around a request under a key: sent again, it is done once and answered.

use std::io::Write;

use serde_json::json;

use super::{replayed, send_to, tag};
use crate::commands::program::{Server, token};

const CRASHES: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_a_crash_interrupted_is_done_once_when_it_is_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let mut server = Server::start(folder.path(), &[]).await;
    let (mut answers, mut done_before) = (Vec::new(), 0);
    for round in 0..CRASHES {
        let url = format!("http://{}/graphql", server.address());
        let key = format!("key-{round}");
        let request = reqwest::Client::new().post(&url).bearer_auth(&token).header("idempotency-key", &key);
        let request = tokio::spawn(request.json(&tag(&key)).send());
        // From before it arrives to after it is answered: some turns later is any moment.
        for _ in 0..rand::random_range(0..60_000) {
            tokio::task::yield_now().await;
        }
        server.kill();
        let _ = request.await.expect("no panic");
        drop(server);

        server = Server::start(folder.path(), &[]).await;
        let url = format!("http://{}/graphql", server.address());
        let first = send_to(&url, &token, &[&key], tag(&key)).await;
        assert_eq!(first.status, 200, "{}", first.text);
        done_before += usize::from(replayed(&first));
        let second = send_to(&url, &token, &[&key], tag(&key)).await;
        assert_eq!((second.status, &second.text), (200, &first.text));
        answers.push(first.body["data"]["saveTag"]["tag"]["id"].clone());
        let found =
            server.send("", "{ tags(first: 100) { nodes { id } } }", json!({})).await.expect("an answer");
        let nodes = found["data"]["tags"]["nodes"].as_array().expect("nodes").iter();
        let mut ids: Vec<_> = nodes.map(|node| node["id"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        let mut expected = answers.clone();
        expected.sort_by_key(ToString::to_string);
        assert_eq!(ids, expected);
    }
    // Written past the test harness, which keeps what passing tests print.
    let figures = format!("\nof {CRASHES} requests that a crash interrupted, {done_before} had been done\n");
    std::io::stderr().write_all(figures.as_bytes()).expect("standard error is open");
}
