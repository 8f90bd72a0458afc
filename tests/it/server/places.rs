use std::sync::Arc;

use axum::{Router, routing::get};
use tokio::{sync::Notify, time::sleep};

use super::*;

fn one_place() -> ServerLimits {
    ServerLimits { max_connections: 1, ..patient() }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let gate = Arc::new(Notify::new());
    let (witness, mut events) = Witness::new();
    let handler = {
        let gate = Arc::clone(&gate);
        move || async move {
            let _work = witness.enter();
            gate.notified().await;
            "hello"
        }
    };
    let server = Server::start(Router::new().route("/", get(handler)), one_place()).await;
    let mut first = server.connect().await;
    first.get("/").await;
    assert_eq!(within(events.recv()).await, Some("entered"));

    let mut second = server.connect().await;
    second.get("/").await;
    timeout(SHORT, events.recv()).await.expect_err("the second request is served too early");

    gate.notify_one();
    first.read_until("hello").await;
    assert_eq!(within(events.recv()).await, Some("dropped"));
    drop(first);
    assert_eq!(within(events.recv()).await, Some("entered"));
    gate.notify_one();
    second.read_until("hello").await;
}

#[tokio::test]
async fn a_full_server_takes_the_place_of_an_idle_connection() {
    let limits = ServerLimits {
        // Short enough to be looked at often; the idle limit of a full server is one second.
        write_stall: SHORT,
        ..one_place()
    };
    let router = Router::new().route("/", get(|| async { "hello" }));
    let server = Server::start(router, limits).await;
    let mut idle = server.connect().await;
    idle.get("/").await;
    idle.read_until("hello").await;

    let mut next = server.connect().await;
    next.get("/").await;
    next.read_until("hello").await;
    assert_eq!(idle.read_to_end().await, b"");
}

#[tokio::test]
async fn a_panic_gives_its_place_back() {
    async fn fails() -> &'static str {
        panic!("on purpose: a test of the accept loop")
    }
    let router = Router::new().route("/panic", get(fails)).route("/", get(|| async { "hello" }));
    let server = Server::start(router, one_place()).await;
    for _ in 0..3 {
        let mut client = server.connect().await;
        client.get("/panic").await;
        assert_eq!(client.read_to_end().await, b"");
    }
    let mut client = server.connect().await;
    client.get("/").await;
    client.read_until("hello").await;
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_work_with_it() {
    let (witness, mut events) = Witness::new();
    let handler = move || async move {
        let _work = witness.enter();
        sleep(NEVER).await;
    };
    let server = Server::start(Router::new().route("/", get(handler)), one_place()).await;
    let mut client = server.connect().await;
    client.get("/").await;
    assert_eq!(within(events.recv()).await, Some("entered"));
    drop(client);
    assert_eq!(within(events.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn no_places_at_all_is_a_mistake() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a value of the story itself");
    let limits = ServerLimits { max_connections: 0, ..patient() };
    let error = serve(listener, Router::new(), limits, std::future::pending()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn an_address_with_its_share_of_connections_gets_no_more_and_others_do() {
    let limits = ServerLimits { max_connections: 8, connections_per_address: 2, ..patient() };
    let router = Router::new().route("/", get(|| async { "hello" }));
    let server = Server::start(router, limits).await;
    let mut held = vec![server.connect().await, server.connect().await];
    for client in &mut held {
        client.get("/").await;
        client.read_until("hello").await;
    }
    for _ in 0..20 {
        assert_eq!(server.connect().await.read_to_end().await, b"", "one more than the share");
    }
    let mut other = server.connect_from("127.0.0.2").await;
    other.get("/").await;
    other.read_until("hello").await;

    drop(held.pop());
    // The server notices in its own time that one is gone.
    let mut answered = false;
    for _ in 0..1_000 {
        let mut next = server.connect().await;
        let _ = next.0.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await;
        answered = next.read_to_end().await.ends_with(b"hello");
        if answered {
            break;
        }
    }
    assert!(answered, "a place that was given back is not used");
}

#[tokio::test]
async fn a_proxy_that_is_trusted_has_no_share_of_connections() {
    let limits = ServerLimits {
        max_connections: 8,
        connections_per_address: 1,
        trusted_proxies: vec!["127.0.0.1/32".parse().expect("a network")],
        ..patient()
    };
    let router = Router::new().route("/", get(|| async { "hello" }));
    let server = Server::start(router, limits).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut client = server.connect().await;
        client.get("/").await;
        client.read_until("hello").await;
        held.push(client);
    }
}
