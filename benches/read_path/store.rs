//! The databases to measure: made for one run, filled, and left closed as a stopped server would leave them.

use std::fmt;
use std::time::Instant;

use clap::ValueEnum;
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;
use wellspring::app::{App, Clock};

use crate::{Failure, MASTER_KEY, dataset, postgres, report};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A database with content. SQLite's folder goes with it, PostgreSQL's when the program ends.
pub struct Store {
    pub backend: Backend,
    pub url: String,
    pub posts: u32,
    _folder: TempDir,
}

impl Store {
    /// `None` where the database is not to be had.
    pub async fn filled(backend: Backend, posts: u32) -> Result<Option<Self>, Failure> {
        let folder = tempfile::tempdir()?;
        let url = match backend {
            Backend::Sqlite => format!("sqlite://{}", folder.path().join("bench.db").display()),
            Backend::Postgres => match postgres::new_database().await {
                Some(url) => url,
                None => return Ok(None),
            },
        };
        let begun = Instant::now();
        let config = wellspring::config::with(&[
            ("data_dir", folder.path().display().to_string()),
            ("database_url", url.clone()),
            ("master_key", MASTER_KEY.to_owned()),
        ])?;
        let app = App::start(config, Clock::System).await?;
        dataset::load(&app, posts).await?;
        app.db.close().await?;
        if backend == Backend::Postgres {
            // What autovacuum does to a database that has been running for a while.
            let admin = Database::connect(&url).await?;
            admin.execute_unprepared("VACUUM ANALYZE").await?;
            admin.close().await?;
        }
        report::line(&format!("{backend}: {posts} posts written in {:.1} s", begun.elapsed().as_secs_f64()))?;
        Ok(Some(Self { backend, url, posts, _folder: folder }))
    }
}
