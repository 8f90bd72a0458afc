//! Errors as clients see them: a stable code and a sentence, never a database's text.
//!
//! `Error` has no `Display` on purpose. The library turns everything that has one into a message for the client.

use async_graphql::{Enum, ErrorExtensionValues, Pos, ServerError, SimpleObject};

use crate::db::Storage;
use crate::domain::core::error::{self as domain, Denied, ErrorCode};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault of the client or of the server, for the top-level `errors` of the answer.
#[derive(Debug, Clone)]
pub struct Error {
    code: &'static str,
    message: String,
    argument: Option<String>,
    /// After how many seconds the same could be asked for again.
    retry_after: Option<u32>,
}

/// The code of an answer that could be had a little later.
pub const UNAVAILABLE: &str = "SERVICE_UNAVAILABLE";
/// The code of an answer that took too long.
pub const TIMEOUT: &str = "TIMEOUT";
/// The code of an answer to somebody who asks too often.
pub const RATE_LIMITED: &str = "RATE_LIMITED";
/// The code of an answer to a key that was used for another request.
pub const KEY_REUSED: &str = "IDEMPOTENCY_MISMATCH";
/// The code of an answer to a key whose first request is not done yet.
pub const KEY_IN_PROGRESS: &str = "IDEMPOTENCY_IN_PROGRESS";
/// The code of a mutation that found no room on the disk of the database.
pub const INSUFFICIENT_STORAGE: &str = "INSUFFICIENT_STORAGE";
/// The code of a mutation of which nobody knows whether it was done.
pub const OUTCOME_UNKNOWN: &str = "OUTCOME_UNKNOWN";
/// The code of a mutation that was done, and whose result could not be read.
pub const RESULT_UNREAD: &str = "RESULT_UNREAD";
/// The code of a mutation that was not run, because one before it in the operation was refused or failed.
pub const NOT_RUN: &str = "NOT_RUN";
/// When a database that cannot write is worth another try, in seconds.
const CANNOT_WRITE_SECONDS: u32 = 5;
pub const INTERNAL: &str = "INTERNAL_ERROR";

impl Error {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), argument: None, retry_after: None }
    }
}

impl Error {
    /// The error of an operation as a whole, which has no place in the document.
    #[expect(clippy::disallowed_types, reason = "the one place where our error becomes the library's")]
    pub fn into_server_error(self) -> ServerError {
        async_graphql::Error::from(self).into_server_error(Pos::default())
    }
}

#[expect(clippy::disallowed_types, reason = "the one place where our error becomes the library's")]
impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code);
        if let Some(argument) = error.argument {
            extensions.set("argument", argument);
        }
        if let Some(seconds) = error.retry_after {
            extensions.set("retryAfter", seconds);
        }
        Self { message: error.message, source: None, extensions: Some(extensions) }
    }
}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Denied(denied) => denied.into(),
            domain::Error::Invalid(error) => Self {
                argument: error.path.into_iter().next(),
                ..Self::new(code_name(error.code), error.message)
            },
            domain::Error::TooManyRequests { retry_after } => Self {
                retry_after: Some(retry_after),
                ..Self::new(RATE_LIMITED, format!("too many requests; try again in {retry_after} s"))
            },
            domain::Error::KeyReused => {
                Self::new(KEY_REUSED, "this Idempotency-Key was used for another request; use a new one")
            }
            domain::Error::KeyInProgress => Self {
                retry_after: Some(1),
                ..Self::new(KEY_IN_PROGRESS, "the first request with this Idempotency-Key is not done yet")
            },
            domain::Error::Unavailable => Self::new(UNAVAILABLE, "the server is busy, try again in a moment"),
            domain::Error::CannotWrite(storage) => Self {
                retry_after: Some(CANNOT_WRITE_SECONDS),
                ..Self::new(
                    if storage == Storage::Full { INSUFFICIENT_STORAGE } else { UNAVAILABLE },
                    format!("nothing was changed: the server's database cannot write, {storage}"),
                )
            },
            domain::Error::Unconfirmed => Self::new(
                OUTCOME_UNKNOWN,
                "the database did not confirm this; look whether it was done, or send it again with the same \
                 Idempotency-Key if it had one",
            ),
            domain::Error::TimedOut => Self::new(TIMEOUT, "this took too long"),
            domain::Error::AnswerTooLarge(what) => {
                Self::new("ANSWER_TOO_LARGE", format!("{what}; ask for fewer"))
            }
            domain::Error::Fault(fault) => {
                tracing::error!(error = %fault, "the database failed: {fault}");
                Self::new(INTERNAL, "something went wrong on the server")
            }
            domain::Error::Refused(errors) => {
                // Refusals are answers of mutations, see `payload::perform`; a query has none.
                let message = errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; ");
                Self::new("BAD_USER_INPUT", message)
            }
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let code = match denied {
            Denied::Unauthenticated => "UNAUTHENTICATED",
            Denied::MissingScope(_) | Denied::Role | Denied::PersonNeeded | Denied::Preview => "FORBIDDEN",
        };
        Self::new(code, denied.to_string())
    }
}

/// A problem with the input that the sender can correct. The mutation did not change anything.
#[derive(Debug, Clone, SimpleObject)]
pub struct UserError {
    /// The path of the field: names of input fields and positions in lists, from the outside in, such as `["input",
    /// "tags", "2"]`.
    path: Vec<String>,
    /// The code of the problem, for programs.
    code: UserErrorCode,
    /// A description of the problem, for people.
    message: String,
}

impl From<domain::UserError> for UserError {
    fn from(error: domain::UserError) -> Self {
        let path = std::iter::once("input".to_owned()).chain(error.path).collect();
        Self { path, code: error.code.into(), message: error.message }
    }
}

/// The code of a problem with the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ErrorCode")]
pub enum UserErrorCode {
    /// A required field is empty.
    Required,
    /// The value has the wrong form.
    Invalid,
    /// The value is not an ID, or the ID belongs to another type.
    InvalidId,
    /// The value is not a cursor of this list.
    InvalidCursor,
    /// The value is longer than allowed.
    TooLong,
    /// There are more items than allowed.
    TooMany,
    /// The value is outside the allowed range.
    OutOfRange,
    /// The object does not exist, or the caller may not see it.
    NotFound,
    /// The value is already in use and has to be unique.
    Taken,
    /// The object is in use and cannot be removed.
    InUse,
    /// Somebody else has saved in the meantime, so that `expectedRevision` or `expectedVersion` is no longer the
    /// newest.
    Conflict,
    /// The object is in a state that does not allow this change.
    InvalidTransition,
    /// The text contains a directive that cannot be published.
    UnknownDirective,
    /// The server has not checked the file yet, or has rejected it.
    NotReady,
    /// The text embeds something that is not public.
    NotPublished,
    /// An image that the public sees needs an alternative text, or has to be marked as decorative.
    AltRequired,
    /// A recording that the public hears needs captions or a transcript, or has to be marked as containing no speech.
    CaptionsRequired,
    /// The link or the form has expired or was used before.
    Expired,
    /// The form was sent faster than a person can fill it in.
    TooSoon,
    /// The proof of work is missing or wrong.
    ProofRequired,
    /// The person concerned has not given the necessary consent.
    ConsentRequired,
    /// The period has not started yet, or is over.
    Closed,
    /// The text contains details that could reveal who asked.
    PrivateDetails,
}

fn code_name(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidId => "INVALID_ID",
        ErrorCode::InvalidCursor => "INVALID_CURSOR",
        ErrorCode::OutOfRange => "OUT_OF_RANGE",
        ErrorCode::TooMany => "TOO_MANY",
        _ => "BAD_USER_INPUT",
    }
}
