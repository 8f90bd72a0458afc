//! The database: SQLite in a folder or PostgreSQL, behind one face.
//!
//! SQLite has one writer and a few readers; PostgreSQL has one pool. On both, waiting for a connection is bounded, a
//! statement has a limit, and a read whose request is given up ends inside the database too.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
};
use tokio::sync::Notify;

mod fault;
mod limit;
mod look;
mod migrate;
mod postgres;
mod sqlite;
mod tx;
mod writer;

pub use fault::{Kind, Storage, kind};
pub use look::{Found, has_table, look, sqlite_file};
pub use migrate::migrate;
pub use tx::{CommitError, Tx};

use writer::Writer;

/// How the database is used; the defaults suit two cores.
#[derive(Clone)]
pub struct DbSettings {
    pub url: String,
    /// Connections to PostgreSQL, or readers of SQLite.
    pub connections: u32,
    /// How long a request waits for a connection before it is answered 503.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

/// Without the URL, which may hold a password.
impl fmt::Debug for DbSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbSettings").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Db {
    readers: Readers,
    writer: Arc<Writer>,
    written: Arc<Notify>,
}

#[derive(Debug, Clone)]
enum Readers {
    Sqlite(Arc<sqlite::Readers>),
    Postgres(postgres::Readers),
}

impl Db {
    pub async fn connect(settings: &DbSettings) -> Result<Self, DbErr> {
        if settings.url.starts_with("sqlite:") {
            let (writer, readers) = sqlite::open(settings).await?;
            return Ok(Self::new(writer, Readers::Sqlite(Arc::new(readers))));
        }
        let (writer, readers) = postgres::open(settings).await?;
        Ok(Self::new(writer, Readers::Postgres(readers)))
    }

    fn new(writer: DatabaseConnection, readers: Readers) -> Self {
        Self { readers, writer: Writer::new(writer), written: Arc::default() }
    }

    /// A reader that counts its statements.
    pub fn reader(&self) -> Reader {
        Reader { readers: self.readers.clone(), statements: Arc::default() }
    }

    /// A transaction that may write.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        self.writer.begin().await
    }

    /// What keeps the database from being written at present; it is looked at again every second.
    pub fn cannot_write(&self) -> Option<Storage> {
        self.writer.fault()
    }

    /// Says that this process has perhaps committed something.
    pub fn tell_written(&self) {
        self.written.notify_one();
    }

    /// Waits until somebody says so. A hint: other processes write without a word.
    pub async fn written(&self) {
        self.written.notified().await;
    }

    /// Overwrites what was changed or removed until now in the log of SQLite, where older forms of a row lie until others
    /// come in their place. As long as somebody reads an older state it does nothing, and the next call does it.
    /// PostgreSQL keeps its log for crashes and archives by its own rules.
    pub async fn forget_log(&self) -> Result<(), DbErr> {
        if self.backend() == DbBackend::Sqlite {
            let asked = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
            let answer = self.writer.connection.query_one_raw(asked).await?;
            let is_busy: i64 = answer.map_or(Ok(0), |row| row.try_get_by_index(0))?;
            if is_busy != 0 {
                tracing::warn!("the log of the database is in use, and still has what was just erased");
            }
        }
        Ok(())
    }

    /// The writing side, for migrations.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer.connection
    }

    pub fn backend(&self) -> DbBackend {
        self.writer.connection.get_database_backend()
    }

    /// Ends every connection, after the statements that are under way.
    pub async fn close(self) -> Result<(), DbErr> {
        match &self.readers {
            Readers::Sqlite(readers) => readers.close().await?,
            Readers::Postgres(_) => {}
        }
        self.writer.connection.clone().close().await
    }
}

/// Reads for one request.
#[derive(Debug, Clone)]
pub struct Reader {
    readers: Readers,
    statements: Arc<AtomicU32>,
}

impl Reader {
    /// How many statements were run so far.
    pub fn statements(&self) -> u32 {
        self.statements.load(Ordering::Relaxed)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match &self.readers {
            Readers::Sqlite(_) => DbBackend::Sqlite,
            Readers::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(write_refused())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(write_refused())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let statement = limit::with_literal_limits(statement);
        match &self.readers {
            Readers::Sqlite(readers) => readers.check_out().await?.query_one(statement).await,
            Readers::Postgres(readers) => readers.query_one(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let statement = limit::with_literal_limits(statement);
        match &self.readers {
            Readers::Sqlite(readers) => readers.check_out().await?.query_all(statement).await,
            Readers::Postgres(readers) => readers.query_all(statement).await,
        }
    }
}

fn connect_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

fn write_refused() -> DbErr {
    DbErr::Custom("a reader does not write".to_owned())
}
