//! `/media/…`: files as they were uploaded, without what was private in them, and images in other sizes.
//!
//! A URL is good because the server signed it; nobody has to sign in, and nobody can guess one. Its answer never changes,
//! so it may be kept for a year; that of a private file by whoever asked alone, and until the URL ends.

use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;
use crate::app::renditions::{self, Trouble};
use crate::domain::core::error::Error;
use crate::domain::library::asset::object::{self, Blob};
use crate::domain::library::asset::serve::{self, Served};
use crate::domain::library::asset::url::{self, Links, Named, Signed, original_name};
use crate::domain::library::asset::{self, File, rendition};
use crate::store::StoreError;

mod range;

use range::{Wanted, wanted};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// What is served is shown and never run, whatever a browser takes it for.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// The viewer of PDF files that browsers have does not work in a sandbox.
const POLICY_OF_DOCUMENTS: &str = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'";

#[derive(Debug, Deserialize)]
pub struct End {
    expires: Option<String>,
}

pub async fn get(
    State(app): State<App>,
    Path((asset, tag, file)): Path<(String, String, String)>,
    Query(End { expires }): Query<End>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let now = app.clock.now();
    let signed = url::verify(&app.media.url_key, now, &asset, &tag, &file, expires.as_deref());
    let Some(signed) = signed else { return super::request::not_found().await };
    let request = Request { is_head: method == Method::HEAD, headers: &headers };
    match answer(&app, &signed, &request).await {
        Ok(response) => response,
        Err(failure) => failure.answer(),
    }
}

struct Request<'a> {
    is_head: bool,
    headers: &'a HeaderMap,
}

/// Why there is no file.
enum Failure {
    NotFound,
    /// Too many wait for a rendition already.
    Busy,
    /// Another try may end better.
    Later(String),
    /// The bytes under this key are not in the store.
    Missing(String),
    Fault(String),
}

impl Failure {
    fn answer(self) -> Response {
        let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, plain, "not found\n").into_response(),
            Self::Busy => {
                let again = [(header::RETRY_AFTER, "5")];
                (StatusCode::SERVICE_UNAVAILABLE, plain, again, "too many images are being made\n")
                    .into_response()
            }
            Self::Later(cause) => {
                tracing::warn!("a file could not be served: {cause}");
                let again = [(header::RETRY_AFTER, "2")];
                (StatusCode::SERVICE_UNAVAILABLE, plain, again, "try again in a moment\n").into_response()
            }
            Self::Missing(key) => Self::Fault(format!("{key} is not in the store")).answer(),
            Self::Fault(cause) => {
                tracing::error!("a file could not be served: {cause}");
                (StatusCode::INTERNAL_SERVER_ERROR, plain, "something went wrong\n").into_response()
            }
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Busy => Self::Busy,
            Trouble::Later(cause) => Self::Later(cause),
            Trouble::Fault(cause) => Self::Fault(cause),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Trouble::from(error).into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Trouble::from(error).into()
    }
}

async fn answer(app: &App, signed: &Signed, request: &Request<'_>) -> Result<Response, Failure> {
    let db = app.db.reader();
    let served = serve::of_url(&db, signed).await?.ok_or(Failure::NotFound)?.into_inner();
    let (stored, filename) = match served {
        Served::Stored(blob, filename) => (blob, filename),
        Served::Moved => return Ok(moved(app, signed, &whole(app, signed).await?)),
        Served::Unmade => {
            let spec = signed.spec().ok_or(Failure::NotFound)?;
            let file = whole(app, signed).await?;
            if !signed.is_of(&file.object.sha256) {
                return Ok(moved(app, signed, &file));
            }
            let picture = file.picture().ok_or(Failure::NotFound)?;
            if !picture.fits(&spec, &app.media.making) {
                // It could be made when its URL was given out, and the server was allowed more memory.
                return Ok(moved(app, signed, &file));
            }
            let made = renditions::find_or_make(app, &file, picture, spec).await?.ok_or(Failure::NotFound)?;
            (made, file.asset.filename.clone())
        }
    };
    let mut response = match (send(app, &stored, request).await, signed.spec()) {
        (Err(Failure::Missing(key)), Some(spec)) => {
            // The store lost it; the next request makes it again.
            let (object, name) = (whole(app, signed).await?.object, spec.to_string());
            if signed.is_of(&object.sha256) {
                app.write(async |tx| rendition::forget(tx, object.id, &name).await).await?;
            }
            return Err(Failure::Later(format!("{key} is not in the store")));
        }
        (served, _) => served?,
    };
    describe(response.headers_mut(), app, signed, &filename, &stored);
    Ok(response)
}

/// Everything that is known of the file, for what happens seldom.
async fn whole(app: &App, signed: &Signed) -> Result<File, Failure> {
    asset::of_url(&app.db.reader(), signed).await?.ok_or(Failure::NotFound)
}

/// The asset has another file by now, or what is asked for cannot be made: where to go instead.
fn moved(app: &App, signed: &Signed, file: &File) -> Response {
    let links = Links::ending_with(&app.config.base_url, &app.media.url_key, signed);
    let named = Named::of(&file.asset, &file.object);
    let instead = signed.spec().zip(file.picture());
    let place = match instead.and_then(|(spec, picture)| picture.instead_of(&spec, &app.media.making)) {
        Some(spec) => links.rendition(&named, &spec),
        None => links.original(&named),
    };
    (StatusCode::FOUND, [(header::LOCATION, place), (header::CACHE_CONTROL, "no-cache".to_owned())])
        .into_response()
}

/// The bytes, all of them or a range.
async fn send(app: &App, stored: &Blob, request: &Request<'_>) -> Result<Response, Failure> {
    let tag = format!("\"{}\"", hex::encode(&stored.digest[..16]));
    let value = HeaderValue::from_str(&tag).map_err(|_| Failure::Fault("an odd tag".to_owned()))?;
    let wanted = wanted(request.headers, &tag, stored.byte_size);
    let (status, range) = match wanted {
        Wanted::Nothing => (StatusCode::NOT_MODIFIED, None),
        Wanted::All => (StatusCode::OK, Some(0..stored.byte_size)),
        Wanted::Part(ref range) => (StatusCode::PARTIAL_CONTENT, Some(range.clone())),
        Wanted::Impossible => (StatusCode::RANGE_NOT_SATISFIABLE, None),
    };
    let body = match &range {
        Some(range) if !request.is_head => body(app, stored, range.clone()).await?,
        _ => Body::empty(),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, value);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let size = stored.byte_size;
    if let Some(range) = range {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
        if status == StatusCode::PARTIAL_CONTENT {
            let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&text).expect("digits"));
        }
    } else if status == StatusCode::RANGE_NOT_SATISFIABLE {
        let text = format!("bytes */{size}");
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&text).expect("digits"));
    }
    Ok(response)
}

async fn body(app: &App, stored: &Blob, range: Range<u64>) -> Result<Body, Failure> {
    let is_whole = range == (0..stored.byte_size);
    if let Some(bytes) = app.file_cache.get(&stored.key) {
        let slice = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        return Ok(slice.map_or_else(Body::empty, |(start, end)| Body::from(bytes.slice(start..end))));
    }
    let asked = (!is_whole).then(|| range.clone());
    let object = app.store.in_time(app.store.get(&stored.key, asked)).await?;
    let object = object.ok_or_else(|| Failure::Missing(stored.key.clone()))?;
    if object.size != stored.byte_size {
        return Err(Failure::Fault(format!("{} has not the size that it was stored with", stored.key)));
    }
    if is_whole && app.file_cache.takes(stored.byte_size) {
        let bytes = app.store.in_time(object.body.collect(stored.byte_size)).await?;
        app.file_cache.put(&stored.key, &bytes);
        return Ok(Body::from(bytes));
    }
    Ok(Body::from_stream(object.body))
}

fn describe(headers: &mut HeaderMap, app: &App, signed: &Signed, filename: &str, stored: &Blob) {
    let fixed = |text: &'static str| HeaderValue::from_static(text);
    let caching = match signed.expires {
        None => object::CACHE_CONTROL.to_owned(),
        Some(seconds) => {
            let left = seconds - app.clock.now().0.div_euclid(1_000);
            format!("private, max-age={}", left.max(0))
        }
    };
    let is_document = stored.mime_type == "application/pdf";
    let name = match signed.spec() {
        Some(_) => signed.file.clone(),
        None => original_name(filename, &stored.mime_type),
    };
    let placed = format!("inline; filename=\"{name}\"");
    let kind = match stored.mime_type.as_str() {
        "text/vtt" => "text/vtt; charset=utf-8",
        other => other,
    };
    for (name, text) in [
        (header::CACHE_CONTROL, caching.as_str()),
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, &placed),
    ] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        fixed(if is_document { POLICY_OF_DOCUMENTS } else { POLICY }),
    );
    // Pages of any frontend show them; there are no cookies that could be used up by that.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, fixed("*"));
    headers.insert(RESOURCE_POLICY, fixed("cross-origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, fixed("etag, content-range, accept-ranges"));
}
