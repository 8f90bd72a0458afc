//! Which S3 error a fault of the file system is. The cause goes to the log, here and only here; clients see a
//! sentence without paths. (`s3s` logs every refusal as an error, a missing key too, and whole requests with
//! their signatures as debug: the program's log filter should have it off.)

use std::io::{self, ErrorKind};

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode, StdError};

/// `StorageFull` with status 507 (RFC 4918 §11.5) for a full disk or quota: AWS has no code for it, and SDKs
/// do not retry a 507. Everything else is an `InternalError`.
pub(super) fn io_fault(error: io::Error) -> S3Error {
    if is_full(&error) {
        tracing::warn!("a file was refused: the disk is full but for what is kept for the database");
        let mut full = S3Error::with_message(S3ErrorCode::Custom("StorageFull".into()), "the disk is full");
        full.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
        full.set_source(Box::new(error));
        return full;
    }
    tracing::error!(error = %error, "the store's folder failed: {error}");
    let message = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "the store may not write to its folder"
        }
        _ => "the store's folder failed",
    };
    let mut internal = S3Error::with_message(S3ErrorCode::InternalError, message);
    internal.set_source(Box::new(error));
    internal
}

/// An object's file is not what was written there.
pub(super) fn damaged(why: &'static str) -> S3Error {
    tracing::error!("{why}");
    S3Error::with_message(S3ErrorCode::InternalError, why)
}

/// The body broke off or is not what was signed. `s3s` keeps its stream errors private, so their text decides.
pub(super) fn body_fault(error: StdError) -> S3Error {
    let text = error.to_string();
    let code = if text.contains("Sha256Mismatch") {
        S3ErrorCode::BadDigest
    } else if text.contains("SignatureMismatch") {
        S3ErrorCode::SignatureDoesNotMatch
    } else {
        S3ErrorCode::IncompleteBody
    };
    S3Error::with_source(code, error)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}
