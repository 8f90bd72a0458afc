//! What can go wrong with the store, in the words of the program. No endpoint, key or secret is in a message.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("the store cannot be reached")]
    Unreachable,
    #[error("the store did not answer in time")]
    Timeout,
    /// 401 or 403; the code says which key, signature or clock it was.
    #[error("the store refused access ({code})")]
    Denied { code: String },
    #[error("the store has no such bucket")]
    NoBucket,
    /// The object, upload or source of a copy.
    #[error("the store has no such object")]
    NotFound,
    #[error("the store is busy")]
    Busy,
    #[error("the store is full")]
    Full,
    #[error("the condition of the request did not hold")]
    ConditionFailed,
    #[error("the store rejected the request ({code})")]
    Rejected { code: String },
    #[error("the store failed: {what}")]
    Internal { what: String },
    #[error("a file on this side could not be read or written: {what}")]
    Local { what: String },
    #[error("the store's settings are wrong: {what}")]
    Settings { what: &'static str },
}

impl StoreError {
    /// Whether the same request may succeed later without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::Busy | Self::Internal { .. })
    }

    pub(super) fn internal(what: impl Into<String>) -> Self {
        Self::Internal { what: what.into() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
    pub(super) fn local(error: std::io::Error) -> Self {
        Self::Local { what: error.kind().to_string() }
    }
}

impl<E: ProvideErrorMetadata> From<SdkError<E, HttpResponse>> for StoreError {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::TimeoutError(_) => Self::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_user() => {
                Self::internal("the request was not sendable")
            }
            SdkError::DispatchFailure(_) => Self::Unreachable,
            SdkError::ServiceError(service) => {
                from_answer(service.raw().status().as_u16(), service.err().code().unwrap_or_default())
            }
            SdkError::ResponseError(response) => match response.raw().status().as_u16() {
                status @ 300.. => from_answer(status, ""),
                _ => Self::internal("the answer was not readable"),
            },
            _ => Self::internal("the request could not be made"),
        }
    }
}

pub(super) fn from_answer(status: u16, code: &str) -> StoreError {
    let named = || if code.is_empty() { format!("status {status}") } else { code.to_owned() };
    match (status, code) {
        (_, "NoSuchBucket") => StoreError::NoBucket,
        (
            _,
            "SlowDown"
            | "ServiceUnavailable"
            | "RequestTimeout"
            | "ConditionalRequestConflict"
            | "OperationAborted",
        )
        | (429 | 503, _) => StoreError::Busy,
        (507, _) | (_, "StorageFull" | "XMinioStorageFull" | "QuotaExceeded") => StoreError::Full,
        (401 | 403, _) => StoreError::Denied { code: named() },
        (404, _) => StoreError::NotFound,
        (412, _) => StoreError::ConditionFailed,
        (..300, "") => StoreError::internal("the answer was not readable"),
        (501, _) => StoreError::Rejected { code: named() },
        (500.., _) => StoreError::internal(named()),
        _ => StoreError::Rejected { code: named() },
    }
}

/// Turns "not found" into an absence.
pub(super) fn optional<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
