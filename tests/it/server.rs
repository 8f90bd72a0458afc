//! How the accept loop treats slow, silent, idle and greedy clients, and how it stops. Real sockets, short limits.

mod http2;
mod limits;
mod memory;
mod places;
mod stop;

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use wellspring::http::server::{ServerLimits, serve};

/// An upper bound for things that must happen; long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(5);
/// A limit that a test waits for: short enough to wait for, long enough for what has to happen before it.
const SHORT: Duration = Duration::from_secs(1);
/// A limit that must not matter in a test.
const NEVER: Duration = Duration::from_hours(1);

/// No limit is ever reached; a story shortens the one that it is about.
fn patient() -> ServerLimits {
    ServerLimits {
        header_timeout: NEVER,
        keep_alive: NEVER,
        body_timeout: NEVER,
        body_stall: NEVER,
        write_stall: NEVER,
        grace: NEVER,
        memory: 1024 * 1024 * 1024,
        ..ServerLimits::default()
    }
}

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<usize>>,
}

impl Server {
    async fn start(router: Router, limits: ServerLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a value of the story itself");
        let address = listener.local_addr().expect("a value of the story itself");
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(serve(listener, router, limits, async {
            let _ = stopped.await;
        }));
        Self { address, stop, ended }
    }

    async fn connect(&self) -> Client {
        Client(within(TcpStream::connect(self.address)).await.expect("a value of the story itself"))
    }

    /// From another address of the loopback.
    async fn connect_from(&self, address: &str) -> Client {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::new(address.parse().expect("an address"), 0)).expect("a free port");
        Client(within(socket.connect(self.address)).await.expect("a connection"))
    }

    /// Tells the server to stop and answers how many connections it cut.
    async fn stop(self) -> usize {
        self.stop.send(()).expect("a value of the story itself");
        within(self.ended).await.expect("a value of the story itself").expect("a value of the story itself")
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.0.write_all(bytes.as_ref())).await.expect("a value of the story itself");
    }

    async fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
    }

    /// Reads until what came ends with `end`.
    async fn read_until(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(end.as_bytes()) {
            let byte = within(self.0.read_u8()).await;
            let so_far = String::from_utf8_lossy(&text);
            text.push(byte.unwrap_or_else(|error| panic!("{error} after {so_far:?}")));
        }
        String::from_utf8(text).expect("a value of the story itself")
    }

    /// Everything until the server ends the connection, with or without a reset.
    async fn read_to_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = within(self.0.read_to_end(&mut bytes)).await;
        bytes
    }

    /// Sends a byte now and then until the server ends the connection; answers what it said.
    async fn drip(self, byte: u8) -> String {
        let (mut from, mut to) = self.0.into_split();
        let dripping = tokio::spawn(async move {
            let mut pace = tokio::time::interval(SHORT / 10);
            while to.write_u8(byte).await.is_ok() {
                pace.tick().await;
            }
        });
        let mut bytes = Vec::new();
        let _ = within(from.read_to_end(&mut bytes)).await;
        dripping.abort();
        String::from_utf8(bytes).expect("a value of the story itself")
    }
}

/// Tells when a handler was entered and when its work was dropped.
#[derive(Clone)]
struct Witness(mpsc::UnboundedSender<&'static str>);

struct Work(mpsc::UnboundedSender<&'static str>);

impl Witness {
    fn new() -> (Self, mpsc::UnboundedReceiver<&'static str>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    fn enter(&self) -> Work {
        self.0.send("entered").expect("a value of the story itself");
        Work(self.0.clone())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("took too long")
}
