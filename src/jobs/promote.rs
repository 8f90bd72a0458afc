//! Looking at a file that was uploaded: it leaves quarantine as a clean copy, or it is rejected with a reason.
//!
//! The order is: bytes into the store, then the row that says so, then the asset that shows it, and the job ends with that.
//! A crash anywhere leaves the file in quarantine, where the next worker finds it.

use std::path::{Path, PathBuf};

use entity::{MediaObjectId, UploadId, upload};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::scratch::Scratch;
use crate::app::App;
use crate::db::Tx;
use crate::domain::job::{self, Claim, Finished, JobError};
use crate::domain::library::asset::object::{self, Begun, Facts};
use crate::domain::library::asset::settle::{Finding, Settled};
use crate::domain::library::asset::{self, kind_of};
use crate::domain::library::upload as uploads;
use crate::media::pool::{PoolError, run_low_priority};
use crate::media::{self, Format, Inspected, Unfit};
use crate::private;
use crate::store::{Condition, PutMeta, Source, StoreError};

/// The job.
pub async fn run(app: &App, claim: &Claim, id: UploadId) -> Result<Finished, JobError> {
    let finding = find(app, id).await?;
    let tx = app.db.begin().await?;
    // The job first: what is settled ends with the change log, after which nothing may be waited for.
    let finished = job::finish(&tx, claim).await?;
    settle(app, &tx, id, finding).await?;
    tx.commit().await?;
    clear(app, id).await;
    Ok(finished)
}

/// The same at once and without a worker, which then has nothing to do any more.
pub async fn at_once(app: &App, id: UploadId) -> Result<(), JobError> {
    let finding = find(app, id).await?;
    let tx = app.db.begin().await?;
    job::cancel(&tx, &uploads::job_key(id)).await?;
    settle(app, &tx, id, finding).await?;
    tx.commit().await?;
    clear(app, id).await;
    Ok(())
}

async fn settle(app: &App, tx: &Tx, id: UploadId, finding: Option<Finding>) -> Result<(), JobError> {
    let Some(finding) = finding else { return Ok(()) };
    match asset::settle::settle(tx, app.clock.now(), id, finding).await? {
        Settled::Now | Settled::Before => Ok(()),
        Settled::ObjectGone => Err(JobError::Later("the object was removed meanwhile".to_owned())),
    }
}

/// What is sent for an upload is not needed any more. What stays behind when this fails, the collector removes.
async fn clear(app: &App, id: UploadId) {
    if let Err(error) = app.store.delete(&uploads::storage_key(id)).await {
        tracing::info!(%error, "what was sent for an upload is left to the collector: {error}");
    }
}

/// `None` when nobody wants to know any more.
async fn find(app: &App, id: UploadId) -> Result<Option<Finding>, JobError> {
    let upload = uploads::of_job(&app.db.reader(), id).await?;
    let Some(upload) = upload.filter(|upload| upload.state == upload::UploadState::Completed) else {
        return Ok(None);
    };
    let no_room = |error| JobError::Later(format!("no room for a file: {error}"));
    let folder = Scratch::new(app).map_err(no_room)?;
    // The file and its clean copy lie there for a while, perhaps on the disk of the database.
    let bytes = upload.byte_size.unsigned_abs().saturating_mul(2);
    app.config.room.look(folder.path(), bytes).map_err(no_room)?;
    match look(app, &upload, folder.path()).await {
        Ok(object) => Ok(Some(Finding::Good(object))),
        Err(Trouble::Rejected(reason)) => Ok(Some(Finding::Rejected(reason))),
        Err(Trouble::Job(error)) => Err(error),
    }
}

enum Trouble {
    /// The file is no good.
    Rejected(String),
    Job(JobError),
}

impl<E: Into<JobError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Job(error.into())
    }
}

/// Whatever the store says, the next try may find it in a better state.
impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<Unfit> for Trouble {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Rejected(reason) => Self::Rejected(reason),
            Unfit::Io(error) => Self::Job(JobError::Later(format!("a file could not be kept: {error}"))),
        }
    }
}

async fn look(app: &App, upload: &upload::Model, folder: &Path) -> Result<MediaObjectId, Trouble> {
    let source = folder.join("source");
    fetch(app, upload, &source).await?;
    let format = Format::from_mime(&upload.mime_type).expect("checked when it was announced");
    keep_file(app, &upload.sha256, format, source, folder).await
}

/// Stores a clean copy of bytes that come with the program, as an object that nothing shows yet.
pub async fn keep(app: &App, format: Format, bytes: &'static [u8]) -> Result<MediaObjectId, JobError> {
    let no_room = |error| JobError::Later(format!("no room for a file: {error}"));
    let folder = Scratch::new(app).map_err(no_room)?;
    let source = folder.path().join("source");
    let mut file = create(&source).await.map_err(no_room)?;
    file.write_all(bytes).await.map_err(no_room)?;
    file.flush().await.map_err(no_room)?;
    match keep_file(app, &Sha256::digest(bytes), format, source, folder.path()).await {
        Ok(object) => Ok(object),
        Err(Trouble::Rejected(reason)) => Err(JobError::Hopeless(reason)),
        Err(Trouble::Job(error)) => Err(error),
    }
}

/// Cleans a file that has this hash, looks at it, and stores it.
async fn keep_file(
    app: &App,
    sha256: &[u8],
    format: Format,
    source: PathBuf,
    folder: &Path,
) -> Result<MediaObjectId, Trouble> {
    if let Some(known) = object::find_stored(&app.db.reader(), sha256).await? {
        return if known.mime_type == format.mime() {
            Ok(known.id)
        } else {
            Err(Trouble::Rejected(format!("the file is {}, not {}", known.mime_type, format.mime())))
        };
    }
    let target = folder.join("clean");
    let (from, to) = (source, target.clone());
    let inspected = run_low_priority(move || media::clean(format, &from, &to)).await;
    let inspected = inspected.map_err(|error| Trouble::Rejected(error.to_string()))??;
    let facts = facts(app, &inspected, &target).await?;

    let (tx, now) = (app.db.begin().await?, app.clock.now());
    let begun = object::begin(&tx, now, sha256, format.mime()).await?;
    tx.commit().await?;
    let id = match begun {
        Begun::Write(id) => id,
        Begun::Stored(known) => return Ok(known.id),
        Begun::Removing => {
            return Err(JobError::Later("the same bytes are being removed".to_owned()).into());
        }
    };
    let meta = PutMeta {
        content_type: format.mime().to_owned(),
        cache_control: Some(object::CACHE_CONTROL.to_owned()),
        content_disposition: None,
        sha256: Some(facts.digest),
    };
    let bytes = Source::File { path: &target, byte_size: inspected.byte_size };
    app.store.put(&object::storage_key(sha256), bytes, &meta, Condition::None).await?;
    let (tx, now) = (app.db.begin().await?, app.clock.now());
    let is_kept = object::stored(&tx, now, id, facts).await?;
    tx.commit().await?;
    if is_kept { Ok(id) } else { Err(JobError::Later("the object was removed meanwhile".to_owned()).into()) }
}

async fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::from(private::files());
    options.write(true).create(true).truncate(true).open(path).await
}

/// Gets what was sent into a file, and sees to it that it is what was announced.
async fn fetch(app: &App, upload: &upload::Model, path: &Path) -> Result<(), Trouble> {
    let key = uploads::storage_key(upload.id);
    if let Some(multipart) = &upload.multipart_id
        && app.store.head(&key).await?.is_none()
    {
        let parts = app.store.list_parts(&key, multipart).await?;
        app.store.complete_multipart(&key, multipart, &parts).await?;
    }
    let Some(object) = app.store.get(&key, None).await? else {
        return Err(Trouble::Rejected("the file is not in the store any more; upload it again".to_owned()));
    };
    let mut file = create(path).await.map_err(Unfit::from)?;
    let (mut hash, mut size, mut body) = (Sha256::new(), 0_u64, object.body);
    let announced = upload.byte_size.unsigned_abs();
    while let Some(bytes) = body.next().await {
        let bytes = bytes?;
        size += bytes.len() as u64;
        if size > announced {
            break;
        }
        hash.update(&bytes);
        file.write_all(&bytes).await.map_err(Unfit::from)?;
    }
    file.flush().await.map_err(Unfit::from)?;
    if size != announced || hash.finalize().as_slice() != upload.sha256 {
        let message = "the bytes that arrived are not those that were announced; upload the file again";
        return Err(Trouble::Rejected(message.to_owned()));
    }
    Ok(())
}

async fn facts(app: &App, inspected: &Inspected, path: &Path) -> Result<Facts, Trouble> {
    let known = &inspected.facts;
    let mut facts = Facts {
        mime_type: inspected.format.mime(),
        byte_size: i64::try_from(inspected.byte_size).unwrap_or(i64::MAX),
        digest: inspected.sha256,
        width: known.width.and_then(|side| i32::try_from(side).ok()),
        height: known.height.and_then(|side| i32::try_from(side).ok()),
        duration_ms: known.duration_ms.and_then(|millis| i64::try_from(millis).ok()),
        is_animated: known.animated,
        has_sound: known.has_audio,
        thumbhash: None,
        color: None,
        measure: None,
    };
    let format = inspected.format;
    if kind_of(format) != entity::asset::AssetKind::Image {
        return Ok(facts);
    }
    let too_large = |error: PoolError| Trouble::Rejected(error.to_string());
    let from = PathBuf::from(path);
    let measured = app.pool.run(inspected.byte_size, move || -> Result<_, Unfit> {
        media::measure(format, &std::fs::read(from)?)
    });
    let Some(measure) = measured.await.map_err(too_large)?? else { return Ok(facts) };
    facts.measure = Some(measure);
    let (from, memory) = (PathBuf::from(path), inspected.byte_size + media::memory_to_look(&measure));
    let looked = app.pool.run(memory, move || -> Result<_, Unfit> {
        let bytes = std::fs::read(from)?;
        media::look(format, &bytes)
    });
    let placeholder = looked.await.map_err(too_large)??;
    let [red, green, blue] = placeholder.color;
    facts.color = Some(i32::from_be_bytes([0, red, green, blue]));
    facts.thumbhash = Some(placeholder.thumbhash);
    Ok(facts)
}
