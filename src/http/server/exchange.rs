//! One request and its answer: runs the router, and keeps the connection's activity and the body's limits in step.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, Request},
    http::{HeaderValue, Response, StatusCode, Version, header},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    service::Service,
};
use tokio::{
    sync::oneshot::{self, error::TryRecvError},
    time::Instant,
};
use tower::Service as _;

use super::{
    ServerLimits,
    activity::{Activity, InFlight, Unasked},
    request_body::{BodyLimits, RequestBody, TOO_SLOW},
};

/// The router of one connection.
pub(super) struct Exchange {
    router: Router,
    body: BodyLimits,
    peer: SocketAddr,
    activity: Arc<Activity>,
}

impl Exchange {
    pub fn new(router: Router, limits: &ServerLimits, peer: SocketAddr, activity: Arc<Activity>) -> Self {
        Self { router, body: BodyLimits::from(limits), peer, activity }
    }
}

impl Service<Request<Incoming>> for Exchange {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let version = request.version();
        let open = self.activity.begin(version == Version::HTTP_2);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let mut router = self.router.clone();
        if request.body().is_end_stream() {
            let handler = router.call(request.map(|_| Body::empty()));
            return Box::pin(async move { Ok(handler.await?.map(|body| Answer::new(body, open))) });
        }

        let (late, mut too_late) = oneshot::channel();
        let (limits, body_open, now) = (self.body, open.clone(), Instant::now());
        let handler = router.call(
            request.map(|incoming| Body::new(RequestBody::new(incoming, limits, now, late, body_open))),
        );
        Box::pin(async move {
            let answered = tokio::select! {
                biased;
                answered = handler => Some(answered?),
                Ok(()) = &mut too_late => None,
            };
            // A handler that sees its body fail may answer first, with a worse reason than we have.
            let (in_time, too_late) = match too_late.try_recv() {
                Ok(()) => (None, None),
                Err(TryRecvError::Empty) => (answered, Some(too_late)),
                // The body has been read or dropped in time.
                Err(TryRecvError::Closed) => (answered, None),
            };
            let response = in_time.unwrap_or_else(|| {
                tracing::debug!(reason = TOO_SLOW, "request cut");
                timed_out(version)
            });
            Ok(response.map(|body| Answer { too_late, ..Answer::new(body, open) }))
        })
    }
}

fn timed_out(version: Version) -> Response<Body> {
    let mut response = Response::new(Body::from("the request body took too long\n"));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    // The rest of the body is still to come, so HTTP/1.1 has no next request here; HTTP/2 ends the stream alone.
    if version != Version::HTTP_2 {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A response body that keeps its connection busy until the last byte is handed over.
pub(super) struct Answer {
    body: Body,
    unasked: Option<Unasked>,
    /// The handler answers while it still reads: when the request then comes too slowly, there is no status left to send.
    too_late: Option<oneshot::Receiver<()>>,
    open: InFlight,
}

impl Answer {
    fn new(body: Body, open: InFlight) -> Self {
        let unasked = (!body.is_end_stream()).then(|| open.unasked());
        Self { body, unasked, too_late: None, open }
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
        this.unasked = None;
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        // Asked second: reading the request may be what the answer does, and ours is the better reason.
        match this.too_late.as_mut().map(|late| Pin::new(late).poll(cx)) {
            Some(Poll::Ready(Ok(()))) => {
                this.too_late = None;
                this.open.failed(TOO_SLOW);
                return Poll::Ready(Some(Err(TOO_SLOW.into())));
            }
            Some(Poll::Ready(Err(_))) => this.too_late = None,
            Some(Poll::Pending) | None => {}
        }
        // After the last frame too: with HTTP/2, hyper keeps it and us until the client's window opens.
        if matches!(polled, Poll::Ready(Some(Ok(_)))) {
            this.unasked = Some(this.open.unasked());
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
