//! The database: SQLite in a folder or PostgreSQL, behind one face.
//!
//! SQLite has one writer and a few readers, each with a deadline of its own that also ends the statement inside SQLite.
//! PostgreSQL has one pool and limits statements itself. Waiting for a connection is bounded on both.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqliteTransactionMode, SqlxPostgresConnector, Statement, TransactionOptions,
    TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

mod limit;
mod migrate;
mod sqlite;

pub use migrate::migrate;

/// How the database is used; the defaults suit two cores.
#[derive(Debug, Clone)]
pub struct DbSettings {
    pub url: String,
    /// Connections to PostgreSQL, or readers of SQLite.
    pub connections: u32,
    /// How long a request waits for a connection before it is answered 503.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Db {
    readers: Readers,
    writer: DatabaseConnection,
}

#[derive(Debug, Clone)]
enum Readers {
    Sqlite(Arc<sqlite::Readers>),
    Postgres(DatabaseConnection),
}

impl Db {
    pub async fn connect(settings: &DbSettings) -> Result<Self, DbErr> {
        if settings.url.starts_with("sqlite:") {
            let (writer, readers) = sqlite::open(settings).await?;
            return Ok(Self { readers: Readers::Sqlite(Arc::new(readers)), writer });
        }
        let options: PgConnectOptions = settings.url.parse().map_err(connect_error)?;
        let timeout = settings.statement_timeout.as_millis().to_string();
        let options =
            options.options([("statement_timeout", timeout.as_str())]).application_name("wellspring");
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections)
            .acquire_timeout(settings.acquire_timeout)
            // A connection that was idle for a while is tested when it is needed, one in use is not.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > Duration::from_secs(30) {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
            .map_err(connect_error)?;
        let writer = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self { readers: Readers::Postgres(writer.clone()), writer })
    }

    /// A reader that counts its statements.
    pub fn reader(&self) -> Reader {
        Reader { readers: self.readers.clone(), statements: Arc::default() }
    }

    /// A transaction that may write. On SQLite it takes the write lock at once: one that began by reading would fail
    /// when it first writes, whatever the busy timeout says.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.writer.begin_with_options(options).await
    }

    /// The writing side, for migrations.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Ends every connection, after the statements that are under way.
    pub async fn close(self) -> Result<(), DbErr> {
        match &self.readers {
            Readers::Sqlite(readers) => readers.close().await?,
            Readers::Postgres(_) => {}
        }
        self.writer.close().await
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
            Readers::Postgres(connection) => connection.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let statement = limit::with_literal_limits(statement);
        match &self.readers {
            Readers::Sqlite(readers) => readers.check_out().await?.query_all(statement).await,
            Readers::Postgres(connection) => connection.query_all_raw(statement).await,
        }
    }
}

fn connect_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

fn write_refused() -> DbErr {
    DbErr::Custom("a reader does not write".to_owned())
}
