//! HTTP/2 with prior knowledge, spoken by hand: a well-behaved library would not do what is tested here.

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    routing::{get, post},
};
use futures_util::stream;

use super::*;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// RFC 7541, appendix A: indexed fields of the static table.
pub const STATUS_200: u8 = 0x88;
pub const GET_ROOT: [u8; 3] = [0x82, 0x86, 0x84];
const POST_ROOT: [u8; 3] = [0x83, 0x86, 0x84];
/// `SETTINGS_INITIAL_WINDOW_SIZE` = 0: no answer may carry a byte.
pub const NO_WINDOW: [u8; 6] = [0, 4, 0, 0, 0, 0];

#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a value of the story itself").to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

impl Client {
    pub async fn http2(mut self, settings: &[u8]) -> Self {
        self.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        self.frame(SETTINGS, 0, 0, settings).await;
        self
    }

    pub async fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.send(frame(kind, flags, stream, payload)).await;
    }

    pub async fn get_root(&mut self, stream: u32) {
        self.frame(HEADERS, END_HEADERS | END_STREAM, stream, &GET_ROOT).await;
    }

    /// The next frame that is not about the connection; `None` at its end. Answers pings as a peer must.
    pub async fn next_frame(&mut self) -> Option<Frame> {
        // As a whole: pings alone must not keep a test going.
        within(self.frame_after_pings()).await
    }

    async fn frame_after_pings(&mut self) -> Option<Frame> {
        loop {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).expect("a value of the story itself")];
            self.0.read_exact(&mut payload).await.ok()?;
            let (kind, flags) = (head[3], head[4]);
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            if kind == PING && flags & ACK == 0 {
                self.frame(PING, ACK, 0, &payload).await;
            }
            if matches!(kind, DATA | HEADERS | RST_STREAM | GOAWAY) {
                return Some(Frame { kind, flags, stream, payload });
            }
        }
    }
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

#[tokio::test]
async fn http2_is_spoken_with_prior_knowledge() {
    let server = Server::start(hello(), patient()).await;
    let mut client = server.connect().await.http2(&[]).await;
    client.get_root(1).await;
    let head = client.next_frame().await.expect("a value of the story itself");
    assert_eq!((head.kind, head.payload[0]), (HEADERS, STATUS_200));
    let body = client.next_frame().await.expect("a value of the story itself");
    assert_eq!((body.kind, body.payload.as_slice()), (DATA, &b"hello"[..]));
}

#[tokio::test]
async fn an_http2_client_without_a_request_is_cut() {
    let limits = ServerLimits { header_timeout: SHORT, ..patient() };
    let server = Server::start(hello(), limits).await;
    let mut client = server.connect().await.http2(&[]).await;
    assert!(client.next_frame().await.is_none());
}

#[tokio::test]
async fn an_idle_http2_connection_is_told_to_go_away_and_cut_when_it_stays() {
    let limits = ServerLimits { keep_alive: SHORT, header_timeout: SHORT, ..patient() };
    let server = Server::start(hello(), limits).await;
    let mut client = server.connect().await.http2(&[]).await;
    client.get_root(1).await;
    client.next_frame().await.expect("a value of the story itself");
    client.next_frame().await.expect("a value of the story itself");
    assert_eq!(client.next_frame().await.expect("a value of the story itself").kind, GOAWAY);
    // The server asks with a ping whether we have heard; nobody answers it here.
    client.read_to_end().await;
}

#[tokio::test]
async fn an_http2_client_that_opens_no_window_is_cut() {
    let whole = || async { Bytes::from(vec![b'x'; 1024 * 1024]) };
    let chunks = || async {
        let chunk = Bytes::from(vec![b'x'; 1024]);
        Body::from_stream(stream::repeat(Ok::<_, Infallible>(chunk)))
    };
    for route in [get(whole), get(chunks)] {
        let limits = ServerLimits { write_stall: SHORT, ..patient() };
        let server = Server::start(Router::new().route("/", route), limits).await;
        let mut client = server.connect().await.http2(&NO_WINDOW).await;
        client.get_root(1).await;
        assert_eq!(client.next_frame().await.expect("a value of the story itself").kind, HEADERS);
        assert!(client.next_frame().await.is_none());
    }
}

#[tokio::test]
async fn a_slow_http2_body_is_answered_408_and_others_go_on() {
    let limits = ServerLimits { body_stall: SHORT, ..patient() };
    let router = Router::new().route("/", post(|_: Bytes| async { "read" }).get(|| async { "hello" }));
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await.http2(&[]).await;
    client.frame(HEADERS, END_HEADERS, 1, &POST_ROOT).await;
    let mut seen = client.next_frame().await.expect("a value of the story itself");
    assert_eq!((seen.kind, seen.stream), (HEADERS, 1));
    // Not in the static table, so a literal value: three digits, huffman-coded or not.
    assert_ne!(seen.payload[0], STATUS_200);
    client.get_root(3).await;
    while seen.stream != 3 {
        seen = client.next_frame().await.expect("a value of the story itself");
    }
    assert_eq!((seen.kind, seen.payload[0]), (HEADERS, STATUS_200));
}

#[tokio::test]
async fn a_stop_drops_the_work_of_http2_streams_that_hang() {
    let (witness, mut events) = Witness::new();
    let hang = move || async move {
        let _work = witness.enter();
        std::future::pending::<()>().await;
    };
    let limits = ServerLimits { grace: SHORT, ..patient() };
    let server = Server::start(Router::new().route("/", get(hang)), limits).await;
    let mut client = server.connect().await.http2(&[]).await;
    client.get_root(1).await;
    assert_eq!(within(events.recv()).await, Some("entered"));
    assert_eq!(server.stop().await, 1);
    assert_eq!(within(events.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn a_stop_finishes_http2_streams_and_closes() {
    let (witness, mut events) = Witness::new();
    let (open, gate) = tokio::sync::watch::channel(false);
    let slow = move || async move {
        let _work = witness.enter();
        gate.clone().wait_for(|open| *open).await.expect("a value of the story itself");
        "finished"
    };
    let server = Server::start(Router::new().route("/", get(slow)), patient()).await;
    let mut client = server.connect().await.http2(&[]).await;
    client.get_root(1).await;
    assert_eq!(within(events.recv()).await, Some("entered"));
    let stopping = tokio::spawn(server.stop());
    assert_eq!(client.next_frame().await.expect("a value of the story itself").kind, GOAWAY);
    open.send_replace(true);
    let mut ended = false;
    while let Some(frame) = client.next_frame().await {
        ended |= frame.kind == DATA && frame.flags & END_STREAM != 0;
    }
    assert!(ended, "the answer was not finished");
    assert_eq!(within(stopping).await.expect("a value of the story itself"), 0);
}

#[tokio::test]
async fn a_panic_in_an_http2_stream_resets_the_stream_alone() {
    async fn fails() -> &'static str {
        panic!("on purpose: a test of the accept loop")
    }
    let router = Router::new().route("/", post(fails).get(|| async { "hello" }));
    let server = Server::start(router, patient()).await;
    let mut client = server.connect().await.http2(&[]).await;
    client.frame(HEADERS, END_HEADERS | END_STREAM, 1, &POST_ROOT).await;
    let reset = client.next_frame().await.expect("a value of the story itself");
    assert_eq!((reset.kind, reset.stream), (RST_STREAM, 1));
    client.get_root(3).await;
    assert_eq!(client.next_frame().await.expect("a value of the story itself").payload[0], STATUS_200);
}
