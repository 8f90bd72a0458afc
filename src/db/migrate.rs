//! Bringing the database to this version's form. Any number of nodes may start at once; one migrates, the others wait.

use std::time::{Duration, Instant};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqlxPostgresConnector, Statement, TransactionTrait,
};
use sqlx::postgres::PgPoolOptions;

use super::{Db, connect_error};

/// The key of the advisory lock: "wellsprg" in ASCII.
const LOCK: i64 = 0x7765_6C6C_7370_7267;
const RETRY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_mins(5);

/// Runs the steps that are missing, and answers how many those were.
pub async fn migrate(db: &Db, url: &str) -> Result<usize, DbErr> {
    if db.backend() != DbBackend::Postgres {
        return run(&db.writer).await;
    }
    // A pool of its own: a step over a large table may take longer than a request's statement. One connection holds
    // the lock, the other works.
    let pool = PgPoolOptions::new().max_connections(2).connect(url).await.map_err(connect_error)?;
    let connection = &SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    // A lock of the session would be lost in the pool; one of a transaction lives as long as the transaction. It is
    // tried, not awaited: a waiting statement holds a snapshot, which would stall CREATE INDEX CONCURRENTLY.
    let start = Instant::now();
    loop {
        let tx = connection.begin().await?;
        let query = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_try_advisory_xact_lock($1)",
            [LOCK.into()],
        );
        let row = tx.query_one_raw(query).await?;
        let locked = row.map_or(Ok(false), |row| row.try_get_by_index(0))?;
        if locked {
            let count = run(connection).await?;
            tx.commit().await?;
            return Ok(count);
        }
        tx.rollback().await?;
        if start.elapsed() > PATIENCE {
            return Err(DbErr::Migration("another node has been migrating for five minutes".to_owned()));
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn run(connection: &DatabaseConnection) -> Result<usize, DbErr> {
    let missing = Migrator::get_pending_migrations(connection).await?.len();
    if missing > 0 {
        Migrator::up(connection, None).await?;
    }
    Ok(missing)
}
