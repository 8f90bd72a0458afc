//! One request and its answer: runs the router, and keeps the connection's activity and the body's limits in step.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, atomic::AtomicUsize},
};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, Request},
    http::{HeaderValue, Response, StatusCode, Version, header},
};
use hyper::{body::Incoming, service::Service};
use tokio::{
    sync::oneshot::{self, error::TryRecvError},
    time::Instant,
};
use tower::Service as _;

use super::{
    super::client,
    ServerLimits,
    activity::Activity,
    answer::{self, Answer},
    connection::HTTP2_STREAM_WINDOW,
    peers::Peers,
    request_body::{BodyLimits, Leftover, RequestBody, TOO_SLOW},
};
use crate::domain::access::budget::{Budget, Payer};
use crate::domain::core::client::AddressBlock;

/// What a request takes beside its head, whatever it asks.
const OF_REQUEST: usize = 2 * 1024;
/// What a header takes beside its text.
const OF_HEADER: usize = 64;

/// Whose shares of memory the requests of one connection count for.
pub(super) struct Memory {
    requests: Arc<Budget>,
    answers: Arc<Budget>,
    peers: Arc<Peers>,
    peer: IpAddr,
    /// What the connection holds of each, where it belongs to one client.
    connection: Option<(Arc<AtomicUsize>, Arc<AtomicUsize>)>,
}

impl Memory {
    pub fn new(requests: &Arc<Budget>, answers: &Arc<Budget>, peers: Arc<Peers>, peer: IpAddr) -> Self {
        let connection = (!peers.is_trusted(peer)).then(Default::default);
        Self { requests: Arc::clone(requests), answers: Arc::clone(answers), peers, peer, connection }
    }

    /// Who pays for a request, and for its answer.
    fn payers(&self, request: &Request<Incoming>) -> (Payer, Payer) {
        let address = match self.connection {
            Some(_) => self.peer,
            None => client::address(self.peer, request.headers(), self.peers.trusted()),
        };
        let address = AddressBlock::of(address);
        let (of_requests, of_answers) = self.connection.clone().unzip();
        (
            Payer::new(Arc::clone(&self.requests), address, of_requests),
            Payer::new(Arc::clone(&self.answers), address, of_answers),
        )
    }
}

/// Bytes that a request takes before anything is read of its body. HTTP/2 takes a part of the body whether it is read or not.
fn size_of(request: &Request<Incoming>) -> usize {
    let headers = request.headers().iter();
    let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len() + OF_HEADER).sum();
    let ahead = if request.version() == Version::HTTP_2 {
        let most = request.body().size_hint().upper().unwrap_or(u64::MAX).min(HTTP2_STREAM_WINDOW.into());
        usize::try_from(most).unwrap_or(usize::MAX)
    } else {
        0
    };
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    OF_REQUEST + headers + target + ahead
}

/// The router of one connection.
pub(super) struct Exchange {
    router: Router,
    body: BodyLimits,
    peer: SocketAddr,
    memory: Memory,
    activity: Arc<Activity>,
}

impl Exchange {
    pub fn new(
        router: Router,
        limits: &ServerLimits,
        peer: SocketAddr,
        memory: Memory,
        activity: Arc<Activity>,
    ) -> Self {
        Self { router, body: BodyLimits::from(limits), peer, memory, activity }
    }
}

impl Service<Request<Incoming>> for Exchange {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let version = request.version();
        let open = self.activity.begin(version == Version::HTTP_2);
        let (payer, answers) = self.memory.payers(&request);
        // Held until there is an answer.
        let Some(head) = payer.lease(size_of(&request)) else {
            tracing::debug!(reason = "no room for the request", "request refused");
            return Box::pin(async move { Ok(answer::begin(answer::busy(), answers, open, None).await) });
        };
        request.extensions_mut().insert(ConnectInfo(self.peer));
        request.extensions_mut().insert(payer);
        let mut router = self.router.clone();
        if request.body().is_end_stream() {
            let handler = router.call(request.map(|_| Body::empty()));
            return Box::pin(async move {
                let response = handler.await?;
                drop(head);
                Ok(answer::begin(response, answers, open, None).await)
            });
        }

        let (late, mut too_late) = oneshot::channel();
        let (limits, body_open, now) = (self.body, open.clone(), Instant::now());
        let leftover = Leftover::of(&request);
        let handler =
            router.call(request.map(|incoming| {
                Body::new(RequestBody::new(incoming, limits, now, late, body_open, leftover))
            }));
        Box::pin(async move {
            let answered = tokio::select! {
                biased;
                answered = handler => Some(answered?),
                Ok(()) = &mut too_late => None,
            };
            drop(head);
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
            Ok(answer::begin(response, answers, open, too_late).await)
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
