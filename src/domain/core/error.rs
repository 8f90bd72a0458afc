//! What can go wrong in the domain, sorted by who has to act.
//!
//! `Refused` is an answer to the user, `Denied` to the viewer, `Unavailable` to whoever may try again; `Fault` is ours,
//! is logged, and its text never leaves the process.

use sea_orm::DbErr;

use crate::db::{CommitError, Kind, Storage, kind};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the input was refused")]
    Refused(Vec<UserError>),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("the request is malformed")]
    Invalid(UserError),
    /// Too much in too short a time; it will be let through after so many seconds.
    #[error("too many requests, the next one is let through in {retry_after} s")]
    TooManyRequests { retry_after: u32 },
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error("a request with this idempotency key is in progress")]
    KeyInProgress,
    #[error("no database connection was free in time")]
    Unavailable,
    #[error("the database took too long")]
    TimedOut,
    /// Nothing was done. The database says so once in the log, and tries again.
    #[error("the database cannot write, {0}")]
    CannotWrite(Storage),
    /// Whether it was done can be looked up and is not known here.
    #[error("the connection to the database broke before it confirmed what was written")]
    Unconfirmed,
    /// With what is too much, and how much there may be.
    #[error("the answer is too large: {0}")]
    AnswerTooLarge(String),
    #[error("the database failed")]
    Fault(#[source] DbErr),
}

/// Why a viewer may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("this needs an access token or a session")]
    Unauthenticated,
    #[error("this token lacks the scope {0}")]
    MissingScope(&'static str),
    #[error("your role does not allow this")]
    Role,
    #[error("only somebody who has signed in may do this, not a token")]
    PersonNeeded,
    #[error("a preview only reads what the public reads, and one draft")]
    Preview,
}

/// One thing about the input that its sender can mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// Names of input fields and list positions, from the outermost inwards.
    pub path: Vec<String>,
    pub code: ErrorCode,
    /// A sentence for a person.
    pub message: String,
}

/// The closed set of reasons for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    Required,
    Invalid,
    InvalidId,
    InvalidCursor,
    TooLong,
    TooMany,
    OutOfRange,
    NotFound,
    Taken,
    InUse,
    Conflict,
    InvalidTransition,
    UnknownDirective,
    NotPublished,
    NotReady,
    AltRequired,
    CaptionsRequired,
    Expired,
    TooSoon,
    ProofRequired,
    ConsentRequired,
    Closed,
    PrivateDetails,
}

/// Collects everything that is wrong with an input, so that its sender sees it all at once.
#[derive(Debug, Default)]
pub struct Refusals(Vec<UserError>);

impl Refusals {
    pub fn push(&mut self, path: &[&str], code: ErrorCode, message: impl Into<String>) {
        self.0.push(UserError {
            path: path.iter().map(|&name| name.to_owned()).collect(),
            code,
            message: message.into(),
        });
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes what was found elsewhere along.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn into_errors(self) -> Vec<UserError> {
        self.0
    }

    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Refused(self.0)) }
    }
}

/// A refusal for one reason.
pub fn refuse<T>(path: &[&str], code: ErrorCode, message: impl Into<String>) -> Result<T> {
    let mut refusals = Refusals::default();
    refusals.push(path, code, message);
    Err(Error::Refused(refusals.0))
}

/// A query argument that cannot be understood: a fault of the client, not an answer of the domain.
pub fn invalid<T>(argument: &str, code: ErrorCode, message: impl Into<String>) -> Result<T> {
    Err(Error::Invalid(UserError { path: vec![argument.to_owned()], code, message: message.into() }))
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match kind(&error) {
            Kind::Lost | Kind::Contended => Self::Unavailable,
            Kind::Interrupted => Self::TimedOut,
            Kind::Storage(storage) => Self::CannotWrite(storage),
            Kind::Constraint | Kind::Other => Self::Fault(error),
        }
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::RolledBack(error) => error.into(),
            CommitError::Unknown(_) => Self::Unconfirmed,
        }
    }
}
