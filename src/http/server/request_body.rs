//! A request body that does not wait for ever, and whose rest is read past when nobody wants it any more.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    BoxError,
    body::{Bytes, HttpBody},
    http::{Request, Version, header},
};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::{
    runtime::Handle,
    sync::oneshot,
    time::{Instant, Sleep, sleep_until, timeout},
};

use super::{ServerLimits, activity::InFlight};

#[derive(Clone, Copy)]
pub(super) struct BodyLimits {
    total: Duration,
    rate: u32,
    stall: Duration,
}

impl From<&ServerLimits> for BodyLimits {
    fn from(limits: &ServerLimits) -> Self {
        Self {
            total: limits.body_timeout.min(LONGEST),
            rate: limits.body_rate,
            stall: limits.body_stall.min(LONGEST),
        }
    }
}

/// What a reader of the body finds instead of the rest.
pub(super) const TOO_SLOW: &str = "request body too slow";

/// Far from the largest instant, which a setting for "never" would overflow.
const LONGEST: Duration = Duration::from_hours(30 * 24);

pub(super) struct RequestBody {
    /// Until this is dropped.
    incoming: Option<Incoming>,
    limits: BodyLimits,
    deadline: Instant,
    /// Made for the first wait: most bodies arrive with their head.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// Taken when the time is up.
    late: Option<oneshot::Sender<()>>,
    open: InFlight,
    leftover: Leftover,
}

/// What is done with what is left of a body when its reader drops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leftover {
    /// HTTP/2 ends the stream, and a client that waits for "100 Continue" has sent nothing.
    Dropped,
    /// Over HTTP/1.1 most clients look for an answer only when they have sent everything. One whose connection ends before
    /// that sees a broken pipe, and never the answer.
    ReadPast,
}

impl Leftover {
    pub fn of<T>(request: &Request<T>) -> Self {
        let is_one_of_many = request.version() == Version::HTTP_2;
        if is_one_of_many || request.headers().contains_key(header::EXPECT) {
            Self::Dropped
        } else {
            Self::ReadPast
        }
    }
}

/// How much of a body is read past: more than the largest file that is sent in one request.
const MOST_READ_PAST: usize = 64 * 1024 * 1024;
/// For how long.
const READ_PAST_FOR: Duration = Duration::from_secs(30);

impl RequestBody {
    /// `late` is told once, before the reader sees the error.
    pub fn new(
        incoming: Incoming,
        limits: BodyLimits,
        now: Instant,
        late: oneshot::Sender<()>,
        open: InFlight,
        leftover: Leftover,
    ) -> Self {
        Self {
            incoming: Some(incoming),
            limits,
            deadline: now + limits.total,
            timer: None,
            waiting: false,
            late: Some(late),
            open,
            leftover,
        }
    }

    fn earn_time(&mut self, frame: &Frame<Bytes>) {
        if let Some(data) = frame.data_ref()
            && self.limits.rate > 0
        {
            // A single frame is far below 4 GiB.
            let bytes = u32::try_from(data.len()).unwrap_or(u32::MAX);
            let seconds = f64::from(bytes) / f64::from(self.limits.rate);
            self.deadline += Duration::from_secs_f64(seconds);
        }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if this.late.is_none() {
            return Poll::Ready(None);
        }
        let Some(incoming) = &mut this.incoming else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(incoming).poll_frame(cx) {
            this.waiting = false;
            if let Some(Ok(frame)) = &frame {
                this.earn_time(frame);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        // The clock runs only while somebody waits: a handler that takes its time is no fault of the client.
        let limit = (Instant::now() + this.limits.stall).min(this.deadline);
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(limit)));
        if !this.waiting {
            timer.as_mut().reset(limit);
            this.waiting = true;
        }
        ready!(timer.as_mut().poll(cx));
        if let Some(late) = this.late.take() {
            // Nobody listens when the answer is already complete; then there is nothing to cut either.
            let _ = late.send(());
        }
        Poll::Ready(Some(Err(TOO_SLOW.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        // One that came too slowly is not listened to any longer.
        if self.leftover == Leftover::Dropped || self.late.is_none() {
            return;
        }
        let Some(incoming) = self.incoming.take().filter(|incoming| !incoming.is_end_stream()) else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            let (stall, open) = (self.limits.stall, self.open.clone());
            runtime.spawn(timeout(READ_PAST_FOR, async move {
                read_past(incoming, stall).await;
                drop(open);
            }));
        }
    }
}

async fn read_past(mut incoming: Incoming, stall: Duration) {
    let mut left = MOST_READ_PAST;
    while let Ok(Some(Ok(frame))) = timeout(stall, incoming.frame()).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(length) else { return };
        left = rest;
    }
}
