//! Pages of our own: files inside the binary, under a policy that lets them load nothing from elsewhere.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The page loads its own files, talks to its own server, and can do nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every small page looks like.
pub const STYLE: (&str, &str) = ("page.css", include_str!("page/page.css"));

pub fn html(headers: &HeaderMap, text: &'static str) -> Response {
    respond(headers, "text/html; charset=utf-8", text)
}

/// The file with this name, of those that belong to a page.
pub async fn one_of(headers: &HeaderMap, files: &[(&str, &'static str)], name: &str) -> Response {
    match files.iter().find(|(file, _)| *file == name) {
        Some((_, text)) => file(headers, name, text),
        None => super::request::not_found().await,
    }
}

/// A file whose name says what it is.
pub fn file(headers: &HeaderMap, name: &str, text: &'static str) -> Response {
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };
    respond(headers, kind, text)
}

/// A file of this version of the binary: asked for again each time, sent only when it changed.
fn respond(headers: &HeaderMap, kind: &'static str, text: &'static str) -> Response {
    let tag = concat!("\"", env!("CARGO_PKG_VERSION"), "-");
    let tag = format!("{tag}{:08x}\"", checksum(text));
    let unchanged =
        headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind)], text).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// FNV-1a. It only has to differ when the file does.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
