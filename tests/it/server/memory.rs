//! Bytes that clients make the server hold have an end, for each connection, each address and all together.

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    routing::get,
};
use futures_util::stream;
use tokio::time::sleep;

use super::http2::{
    DATA, END_HEADERS, END_STREAM, GET_ROOT, HEADERS, NO_WINDOW, STATUS_200, WINDOW_UPDATE, frame,
};
use super::*;

const KIB: usize = 1024;

/// Answers of 100 KiB, whole or in chunks, at `/`.
fn large() -> [Router; 2] {
    let whole = || async { Bytes::from(vec![b'x'; 100 * KIB]) };
    let chunks = || async {
        let chunk = Bytes::from(vec![b'x'; 100 * KIB]);
        Body::from_stream(stream::iter([Ok::<_, Infallible>(chunk)]))
    };
    [Router::new().route("/", get(whole)), Router::new().route("/", get(chunks))]
}

/// Answers may hold 2 MiB: 512 KiB of an address, 384 KiB of a connection.
fn little_memory() -> ServerLimits {
    ServerLimits { memory: 4 * KIB * KIB, ..patient() }
}

#[tokio::test]
async fn answers_that_wait_for_their_client_are_refused_beyond_its_share() {
    for router in large() {
        let server = Server::start(router, little_memory()).await;
        let mut deaf = server.connect().await.http2(&NO_WINDOW).await;
        for stream in [1, 3, 5, 7] {
            deaf.get_root(stream).await;
            let head = deaf.next_frame().await.expect("a head");
            let is_served = head.payload[0] == STATUS_200;
            assert_eq!((head.kind, head.stream, is_served), (HEADERS, stream, stream != 7));
        }
        // The same address has a little more, and another address all of its own.
        let mut same = server.connect().await.http2(&NO_WINDOW).await;
        for stream in [1, 3, 5] {
            same.get_root(stream).await;
            let head = same.next_frame().await.expect("a head");
            assert_eq!((head.stream, head.payload[0] == STATUS_200), (stream, stream != 5));
        }
        let mut other = server.connect_from("127.0.0.2").await;
        other.get("/").await;
        let answer = other.read_until("\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_was_taken_makes_room_for_the_next() {
    for router in large() {
        let server = Server::start(router, little_memory()).await;
        for _ in 0..20 {
            let mut client = server.connect().await;
            client.send("GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await;
            let answer = client.read_to_end().await;
            assert!(
                answer.starts_with(b"HTTP/1.1 200 ") && answer.len() > 100 * KIB,
                "{} bytes",
                answer.len()
            );
        }
    }
}

#[tokio::test]
async fn a_refused_answer_says_when_to_come_back() {
    let whole = || async { Bytes::from(vec![b'x'; KIB * KIB]) };
    let server = Server::start(Router::new().route("/", get(whole)), little_memory()).await;
    let mut client = server.connect().await;
    client.get("/").await;
    let head = client.read_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: 1\r\n"), "{head}");
    client.read_until("try again in a moment\n").await;
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn an_http2_client_that_takes_a_byte_now_and_then_is_cut() {
    for router in large() {
        let limits = ServerLimits { write_stall: SHORT, ..patient() };
        let server = Server::start(router, limits).await;
        let mut client = server.connect().await.http2(&NO_WINDOW).await;
        client.get_root(1).await;
        let (mut from, mut to) = client.0.into_split();
        let dripping = tokio::spawn(async move {
            // A window that opens by one byte: fewer bytes in a second than an answer must be taken with.
            while to.write_all(&[0, 0, 4, WINDOW_UPDATE, 0, 0, 0, 0, 1, 0, 0, 0, 1]).await.is_ok() {
                sleep(SHORT / 20).await;
            }
        });
        let mut bytes = Vec::new();
        let _ = within(from.read_to_end(&mut bytes)).await;
        dripping.abort();
        assert!(bytes.len() < 50 * KIB, "{} bytes were taken", bytes.len());
    }
}

#[tokio::test]
async fn a_stalled_stream_ends_its_connection_although_others_move_unless_a_proxy_carries_them() {
    for is_proxy in [false, true] {
        let trusted_proxies =
            if is_proxy { vec!["127.0.0.0/8".parse().expect("a network")] } else { Vec::new() };
        let limits = ServerLimits { write_stall: SHORT * 2, trusted_proxies, ..patient() };
        let [router, _] = large();
        let server = Server::start(router, limits).await;
        let mut client = server.connect().await.http2(&[]).await;
        // Of all streams together and of each 64 KiB may be sent; only the first stream is left waiting.
        let mut waiting = None;
        let mut served = 0;
        for number in 0_u32..40 {
            let stream = 2 * number + 1;
            let more = 100 * 1024_u32;
            let mut frames = frame(WINDOW_UPDATE, 0, 0, &more.to_be_bytes());
            frames.extend(frame(HEADERS, END_HEADERS | END_STREAM, stream, &GET_ROOT));
            if number > 0 {
                frames.extend(frame(WINDOW_UPDATE, 0, stream, &more.to_be_bytes()));
            }
            if client.0.write_all(&frames).await.is_err() {
                break;
            }
            let Some(end) = client.end_of(stream, number == 0).await else { break };
            if number == 0 {
                waiting = Some(end);
            } else {
                served += 1;
            }
            sleep(SHORT / 4).await;
        }
        assert!(waiting.is_some());
        assert_eq!(served == 39, is_proxy, "{served} answers beside the one that waits");
    }
}

impl Client {
    /// Reads on until the stream has ended, or has used its window where it is left without a larger one.
    async fn end_of(&mut self, stream: u32, is_left_waiting: bool) -> Option<()> {
        let mut taken = 0;
        loop {
            let frame = self.next_frame().await?;
            if frame.stream == stream && frame.kind == DATA {
                taken += frame.payload.len();
                if frame.flags & END_STREAM != 0 || is_left_waiting && taken == 65_535 {
                    return Some(());
                }
            }
        }
    }
}
