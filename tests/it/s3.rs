//! A second S3 server, independent of the one in the program: over a socket of its own, with strict signatures, and with
//! faults that a story switches on.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use wellspring::store::{Checksums, S3Settings};

const BUCKET: &str = "media";
const KEY: &str = "story";
const SECRET: &str = "story-secret";

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    Good,
    /// Answers 503 to everything.
    Busy,
    /// Cuts the connection in the middle of every answer.
    Cutting,
    /// Takes every request and answers none.
    Stalling,
    /// Begins every answer and stops before its end.
    Trickling,
    /// Answers everything with 200 and a body that has no end.
    Endless,
    /// The same with 500.
    EndlessError,
}

/// Bytes that an answer without an end has at most, so that a client that takes all of it fails a story and no machine.
const MOST_SENT: u64 = 256 * 1024 * 1024;

/// A running server. It ends with the story's runtime.
pub struct S3Server {
    pub address: SocketAddr,
    state: Arc<State>,
    _folder: TempDir,
}

#[derive(Default)]
struct State {
    /// [`Mood::Good`] is zero.
    mood: AtomicU8,
    /// Bytes of all request bodies.
    received: AtomicU64,
    /// Bytes that clients took of answers without an end.
    sent: AtomicU64,
    /// How often the bytes of an uploaded file were asked for.
    originals: AtomicU64,
}

impl S3Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let files = s3s_fs::FileSystem::new(folder.path()).expect("a file system");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let state = Arc::<State>::default();
        let its = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, service.clone(), Arc::clone(&its)));
            }
        });
        Self { address, state, _folder: folder }
    }

    pub fn settings(&self) -> S3Settings {
        S3Settings {
            endpoint: Some(format!("http://{}", self.address)),
            public_endpoint: None,
            bucket: BUCKET.to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: KEY.to_owned(),
            secret_access_key: SECRET.to_owned(),
            session_token: None,
            path_style: true,
            checksums: Checksums::WhenRequired,
        }
    }

    pub fn behave(&self, mood: Mood) {
        self.state.mood.store(mood as u8, Ordering::SeqCst);
    }

    pub fn sent(&self) -> u64 {
        self.state.sent.load(Ordering::SeqCst)
    }

    pub fn received(&self) -> u64 {
        self.state.received.load(Ordering::SeqCst)
    }

    pub fn originals(&self) -> u64 {
        self.state.originals.load(Ordering::SeqCst)
    }
}

async fn connection(stream: TcpStream, service: S3Service, state: Arc<State>) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let (service, state) = (service.clone(), Arc::clone(&state));
        async move {
            let length = request.headers().get("content-length").and_then(|value| value.to_str().ok());
            let length = length.and_then(|text| text.parse().ok()).unwrap_or(0);
            state.received.fetch_add(length, Ordering::SeqCst);
            if request.method() == Method::GET && request.uri().path().contains("/objects/") {
                state.originals.fetch_add(1, Ordering::SeqCst);
            }
            Ok::<_, Infallible>(answer(request, &service, state).await)
        }
    });
    // A connection that is cut is part of some stories.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(request: Request<Incoming>, service: &S3Service, state: Arc<State>) -> Response<Body> {
    let mood = state.mood.load(Ordering::SeqCst);
    for (endless, status) in
        [(Mood::Endless, StatusCode::OK), (Mood::EndlessError, StatusCode::INTERNAL_SERVER_ERROR)]
    {
        if mood == endless as u8 {
            let piece = "<Error><Code>x</Code>".repeat(3_000);
            let mut left = MOST_SENT;
            let pieces = futures_util::stream::iter(std::iter::from_fn(move || {
                state.sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
                left = left.checked_sub(piece.len() as u64)?;
                Some(Ok::<_, Infallible>(piece.clone()))
            }));
            return Response::builder().status(status).body(Body::from_stream(pieces)).expect("a response");
        }
    }
    if mood == Mood::Busy as u8 {
        let text = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
        let response = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).body(Body::from(text));
        return response.expect("a good response");
    }
    if mood == Mood::Stalling as u8 {
        return std::future::pending().await;
    }
    let response = service.call(request.map(s3s::Body::from)).await.expect("an answer of S3").map(Body::new);
    if mood == Mood::Trickling as u8 {
        use futures_util::StreamExt as _;
        let (parts, body) = response.into_parts();
        let begun = body.into_data_stream().take(1).chain(futures_util::stream::pending());
        // A byte less of the first piece, so that not even a short answer is whole.
        let short = begun.map(|piece| piece.map(|bytes| bytes.slice(..bytes.len().saturating_sub(1))));
        return Response::from_parts(parts, Body::from_stream(short));
    }
    if mood == Mood::Cutting as u8 {
        let (mut parts, _) = response.into_parts();
        // More is promised than comes.
        parts.headers.insert("content-length", "1000000".parse().expect("a number"));
        let cut = futures_util::stream::iter([Ok("some".to_owned()), Err(std::io::Error::other("cut"))]);
        return Response::from_parts(parts, Body::from_stream(cut));
    }
    response
}
