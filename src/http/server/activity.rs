//! What happens on one connection and since when, and whether its client has used up its time.
//!
//! Written by the socket and the requests, read by the connection's task. Time is passed in or taken from tokio's clock.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::ServerLimits;
use crate::domain::access::budget::Budget;

/// What an idle client may keep while others wait outside.
const CROWDED_IDLE: Duration = Duration::from_secs(1);

/// Writes up to this size are taken for HTTP/2 PING, SETTINGS and `WINDOW_UPDATE` frames: our own pings must not pass for
/// an answer that moves.
const CONTROL_FRAMES: usize = 64;

/// How much faster answers have to be taken while the memory for them is crowded.
const HURRY: u32 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Wait,
    /// End it politely, nothing is lost.
    Close,
    /// Drop it.
    Cut(&'static str),
}

/// How fast a client has to take its answers.
pub(super) struct Tempo {
    pub grace: Duration,
    /// Bytes per second.
    pub rate: u32,
    pub answers: Arc<Budget>,
    /// The peer is a proxy: one of its clients that stalls must not end the answers to the others, so only the connection
    /// as a whole is measured.
    pub carries_many: bool,
}

impl Tempo {
    fn earned(&self, bytes: usize) -> Duration {
        let hurry = if self.answers.is_crowded() { HURRY } else { 1 };
        let rate = u64::from(self.rate.max(1)) * u64::from(hurry);
        Duration::from_millis(u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1_000) / rate)
    }
}

/// What is left of a client's time. It runs while bytes wait for the client, each byte that is taken earns some of it back,
/// and it is whole again when nothing waits any more.
#[derive(Clone, Copy)]
struct Pace {
    left: Duration,
    since: Option<Instant>,
}

impl Pace {
    fn new(grace: Duration) -> Self {
        Self { left: grace, since: None }
    }

    fn run(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    fn rest(&mut self, grace: Duration) {
        *self = Self::new(grace);
    }

    fn earn(&mut self, now: Instant, time: Duration, grace: Duration) {
        if let Some(since) = self.since.as_mut() {
            let left = self.left.saturating_sub(now.duration_since(*since));
            self.left = left.saturating_add(time).min(grace);
            *since = now;
        }
    }

    fn is_used_up(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| now.duration_since(since) >= self.left)
    }
}

/// An answer that the client has not taken whole.
struct Waiting {
    /// Parts that the transport has and the client does not.
    handed: usize,
    /// A part is ready, or was handed over, and the transport has not come back for the next one.
    unasked: bool,
    pace: Pace,
}

impl Waiting {
    fn runs(&self) -> bool {
        self.handed > 0 || self.unasked
    }
}

pub(super) struct Activity {
    tempo: Tempo,
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
    is_blocked: bool,
    /// By a number of its own.
    answers: HashMap<u64, Waiting>,
    next_answer: u64,
    /// Of all answers together.
    pace: Pace,
    closing_since: Option<Instant>,
    /// Why the connection is cut, once it is.
    cut: Option<&'static str>,
}

impl State {
    /// Starts or stops the clock of the connection. HTTP/2 flow control stalls without a blocked socket, so both count.
    fn settle(&mut self, now: Instant, grace: Duration) {
        if self.is_blocked || self.answers.values().any(Waiting::runs) {
            self.pace.run(now);
        } else {
            self.pace.rest(grace);
        }
    }
}

impl Activity {
    pub fn new(now: Instant, tempo: Tempo) -> Arc<Self> {
        let state = State {
            in_flight: 0,
            multiplexed: false,
            head_since: Some(now),
            quiet_since: now,
            is_blocked: false,
            answers: HashMap::new(),
            next_answer: 0,
            pace: Pace::new(tempo.grace),
            closing_since: None,
            cut: None,
        };
        Arc::new(Self { tempo, state: Mutex::new(state) })
    }

    pub fn verdict(&self, limits: &ServerLimits, now: Instant, crowded: Crowded) -> Verdict {
        let state = self.state();
        let one_stalls =
            !self.tempo.carries_many && state.answers.values().any(|answer| answer.pace.is_used_up(now));
        if one_stalls || state.pace.is_used_up(now) {
            return Verdict::Cut("client takes its answer too slowly");
        }
        if state.in_flight > 0 {
            return Verdict::Wait;
        }
        if let Some(since) = state.head_since {
            let late = now.duration_since(since) >= limits.header_timeout;
            return if late { Verdict::Cut("request head too slow") } else { Verdict::Wait };
        }
        if state.is_blocked {
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
        let earned = self.tempo.earned(bytes);
        let now = Instant::now();
        let mut state = self.state();
        state.is_blocked = false;
        if bytes > CONTROL_FRAMES || !state.multiplexed {
            state.quiet_since = now;
            state.pace.earn(now, earned, self.tempo.grace);
        }
        state.settle(now, self.tempo.grace);
    }

    pub fn blocked(&self) {
        let mut state = self.state();
        state.is_blocked = true;
        state.settle(Instant::now(), self.tempo.grace);
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

    /// Changes what is known of an answer, and the clocks with it.
    fn change(&self, id: u64, taken: usize, change: impl FnOnce(&mut Waiting)) {
        let (now, grace) = (Instant::now(), self.tempo.grace);
        let earned = self.tempo.earned(taken);
        let mut state = self.state();
        if let Some(answer) = state.answers.get_mut(&id) {
            change(answer);
            answer.pace.earn(now, earned, grace);
            if answer.runs() {
                answer.pace.run(now);
            } else {
                answer.pace.rest(grace);
            }
        }
        state.settle(now, grace);
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

/// An answer between the handler and the client. It is over when the last part of it was taken.
pub(super) struct Underway {
    id: u64,
    open: InFlight,
}

impl Underway {
    /// The answer is ready, as far as is known, and the transport has not asked for it.
    pub fn begin(open: InFlight) -> Arc<Self> {
        let activity = &open.0;
        let (now, grace) = (Instant::now(), activity.tempo.grace);
        let mut pace = Pace::new(grace);
        pace.run(now);
        let mut state = activity.state();
        let id = state.next_answer;
        state.next_answer += 1;
        state.answers.insert(id, Waiting { handed: 0, unasked: true, pace });
        state.settle(now, grace);
        drop(state);
        Arc::new(Self { id, open })
    }

    pub fn open(&self) -> &InFlight {
        &self.open
    }

    /// The transport asks for more and there is nothing yet, which is no fault of the client.
    pub fn nothing_ready(&self) {
        self.change(0, |answer| answer.unasked = false);
    }

    pub fn handed_over(&self) {
        self.change(0, |answer| {
            answer.handed += 1;
            answer.unasked = true;
        });
    }

    /// The client has taken a part of so many bytes, or is gone.
    pub fn taken(&self, bytes: usize) {
        self.change(bytes, |answer| answer.handed -= 1);
    }

    fn change(&self, taken: usize, change: impl FnOnce(&mut Waiting)) {
        self.open.0.change(self.id, taken, change);
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        let activity = &self.open.0;
        let mut state = activity.state();
        state.answers.remove(&self.id);
        state.settle(Instant::now(), activity.tempo.grace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(30);

    /// How long a client is borne with that takes so many bytes each second.
    fn borne(bytes: usize, carries_many: bool) -> Option<u64> {
        let start = Instant::now();
        let tempo = Tempo { grace: GRACE, rate: 1024, answers: Budget::new(1 << 20), carries_many };
        let mut pace = Pace::new(tempo.grace);
        pace.run(start);
        (1..=600).find(|&second| {
            let now = start + Duration::from_secs(second);
            let is_used_up = pace.is_used_up(now);
            pace.earn(now, tempo.earned(bytes), GRACE);
            is_used_up
        })
    }

    #[test]
    fn a_client_that_takes_a_byte_now_and_then_is_not_borne_for_ever() {
        assert_eq!(borne(0, false), Some(30));
        assert_eq!(borne(1, false), Some(30), "a byte is not a sign of life");
        assert_eq!(borne(512, false), Some(59), "half of the rate doubles the time");
        assert_eq!(borne(1024, false), None);
    }

    #[test]
    fn a_burst_earns_no_more_than_the_whole_grace() {
        let start = Instant::now();
        let mut pace = Pace::new(GRACE);
        pace.run(start);
        pace.earn(start, Duration::from_hours(1), GRACE);
        assert!(!pace.is_used_up(start + Duration::from_secs(29)));
        assert!(pace.is_used_up(start + GRACE));
    }
}
