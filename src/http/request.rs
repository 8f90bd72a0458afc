//! What every request gets: an id, a line in the log, and an answer whatever happens.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static ID: String;
}

/// The id of the request that is being answered, for logs and for the client to quote.
pub fn current_id() -> Option<String> {
    ID.try_with(String::clone).ok()
}

/// Gives the request an id (the client's own if it is a plain one), logs it, and returns the id.
pub async fn trace(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .map_or_else(|| uuid::Uuid::now_v7().simple().to_string(), str::to_owned);
    let span = tracing::info_span!("request", request.id = %id);
    let method = request.method().clone();
    // The route and not the path: a path of media is a key to the file.
    let path = request.extensions().get::<MatchedPath>().map_or("(no route)", MatchedPath::as_str).to_owned();
    let start = Instant::now();
    let mut response = ID.scope(id.clone(), next.run(request).instrument(span.clone())).await;
    let duration_ms = start.elapsed().as_millis();
    let status = response.status().as_u16();
    let _entered = span.enter();
    match status {
        500..=502 => {
            tracing::error!(%method, path, status, duration_ms, "{method} {path} was answered {status} in {duration_ms} ms");
        }
        // `/readyz` says 503 each time that it is asked; what a full disk refuses (507) is said once by the database.
        503 | 504 if path != "/readyz" => {
            tracing::warn!(%method, path, status, duration_ms, "{method} {path} was answered {status} in {duration_ms} ms");
        }
        _ => {
            tracing::debug!(%method, path, status, duration_ms, "{method} {path} was answered {status} in {duration_ms} ms");
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Refuses a request that does not say, or does not say clearly, which host it is for (RFC 9112, section 3.2): a proxy in
/// front may have understood another one.
pub async fn host(request: Request, next: Next) -> Response {
    if names_one_host(&request) {
        return next.run(request).await;
    }
    let text = "send one Host header with a host, and perhaps a port\n";
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn names_one_host(request: &Request) -> bool {
    let mut given = request.headers().get_all(header::HOST).iter();
    let (host, other) = (given.next(), given.next());
    let authority = request.uri().authority();
    if other.is_some() || authority.is_some_and(|authority| !is_host(authority.as_str())) {
        return false;
    }
    match host.map(HeaderValue::to_str) {
        Some(Ok(host)) => {
            let is_same = |authority: &Authority| authority.as_str().eq_ignore_ascii_case(host);
            // Over HTTP/1.1 a target with a host of its own is answered as if the header were not there.
            let may_differ = request.version() != Version::HTTP_2;
            is_host(host) && authority.is_none_or(|authority| may_differ || is_same(authority))
        }
        Some(Err(_)) => false,
        None => {
            request.version() == Version::HTTP_10
                || request.version() == Version::HTTP_2 && authority.is_some()
        }
    }
}

/// A name or an address, and perhaps a port.
fn is_host(text: &str) -> bool {
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:[]".contains(&b));
    is_plain && text.parse::<Authority>().is_ok_and(|authority| !authority.host().is_empty())
}

/// The answer when a handler panicked. The process and the connection live on.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the layer calls")]
pub fn after_panic(panic: Box<dyn Any + Send>) -> Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    tracing::error!(panic = text, "a handler panicked: {text}");
    super::graphql::fault(StatusCode::INTERNAL_SERVER_ERROR)
}

pub async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "not found\n")
        .into_response()
}

pub async fn method_not_allowed() -> Response {
    let text = "this address takes another method\n";
    (StatusCode::METHOD_NOT_ALLOWED, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_one_host() {
        let request = |version, target: &str, hosts: &[&str]| {
            let builder = Request::builder().version(version).uri(target);
            let builder = hosts.iter().fold(builder, |builder, host| builder.header(header::HOST, *host));
            names_one_host(&builder.body(Body::empty()).expect("a request"))
        };
        for host in ["example.org", "localhost:8080", "127.0.0.1", "[::1]:8080", "a_b.example"] {
            assert!(request(Version::HTTP_11, "/", &[host]), "{host}");
        }
        for host in ["", " ", "a b", "a/b", "user@host", "a\"b", "a\\b", "a,b", "a:b:c", ":80"] {
            assert!(!request(Version::HTTP_11, "/", &[host]), "{host}");
        }
        assert!(!request(Version::HTTP_11, "/", &[]));
        assert!(!request(Version::HTTP_11, "/", &["a.example", "a.example"]));
        assert!(request(Version::HTTP_10, "/", &[]));
        assert!(!request(Version::HTTP_10, "/", &["a.example", "b.example"]));
        assert!(request(Version::HTTP_11, "http://a.example/", &["b.example"]));
        assert!(!request(Version::HTTP_11, "http://a.example/", &[]));
        assert!(request(Version::HTTP_2, "http://a.example/", &[]));
        assert!(request(Version::HTTP_2, "http://a.example/", &["A.example"]));
        assert!(!request(Version::HTTP_2, "http://a.example/", &["b.example"]));
        assert!(!request(Version::HTTP_2, "/", &[]));
        assert!(request(Version::HTTP_2, "/", &["a.example"]));
    }
}
