//! What happens on one connection and since when, and whether its client has used up its time.
//!
//! Written by the socket and the requests, read by the connection's task. Time is passed in or taken from tokio's clock.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::ServerLimits;

/// What an idle client may keep while others wait outside.
const CROWDED_IDLE: Duration = Duration::from_secs(1);

/// Writes up to this size are taken for HTTP/2 PING, SETTINGS and `WINDOW_UPDATE` frames: our own pings must not pass for
/// an answer that moves.
const CONTROL_FRAMES: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Wait,
    /// End it politely, nothing is lost.
    Close,
    /// Drop it.
    Cut(&'static str),
}

pub(super) struct Activity {
    state: Mutex<State>,
}

struct State {
    /// Request bodies, handlers and answers that somebody still holds.
    in_flight: usize,
    /// HTTP/2: bytes that arrive between requests need not belong to a request.
    multiplexed: bool,
    /// A request head is awaited or on its way.
    head_since: Option<Instant>,
    /// The last end of a request or write.
    quiet_since: Instant,
    /// The kernel takes no more bytes for the client.
    blocked_since: Option<Instant>,
    /// Answers of which a part is handed over and not asked after: HTTP/2 flow control stalls without a blocked socket.
    unasked: usize,
    moved_at: Instant,
    closing_since: Option<Instant>,
    /// Why the connection is cut, once it is.
    cut: Option<&'static str>,
}

impl Activity {
    pub fn new(now: Instant) -> Arc<Self> {
        let state = State {
            in_flight: 0,
            multiplexed: false,
            head_since: Some(now),
            quiet_since: now,
            blocked_since: None,
            unasked: 0,
            moved_at: now,
            closing_since: None,
            cut: None,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    pub fn verdict(&self, limits: &ServerLimits, now: Instant, crowded: Crowded) -> Verdict {
        let state = self.state();
        let stalled = |since: Instant| now.duration_since(since) >= limits.write_stall;
        if state.blocked_since.is_some_and(stalled) || state.unasked > 0 && stalled(state.moved_at) {
            return Verdict::Cut("client takes no bytes");
        }
        if state.in_flight > 0 {
            return Verdict::Wait;
        }
        if let Some(since) = state.head_since {
            let late = now.duration_since(since) >= limits.header_timeout;
            return if late { Verdict::Cut("request head too slow") } else { Verdict::Wait };
        }
        if state.blocked_since.is_some() {
            return Verdict::Wait;
        }
        let quiet = now.duration_since(state.quiet_since);
        if let Some(closing) = state.closing_since {
            // A peer has as long for our goodbye as for a request head. The answer that may still be in hyper's buffers
            // moves `quiet_since` while it drains.
            let late = quiet.min(now.duration_since(closing)) >= limits.header_timeout;
            return if late { Verdict::Cut("client does not close") } else { Verdict::Wait };
        }
        let idle = match crowded {
            Crowded::Yes => limits.keep_alive.min(CROWDED_IDLE),
            Crowded::No => limits.keep_alive,
        };
        if quiet >= idle {
            return Verdict::Close;
        }
        Verdict::Wait
    }

    pub fn begin(self: &Arc<Self>, multiplexed: bool) -> InFlight {
        let mut state = self.state();
        state.in_flight += 1;
        state.multiplexed |= multiplexed;
        state.head_since = None;
        InFlight(Arc::clone(self))
    }

    pub fn read(&self) {
        let mut state = self.state();
        if state.in_flight == 0 && !state.multiplexed && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    pub fn wrote(&self, bytes: usize) {
        let mut state = self.state();
        state.blocked_since = None;
        if bytes > CONTROL_FRAMES || !state.multiplexed {
            let now = Instant::now();
            state.moved_at = now;
            state.quiet_since = now;
        }
    }

    pub fn blocked(&self) {
        self.state().blocked_since.get_or_insert_with(Instant::now);
    }

    pub fn closing(&self) {
        self.state().closing_since.get_or_insert_with(Instant::now);
    }

    pub fn cut(&self, reason: &'static str) {
        self.state().cut.get_or_insert(reason);
    }

    pub fn cut_reason(&self) -> Option<&'static str> {
        self.state().cut
    }

    /// Nothing in here can be left half done, so a panic elsewhere does not matter.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowded {
    Yes,
    No,
}

/// A part of an exchange that is not over; the connection is idle when the last one is dropped.
pub(super) struct InFlight(Arc<Activity>);

impl InFlight {
    /// A part of an answer is ready, and the transport has not come back for the next one.
    pub fn unasked(&self) -> Unasked {
        let mut state = self.0.state();
        state.unasked += 1;
        state.moved_at = Instant::now();
        Unasked(Arc::clone(&self.0))
    }

    /// The exchange breaks off; with HTTP/1.1 so does the connection.
    pub fn failed(&self, reason: &'static str) {
        if !self.0.state().multiplexed {
            self.0.cut(reason);
        }
    }
}

impl Clone for InFlight {
    fn clone(&self) -> Self {
        self.0.state().in_flight += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_flight -= 1;
        state.quiet_since = Instant::now();
    }
}

/// Dropped when the transport asks for more, which is a sign of life.
pub(super) struct Unasked(Arc<Activity>);

impl Drop for Unasked {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.unasked -= 1;
        state.moved_at = Instant::now();
    }
}
