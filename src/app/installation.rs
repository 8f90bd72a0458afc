//! Whether what belongs together is there: a database, the master keys under which its rows are sealed, and the store that
//! has its files. Only what begins an installation (`serve`, `migrate`, `seed`) may make what is missing; a command in the
//! wrong folder would otherwise work on a new one, and print a token that no server knows.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{App, StartError};
use crate::config::{Config, UNNAMED};
use crate::db::{Db, Found, look, sqlite_file};
use crate::domain::installation::{self, Content};
use crate::keys::{KeyError, MasterKey, MasterKeys};
use crate::private;
use crate::store::{Condition, PutMeta, Source, Store, StoreError};

/// The object of a store that has the id of the database that its files belong to.
pub const MARKER: &str = "installation/database";
/// No id is longer.
const MAX_MARKER: u64 = 128;

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

/// Why what is there does not belong together.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    #[error(
        "{sealed}, and no such key is in {place}. Put it there, behind the newest. If it is gone for good, name it in \
         lost_keys (--lost-keys {ids}): those questions stay closed, and everything else goes on"
    )]
    LostKeys { sealed: String, ids: String, place: String },
    #[error(
        "{} is missing, and the database has content{sealed}. Put the file back. If the key is gone for good, \
         `wellspring serve --lost-keys {ids}` makes another one: what is sealed stays closed, and links to files that were \
         handed out end",
        file.display()
    )]
    LostFile { file: PathBuf, sealed: String, ids: String },
    #[error(
        "{place} has the files of another database: its object {MARKER} names {theirs}, and this database is {ours}. Check \
         data_dir, s3_bucket and database_url. Two databases with one store remove each other's files; delete that object \
         to give the store to this database"
    )]
    Store { place: String, theirs: String, ours: String },
}

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

/// The keys that are set, or those in the data folder. Refuses when the database has content that needs another one.
pub async fn keys(config: &Config, db: &Db, missing: Missing) -> Result<MasterKeys, StartError> {
    // Before the keys are looked for: whoever made content beside us had made the key for it.
    let content = installation::content(&db.reader()).await?;
    let keys = match stored_keys(config)? {
        Some(keys) => keys,
        None => made(config, &content, missing)?,
    };
    let known: Vec<String> = keys.all().iter().map(MasterKey::id).collect();
    let lost: Vec<&(String, i64)> = content.sealed.iter().filter(|(id, _)| !known.contains(id)).collect();
    if let Some(ids) = not_given_up(config, lost.iter().map(|(id, _)| id)) {
        let place = match config.master_keys {
            Some(_) => "the setting master_key".to_owned(),
            None => absolute(&MasterKeys::file(&config.data_dir)).display().to_string(),
        };
        return Err(Mismatch::LostKeys { sealed: told(&lost), ids, place }.into());
    }
    Ok(keys)
}

/// The keys that are set, or those in the data folder, where there are any.
pub fn stored_keys(config: &Config) -> Result<Option<MasterKeys>, KeyError> {
    match &config.master_keys {
        Some(keys) => Ok(Some(keys.clone())),
        None => MasterKeys::stored(&config.data_dir),
    }
}

/// A new key, where that takes the place of none.
fn made(config: &Config, content: &Content, missing: Missing) -> Result<MasterKeys, StartError> {
    let file = absolute(&MasterKeys::file(&config.data_dir));
    if content.is_there {
        let unnamed = UNNAMED.to_owned();
        let ids: Vec<&String> = match content.sealed.as_slice() {
            [] => vec![&unnamed],
            sealed => sealed.iter().map(|(id, _)| id).collect(),
        };
        if let Some(ids) = not_given_up(config, ids.into_iter()) {
            let sealed: Vec<_> = content.sealed.iter().collect();
            let sealed = if sealed.is_empty() { String::new() } else { format!(": {}", told(&sealed)) };
            return Err(Mismatch::LostFile { file, sealed, ids }.into());
        }
    }
    match missing {
        Missing::Made => Ok(MasterKeys::in_folder(&config.data_dir)?),
        Missing::Refused => Err(Absent::Key { file }.into()),
    }
}

/// Those ids that the operator has not said to be gone, with commas between.
fn not_given_up<'a>(config: &Config, ids: impl Iterator<Item = &'a String>) -> Option<String> {
    let ids: Vec<&str> = ids.filter(|id| !config.lost_keys.contains(id)).map(String::as_str).collect();
    (!ids.is_empty()).then(|| ids.join(","))
}

fn told(sealed: &[&(String, i64)]) -> String {
    let of = |(id, questions): &&(String, i64)| {
        format!("{questions} question(s) are sealed under the master key {id}")
    };
    sealed.iter().map(of).collect::<Vec<_>>().join(", ")
}

/// Refuses a store that has the files of another database. One that nobody has marked, as an empty one or one of an earlier
/// version, is marked now.
pub async fn claim(app: &App) -> Result<(), StartError> {
    let ours = installation::database_id(&app.db.reader()).await?;
    let theirs = marked(&app.store, &ours).await?;
    mine(&app.config, ours, theirs)
}

/// Refuses a store that is marked for another database. Marks none.
pub async fn check_store(config: &Config, db: &Db, store: &Store) -> Result<(), StartError> {
    let ours = installation::database_id(&db.reader()).await?;
    let theirs = read_marker(store).await?.unwrap_or_else(|| ours.clone());
    mine(config, ours, theirs)
}

fn mine(config: &Config, ours: String, theirs: String) -> Result<(), StartError> {
    if ours == theirs {
        return Ok(());
    }
    let place = match &config.s3 {
        Some(s3) => format!("the bucket {}", s3.bucket),
        None => format!("the store {}", absolute(&config.storage()).display()),
    };
    Err(Mismatch::Store { place, theirs, ours }.into())
}

/// What the store is marked with, which is `ours` from now on if it was nothing.
async fn marked(store: &Store, ours: &str) -> Result<String, StoreError> {
    if let Some(theirs) = read_marker(store).await? {
        return Ok(theirs);
    }
    let meta = PutMeta { content_type: "text/plain".to_owned(), ..PutMeta::default() };
    let id = Source::Bytes(Bytes::from(ours.to_owned()));
    match store.put(MARKER, id, &meta, Condition::IfAbsent).await {
        // Another process was faster.
        Err(StoreError::ConditionFailed) => Ok(read_marker(store).await?.unwrap_or_else(|| ours.to_owned())),
        Ok(_) => Ok(ours.to_owned()),
        // A full or locked store is read on.
        Err(error) => {
            tracing::warn!(%error, "the store could not be marked as that of this database: {error}");
            Ok(ours.to_owned())
        }
    }
}

async fn read_marker(store: &Store) -> Result<Option<String>, StoreError> {
    let Some(object) = store.get(MARKER, None).await? else { return Ok(None) };
    if object.size > MAX_MARKER {
        return Ok(Some("something else".to_owned()));
    }
    Ok(Some(String::from_utf8_lossy(&object.body.collect(MAX_MARKER).await?).trim().to_owned()))
}

/// Says once when others on this machine can read what the program keeps, as an earlier version let them. Looks at the top
/// of the data folder only; below it may be millions of files.
pub fn warn_of_open_files(config: &Config) {
    let folder = &config.data_dir;
    let database = sqlite_file(&config.database).ok().flatten();
    let beside =
        |ending: &str| database.as_ref().map(|file| PathBuf::from(format!("{}{ending}", file.display())));
    let kept = ["master.key", "mail", "scratch", "storage"].map(|name| Some(folder.join(name)));
    let kept = kept.into_iter().chain(["", "-wal", "-shm"].map(beside));
    let open = private::open_to_others(std::iter::once(folder.clone()).chain(kept.flatten()));
    if open.is_empty() {
        return;
    }
    let (inside, outside): (Vec<_>, Vec<_>) = open.iter().partition(|path| path.starts_with(folder));
    let mended = (!inside.is_empty()).then_some(folder).into_iter().chain(outside);
    let [open, mended] = [listed(open.iter()), listed(mended)];
    tracing::warn!(open, "other users of this machine may read {open}; `chmod -R go= {mended}` ends that");
}

fn listed<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> String {
    paths.map(|path| absolute(path).display().to_string()).collect::<Vec<_>>().join(" ")
}

/// For messages: which folder `./data` was meant to be depends on where a command is run.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
