//! PostgreSQL: one pool for reads and writes, with limits on waiting and on statements.
//!
//! A read whose request is given up closes its connection, and PostgreSQL ends a statement whose client is gone. The
//! pool opens another connection when it needs one; a cancelled request is rare, a connection is cheap.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::Values;
use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbErr, QueryResult, RuntimeErr, SqlxPostgresConnector, Statement,
};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, Postgres};

use super::{DbSettings, connect_error};

/// How often PostgreSQL looks whether the client of a running statement is still there. Versions and systems that cannot
/// look refuse the setting, and have the limit of a statement instead.
const LOOK_FOR_CLIENT: &str = "SET client_connection_check_interval = '250ms'";

pub(super) async fn open(settings: &DbSettings) -> Result<(DatabaseConnection, Readers), DbErr> {
    let options: PgConnectOptions = settings.url.parse().map_err(connect_error)?;
    let timeout = settings.statement_timeout.as_millis().to_string();
    // A process that is stopped in the middle of a transaction gives its locks back, and loses the transaction.
    let limits = [("statement_timeout", timeout.as_str()), ("idle_in_transaction_session_timeout", "30s")];
    let options = options.options(limits).application_name("wellspring");
    let pool = PgPoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.acquire_timeout)
        .after_connect(|connection, _| {
            Box::pin(async move {
                if let Err(error) = connection.execute(LOOK_FOR_CLIENT).await {
                    tracing::debug!(%error, "PostgreSQL does not look for clients that are gone");
                }
                Ok(())
            })
        })
        // Nothing goes on in a transaction that could not be ended.
        .after_release(|connection, _| {
            Box::pin(async move { Ok(!sqlx::Connection::is_in_transaction(connection)) })
        })
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
    Ok((SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()), Readers(pool)))
}

/// The same pool as the writer's, for single statements that read.
#[derive(Debug, Clone)]
pub(super) struct Readers(PgPool);

impl Readers {
    pub(super) async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut running = self.check_out().await?;
        let query = query(statement);
        let row = query.fetch_optional(running.connection()).await.map_err(query_error);
        running.has_ended();
        Ok(row?.map(QueryResult::from))
    }

    pub(super) async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut running = self.check_out().await?;
        let query = query(statement);
        let rows = query.fetch_all(running.connection()).await.map_err(query_error);
        running.has_ended();
        Ok(rows?.into_iter().map(QueryResult::from).collect())
    }

    async fn check_out(&self) -> Result<Running, DbErr> {
        match self.0.acquire().await {
            Ok(connection) => Ok(Running(Some(connection))),
            Err(sqlx::Error::PoolTimedOut) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
            Err(sqlx::Error::PoolClosed) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Err(error) => Err(connect_error(error)),
        }
    }
}

/// A connection on which a statement runs, until the statement has ended.
struct Running(Option<PoolConnection<Postgres>>);

impl Running {
    fn connection(&mut self) -> &mut sqlx::PgConnection {
        self.0.as_mut().expect("a connection until the statement has ended")
    }

    /// Gives the connection back to the pool.
    fn has_ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Running {
    /// Only reached with a connection when the request was given up in the middle of a statement.
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

fn query(statement: Statement) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or(Values(Vec::new()));
    // The text is written by sea-query, which has every value as a parameter.
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
