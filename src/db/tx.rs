//! A transaction that is over as soon as one of its statements has failed, and that never answers "committed" when it is not.
//!
//! SQLite ends a transaction by itself when a write fails (<https://www.sqlite.org/lang_transaction.html>, "Response To
//! Errors Within A Transaction"). A statement after that would be committed alone, at once, whatever becomes of the rest.
//! So every statement goes through here, and after a failure none is let through.

use std::fmt;
use std::sync::{Arc, OnceLock};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait,
};

use super::fault::{Kind, kind, may_be_committed};
use super::writer::Writer;

/// What is written, all of it or nothing. Rolls back when it is dropped.
pub struct Tx {
    inner: DatabaseTransaction,
    shared: Arc<Shared>,
}

/// What a transaction has in common with its savepoints.
struct Shared {
    writer: Arc<Writer>,
    failure: OnceLock<DbErr>,
}

/// Why nobody can say that a transaction was committed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// It was not committed.
    #[error("the transaction was rolled back")]
    RolledBack(#[source] DbErr),
    /// The connection broke before the database answered. It may have been committed, and it may not.
    #[error("the database did not confirm the commit")]
    Unknown(#[source] DbErr),
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

/// For what has nothing to say about the difference.
impl From<CommitError> for DbErr {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::RolledBack(error) | CommitError::Unknown(error) => error,
        }
    }
}

impl Tx {
    pub(super) fn new(inner: DatabaseTransaction, writer: Arc<Writer>) -> Self {
        Self { inner, shared: Arc::new(Shared { writer, failure: OnceLock::new() }) }
    }

    /// A savepoint: what is done in it can be undone alone. PostgreSQL takes no statement after a violated constraint
    /// until the savepoint before it is restored.
    pub async fn step(&self) -> Result<Self, DbErr> {
        self.go_on()?;
        let inner = self.noted(self.inner.begin().await)?;
        Ok(Self { inner, shared: Arc::clone(&self.shared) })
    }

    /// Commits, or says that it did not, or that nobody knows.
    pub async fn commit(self) -> Result<(), CommitError> {
        if let Err(failure) = self.go_on() {
            self.rollback().await;
            return Err(CommitError::RolledBack(failure));
        }
        let Self { inner, shared } = self;
        match inner.commit().await {
            Ok(()) => Ok(()),
            Err(error) => {
                shared.note(&error);
                Err(if may_be_committed(&error) {
                    CommitError::Unknown(error)
                } else {
                    CommitError::RolledBack(error)
                })
            }
        }
    }

    /// Undoes everything. A database that cannot even do that has lost the transaction already, and the connection is
    /// closed when it comes back to its pool.
    pub async fn rollback(self) {
        let Self { inner, shared } = self;
        if let Err(error) = inner.rollback().await {
            tracing::debug!(%error, "a transaction had ended before it was rolled back: {error}");
            let _ = shared.failure.set(error);
        }
    }

    /// For migrations, whose library takes nothing else. They end at the first error, and a COMMIT after that fails.
    pub(super) fn unwatched(&self) -> &DatabaseTransaction {
        &self.inner
    }

    fn go_on(&self) -> Result<(), DbErr> {
        self.shared.failure.get().map_or(Ok(()), |failure| Err(failure.clone()))
    }

    fn noted<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &outcome {
            self.shared.note(error);
        }
        outcome
    }
}

impl Shared {
    fn note(&self, error: &DbErr) {
        // A violated constraint ends nothing on SQLite, and on PostgreSQL no more than the savepoint.
        if kind(error) != Kind::Constraint && self.failure.set(error.clone()).is_ok() {
            self.writer.note(error);
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.go_on()?;
        self.noted(self.inner.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.go_on()?;
        self.noted(self.inner.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.go_on()?;
        self.noted(self.inner.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.go_on()?;
        self.noted(self.inner.query_all_raw(statement).await)
    }
}
