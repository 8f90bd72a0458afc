//! The accept loop: HTTP/1.1 and HTTP/2 with prior knowledge over plain TCP, with a limit on everything a client can drag out.
//!
//! `axum::serve` has no cap on connections and no effective limit for a slow request head, so the loop is ours. It knows
//! sockets, time and bytes in memory only: how long a handler may think, how large a body may be and what a panic answers are layers of
//! the router. TLS belongs to the proxy in front.
//!
//! One task drives one connection (`connection`). The socket (`socket`) and the requests (`exchange`) write what they see
//! into an `Activity`, and the task asks it a few times per limit whether the client has used up its time.

mod accept;
mod activity;
mod answer;
mod connection;
mod exchange;
mod peers;
mod request_body;
mod socket;

use std::{io, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use ipnet::IpNet;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::{JoinError, JoinSet},
    time::timeout,
};

use self::{accept::Acceptor, connection::Host, peers::Peers};

/// How much a client may ask of the server before it is answered.
///
/// A limit is noticed late by at most a quarter of the shortest of `header_timeout`, `keep_alive` and `write_stall`, and
/// never by more than a second.
#[derive(Clone, Debug)]
pub struct ServerLimits {
    /// Open connections; more of them wait in the kernel's backlog until one ends. Must not be 0.
    ///
    /// Waiting beats answering 503: a burst costs its clients a moment instead of an error, and refusing would cost a
    /// file descriptor, a read and a write for each refusal, just when there is nothing to spare.
    pub max_connections: usize,
    /// Open connections of one client address; more are reset. Must not be 0.
    pub connections_per_address: usize,
    /// Peers that speak for others. They have no share of connections, and a request of theirs counts for the client that
    /// they name.
    pub trusted_proxies: Vec<IpNet>,
    /// Bytes that requests and their answers may hold at once, half each; `Budget` has the shares.
    pub memory: usize,
    /// From the first byte of a request (for the first request: from the connection) to the end of its head.
    pub header_timeout: Duration,
    /// Between two requests. Hyper counts this as time for the next head, so both limits are kept here and hyper's is off.
    /// While the server is full it shrinks to a second, so that idle clients do not keep others out.
    pub keep_alive: Duration,
    /// From the head of a request to the end of its body.
    pub body_timeout: Duration,
    /// Bytes of a body that earn it one more second, so that a large upload over a thin line may finish; 0 for none.
    pub body_rate: u32,
    /// Between two chunks of a request body, while somebody waits for them.
    pub body_stall: Duration,
    /// For how long a client may take less than `answer_rate` while there are bytes of an answer to take.
    pub write_stall: Duration,
    /// Bytes of an answer that a client has to take in a second; 16 times as many while the memory for answers is crowded.
    pub answer_rate: u32,
    /// For requests in flight when the server is told to stop.
    pub grace: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 1024,
            connections_per_address: 256,
            trusted_proxies: Vec::new(),
            memory: 256 * 1024 * 1024,
            header_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            body_timeout: Duration::from_secs(30),
            body_rate: 64 * 1024,
            body_stall: Duration::from_secs(10),
            write_stall: Duration::from_secs(30),
            answer_rate: 1024,
            grace: Duration::from_secs(30),
        }
    }
}

/// Serves until `stop` resolves, then finishes the requests in flight for at most `grace`; answers how many connections
/// had to be cut at its end.
///
/// Handlers find the peer as `ConnectInfo<SocketAddr>`. At `stop` the listener is closed and idle connections end at once.
/// A handler that blocks its thread cannot be cut: it is counted and left behind.
///
/// # Errors
/// `InvalidInput` when `max_connections` or `connections_per_address` is 0. Failures to accept are logged and tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServerLimits,
    stop: impl Future<Output = ()>,
) -> io::Result<usize> {
    for (name, number) in [
        ("max_connections", limits.max_connections),
        ("connections_per_address", limits.connections_per_address),
    ] {
        if number == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name} must be at least 1")));
        }
    }
    let grace = limits.grace;
    let slots = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let peers = Peers::new(limits.connections_per_address, limits.trusted_proxies.clone());
    let mut acceptor = Acceptor::new(listener, Arc::clone(&slots), Arc::clone(&peers));
    let host = Arc::new(Host::new(router, limits, slots, peers));
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);

    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = connections.join_next() => report(ended),
            (stream, peer, admitted) = acceptor.next() => {
                let (host, stopped) = (Arc::clone(&host), stopped.clone());
                connections.spawn(async move {
                    // Held by the task, not by the connection, so that a panic gives it back too.
                    let _admitted = admitted;
                    connection::drive(stream, peer, &host, stopped).await;
                });
            }
        }
    }

    drop(acceptor);
    stopping.send_replace(true);
    let finish = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    if timeout(grace, finish).await.is_ok() {
        return Ok(0);
    }
    while let Some(ended) = connections.try_join_next() {
        report(ended);
    }
    let cut = connections.len();
    for _ in 0..cut {
        tracing::debug!(reason = "out of grace at stop", "connection cut");
    }
    // Aborted, not awaited: a handler that blocks its thread would hold the stop.
    connections.abort_all();
    Ok(cut)
}

/// The panic itself was told by the panic hook; here it only must not pass unseen.
fn report(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!("a connection ended in a panic");
    }
}
