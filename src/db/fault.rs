//! What the error of a database means for the transaction that met it and for the client that caused it.
//!
//! SQLite's codes: <https://www.sqlite.org/rescode.html>. PostgreSQL's:
//! <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use std::fmt;

use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;

/// The kinds of errors that somebody treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A constraint was violated. On SQLite the transaction goes on.
    Constraint,
    /// Another transaction was in the way; the same may simply be tried again.
    Contended,
    /// The statement reached its deadline.
    Interrupted,
    /// There is no connection, or it broke.
    Lost,
    /// The storage of the database cannot be written or read.
    Storage(Storage),
    /// A fault of ours, or one that nobody foresaw.
    Other,
}

/// What is wrong with the storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// The disk or its quota is full.
    Full,
    /// The database takes no writes, as after a failover to a standby.
    ReadOnly,
    /// The disk failed.
    Failed,
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "its disk is full",
            Self::ReadOnly => "it is read-only",
            Self::Failed => "its disk refuses or fails",
        })
    }
}

pub fn kind(error: &DbErr) -> Kind {
    match error {
        DbErr::ConnectionAcquire(_) => Kind::Lost,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => of_driver(error),
        _ => Kind::Other,
    }
}

/// Whether a commit that failed like this may have happened. The connection broke before the answer came; or SQLite could not
/// sync what it had written, and finds it in its log if the process dies before the next transaction takes its place.
pub(super) fn may_be_committed(error: &DbErr) -> bool {
    kind(error) == Kind::Lost || matches!(database_code(error).as_deref(), Some("1034" | "1290"))
}

fn database_code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            Some(error.as_database_error()?.code()?.into_owned())
        }
        _ => None,
    }
}

fn of_driver(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => Kind::Lost,
        sqlx::Error::Database(error) => of_database(error.as_ref()),
        _ => Kind::Other,
    }
}

fn of_database(error: &dyn DatabaseError) -> Kind {
    let Some(code) = error.code() else { return Kind::Other };
    // PostgreSQL's codes always have five characters, SQLite's numbers never do.
    match code.parse::<i32>() {
        Ok(number) if code.len() < 5 => of_sqlite(number),
        _ => of_postgres(&code),
    }
}

/// By the primary code, which is the low byte of an extended one.
fn of_sqlite(code: i32) -> Kind {
    match code & 0xFF {
        5 | 6 => Kind::Contended,
        8 => Kind::Storage(Storage::ReadOnly),
        9 => Kind::Interrupted,
        // I/O error, corrupt, cannot open, not a database.
        10 | 11 | 14 | 26 => Kind::Storage(Storage::Failed),
        13 => Kind::Storage(Storage::Full),
        19 => Kind::Constraint,
        _ => Kind::Other,
    }
}

fn of_postgres(code: &str) -> Kind {
    match code {
        "57014" => Kind::Interrupted,
        "40001" | "40P01" | "55P03" => Kind::Contended,
        "53100" => Kind::Storage(Storage::Full),
        "25006" => Kind::Storage(Storage::ReadOnly),
        "58030" | "XX001" | "XX002" => Kind::Storage(Storage::Failed),
        // Connection exceptions, too many of them, and a server that shuts down, crashed or starts.
        "53300" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Kind::Lost,
        code if code.starts_with("08") => Kind::Lost,
        code if code.starts_with("23") => Kind::Constraint,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_of_sqlite_are_sorted_by_their_primary_one() {
        // SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_CONSTRAINT_UNIQUE, SQLITE_BUSY_SNAPSHOT.
        assert_eq!(of_sqlite(1034), Kind::Storage(Storage::Failed));
        assert_eq!(of_sqlite(778), Kind::Storage(Storage::Failed));
        assert_eq!(of_sqlite(2067), Kind::Constraint);
        assert_eq!(of_sqlite(517), Kind::Contended);
        assert_eq!(of_sqlite(13), Kind::Storage(Storage::Full));
    }

    #[test]
    fn classes_of_postgres_are_told_apart() {
        assert_eq!(of_postgres("23505"), Kind::Constraint);
        assert_eq!(of_postgres("08006"), Kind::Lost);
        assert_eq!(of_postgres("53100"), Kind::Storage(Storage::Full));
        assert_eq!(of_postgres("42P01"), Kind::Other);
    }
}
