//! Folders for copies of files while they are looked at. Each has a locked file in it as long as its process lives, so what a
//! crash leaves is told from what another process is at.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::app::App;
use crate::private;

const LOCK: &str = "lock";
/// A folder without a lock is about to get one, or was made by an older version.
const YOUNG: Duration = Duration::from_hours(1);

/// A folder that goes with whoever made it.
pub struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    pub fn new(app: &App) -> io::Result<Self> {
        let parent = app.config.scratch();
        private::make_folder(&parent)?;
        let folder = private::temporary_folder("upload-", &parent)?;
        let lock = private::create(&folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what crashes left behind.
pub async fn sweep(scratch: &Path) {
    let scratch = PathBuf::from(scratch);
    let swept = tokio::task::spawn_blocking(move || {
        for entry in std::fs::read_dir(scratch).into_iter().flatten().flatten() {
            if is_left(&entry.path())
                && let Err(error) = std::fs::remove_dir_all(entry.path())
            {
                tracing::warn!(%error, "what a crash left behind could not be removed: {error}");
            }
        }
    });
    if swept.await.is_err() {
        tracing::error!("removing what crashes left behind panicked");
    }
}

fn is_left(folder: &Path) -> bool {
    if let Ok(lock) = File::open(folder.join(LOCK)) {
        return lock.try_lock().is_ok();
    }
    let modified = folder.metadata().and_then(|known| known.modified());
    modified.ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age > YOUNG)
}
