//! Whether there is a database, looked at before one is opened: opening SQLite's makes it.

use std::path::PathBuf;
use std::str::FromStr;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::{DbSettings, connect_error};

/// What is where the database should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No file, or one without a byte.
    Nothing,
    /// A database that this program has never brought up to date.
    Foreign,
    /// A database of this program, of any version.
    Ours,
}

/// The table in which the library notes which steps were run.
const HISTORY: &str = "seaql_migrations";

/// One parameter, the name; whether it is the name of a table.
const IN_SQLITE: &str = "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1";
const IN_POSTGRES: &str = "SELECT to_regclass($1) IS NOT NULL";

/// Looks, and changes nothing.
pub async fn look(settings: &DbSettings) -> Result<Found, DbErr> {
    let is_ours = if let Some(file) = sqlite_file(settings)? {
        if file.metadata().map_or(0, |known| known.len()) == 0 {
            return Ok(Found::Nothing);
        }
        look_at_file(settings).await
    } else {
        look_at_server(settings).await
    };
    Ok(if is_ours.map_err(connect_error)? { Found::Ours } else { Found::Foreign })
}

/// Whether a database, which may be of an earlier version, has this table.
pub async fn has_table(db: &impl ConnectionTrait, name: &str) -> Result<bool, DbErr> {
    let (backend, asked) = match db.get_database_backend() {
        DbBackend::Postgres => (DbBackend::Postgres, IN_POSTGRES),
        other => (other, IN_SQLITE),
    };
    let row = db.query_one_raw(Statement::from_sql_and_values(backend, asked, [name.into()])).await?;
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
}

/// Where SQLite's database is; `None` for PostgreSQL.
pub fn sqlite_file(settings: &DbSettings) -> Result<Option<PathBuf>, DbErr> {
    if !settings.url.starts_with("sqlite:") {
        return Ok(None);
    }
    let options = SqliteConnectOptions::from_str(&settings.url).map_err(connect_error)?;
    Ok(Some(options.get_filename().to_owned()))
}

async fn look_at_file(settings: &DbSettings) -> Result<bool, sqlx::Error> {
    let options = SqliteConnectOptions::from_str(&settings.url)?
        .create_if_missing(false)
        .busy_timeout(settings.acquire_timeout);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(settings.acquire_timeout)
        .connect_with(options)
        .await?;
    let is_there = sqlx::query_scalar(IN_SQLITE).bind(HISTORY).fetch_one(&pool).await;
    pool.close().await;
    is_there
}

async fn look_at_server(settings: &DbSettings) -> Result<bool, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(settings.acquire_timeout)
        .connect(&settings.url)
        .await?;
    let is_there = sqlx::query_scalar(IN_POSTGRES).bind(HISTORY).fetch_one(&pool).await;
    pool.close().await;
    is_there
}
