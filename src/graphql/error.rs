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

/// Something about the input that its sender can mend. The mutation changed nothing.
#[derive(Debug, Clone, SimpleObject)]
pub struct UserError {
    /// Names of input fields and positions in lists, from the outermost inwards, such as `["input", "tags", "2"]`.
    path: Vec<String>,
    /// The kind of problem, for programs.
    code: UserErrorCode,
    /// The problem in a sentence, for people.
    message: String,
}

impl From<domain::UserError> for UserError {
    fn from(error: domain::UserError) -> Self {
        let path = std::iter::once("input".to_owned()).chain(error.path).collect();
        Self { path, code: error.code.into(), message: error.message }
    }
}

/// Why an input was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ErrorCode")]
pub enum UserErrorCode {
    /// The field must not be empty.
    Required,
    /// The value has the wrong form.
    Invalid,
    /// Not an id, or an id of another kind of thing.
    InvalidId,
    /// Not a cursor of this list.
    InvalidCursor,
    /// Longer than allowed.
    TooLong,
    /// More items than allowed.
    TooMany,
    /// Outside the allowed range.
    OutOfRange,
    /// It does not exist.
    NotFound,
    /// Somebody else has it already.
    Taken,
    /// It is used and cannot go away.
    InUse,
    /// Somebody saved in between; `expectedRevision` is no longer the newest.
    Conflict,
    /// The document is in another state than this needs.
    InvalidTransition,
    /// The text holds a directive that cannot be published.
    UnknownDirective,
    /// The server has not looked at the file yet, or has rejected it.
    NotReady,
    /// A text embeds something that is not public.
    NotPublished,
    /// An image that the public sees needs an alternative text, or the word that it only decorates.
    AltRequired,
    /// A recording that the public hears needs captions or a transcript, or the word that nobody speaks.
    CaptionsRequired,
    /// The link or the form has expired, or was used before.
    Expired,
    /// The form was sent faster than a person can fill it in.
    TooSoon,
    /// The challenge that came with the form is not solved.
    ProofRequired,
    /// Whoever it is about has not agreed to it.
    ConsentRequired,
    /// Not open yet, or closed.
    Closed,
    /// The text could tell who asked.
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
