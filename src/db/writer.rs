//! The writing side, and whether it can write. While it cannot, this is said once in the log and by `/readyz`, and it is
//! tried again every second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use super::Tx;
use super::fault::{Kind, Storage, kind};

/// How often a database that could not write is asked whether it can.
const RETRY: Duration = Duration::from_secs(1);

/// How much is written to find out: more than most mutations write, since a disk with one free page is full. Random, so that
/// nothing compresses it.
const PROBE_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Writer {
    pub connection: DatabaseConnection,
    failing: Mutex<Option<Storage>>,
    /// Itself, for the task that probes.
    me: Weak<Self>,
}

impl Writer {
    pub fn new(connection: DatabaseConnection) -> Arc<Self> {
        Arc::new_cyclic(|me| Self { connection, failing: Mutex::new(None), me: me.clone() })
    }

    /// A transaction that may write. On SQLite it takes the write lock at once: one that began by reading would fail
    /// when it first writes, whatever the busy timeout says.
    pub async fn begin(self: &Arc<Self>) -> Result<Tx, DbErr> {
        let begun = match self.connection.begin_with_options(at_once()).await {
            // SQLite refuses to begin where a transaction is open already. Nobody may go on in that one.
            Err(error) if self.is_sqlite() && kind(&error) == Kind::Other => {
                tracing::error!(%error, "the writer was in a transaction and is opened anew: {error}");
                self.open_anew().await?;
                self.connection.begin_with_options(at_once()).await
            }
            begun => begun,
        };
        match begun {
            Ok(inner) => Ok(Tx::new(inner, Arc::clone(self))),
            Err(error) => {
                self.note(&error);
                Err(error)
            }
        }
    }

    /// What keeps the database from being written.
    pub fn fault(&self) -> Option<Storage> {
        *self.lock()
    }

    /// Notes that something could not be written, and begins to look when it can.
    pub fn note(&self, error: &DbErr) {
        let Kind::Storage(storage) = kind(error) else { return };
        let (Some(me), Ok(runtime)) = (self.me.upgrade(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        if self.lock().replace(storage).is_some() {
            return;
        }
        tracing::error!(
            %error,
            "the database cannot write, {storage}; whatever would change something is refused until it can: {error}"
        );
        runtime.spawn(async move { me.until_it_writes().await });
    }

    async fn until_it_writes(self: Arc<Self>) {
        loop {
            tokio::time::sleep(RETRY).await;
            match self.probe().await.as_ref().map_err(kind) {
                Err(Kind::Storage(storage)) => *self.lock() = Some(storage),
                // Somebody else writes, or PostgreSQL is away: the next look tells.
                Err(Kind::Contended | Kind::Interrupted) => {}
                Err(Kind::Lost) if !self.is_closed() => {}
                Ok(()) | Err(_) => break,
            }
        }
        *self.lock() = None;
        tracing::error!("the database can write again");
    }

    async fn probe(&self) -> Result<(), DbErr> {
        let tx = self.connection.begin_with_options(at_once()).await?;
        let filler: String =
            (0..PROBE_BYTES / 16).map(|_| format!("{:016x}", rand::random::<u64>())).collect();
        tx.execute_unprepared(&format!("UPDATE write_probe SET filler = '{filler}'")).await?;
        tx.commit().await
    }

    fn is_sqlite(&self) -> bool {
        self.connection.get_database_backend() == DbBackend::Sqlite
    }

    fn is_closed(&self) -> bool {
        if self.is_sqlite() {
            self.connection.get_sqlite_connection_pool().is_closed()
        } else {
            self.connection.get_postgres_connection_pool().is_closed()
        }
    }

    async fn open_anew(&self) -> Result<(), DbErr> {
        let pool = self.connection.get_sqlite_connection_pool();
        let connection = pool.acquire().await.map_err(super::connect_error)?;
        connection.close().await.map_err(super::connect_error)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Storage>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn at_once() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}
