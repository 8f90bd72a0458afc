use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::StatusCode,
    routing::{get, post},
};
use futures_util::stream;
use tokio::time::sleep;

use super::*;

fn hello() -> Router {
    hello_at("/")
}

fn hello_at(path: &str) -> Router {
    Router::new().route(path, get(|| async { "hello" }))
}

fn short_head() -> ServerLimits {
    ServerLimits { header_timeout: SHORT, ..patient() }
}

#[tokio::test]
async fn a_client_that_sends_nothing_is_cut() {
    let server = Server::start(hello(), short_head()).await;
    assert_eq!(server.connect().await.read_to_end().await, b"");
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn a_client_that_stops_within_the_http2_preface_is_cut() {
    let server = Server::start(hello(), short_head()).await;
    let mut client = server.connect().await;
    client.send("PRI * HTT").await;
    assert_eq!(client.read_to_end().await, b"");
}

#[tokio::test]
async fn a_head_that_drips_is_cut() {
    let server = Server::start(hello(), short_head()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\nx: ").await;
    assert_eq!(client.drip(b'x').await, "");
}

#[tokio::test]
async fn a_second_head_that_drips_is_cut_too() {
    let server = Server::start(hello(), short_head()).await;
    let mut client = server.connect().await;
    client.get("/").await;
    client.read_until("hello").await;
    client.send("GET / HTTP/1.1\r\nx: ").await;
    assert_eq!(client.drip(b'x').await, "");
}

#[tokio::test]
async fn the_time_between_requests_is_not_time_for_a_head() {
    let server = Server::start(hello(), short_head()).await;
    let mut client = server.connect().await;
    client.get("/").await;
    client.read_until("hello").await;
    sleep(SHORT * 3).await;
    client.get("/").await;
    client.read_until("hello").await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_keep_alive() {
    let limits = ServerLimits { keep_alive: SHORT, ..patient() };
    let server = Server::start(hello(), limits).await;
    let mut client = server.connect().await;
    client.get("/").await;
    client.read_until("hello").await;
    let mut rest = Vec::new();
    // Closed, not reset.
    within(client.0.read_to_end(&mut rest)).await.expect("a value of the story itself");
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn a_handler_may_think_longer_than_any_limit_of_the_client() {
    let limits = ServerLimits {
        header_timeout: SHORT,
        keep_alive: SHORT,
        body_timeout: SHORT,
        body_stall: SHORT,
        write_stall: SHORT,
        ..patient()
    };
    let router = Router::new().route(
        "/",
        post(|body: Bytes| async move {
            sleep(SHORT * 3).await;
            body
        }),
    );
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\n\r\nbody").await;
    let answer = client.read_until("body").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_answered_431() {
    let server = Server::start(hello(), patient()).await;
    let mut client = server.connect().await;
    let line = format!("x: {}\r\n", "x".repeat(1000));
    client.send(format!("GET / HTTP/1.1\r\n{}", line.repeat(80))).await;
    let answer = client.read_until("\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn handlers_learn_the_address_of_the_peer() {
    let echo = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { format!("{peer}!") };
    let server = Server::start(Router::new().route("/", get(echo)), patient()).await;
    let mut client = server.connect().await;
    let own = client.0.local_addr().expect("a value of the story itself");
    client.get("/").await;
    assert!(client.read_until("!").await.ends_with(&format!("\r\n{own}!")));
}

/// A route that reads its body, and what becomes of its work.
fn reader() -> (Router, mpsc::UnboundedReceiver<&'static str>) {
    let (witness, events) = Witness::new();
    let read = move |body: Body| async move {
        let _work = witness.enter();
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => format!("read {}.", bytes.len()),
            // What a handler does that keeps working after its body failed.
            Err(_) => std::future::pending().await,
        }
    };
    (Router::new().route("/", post(read)), events)
}

const UPLOAD: &str = "POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\n";

#[tokio::test]
async fn a_body_that_stalls_is_answered_408_and_its_work_is_dropped() {
    let (router, mut events) = reader();
    let limits = ServerLimits { body_stall: SHORT, ..patient() };
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.send(UPLOAD).await;
    let answer = String::from_utf8(client.read_to_end().await).expect("a value of the story itself");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert_eq!(within(events.recv()).await, Some("entered"));
    assert_eq!(within(events.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn a_body_that_drips_is_answered_408_at_body_timeout() {
    let (router, mut events) = reader();
    let limits = ServerLimits { body_timeout: SHORT * 2, ..patient() };
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.send(UPLOAD).await;
    let answer = client.drip(b'x').await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(within(events.recv()).await, Some("entered"));
    assert_eq!(within(events.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn a_handler_that_answers_a_failed_body_itself_is_overruled_by_408() {
    let limits = ServerLimits { body_stall: SHORT, ..patient() };
    let router = Router::new().route("/", post(|_: Bytes| async { "read" }));
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.send(UPLOAD).await;
    let answer = String::from_utf8(client.read_to_end().await).expect("a value of the story itself");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_large_upload_earns_the_time_it_needs() {
    let (router, _events) = reader();
    let limits = ServerLimits { body_timeout: SHORT, body_rate: 1, ..patient() };
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.send(format!("{UPLOAD}{}", "x".repeat(500))).await;
    sleep(SHORT * 3).await;
    client.send("x".repeat(500)).await;
    client.read_until("read 1000.").await;
}

#[tokio::test]
async fn a_slow_body_cuts_an_answer_that_has_begun() {
    let router = Router::new().route("/", post(|body: Body| async { body }));
    let limits = ServerLimits { body_stall: SHORT, ..patient() };
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.send(format!("{UPLOAD}echo")).await;
    let begun = client.read_until("echo").await;
    assert!(begun.starts_with("HTTP/1.1 200 "), "{begun}");
    assert_eq!(client.read_to_end().await, b"");
    assert_eq!(server.stop().await, 0);
}

/// More than the kernel's buffers on both sides hold.
const BIG: usize = 64 * 1024 * 1024;

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let whole = || async { Bytes::from(vec![b'x'; BIG]) };
    let chunks = || async {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        Body::from_stream(stream::repeat(Ok::<_, Infallible>(chunk)))
    };
    let router = Router::new().route("/whole", get(whole)).route("/chunks", get(chunks)).merge(hello());
    for path in ["/whole", "/chunks"] {
        let limits = ServerLimits { write_stall: SHORT, max_connections: 1, ..patient() };
        let server = Server::start(router.clone(), limits).await;
        let mut deaf = server.connect().await;
        deaf.get(path).await;
        deaf.0.readable().await.expect("a value of the story itself");
        // There is one place: this one is answered when the other is gone.
        let mut next = server.connect().await;
        next.get("/").await;
        next.read_until("hello").await;
        assert!(deaf.read_to_end().await.len() < BIG);
    }
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_everything() {
    let limits = ServerLimits { keep_alive: SHORT, header_timeout: SHORT, ..patient() };
    let router = Router::new().route("/", get(|| async { Bytes::from(vec![b'x'; BIG]) }));
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.get("/").await;
    client.read_until("\r\n\r\n").await;
    let mut chunk = vec![0; BIG / 8];
    for _ in 0..8 {
        within(client.0.read_exact(&mut chunk)).await.expect("a value of the story itself");
        sleep(SHORT / 2).await;
    }
}

fn refusing() -> Router {
    // The body is dropped unread.
    Router::new()
        .route("/", post(|_: Body| async { (StatusCode::FORBIDDEN, "no") }))
        .merge(hello_at("/hello"))
}

#[tokio::test]
async fn who_is_refused_may_finish_sending_and_reads_the_answer() {
    let server = Server::start(refusing(), patient()).await;
    let mut client = server.connect().await;
    let length = 24 * 1024 * 1024;
    client.send(format!("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n")).await;
    // The answer is there long before the end of the body.
    let piece = vec![b'x'; 64 * 1024];
    for _ in 0..length / piece.len() {
        client.send(&piece).await;
    }
    let answer = client.read_until("no").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    client.get("/hello").await;
    assert!(client.read_until("hello").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_body_without_end_is_not_read_past_for_ever() {
    let server = Server::start(refusing(), patient()).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(64 * 1024));
    let mut taken = 0;
    while taken < 4_096 && within(client.0.write_all(chunk.as_bytes())).await.is_ok() {
        taken += 1;
    }
    assert!(taken < 4_096, "{taken} pieces of 64 KiB were taken");
}
