//! What a browser on another origin may do with the bucket: signed PUT. The signature is the permission; cookies and other
//! credentials are never allowed.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

const METHODS: HeaderValue = HeaderValue::from_static("PUT");
/// Those that are signed, and those that browsers add.
const HEADERS: HeaderValue = HeaderValue::from_static("content-type, cache-control, x-amz-checksum-sha256");
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, x-amz-checksum-sha256");
/// Seconds a browser may remember the answer; Chromium takes no more than this.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// The answer to a preflight request (Fetch standard, CORS-preflight fetch); None if it is not one. A preflight
/// from an origin that is not in the list is answered without permission, which the browser reports.
pub fn preflight(
    method: &Method,
    headers: &HeaderMap,
    allowed: &[String],
) -> Option<(StatusCode, HeaderMap)> {
    if method != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut answer = HeaderMap::new();
    if permit(headers, allowed, &mut answer) {
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    Some((StatusCode::NO_CONTENT, answer))
}

/// Adds to an answer, also of an error, what lets the page read it.
pub fn allow(request: &HeaderMap, allowed: &[String], answer: &mut HeaderMap) {
    if permit(request, allowed, answer) {
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// `allowed` holds origins as browsers send them (`https://example.org`, no path), or `*`.
fn permit(request: &HeaderMap, allowed: &[String], answer: &mut HeaderMap) -> bool {
    if allowed.iter().any(|origin| origin == "*") {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        return true;
    }
    // The answer depends on the origin even when it says nothing: caches must know.
    answer.append(VARY, HeaderValue::from_static("origin"));
    let Some(origin) = request.get(ORIGIN) else { return false };
    if !allowed.iter().any(|candidate| candidate.as_bytes() == origin.as_bytes()) {
        return false;
    }
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    true
}
