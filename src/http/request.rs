//! What every request gets: an id, a line in the log, and an answer whatever happens.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
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
    let path = request.uri().path().to_owned();
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
