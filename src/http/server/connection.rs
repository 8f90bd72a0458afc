//! One connection from its first byte to its end.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, watch},
    time::{Instant, MissedTickBehavior, interval_at},
};

use crate::domain::access::budget::Budget;

use super::{
    ServerLimits,
    activity::{Activity, Crowded, Tempo, Verdict},
    exchange::{Exchange, Memory},
    peers::Peers,
    socket::Socket,
};

/// An HTTP/1.1 head must fit (431 otherwise); also the most that is read or buffered for writing at a time.
const HTTP1_BUFFER: usize = 32 * 1024;
const HTTP2_STREAMS: u32 = 32;
/// What a client may send ahead of what is read: of one stream, and of all streams of a connection.
pub(super) const HTTP2_STREAM_WINDOW: u32 = 64 * 1024;
const HTTP2_WINDOW: u32 = 128 * 1024;
const HTTP2_HEAD: u32 = 32 * 1024;
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// What all connections share.
pub(super) struct Host {
    router: Router,
    limits: ServerLimits,
    slots: Arc<Semaphore>,
    peers: Arc<Peers>,
    requests: Arc<Budget>,
    answers: Arc<Budget>,
    http: Builder<TokioExecutor>,
    look: Duration,
}

impl Host {
    pub fn new(router: Router, limits: ServerLimits, slots: Arc<Semaphore>, peers: Arc<Peers>) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            // Ours covers the idle time, the protocol's first bytes and the head, each with a number of its own.
            .header_read_timeout(None)
            .max_buf_size(HTTP1_BUFFER)
            // A client that closes its side has left: the work for it is dropped instead of finished for nobody.
            .half_close(false);
        http.http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(HTTP2_STREAMS)
            .initial_stream_window_size(HTTP2_STREAM_WINDOW)
            .initial_connection_window_size(HTTP2_WINDOW)
            .max_header_list_size(HTTP2_HEAD)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT);
        let shortest = limits.header_timeout.min(limits.keep_alive).min(limits.write_stall);
        Self {
            router,
            slots,
            peers,
            requests: Budget::new(limits.memory / 2),
            answers: Budget::new(limits.memory / 2),
            http,
            look: (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(1)),
            limits,
        }
    }
}

/// Runs until the peer, a limit or the end of the server's work closes the connection.
pub(super) async fn drive(
    stream: TcpStream,
    peer: SocketAddr,
    host: &Host,
    mut stopped: watch::Receiver<bool>,
) {
    let limits = &host.limits;
    let now = Instant::now();
    let is_proxy = host.peers.is_trusted(peer.ip());
    let activity = Activity::new(
        now,
        Tempo {
            grace: limits.write_stall,
            rate: limits.answer_rate,
            answers: Arc::clone(&host.answers),
            carries_many: is_proxy,
        },
    );
    let socket = TokioIo::new(Socket::new(stream, Arc::clone(&activity)));
    let memory = Memory::new(&host.requests, &host.answers, Arc::clone(&host.peers), peer.ip());
    let exchange = Exchange::new(host.router.clone(), limits, peer, memory, Arc::clone(&activity));
    let mut connection = pin!(host.http.serve_connection(socket, exchange));
    let mut closing = false;
    // Looking now and then costs a request nothing, where a timer for every phase would.
    let mut look = interval_at(now + host.look, host.look);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);

    loop {
        tokio::select! {
            // The connection first: a request that has arrived is answered, even if the server stops in the same moment.
            biased;
            ended = connection.as_mut() => {
                match (activity.cut_reason(), ended) {
                    (Some(reason), _) => tracing::debug!(reason, "connection cut"),
                    // Hyper's messages are fixed texts without what the client sent. After a goodbye, an error is only
                    // the way in which hyper obeys.
                    (None, Err(error)) if !closing => {
                        tracing::debug!(reason = %error, "connection broken off");
                    }
                    (None, _) => {}
                }
                return;
            }
            // An error means that the server is gone, which is a stop too.
            _ = stopped.wait_for(|stopped| *stopped), if !closing => {
                closing = true;
                activity.closing();
                connection.as_mut().graceful_shutdown();
            }
            _ = look.tick() => {
                let crowded = match host.slots.available_permits() {
                    0 => Crowded::Yes,
                    _ => Crowded::No,
                };
                match activity.verdict(limits, Instant::now(), crowded) {
                    Verdict::Wait => {}
                    // Said once; what is left is up to the verdicts for a closing connection.
                    Verdict::Close => {
                        tracing::debug!(reason = "idle", "connection closed");
                        closing = true;
                        activity.closing();
                        connection.as_mut().graceful_shutdown();
                    }
                    Verdict::Cut(reason) => {
                        tracing::debug!(reason, "connection cut");
                        activity.cut(reason);
                        return;
                    }
                }
            }
        }
    }
}
