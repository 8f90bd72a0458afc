//! Stories about the store: in process, over a loopback socket, and by hand against another S3 server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hyper_util::rt::TokioIo;
use s3s::service::S3Service;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{
    Caller, Checksums, Condition, Durability, Place, PutMeta, Room, S3Settings, Source, Store, StoreLimits,
};

mod client;
mod durable;
mod figures;
mod over_http;
mod protocol;

const BUCKET: &str = "media";

/// A folder, the store over it in process, and the same bucket over a loopback socket.
struct House {
    root: TempDir,
    store: Store,
    over_http: Store,
    address: SocketAddr,
}

impl House {
    async fn open() -> Self {
        Self::with(Checksums::WhenSupported, Durability::Volatile).await
    }

    async fn with(checksums: Checksums, durability: Durability) -> Self {
        let root = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let store = open_embedded(root.path(), &format!("http://{address}"), durability);
        let folder = store.folder().unwrap().clone();
        serve(listener, super::service(folder, "key", "secret", Caller::Program));
        let over_http = Store::open(
            Place::Remote(S3Settings {
                endpoint: Some(format!("http://{address}")),
                public_endpoint: None,
                bucket: BUCKET.to_owned(),
                region: "eu-central-1".to_owned(),
                access_key_id: "key".to_owned(),
                secret_access_key: "secret".to_owned(),
                session_token: None,
                path_style: true,
                checksums,
            }),
            StoreLimits::default(),
        );
        Self { root, store, over_http: over_http.unwrap(), address }
    }

    /// Waits for what a broken connection left under way: its last trip to the file ends by itself.
    async fn settled(&self, count: usize) {
        for _ in 0..1_000_000 {
            if self.files().len() == count {
                return;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(self.files().len(), count);
    }

    fn files(&self) -> Vec<PathBuf> {
        files(self.root.path())
    }
}

fn open_embedded(root: &Path, base_url: &str, durability: Durability) -> Store {
    Store::open(
        Place::Embedded {
            root: root.to_owned(),
            base_url: base_url.to_owned(),
            bucket: BUCKET.to_owned(),
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".to_owned(),
            durability,
            room: Room::Disk { reserve: 0 },
            inbox: "up/".to_owned(),
        },
        StoreLimits::default(),
    )
    .unwrap()
}

fn serve(listener: TcpListener, service: S3Service) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                // A client that breaks off is part of some stories.
                let _ = http.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}

/// Everything in the folder that is content or on its way to be.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.parent().unwrap().file_name().unwrap() != "locks" {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn text() -> PutMeta {
    PutMeta { content_type: "text/plain".to_owned(), ..PutMeta::default() }
}

async fn put(store: &Store, key: &str, body: &'static [u8]) -> String {
    store.put(key, Source::Bytes(Bytes::from_static(body)), &text(), Condition::None).await.unwrap().etag
}

async fn read(store: &Store, key: &str) -> Option<Bytes> {
    match store.get(key, None).await.unwrap() {
        Some(object) => Some(object.body.collect(u64::MAX).await.unwrap()),
        None => None,
    }
}

async fn keys(store: &Store, prefix: &str) -> Vec<String> {
    let page = store.list(prefix, None, 1_000).await.unwrap();
    assert_eq!(page.next, None);
    page.objects.into_iter().map(|object| object.key).collect()
}

/// Bytes that repeat only after a long while.
fn noise(size: usize, seed: u64) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes.into()
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn code(&self) -> &str {
        self.body.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next()).unwrap_or("")
    }

    fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    }
}

/// A request word by word, so that it can be wrong. The host is the URL's.
async fn send(method: &str, url: &str, headers: &[(String, String)], body: &[u8]) -> Answer {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut request = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "PUT"
        && !headers.iter().any(|(name, _)| name == "content-length" || name == "transfer-encoding")
    {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    // The server may answer and close before it has everything.
    let _ = stream.write_all(body).await;
    let declared =
        headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    if declared.is_some_and(|declared: usize| declared > body.len()) {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
