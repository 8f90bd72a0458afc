//! Files on their way into the store. Each is held under a file lock by its writer and removed when dropped;
//! a file that nobody locks belonged to a process that died, and is swept.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::private;

#[derive(Debug)]
pub(super) struct Temp {
    pub(super) file: File,
    path: Option<PathBuf>,
}

impl Temp {
    /// A new locked file. Between creation and lock a sweeper may take it for abandoned; it then holds the
    /// lock or has removed the file, and another name is tried.
    pub(super) fn create(dir: &Path) -> io::Result<Self> {
        loop {
            let path = dir.join(Uuid::now_v7().simple().to_string());
            let file = match private::files().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            match file.try_lock() {
                Ok(()) if path.exists() => return Ok(Self { file, path: Some(path) }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    let _ = fs::remove_file(&path);
                    return Err(error);
                }
            }
        }
    }

    /// Gives the file its lasting name, replacing what has it.
    pub(super) fn rename(mut self, to: &Path) -> io::Result<()> {
        if let Some(path) = &self.path {
            fs::rename(path, to)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // What cannot be removed now is swept later.
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes abandoned files, and folders (uploads whose removal was cut short); says how many.
pub(super) fn sweep(dir: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { sweep_file(&path) };
        match removed {
            Ok(()) => swept += 1,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::WouldBlock) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(swept)
}

fn sweep_file(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    match file.try_lock() {
        // Removed while the lock is held: a writer that locks after us sees that the name is gone. A writer
        // that finished before us has renamed the file away, and the removal finds nothing.
        Ok(()) => fs::remove_file(path),
        Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
