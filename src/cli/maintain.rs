//! `wellspring migrate` and `wellspring reproject`.

use super::CommandError;
use crate::app::installation::{self, Missing};
use crate::app::{App, Clock};
use crate::config::Config;
use crate::db::{Db, migrate as migrate_database};
use crate::domain::content::publish;

/// How many entries one transaction of `reproject` rebuilds: writers wait no longer than that.
const BATCH: u64 = 50;

pub async fn migrate(config: Config) -> Result<(), CommandError> {
    let db = Db::connect(&config.database).await?;
    // A database never has content before there is a key.
    installation::keys(&config, &db, Missing::Made).await?;
    let steps = migrate_database(&db, &config.database.url).await?;
    tracing::info!(steps, "the database is up to date");
    Ok(db.close().await?)
}

pub async fn reproject(config: Config) -> Result<(), CommandError> {
    let app = App::open(config, Clock::System).await?;
    let mut after = None;
    let mut total = 0;
    loop {
        let tx = app.db.begin().await?;
        let done = publish::reproject(&tx, app.clock.now(), after, BATCH).await?;
        tx.commit().await?;
        total += done.len();
        match done.last() {
            Some(&last) => after = Some(last),
            None => break,
        }
    }
    tracing::info!(entries = total, "every entry was built again");
    Ok(app.db.close().await?)
}
