//! Whether there is an installation where a command looks for one. Only what begins one (`serve`, `migrate`, `seed`) may make
//! a database, a key or the folder for them; a command in the wrong folder would otherwise work on a new one, and print a
//! token that no server knows.

use std::path::{Path, PathBuf};

use super::StartError;
use crate::config::Config;
use crate::db::{Found, look, sqlite_file};
use crate::keys::{KeyError, MasterKeys};

/// What is done about a database, key or folder that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Made,
    Refused,
}

/// Why there is nothing to work on.
#[derive(Debug, thiserror::Error)]
pub enum Absent {
    #[error("there is no Wellspring in the folder {}: {} is missing; {HINT}", folder.display(), missing.display())]
    Here { folder: PathBuf, missing: PathBuf },
    #[error("{} is not a database of Wellspring (the data folder is {}); {HINT}", file.display(), folder.display())]
    ForeignFile { folder: PathBuf, file: PathBuf },
    #[error(
        "the database of database_url has no tables of Wellspring (the data folder is {}); {HINT}, and the database with \
         --database-url",
        folder.display()
    )]
    EmptyServer { folder: PathBuf },
    #[error("{} is missing; `wellspring serve` makes one for a database that has no content yet", file.display())]
    Key { file: PathBuf },
}

const HINT: &str = "`wellspring serve`, `migrate` and `seed` make one; name the folder of one that is elsewhere with --data-dir";

/// Refuses where there is no installation. Makes nothing.
pub async fn require(config: &Config) -> Result<(), StartError> {
    let folder = absolute(&config.data_dir);
    let file = sqlite_file(&config.database)?;
    match (look(&config.database).await?, file) {
        (Found::Ours, _) => {}
        (Found::Nothing | Found::Foreign, None) => return Err(Absent::EmptyServer { folder }.into()),
        (Found::Nothing, Some(file)) => {
            return Err(Absent::Here { folder, missing: absolute(&file) }.into());
        }
        (Found::Foreign, Some(file)) => {
            return Err(Absent::ForeignFile { folder, file: absolute(&file) }.into());
        }
    }
    // Where database, files and key are all elsewhere, the folder holds nothing that lasts.
    let holds_something = config.s3.is_none() || config.master_keys.is_none();
    if holds_something && !folder.is_dir() {
        return Err(Absent::Here { missing: folder.clone(), folder }.into());
    }
    Ok(())
}

/// The keys that are set, or those in the data folder.
pub fn keys(config: &Config, missing: Missing) -> Result<MasterKeys, StartError> {
    if let Some(keys) = stored_keys(config)? {
        return Ok(keys);
    }
    match missing {
        Missing::Made => Ok(MasterKeys::in_folder(&config.data_dir)?),
        Missing::Refused => Err(Absent::Key { file: absolute(&MasterKeys::file(&config.data_dir)) }.into()),
    }
}

/// The same, where there are any.
pub fn stored_keys(config: &Config) -> Result<Option<MasterKeys>, KeyError> {
    match &config.master_keys {
        Some(keys) => Ok(Some(keys.clone())),
        None => MasterKeys::stored(&config.data_dir),
    }
}

/// For messages: which folder `./data` was meant to be depends on where a command is run.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
