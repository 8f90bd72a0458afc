//! `wellspring keys`: the master key, and changing it while the server runs.

use clap::Subcommand;

use super::CommandError;
use crate::app::installation::{self, Missing};
use crate::app::{App, Clock};
use crate::config::Config;
use crate::db::Db;
use crate::domain::questions::rotate;
use crate::keys::MasterKeys;

/// Rows of one transaction: writers wait no longer than for these.
const BATCH: u64 = 100;

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Seal with a new master key: makes one, if the keys are in the data folder, and puts everything that is sealed under it
    /// while the server runs.
    Rotate,
}

pub async fn run(config: Config, command: KeysCommand) -> Result<(), CommandError> {
    match command {
        KeysCommand::Rotate => rotate(config).await,
    }
}

async fn rotate(config: Config) -> Result<(), CommandError> {
    let in_folder = config.master_keys.is_none();
    if in_folder {
        installation::require(&config).await?;
        let db = Db::connect(&config.database).await?;
        let keys = installation::keys(&config, &db, Missing::Refused).await;
        db.close().await?;
        keys?;
        MasterKeys::add_in_folder(&config.data_dir)?;
    } else if config.master_keys.as_ref().is_some_and(|keys| keys.all().len() < 2) {
        let message = "master_key holds one key only. Put a new one behind it, with a comma between, and restart \
            every node; then put the new one in front, restart every node again, and run this once more";
        return Err(CommandError::Refused(message.to_owned()));
    }
    let app = App::open(config, Clock::System).await?;
    let mut total = 0;
    // Until there is nothing to do: what was asked meanwhile may be sealed under the key before.
    let closed = loop {
        let (done, closed) = pass(&app).await?;
        if done == 0 {
            break closed;
        }
        total += done;
    };
    let (newest, earlier) = (app.keyring.newest_id(), app.keyring.earlier_ids().join(", "));
    tracing::info!(questions = total, "{total} questions are sealed under the master key {newest} now");
    if closed > 0 {
        app.db.close().await?;
        let message = format!(
            "{closed} question(s) are sealed under a master key that is not here, and stay as they are; doctor names it. \
             Put it behind the others and run this once more"
        );
        return Err(CommandError::Refused(message));
    }
    tracing::info!(
        "nothing is sealed under {earlier} any more; once every node has the new key, doctor says whether that is still so. \
         URLs of files that were handed out still need it; without it, copies of the database from before today cannot be \
         opened"
    );
    Ok(app.db.close().await?)
}

/// Goes through all questions once; answers how many were sealed anew, and how many could not be.
async fn pass(app: &App) -> Result<(usize, usize), CommandError> {
    let (mut done, mut closed, mut after) = (0, 0, None);
    loop {
        let batch = app.write(async |tx| rotate::rotate(tx, &app.keyring, after, BATCH).await).await?;
        (done, closed) = (done + batch.done, closed + batch.closed);
        match batch.last {
            None => return Ok((done, closed)),
            last => after = last,
        }
    }
}
