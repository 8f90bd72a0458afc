//! A response body on its way to the client: in parts that say when they were taken, each counted in memory until then.
//!
//! The transport keeps what it was handed until the client takes it, also after the body itself is gone. So the lease on the
//! memory is held by the bytes, and not by the body.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{HeaderValue, Response, StatusCode, header, response},
};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

use super::{
    activity::{InFlight, Underway},
    request_body::TOO_SLOW,
};
use crate::domain::access::budget::{Lease, Payer};

/// What is handed over at a time: a frame of HTTP/2.
const PART: usize = 16 * 1024;

const NO_ROOM: &str = "no room for the answer";

pub(super) struct Answer {
    body: Body,
    ahead: Ahead,
    payer: Payer,
    /// The handler answers while it still reads: when the request then comes too slowly, there is no status left to send.
    too_late: Option<oneshot::Receiver<()>>,
    underway: Arc<Underway>,
}

/// What was taken from the body and not handed over.
enum Ahead {
    Nothing,
    Data(Bytes, Arc<Lease>),
    Trailers(Frame<Bytes>),
    Failed(BoxError),
    End,
}

/// Looks at the first part of the body, so that a whole answer in memory counts from the beginning. Where there is no room for
/// it, a short refusal goes out instead.
pub(super) async fn begin(
    response: Response<Body>,
    payer: Payer,
    open: InFlight,
    too_late: Option<oneshot::Receiver<()>>,
) -> Response<Answer> {
    let (mut parts, mut body) = response.into_parts();
    let mut ahead = Ahead::Nothing;
    if !body.is_end_stream() {
        ahead = match poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx))).await {
            Poll::Pending => Ahead::Nothing,
            Poll::Ready(None) => Ahead::End,
            Poll::Ready(Some(Err(error))) => Ahead::Failed(error.into()),
            Poll::Ready(Some(Ok(frame))) => taken(frame, &payer).unwrap_or_else(|| {
                body = refuse(&mut parts);
                Ahead::Nothing
            }),
        };
    }
    let underway = Underway::begin(open);
    Response::from_parts(parts, Answer { body, ahead, payer, too_late, underway })
}

/// Makes a refusal of an answer. What is said of requests in general stays, such as who may read them; what is said of the
/// body goes.
fn refuse(parts: &mut response::Parts) -> Body {
    tracing::debug!(reason = NO_ROOM, "answer refused");
    let (refused, body) = busy().into_parts();
    parts.status = refused.status;
    for name in [header::CONTENT_LENGTH, header::CONTENT_RANGE, header::ETAG, header::CONTENT_DISPOSITION] {
        parts.headers.remove(name);
    }
    parts.headers.extend(refused.headers);
    body
}

/// The answer while there is no room for another request, or for its answer.
pub(super) fn busy() -> Response<Body> {
    let text =
        "the server has no room for this now; what was asked may have been done, try again in a moment\n";
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// `None` when there is no room.
fn taken(frame: Frame<Bytes>, payer: &Payer) -> Option<Ahead> {
    match frame.into_data() {
        Ok(data) => payer.lease(data.len()).map(|lease| Ahead::Data(data, Arc::new(lease))),
        Err(trailers) => Some(Ahead::Trailers(trailers)),
    }
}

impl Answer {
    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let ahead = match std::mem::replace(&mut self.ahead, Ahead::Nothing) {
            Ahead::Nothing => match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => {
                    self.underway.nothing_ready();
                    return Poll::Pending;
                }
                Poll::Ready(None) => Ahead::End,
                Poll::Ready(Some(Err(error))) => Ahead::Failed(error.into()),
                Poll::Ready(Some(Ok(frame))) => {
                    taken(frame, &self.payer).unwrap_or_else(|| Ahead::Failed(NO_ROOM.into()))
                }
            },
            ahead => ahead,
        };
        Poll::Ready(match ahead {
            Ahead::Data(mut data, lease) => {
                let part = data.split_to(data.len().min(PART));
                if !data.is_empty() {
                    self.ahead = Ahead::Data(data, Arc::clone(&lease));
                }
                Some(Ok(Frame::data(self.hand_over(part, lease))))
            }
            Ahead::Trailers(frame) => Some(Ok(frame)),
            Ahead::Failed(error) => Some(Err(error)),
            Ahead::End | Ahead::Nothing => {
                self.ahead = Ahead::End;
                None
            }
        })
    }

    fn hand_over(&self, bytes: Bytes, lease: Arc<Lease>) -> Bytes {
        self.underway.handed_over();
        Bytes::from_owner(Part { bytes, _lease: lease, underway: Arc::clone(&self.underway) })
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let polled = this.next(cx);
        // Asked second: reading the request may be what the answer does, and ours is the better reason.
        match this.too_late.as_mut().map(|late| Pin::new(late).poll(cx)) {
            Some(Poll::Ready(Ok(()))) => {
                this.too_late = None;
                this.underway.open().failed(TOO_SLOW);
                return Poll::Ready(Some(Err(TOO_SLOW.into())));
            }
            Some(Poll::Ready(Err(_))) => this.too_late = None,
            Some(Poll::Pending) | None => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match self.ahead {
            Ahead::Nothing => self.body.is_end_stream(),
            Ahead::End => true,
            Ahead::Data(..) | Ahead::Trailers(_) | Ahead::Failed(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        if let Ahead::Data(data, _) = &self.ahead {
            let ahead = u64::try_from(data.len()).unwrap_or(u64::MAX);
            // The upper end first: the lower one may not be above it.
            if let Some(upper) = hint.upper() {
                hint.set_upper(upper.saturating_add(ahead));
            }
            hint.set_lower(hint.lower().saturating_add(ahead));
        }
        hint
    }
}

/// Dropped when the client has taken it, or is gone.
struct Part {
    bytes: Bytes,
    _lease: Arc<Lease>,
    underway: Arc<Underway>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.underway.taken(self.bytes.len());
    }
}
