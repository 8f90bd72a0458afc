//! GraphQL over HTTP (<https://graphql.github.io/graphql-over-http/draft/>): POST with JSON, GET for queries, two media types
//! with their own rules for statuses.
//!
//! Written on axum alone: the library's own handler ignores the body limit, runs mutations over GET and takes JSON under
//! any content type, which opens the door to forged requests from other sites.

use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::auth::{self, AuthError};
use super::body::{self, BodyError, Held};
use super::client::SentBy;
use super::{json, request};
use crate::app::App;
use crate::domain::access::budget::Payer;
use crate::domain::access::idempotency::Key;
use crate::domain::access::limit::{self, Class};
use crate::domain::access::policy::Viewer;
use crate::domain::core::client::Client;
use crate::domain::core::error::Error;
use crate::graphql::{Answer, ApiRequest, MAX_DOCUMENT, Outcome, error_response, with_data, without_data};

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a document takes beside its text once it is parsed, for each byte.
const PARSED: usize = 24;
/// How often a body is in memory: as it came, as values, and as the library's variables.
const COPIES: usize = 3;

/// Which of the two media types the client takes. It decides the status of a document that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MediaType {
    GraphqlResponse,
    Json,
}

impl MediaType {
    fn name(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(default)]
    extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Body {
    fn into_request(self, queries_only: bool) -> ApiRequest {
        let wants_cost =
            self.extensions.is_some_and(|extensions| extensions.get("cost") == Some(&true.into()));
        ApiRequest {
            query: self.query,
            operation_name: self.operation_name,
            variables: self.variables.unwrap_or_default(),
            wants_cost,
            queries_only,
            idempotency_key: None,
        }
    }
}

pub async fn post(
    State(app): State<App>,
    SentBy(client): SentBy,
    payer: Option<Extension<Payer>>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Response {
    let Some(media) = accepted(&headers) else { return not_acceptable() };
    if let Err(seconds) = count(&app, client) {
        return too_many(media, seconds);
    }
    let held = Held::new(payer.as_deref());
    let body = match body::read(body, super::MAX_BODY, &held).await {
        Ok(body) => body,
        Err(BodyError::NoRoom) => return unavailable(media),
        Err(BodyError::TooLarge) => {
            let message = format!("the body is larger than {} bytes", super::MAX_BODY);
            return refuse(media, StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message);
        }
        Err(BodyError::Broken) => {
            return refuse(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", "the body could not be read");
        }
    };
    if !is_json(&headers) {
        let message = "send the request as application/json in UTF-8";
        return refuse(media, StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        // The decoder would take a list for an object whose fields are in order.
        let message = "a batch of operations is not taken; send one object";
        return refuse(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    }
    if let Err(refused) = take_room(&held, media, &body) {
        return *refused;
    }
    let parsed = serde_json::from_slice::<Body>(&body);
    drop(body);
    match parsed {
        Ok(body) => run(&app, client, &headers, media, body.into_request(false), held).await,
        Err(error) => refuse(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", &explain(&error)),
    }
}

/// Counts the values of a JSON text and takes the room that they need, before any is built.
fn take_room(held: &Held, media: MediaType, text: &[u8]) -> Result<(), Box<Response>> {
    let values = json::count_values(text);
    if values > json::MAX_VALUES {
        let message = format!("the JSON has more than {} values", json::MAX_VALUES);
        let refused = refuse(media, StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message);
        return Err(Box::new(refused));
    }
    let room = text.len() * (COPIES - 1) + values * json::BYTES_OF_VALUE;
    if held.grow(room) { Ok(()) } else { Err(Box::new(unavailable(media))) }
}

pub async fn get(
    State(app): State<App>,
    SentBy(client): SentBy,
    payer: Option<Extension<Payer>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(media) = accepted(&headers) else { return not_acceptable() };
    if let Err(seconds) = count(&app, client) {
        return too_many(media, seconds);
    }
    let held = Held::new(payer.as_deref());
    let mut request = ApiRequest { queries_only: true, ..ApiRequest::default() };
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if ["variables", "extensions"].contains(&name.as_ref())
            && let Err(refused) = take_room(&held, media, value.as_bytes())
        {
            return *refused;
        }
        match name.as_ref() {
            "query" => request.query = value.into_owned(),
            "operationName" if !value.is_empty() => request.operation_name = Some(value.into_owned()),
            "variables" if !value.is_empty() => match serde_json::from_str(&value) {
                Ok(variables) => request.variables = variables,
                Err(error) => {
                    let message = format!("variables: {}", explain(&error));
                    return refuse(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", &message);
                }
            },
            "extensions" if !value.is_empty() => {
                let Ok(extensions) = serde_json::from_str::<serde_json::Value>(&value) else {
                    let message = "extensions: not JSON";
                    return refuse(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
                };
                request.wants_cost = extensions.get("cost") == Some(&true.into());
            }
            _ => {}
        }
    }
    if request.query.is_empty() {
        return refuse(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", "the parameter query is missing");
    }
    run(&app, client, &headers, media, request, held).await
}

async fn run(
    app: &App,
    client: Client,
    headers: &HeaderMap,
    media: MediaType,
    mut request: ApiRequest,
    held: Held,
) -> Response {
    if !held.grow(request.query.len().min(MAX_DOCUMENT) * PARSED) {
        return unavailable(media);
    }
    let viewer = match auth::viewer(app, headers).await {
        Ok(viewer) => viewer,
        Err(AuthError::Invalid) => {
            let message = "the access token is malformed, unknown or expired";
            let mut response = refuse(media, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message);
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer, Preview"));
            return response;
        }
        Err(AuthError::Failed(error)) => {
            tracing::error!(%error, "a token could not be looked up: {error}");
            return unavailable(media);
        }
    };
    request.idempotency_key = match idempotency_key(headers) {
        Ok(key) => key,
        Err(message) => return refuse(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", message),
    };
    let is_preview = matches!(viewer, Viewer::Preview(_));
    let answer =
        app.api.execute(app.ctx(viewer).of(client).holding(held.lease()), app.db.clone(), request).await;
    let mut response = respond(media, answer);
    if is_preview {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    response
}

/// Counts a request on its address, before anything is read of it; after how many seconds it would be let through otherwise.
pub fn count(app: &App, client: Client) -> Result<(), u32> {
    let Some(address) = client.address else { return Ok(()) };
    match app.limits.check(app.clock.now(), Class::Request, limit::Key::Address(address)) {
        Err(Error::TooManyRequests { retry_after }) => Err(retry_after),
        _ => Ok(()),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<Key>, &'static str> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (Key::parse(value.as_bytes()), values.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err("Idempotency-Key is sent once, with 1 to 255 visible ASCII characters"),
    }
}

fn respond(media: MediaType, answer: Answer) -> Response {
    let Answer { mut response, outcome, kept } = answer;
    if let Some(kept) = kept {
        let mut answer = encode(media, StatusCode::OK, kept.body);
        if kept.replayed {
            answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
        return answer;
    }
    let status = match outcome {
        Outcome::Executed => StatusCode::OK,
        // The older media type answers 200 to whatever was well-formed JSON, by the specification's rules.
        Outcome::Rejected if media == MediaType::Json => StatusCode::OK,
        Outcome::Rejected => StatusCode::BAD_REQUEST,
        Outcome::Guarded(status) => StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        Outcome::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Outcome::Wait { status, .. } => StatusCode::from_u16(status).unwrap_or(StatusCode::TOO_MANY_REQUESTS),
        Outcome::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Outcome::Unconfirmed | Outcome::TimedOut => StatusCode::GATEWAY_TIMEOUT,
    };
    if let Some(id) = request::current_id().filter(|_| !response.errors.is_empty()) {
        response.extensions.insert("requestId".to_owned(), id.into());
    }
    let ran = match outcome {
        Outcome::Executed | Outcome::Unavailable | Outcome::Unconfirmed | Outcome::TimedOut => true,
        Outcome::Wait { status, .. } => status >= 500,
        _ => false,
    };
    let body = if ran { with_data(&response) } else { without_data(&response) };
    let mut answer = encode(media, status, body);
    match outcome {
        Outcome::MethodNotAllowed => {
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        Outcome::Unavailable => retry_after(&mut answer, 1),
        Outcome::Wait { seconds, .. } => retry_after(&mut answer, seconds),
        _ => {}
    }
    answer
}

fn encode(media: MediaType, status: StatusCode, body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media.name()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Accept, Authorization"),
    ];
    (status, headers, body).into_response()
}

fn refuse(media: MediaType, status: StatusCode, code: &str, message: &str) -> Response {
    let mut response = error_response(code, message);
    if let Some(id) = request::current_id() {
        response.extensions.insert("requestId".to_owned(), id.into());
    }
    encode(media, status, without_data(&response))
}

fn unavailable(media: MediaType) -> Response {
    let message = "the server is busy, try again in a moment";
    let mut response = refuse(media, StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message);
    retry_after(&mut response, 1);
    response
}

fn too_many(media: MediaType, seconds: u32) -> Response {
    let message = format!("too many requests; try again in {seconds} s");
    let mut response = refuse(media, StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", &message);
    retry_after(&mut response, seconds);
    response
}

fn retry_after(response: &mut Response, seconds: u32) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
}

fn not_acceptable() -> Response {
    let message = "answers are application/graphql-response+json or application/json";
    refuse(MediaType::Json, StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
}

/// The answer for a fault of ours, without a word about it.
pub fn fault(status: StatusCode) -> Response {
    refuse(MediaType::Json, status, "INTERNAL_ERROR", "something went wrong on the server")
}

/// Where the JSON is wrong, without repeating any of it.
fn explain(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => {
            format!(
                "expected an object with query, and perhaps operationName, variables, extensions; see {place}"
            )
        }
        serde_json::error::Category::Eof => format!("the JSON ends too early at {place}"),
        _ => format!("not JSON, or nested deeper than 128 levels, at {place}"),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
            charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

/// The media type with the highest weight; the newer one on a tie and where nothing is said.
fn accepted(headers: &HeaderMap) -> Option<MediaType> {
    if !headers.contains_key(header::ACCEPT) {
        return Some(MediaType::GraphqlResponse);
    }
    let values = headers.get_all(header::ACCEPT).iter();
    let mut best: Option<(f32, MediaType)> = None;
    for range in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" | "*/*" | "application/*" => MediaType::GraphqlResponse,
            "application/json" => MediaType::Json,
            _ => continue,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").and_then(|q| q.trim().parse().ok()))
            .unwrap_or(1.0_f32);
        let tie = |other: f32| (weight - other).abs() < f32::EPSILON;
        let better =
            best.is_none_or(|(other, kind)| weight > other || (tie(other) && kind == MediaType::Json));
        if weight > 0.0 && better {
            best = Some((weight, media));
        }
    }
    best.map(|(_, media)| media)
}
