//! Conditional requests (RFC 9110 §13) over an object's `ETag` and time.

use http::HeaderMap;
use http::header::{CACHE_CONTROL, ETAG, HeaderName};
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::footer::Meta;

/// What must be true at the moment a write becomes visible.
#[derive(Clone, Debug)]
pub(super) enum OnWrite {
    Always,
    Absent,
    Matches(ETagCondition),
}

impl OnWrite {
    pub(super) fn new(
        if_match: Option<ETagCondition>,
        if_none_match: Option<ETagCondition>,
    ) -> S3Result<Self> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::Always),
            (None, Some(ETagCondition::Any)) => Ok(Self::Absent),
            (Some(condition), None) => Ok(Self::Matches(condition)),
            // As AWS: a write knows If-None-Match with a star only, and not both.
            _ => Err(s3_error!(NotImplemented, "this combination of conditions is not supported")),
        }
    }
}

/// The conditions of GET and HEAD.
#[derive(Clone, Debug, Default)]
pub(super) struct OnRead {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

impl OnRead {
    /// In the order of RFC 9110 §13.2.2.
    pub(super) fn check(&self, meta: &Meta) -> S3Result<()> {
        // HTTP dates are whole seconds, so they are compared as such.
        let modified = timestamp(meta.modified_ms.saturating_sub(meta.modified_ms.rem_euclid(1_000)));
        match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, meta) => return Err(failed()),
            (None, Some(since)) if modified > *since => return Err(failed()),
            _ => {}
        }
        match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) if matches(condition, meta) => Err(not_modified(meta)),
            (None, Some(since)) if modified <= *since => Err(not_modified(meta)),
            _ => Ok(()),
        }
    }
}

pub(super) fn matches(condition: &ETagCondition, meta: &Meta) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => etag.value() == meta.etag,
    }
}

pub(super) fn failed() -> S3Error {
    s3_error!(PreconditionFailed, "at least one of the conditions did not hold")
}

pub(super) fn time_of(meta: &Meta) -> Timestamp {
    timestamp(meta.modified_ms)
}

pub(super) fn timestamp(ms: i64) -> Timestamp {
    let since = std::time::Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    std::time::UNIX_EPOCH.checked_add(since).unwrap_or(std::time::UNIX_EPOCH).into()
}

fn not_modified(meta: &Meta) -> S3Error {
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: Option<http::HeaderValue>| {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    };
    add(ETAG, ETag::Strong(meta.etag.clone()).to_http_header().ok());
    add(CACHE_CONTROL, meta.headers.cache_control.as_deref().and_then(|value| value.parse().ok()));
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    error.set_headers(headers);
    error
}
