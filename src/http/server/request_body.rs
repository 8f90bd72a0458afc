//! A request body that does not wait for ever.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    BoxError,
    body::{Bytes, HttpBody},
};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::{
    sync::oneshot,
    time::{Instant, Sleep, sleep_until},
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
    incoming: Incoming,
    limits: BodyLimits,
    deadline: Instant,
    /// Made for the first wait: most bodies arrive with their head.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// Taken when the time is up.
    late: Option<oneshot::Sender<()>>,
    _open: InFlight,
}

impl RequestBody {
    /// `late` is told once, before the reader sees the error.
    pub fn new(
        incoming: Incoming,
        limits: BodyLimits,
        now: Instant,
        late: oneshot::Sender<()>,
        open: InFlight,
    ) -> Self {
        Self {
            incoming,
            limits,
            deadline: now + limits.total,
            timer: None,
            waiting: false,
            late: Some(late),
            _open: open,
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
        if let Poll::Ready(frame) = Pin::new(&mut this.incoming).poll_frame(cx) {
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
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
