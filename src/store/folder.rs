//! The embedded S3 server's folder: objects in one folder, durable before they are acknowledged.
//! Several processes may use the same folder at once; what they agree on is kept in file locks and
//! atomic renames, never in memory. It must not know who calls it: signatures and HTTP are `s3s`'s.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use s3s::S3Result;

use crate::private;

mod condition;
mod fault;
mod footer;
mod intake;
mod key;
mod list;
mod multipart;
mod publish;
mod read;
mod room;
mod s3;
mod temp;

pub use room::Room;

/// Directories remembered as synced; past this many the memory starts anew, which only costs an fsync each.
const REMEMBERED_DIRS: usize = 65_536;

/// Whether an acknowledged write survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// fsync of the file and of its folder before the answer.
    Durable,
    /// No fsync at all: for tests.
    Volatile,
}

/// One bucket in a folder. Cheap to clone.
///
/// ```text
/// objects/<first key segment or "_">/<2 hex>/<sha256 of the key>   bytes, then a footer
/// uploads/<upload id>/upload, 00001, 00002, …                      multipart uploads under way
/// tmp/                                                             what is being written, locked by its writer
/// locks/<2 hex>                                                    one lock per 1/256 of the keys, for conditions
/// ```
#[derive(Clone)]
pub struct Folder {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    bucket: String,
    durability: Durability,
    room: Room,
    synced: Mutex<HashSet<PathBuf>>,
}

impl Folder {
    /// Opens (and makes, if it is not there) the folder, and sweeps what broken writers left.
    pub fn open(
        root: impl Into<PathBuf>,
        bucket: &str,
        durability: Durability,
        room: Room,
    ) -> io::Result<Self> {
        let root = root.into();
        for name in ["objects", "uploads", "tmp", "locks"] {
            private::make_folder(&root.join(name))?;
        }
        let inner = Inner { root, bucket: bucket.to_owned(), durability, room, synced: Mutex::default() };
        let folder = Self { inner: Arc::new(inner) };
        folder.sync_dir(&folder.inner.root)?;
        folder.sweep()?;
        Ok(folder)
    }

    /// Removes temporary files whose writer is gone, and says how many. Safe at any time, beside any writers.
    pub fn sweep(&self) -> io::Result<usize> {
        let swept = temp::sweep(&self.tmp())?;
        Ok(swept + multipart::sweep_empty(&self.uploads())?)
    }

    pub fn bucket(&self) -> &str {
        &self.inner.bucket
    }

    fn objects(&self) -> PathBuf {
        self.inner.root.join("objects")
    }

    fn uploads(&self) -> PathBuf {
        self.inner.root.join("uploads")
    }

    fn tmp(&self) -> PathBuf {
        self.inner.root.join("tmp")
    }

    /// Before so many bytes are written to a file of this folder.
    fn make_room(&self, bytes: u64) -> io::Result<()> {
        self.inner.room.take(&self.inner.root, bytes)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        match self.inner.durability {
            Durability::Durable => file.sync_all(),
            Durability::Volatile => Ok(()),
        }
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        match self.inner.durability {
            Durability::Durable => File::open(dir)?.sync_all(),
            Durability::Volatile => Ok(()),
        }
    }

    /// Makes `objects/<segment>/<hex>`. A folder found there may have been made by another process that has not
    /// synced its parent yet, so each process syncs the parents once itself.
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        if self.remembered().contains(dir) && dir.is_dir() {
            return Ok(());
        }
        private::make_folder(dir)?;
        for parent in dir.ancestors().skip(1).take_while(|parent| parent.starts_with(&self.inner.root)) {
            self.sync_dir(parent)?;
        }
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED_DIRS {
            remembered.clear();
        }
        remembered.insert(dir.to_owned());
        Ok(())
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        self.inner.synced.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs file work off the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> S3Result<T> + Send + 'static) -> S3Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(s3s::S3Error::internal_error(error)),
    }
}
