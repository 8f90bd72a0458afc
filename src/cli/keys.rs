//! `wellspring keys`: the master key, and changing it while the server runs.

use clap::Subcommand;

use super::CommandError;
use crate::app::{App, Clock};
use crate::config::Config;
use crate::domain::question::rotate;
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
        MasterKeys::add_in_folder(&config.data_dir)?;
    } else if config.master_keys.as_ref().is_some_and(|keys| keys.all().len() < 2) {
        let message = "master_key holds one key only. Put a new one behind it, with a comma between, and restart \
            every node; then put the new one in front, restart every node again, and run this once more";
        return Err(CommandError::Refused(message.to_owned()));
    }
    let app = App::start(config, Clock::System).await?;
    let mut total = 0;
    loop {
        let done = app.write(async |tx| rotate::rotate(tx, &app.keyring, BATCH).await).await?;
        if done == 0 {
            break;
        }
        total += done;
    }
    let (newest, earlier) = (app.keyring.newest_id(), app.keyring.earlier_ids().join(", "));
    tracing::info!(questions = total, "{total} questions are sealed under the master key {newest} now");
    tracing::info!(
        "nothing is sealed under {earlier} any more. URLs of files that were handed out still need it; without it, \
         copies of the database from before today cannot be opened"
    );
    Ok(app.db.close().await?)
}
