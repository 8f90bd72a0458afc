//! The collector: it brings database and store together, both ways. What nobody needs is removed, what is missing is told.
//!
//! Everything is first announced in the database and then removed (`domain::asset::object`), so it may run beside uploads,
//! beside another collector, and be killed at any moment; the next one goes on.

use std::collections::{HashMap, HashSet};

use entity::Timestamp;
use entity::upload::UploadState;

use super::scratch;
use crate::app::{App, installation};
use crate::domain::core::heavy::run_blocking;
use crate::domain::core::time::{DAY, HOUR};
use crate::domain::job::{self, Claim, Finished, JobError, NewJob, Task};
use crate::domain::library::asset::object::{self, OBJECTS, RENDITIONS};
use crate::domain::library::asset::settle::Finding;
use crate::domain::library::asset::{self, rendition};
use crate::domain::library::upload::{self as uploads, QUARANTINE};
use crate::store::{Folder, Listed, StoreError};

/// How many rows or objects are looked at together.
const BATCH: u64 = 500;
const PAGE: i32 = 1_000;
const KEY: &str = "collect";
/// Three in the morning, UTC.
const HOUR_OF_NIGHT: i64 = 3 * HOUR;
/// What the nightly job leaves alone because somebody may still be at it.
const GRACE: i64 = DAY;

/// Whether anything is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Report,
    Remove,
}

/// What was found, by what it is. Texts name ids and keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Uploads that were never completed, or never looked at.
    pub abandoned: Vec<String>,
    /// Bytes in quarantine that no upload needs.
    pub leftovers: Vec<String>,
    /// Objects that no asset shows.
    pub unused: Vec<String>,
    /// Bytes that no row knows.
    pub orphans: Vec<String>,
    /// Renditions whose bytes are gone; they are made again when they are asked for.
    pub lost_renditions: Vec<String>,
    /// Files whose bytes are gone or have another size. Only a backup of the store brings them back.
    pub missing: Vec<String>,
}

/// Sees to it that the collector runs every night.
pub async fn plan(app: &App) -> Result<(), crate::domain::core::error::Error> {
    let now = app.clock.now();
    app.write(async |tx| job::enqueue(tx, now, nightly(now)).await.map(|_| ())).await
}

fn nightly(now: Timestamp) -> NewJob {
    let midnight = now.0.div_euclid(DAY) * DAY;
    let tonight = midnight + HOUR_OF_NIGHT;
    let run_at = Timestamp(if tonight > now.0 { tonight } else { tonight + DAY });
    NewJob { task: Task::Collect {}, run_at, key: Some(KEY.to_owned()), lane: None }
}

/// The job.
pub async fn run(app: &App, claim: &Claim) -> Result<Finished, JobError> {
    let (scratch_folder, store) = (app.config.scratch(), app.store.clone());
    scratch::sweep(&scratch_folder).await;
    run_blocking(move || {
        if let Some(Err(error)) = store.folder().map(Folder::sweep) {
            tracing::warn!(%error, "what broken uploads left behind could not be removed: {error}");
        }
    })
    .await;
    let report = collect(app, Mode::Remove, GRACE).await?;
    for missing in &report.missing {
        tracing::error!(missing, "a file is not in the store as it was stored: {missing}");
    }
    let (abandoned, removed) = (report.abandoned.len(), report.unused.len() + report.orphans.len());
    tracing::info!(abandoned, removed, "the collector removed {removed} files and ended {abandoned} uploads");
    let (tx, now) = (app.db.begin().await?, app.clock.now());
    uploads::forget(&tx, now).await?;
    let finished = job::finish(&tx, claim).await?;
    job::enqueue(&tx, now, nightly(now)).await?;
    tx.commit().await?;
    Ok(finished)
}

/// Goes through everything once, in a store that has the files of this database. What is younger than `grace`, in milliseconds, is left alone.
pub async fn collect(app: &App, mode: Mode, grace: i64) -> Result<Report, JobError> {
    installation::claim(app).await.map_err(|error| JobError::Later(error.to_string()))?;
    let mut collector = Collector { app, mode, grace, now: app.clock.now(), report: Report::default() };
    collector.uploads().await?;
    collector.quarantine().await?;
    collector.unused().await?;
    let sizes = collector.objects().await?;
    let renditions = collector.renditions().await?;
    collector.rows(&sizes, &renditions).await?;
    Ok(collector.report)
}

struct Collector<'a> {
    app: &'a App,
    mode: Mode,
    grace: i64,
    now: Timestamp,
    report: Report,
}

impl Collector<'_> {
    fn removes(&self) -> bool {
        self.mode == Mode::Remove
    }

    /// By the store's clock, which is not the database's: without a grace nothing is too young.
    fn is_old(&self, millis: i64) -> bool {
        self.grace == 0 || millis <= self.now.0 - self.grace
    }

    async fn uploads(&mut self) -> Result<(), JobError> {
        let mut after = None;
        loop {
            let found = uploads::expired(&self.app.db.reader(), self.now, after, BATCH).await?;
            let Some(last) = found.last() else { return Ok(()) };
            after = Some(last.id);
            for upload in found {
                self.report.abandoned.push(uploads::storage_key(upload.id));
                if !self.removes() {
                    continue;
                }
                if upload.state == UploadState::Completed {
                    let reason = "the server could not look at the file; upload it again".to_owned();
                    let finding = Finding::Rejected(reason);
                    let settled =
                        async |tx: &_| asset::settle::settle(tx, self.now, upload.id, finding.clone()).await;
                    self.app.write(settled).await?;
                } else {
                    self.app.write(async |tx| uploads::end(tx, upload.id).await).await?;
                }
                if let Some(multipart) = &upload.multipart_id {
                    self.app.store.abort_multipart(&uploads::storage_key(upload.id), multipart).await?;
                }
            }
        }
    }

    async fn quarantine(&mut self) -> Result<(), JobError> {
        let mut after: Option<String> = None;
        loop {
            let page = self.app.store.list(QUARANTINE, after.as_deref(), PAGE).await?;
            let keys: Vec<String> = page
                .objects
                .into_iter()
                .filter(|object| self.is_old(object.last_modified_ms))
                .map(|o| o.key)
                .collect();
            let leftovers = self.not_needed(keys).await?;
            if self.removes() {
                self.app.store.delete_many(&texts(&leftovers)).await?;
            }
            self.report.leftovers.extend(leftovers);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let begun = match self.app.store.list_multiparts("").await {
            // Some stores cannot tell; most of those forget them by themselves.
            Err(StoreError::Rejected { .. }) => Vec::new(),
            begun => begun?,
        };
        let begun: Vec<_> = begun.into_iter().filter(|upload| self.is_old(upload.started_ms)).collect();
        let keys: HashSet<String> = begun.iter().map(|upload| upload.key.clone()).collect();
        for key in self.not_needed(keys.into_iter().collect()).await? {
            if self.removes() {
                for upload in begun.iter().filter(|upload| upload.key == key) {
                    self.app.store.abort_multipart(&key, &upload.upload_id).await?;
                }
            }
            self.report.leftovers.push(key);
        }
        Ok(())
    }

    /// Keys that belong to no upload that is to be sent or looked at.
    async fn not_needed(&self, keys: Vec<String>) -> Result<Vec<String>, JobError> {
        let ids: Vec<_> = keys.iter().filter_map(|key| uploads::of_storage_key(key)).collect();
        let needed: HashSet<_> = uploads::needed(&self.app.db.reader(), &ids).await?.into_iter().collect();
        let is_needed = |key: &String| uploads::of_storage_key(key).is_some_and(|id| needed.contains(&id));
        Ok(keys.into_iter().filter(|key| !is_needed(key)).collect())
    }

    async fn unused(&mut self) -> Result<(), JobError> {
        let (before, mut after) = (Timestamp(self.now.0 - self.grace), None);
        loop {
            let found = object::unused(&self.app.db.reader(), before, after, BATCH).await?;
            let Some(last) = found.last() else { return Ok(()) };
            after = Some(last.id);
            for row in found {
                if self.removes() {
                    let begun = async |tx: &_| object::begin_removal(tx, self.now, before, row.id).await;
                    if !self.app.write(begun).await? {
                        continue;
                    }
                    self.remove(&row.sha256).await?;
                    self.app.write(async |tx| object::removed(tx, row.id).await).await?;
                }
                self.report.unused.push(object::storage_key(&row.sha256));
            }
        }
    }

    /// Removes an object and all that was made of it.
    async fn remove(&self, sha256: &[u8]) -> Result<(), JobError> {
        loop {
            let page = self.app.store.list(&object::rendition_prefix(sha256), None, PAGE).await?;
            let keys: Vec<_> = page.objects.into_iter().map(|object| object.key).collect();
            if keys.is_empty() {
                break;
            }
            self.app.store.delete_many(&texts(&keys)).await?;
        }
        Ok(self.app.store.delete(&object::storage_key(sha256)).await?)
    }

    /// Removes objects that no row knows; answers the size of all others.
    async fn objects(&mut self) -> Result<HashMap<Vec<u8>, u64>, JobError> {
        let (mut sizes, mut after) = (HashMap::new(), None::<String>);
        loop {
            let page = self.app.store.list(OBJECTS, after.as_deref(), PAGE).await?;
            let found: Vec<(Option<Vec<u8>>, Listed)> = page
                .objects
                .into_iter()
                .map(|listed| (object::of_storage_key(&listed.key), listed))
                .collect();
            let hashes = found.iter().filter_map(|(hash, _)| hash.clone()).collect();
            let known: HashSet<_> = object::known(&self.app.db.reader(), hashes).await?.into_iter().collect();
            for (hash, listed) in found {
                match hash {
                    Some(hash) if known.contains(&hash) => {
                        sizes.insert(hash, listed.size);
                    }
                    Some(hash) if self.is_old(listed.last_modified_ms) => {
                        self.orphan(&hash, listed.key).await?;
                    }
                    // Younger, or nothing of ours: somebody else may keep other things in the bucket.
                    Some(_) | None => {}
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(sizes);
            }
        }
    }

    async fn orphan(&mut self, sha256: &[u8], key: String) -> Result<(), JobError> {
        if self.removes() {
            let begun = async |tx: &_| object::begin_removal_of_orphan(tx, self.now, sha256).await;
            let Some(id) = self.app.write(begun).await? else { return Ok(()) };
            self.remove(sha256).await?;
            self.app.write(async |tx| object::removed(tx, id).await).await?;
        }
        self.report.orphans.push(key);
        Ok(())
    }

    /// Removes renditions that no row knows; answers the size of all others.
    async fn renditions(&mut self) -> Result<HashMap<String, u64>, JobError> {
        let (mut sizes, mut after) = (HashMap::new(), None::<String>);
        loop {
            let page = self.app.store.list(RENDITIONS, after.as_deref(), PAGE).await?;
            let mut rows: HashMap<Vec<u8>, HashSet<String>> = HashMap::new();
            for listed in page.objects {
                let Some((hash, spec)) = object::of_rendition_key(&listed.key) else { continue };
                if !rows.contains_key(&hash) {
                    let specs = object::specs(&self.app.db.reader(), &hash).await?;
                    rows.insert(hash.clone(), specs.into_iter().collect());
                }
                if rows[&hash].contains(spec) {
                    sizes.insert(listed.key, listed.size);
                } else if self.is_old(listed.last_modified_ms) {
                    if self.removes() {
                        self.app.store.delete(&listed.key).await?;
                    }
                    self.report.orphans.push(listed.key);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(sizes);
            }
        }
    }

    /// Looks for every row's bytes.
    async fn rows(
        &mut self,
        sizes: &HashMap<Vec<u8>, u64>,
        renditions: &HashMap<String, u64>,
    ) -> Result<(), JobError> {
        let mut after = None;
        loop {
            let rows = object::all_stored(&self.app.db.reader(), after, BATCH).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            for row in rows {
                let (key, size) = (object::storage_key(&row.sha256), row.byte_size.unsigned_abs());
                if sizes.get(&row.sha256) != Some(&size) && !self.is_there(&key, size).await? {
                    self.report.missing.push(key);
                }
                for made in object::renditions(&self.app.db.reader(), row.id).await? {
                    let key = object::rendition_key(&row.sha256, &made.spec);
                    let size = made.byte_size.unwrap_or_default().unsigned_abs();
                    if renditions.get(&key) == Some(&size) || self.is_there(&key, size).await? {
                        continue;
                    }
                    if self.removes() {
                        self.app.write(async |tx| rendition::forget(tx, row.id, &made.spec).await).await?;
                    }
                    self.report.lost_renditions.push(key);
                }
            }
        }
    }

    /// It may have come after the list was made.
    async fn is_there(&self, key: &str, size: u64) -> Result<bool, JobError> {
        Ok(self.app.store.head(key).await?.is_some_and(|head| head.size == size))
    }
}

fn texts(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}
