//! What the embedded S3 endpoint answers to whom. Nothing that changes what a request does is taken without being signed,
//! and over HTTP nothing is answered but what the program signs for browsers.

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
    CONTENT_TYPE, EXPIRES, HOST, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE,
};
use http::{HeaderMap, HeaderName, Method, Uri};
use percent_encoding::percent_decode_str;
use s3s::access::{S3Access, S3AccessContext};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// The program, with all that the folder can do.
    Program,
    /// Whoever reaches the program over HTTP.
    Browser {
        /// What the keys start with that browsers may send objects to.
        inbox: String,
    },
}

/// Headers beside `x-amz-…` that change what is written, or whether.
const OF_WRITES: [HeaderName; 11] = [
    CACHE_CONTROL,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    HeaderName::from_static("content-md5"),
    CONTENT_TYPE,
    EXPIRES,
    IF_MATCH,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
];

/// What a browser adds to a request by itself, such as the type of a `Blob`. It is taken away where it is not signed, so
/// that it neither changes an object nor keeps it from being sent.
const ADDED_BY_BROWSERS: [HeaderName; 2] = [CACHE_CONTROL, CONTENT_TYPE];

/// Takes from a request what a browser adds and nobody signed.
pub(super) fn shed(headers: &mut HeaderMap, uri: &Uri) {
    let Some(signed) = signed_by_query(uri) else { return };
    for name in ADDED_BY_BROWSERS {
        if !has(&signed, &name) {
            headers.remove(name);
        }
    }
}

#[async_trait::async_trait]
impl S3Access for Caller {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        if cx.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "the request must be signed"));
        }
        let signed = signed(cx.headers(), cx.uri())?;
        if cx.headers().keys().any(|name| is_meant(cx.method(), name) && !has(&signed, name)) {
            return Err(s3_error!(
                AccessDenied,
                "a header that changes what the request does must be signed"
            ));
        }
        match self {
            Self::Program => Ok(()),
            Self::Browser { inbox } => check_browser(cx, inbox, &signed),
        }
    }
}

/// `PutObject` and `UploadPart` as they are signed in `presign.rs`; there is nothing else that the program signs for browsers.
fn check_browser(cx: &S3AccessContext<'_>, inbox: &str, signed: &[String]) -> S3Result<()> {
    let refused = || s3_error!(AccessDenied, "the request is none that the server signs");
    let needed: &[HeaderName] = match cx.s3_op().name() {
        "PutObject" => {
            &[HOST, CONTENT_LENGTH, CONTENT_TYPE, HeaderName::from_static("x-amz-checksum-sha256")]
        }
        "UploadPart" => &[HOST, CONTENT_LENGTH],
        _ => return Err(refused()),
    };
    let S3Path::Object { key, .. } = cx.s3_path() else { return Err(refused()) };
    let is_signed_for_browsers =
        signed_by_query(cx.uri()).is_some() && needed.iter().all(|name| has(signed, name));
    if key.starts_with(inbox) && is_signed_for_browsers { Ok(()) } else { Err(refused()) }
}

/// Whether a header changes what the request does.
fn is_meant(method: &Method, name: &HeaderName) -> bool {
    let is_read = *method == Method::GET || *method == Method::HEAD;
    name.as_str().starts_with("x-amz-") || (!is_read && OF_WRITES.contains(name))
}

fn has(signed: &[String], name: &HeaderName) -> bool {
    signed.iter().any(|signed| signed == name.as_str())
}

/// The headers that a signature of version 4 covers. `s3s` also takes version 2, whose header form never expires and signs
/// no headers.
fn signed(headers: &HeaderMap, uri: &Uri) -> S3Result<Vec<String>> {
    let by_header = headers.get(AUTHORIZATION).map(|value| {
        let text = value.to_str().ok()?.strip_prefix("AWS4-HMAC-SHA256")?;
        let mut fields = text.split(',').map(str::trim);
        fields.find_map(|field| field.strip_prefix("SignedHeaders=")).map(names)
    });
    // Two signatures are none: one could be checked and the other be read.
    match (by_header, signed_by_query(uri)) {
        (Some(Some(signed)), None) | (None, Some(signed)) if !has_version_2(uri) => Ok(signed),
        _ => Err(s3_error!(AccessDenied, "the request must be signed once, with version 4")),
    }
}

fn signed_by_query(uri: &Uri) -> Option<Vec<String>> {
    let mut found = pairs(uri).filter(|(name, _)| *name == "X-Amz-SignedHeaders");
    let (_, value) = found.next().filter(|_| pairs(uri).any(|(name, _)| name == "X-Amz-Signature"))?;
    let text = percent_decode_str(value).decode_utf8().ok()?;
    found.next().is_none().then(|| names(&text))
}

fn has_version_2(uri: &Uri) -> bool {
    pairs(uri).any(|(name, _)| name == "Signature" || name == "AWSAccessKeyId")
}

fn pairs(uri: &Uri) -> impl Iterator<Item = (&str, &str)> {
    let pairs = uri.query().unwrap_or_default().split('&');
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn names(list: &str) -> Vec<String> {
    list.split(';').map(str::to_owned).collect()
}
