use std::sync::Arc;

use axum::{Router, body::Bytes, routing::get};
use tokio::{sync::Notify, time::sleep};

use super::*;

#[tokio::test]
async fn a_stop_closes_idle_connections_and_finishes_requests() {
    let gate = Arc::new(Notify::new());
    let (witness, mut events) = Witness::new();
    let slow = {
        let gate = Arc::clone(&gate);
        move || async move {
            let _work = witness.enter();
            gate.notified().await;
            "finished"
        }
    };
    let router = Router::new().route("/slow", get(slow)).route("/", get(|| async { "hello" }));
    let server = Server::start(router, patient()).await;
    let mut silent = server.connect().await;
    let mut idle = server.connect().await;
    idle.get("/").await;
    idle.read_until("hello").await;
    let mut busy = server.connect().await;
    busy.get("/slow").await;
    assert_eq!(within(events.recv()).await, Some("entered"));

    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(idle.read_to_end().await, b"");
    assert_eq!(silent.read_to_end().await, b"");
    TcpStream::connect(address).await.expect_err("the server still listens");
    gate.notify_one();
    let answer = busy.read_until("finished").await;
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert_eq!(busy.read_to_end().await, b"");
    assert_eq!(within(stopping).await.expect("a value of the story itself"), 0);
}

#[tokio::test]
async fn a_stop_ends_within_grace_when_handlers_hang() {
    let (witness, mut events) = Witness::new();
    let hang = move || async move {
        let _work = witness.enter();
        std::future::pending::<()>().await;
    };
    let limits = ServerLimits { grace: SHORT, ..patient() };
    let server = Server::start(Router::new().route("/", get(hang)), limits).await;
    let (mut one, mut two) = (server.connect().await, server.connect().await);
    one.get("/").await;
    two.get("/").await;
    assert_eq!(within(events.recv()).await, Some("entered"));
    assert_eq!(within(events.recv()).await, Some("entered"));
    assert_eq!(server.stop().await, 2);
    assert_eq!(within(events.recv()).await, Some("dropped"));
    assert_eq!(within(events.recv()).await, Some("dropped"));
    assert_eq!(one.read_to_end().await, b"");
    assert_eq!(two.read_to_end().await, b"");
}

#[tokio::test]
async fn a_stop_waits_until_a_big_answer_is_read() {
    const BIG: usize = 64 * 1024 * 1024;
    let router = Router::new().route("/", get(|| async { Bytes::from(vec![b'x'; BIG]) }));
    let server = Server::start(router, patient()).await;
    let mut client = server.connect().await;
    client.get("/").await;
    client.read_until("\r\n\r\n").await;
    let stopping = tokio::spawn(server.stop());
    sleep(SHORT).await;
    assert_eq!(client.read_to_end().await.len(), BIG);
    assert_eq!(within(stopping).await.expect("a value of the story itself"), 0);
}

#[tokio::test]
async fn a_stop_gives_a_head_on_its_way_no_more_than_its_time() {
    let limits = ServerLimits { header_timeout: SHORT, ..patient() };
    let server = Server::start(Router::new(), limits).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\n").await;
    sleep(SHORT / 4).await;
    assert_eq!(server.stop().await, 0);
    assert_eq!(client.read_to_end().await, b"");
}
