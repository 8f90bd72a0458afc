//! SQLite as a server's database: WAL, full durability, one writer, a few readers that cannot write.

use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbErr, QueryResult, SqlxSqliteConnector, Statement,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{DbSettings, connect_error};
use crate::private;

/// How many steps of SQLite's machine pass between two looks at the deadline: well under a millisecond.
const STEPS: i32 = 20_000;

pub(super) async fn open(settings: &DbSettings) -> Result<(DatabaseConnection, Readers), DbErr> {
    let options = SqliteConnectOptions::from_str(&settings.url)
        .map_err(connect_error)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // What is erased is overwritten, and does not lie about in pages that are free.
        .pragma("secure_delete", "ON")
        .busy_timeout(settings.acquire_timeout);
    make_private(options.get_filename());
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(settings.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        // SQLite rolls back by itself when a write fails, and the driver does not notice: what it takes for an open
        // transaction would turn the next ones into savepoints of nothing. Such a connection is closed. The ping waits
        // its turn behind the rollback of a transaction that was given up.
        .after_release(|connection, _| {
            Box::pin(async move {
                sqlx::Connection::ping(connection).await?;
                Ok(!sqlx::Connection::is_in_transaction(connection))
            })
        })
        .connect_with(options.clone())
        .await
        .map_err(connect_error)?;
    let readers = Readers::open(&options.pragma("query_only", "ON"), settings).await?;
    Ok((SqlxSqliteConnector::from_sqlx_sqlite_pool(writer), readers))
}

/// SQLite gives its log and index the mode of the database, so that has the right one before SQLite sees it. A file that is
/// there is not touched: closing it would give up SQLite's own locks on it (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
fn make_private(file: &Path) {
    // SQLite says better what is wrong with a path.
    let _ = private::make_empty(file);
}

/// The readers that are not at work. Taking one out sets its deadline.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Slot>>>,
    free: Arc<Semaphore>,
    wait: Duration,
    statement_timeout: Duration,
}

#[derive(Debug)]
struct Slot {
    connection: DatabaseConnection,
    deadline: Arc<Deadline>,
}

/// When the statement that runs on a connection has to end, in milliseconds since the process began to read.
#[derive(Debug)]
struct Deadline {
    epoch: Instant,
    millis: AtomicU64,
}

impl Deadline {
    fn has_passed(&self) -> bool {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
            > self.millis.load(Ordering::Relaxed)
    }

    fn set_after(&self, time: Duration) {
        let end = self.epoch.elapsed() + time;
        self.millis.store(u64::try_from(end.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn set_passed(&self) {
        self.millis.store(0, Ordering::Relaxed);
    }
}

impl Readers {
    async fn open(options: &SqliteConnectOptions, settings: &DbSettings) -> Result<Self, DbErr> {
        let mut idle = Vec::new();
        for _ in 0..settings.connections {
            let deadline = Arc::new(Deadline { epoch: Instant::now(), millis: AtomicU64::new(u64::MAX) });
            let watched = Arc::clone(&deadline);
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(settings.acquire_timeout)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                .after_connect(move |connection, _| {
                    let watched = Arc::clone(&watched);
                    Box::pin(async move {
                        let mut handle = connection.lock_handle().await?;
                        handle.set_progress_handler(STEPS, move || !watched.has_passed());
                        Ok(())
                    })
                })
                .connect_with(options.clone())
                .await
                .map_err(connect_error)?;
            idle.push(Slot { connection: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool), deadline });
        }
        Ok(Self {
            free: Arc::new(Semaphore::new(idle.len())),
            idle: Arc::new(Mutex::new(idle)),
            wait: settings.acquire_timeout,
            statement_timeout: settings.statement_timeout,
        })
    }

    pub(super) async fn check_out(&self) -> Result<CheckedOut, DbErr> {
        let permit = tokio::time::timeout(self.wait, Arc::clone(&self.free).acquire_owned())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let slot = lock(&self.idle).pop().expect("there are as many permits as idle readers");
        slot.deadline.set_after(self.statement_timeout);
        Ok(CheckedOut { slot: Some(slot), permit: Some(permit), home: Arc::clone(&self.idle) })
    }

    pub(super) async fn close(&self) -> Result<(), DbErr> {
        self.free.close();
        let idle = std::mem::take(&mut *lock(&self.idle));
        for slot in idle {
            slot.connection.close().await?;
        }
        Ok(())
    }
}

/// A reader for one statement.
pub(super) struct CheckedOut {
    slot: Option<Slot>,
    permit: Option<OwnedSemaphorePermit>,
    home: Arc<Mutex<Vec<Slot>>>,
}

impl CheckedOut {
    pub(super) async fn query_one(mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let answer = self.connection().query_one_raw(statement).await;
        self.give_back();
        answer
    }

    pub(super) async fn query_all(mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let answer = self.connection().query_all_raw(statement).await;
        self.give_back();
        answer
    }

    fn connection(&self) -> &DatabaseConnection {
        &self.slot.as_ref().expect("a slot until it is given back").connection
    }

    fn give_back(&mut self) {
        if let Some(slot) = self.slot.take() {
            lock(&self.home).push(slot);
            self.permit = None;
        }
    }
}

impl Drop for CheckedOut {
    /// Only reached with a slot when the request was cancelled in the middle of a statement. The statement is ended,
    /// and the reader comes back once it has.
    fn drop(&mut self) {
        let (Some(slot), Some(permit)) = (self.slot.take(), self.permit.take()) else { return };
        slot.deadline.set_passed();
        let home = Arc::clone(&self.home);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // The ping waits its turn behind the statement. Whether it succeeds does not matter.
            let _ = slot.connection.ping().await;
            lock(&home).push(slot);
            drop(permit);
        });
    }
}

fn lock(idle: &Mutex<Vec<Slot>>) -> std::sync::MutexGuard<'_, Vec<Slot>> {
    idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
