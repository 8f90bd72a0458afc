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
    match db.backend() {
        DbBackend::Postgres => migrate_postgres(url).await,
        _ => migrate_sqlite(db).await,
    }
}

/// One transaction for all steps, which takes the write lock before it looks: a process that is killed leaves the
/// database as it was, and one that starts at the same time finds the work done.
async fn migrate_sqlite(db: &Db) -> Result<usize, DbErr> {
    let tx = db.begin().await?;
    let missing = Migrator::get_pending_migrations(&tx).await?.len();
    if missing > 0 {
        Migrator::up(tx.unwatched(), None).await?;
    }
    tx.commit().await?;
    Ok(missing)
}

/// PostgreSQL runs each step in a transaction of its own, under a lock that one node gets.
async fn migrate_postgres(url: &str) -> Result<usize, DbErr> {
    // A pool of its own: a step over a large table may take longer than a request's statement. One connection holds
    // the lock, the other works.
    let pool = PgPoolOptions::new().max_connections(2).connect(url).await.map_err(connect_error)?;
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    let outcome = migrate_locked(&connection).await;
    connection.close().await?;
    outcome
}

async fn migrate_locked(connection: &DatabaseConnection) -> Result<usize, DbErr> {
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
        if row.map_or(Ok(false), |row| row.try_get_by_index(0))? {
            let missing = Migrator::get_pending_migrations(connection).await?.len();
            if missing > 0 {
                Migrator::up(connection, None).await?;
            }
            tx.commit().await?;
            return Ok(missing);
        }
        tx.rollback().await?;
        if start.elapsed() > PATIENCE {
            return Err(DbErr::Migration("another node has been migrating for five minutes".to_owned()));
        }
        tokio::time::sleep(RETRY).await;
    }
}
