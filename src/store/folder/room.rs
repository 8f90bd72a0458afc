//! How much may still be written to the folder. A full disk is met by few who test, so tests have a number instead.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a write finds room in.
#[derive(Clone, Debug)]
pub enum Room {
    /// The disk: it says itself when it is full.
    Disk,
    /// So many bytes, whatever is removed: for tests.
    Bytes(Arc<AtomicU64>),
}

impl Room {
    /// Before so many bytes are written.
    pub(super) fn take(&self, bytes: u64) -> io::Result<()> {
        let Self::Bytes(left) = self else { return Ok(()) };
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(bytes))
            .map(|_| ())
            .map_err(|_| ErrorKind::StorageFull.into())
    }
}
