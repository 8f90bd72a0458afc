//! How much may still be written to the folder. A full disk is met by few who test, so tests have a number instead.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a write finds room in.
#[derive(Clone, Debug)]
pub enum Room {
    /// The disk, but for this many bytes, or a tenth of it if that is less. They are the database's: files must not take the
    /// place in which the team's work is written.
    Disk { reserve: u64 },
    /// So many bytes, whatever is removed: for tests.
    Bytes(Arc<AtomicU64>),
}

/// Writes of up to so many bytes may use half of the reserve: an erasure is noted in the store before it is done.
const SMALL: u64 = 4 * 1024;

impl Room {
    /// Before so many bytes are written below `folder`.
    pub(super) fn take(&self, folder: &Path, bytes: u64) -> io::Result<()> {
        match self {
            Self::Disk { .. } => self.look(folder, bytes),
            Self::Bytes(left) => left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(bytes))
                .map(|_| ())
                .map_err(|_| ErrorKind::StorageFull.into()),
        }
    }

    /// Whether so many bytes may be written below `folder` now.
    #[cfg(unix)]
    pub fn look(&self, folder: &Path, bytes: u64) -> io::Result<()> {
        let Self::Disk { reserve } = self else { return Ok(()) };
        let disk = rustix::fs::statvfs(folder)?;
        let (free, size) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
        if leaves(free, size, *reserve, bytes) { Ok(()) } else { Err(ErrorKind::StorageFull.into()) }
    }

    /// Elsewhere the disk says itself when it is full.
    #[cfg(not(unix))]
    pub fn look(&self, _: &Path, _: u64) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a write leaves what is kept for the database.
fn leaves(free: u64, size: u64, reserve: u64, bytes: u64) -> bool {
    let reserve = reserve.min(size / 10);
    let kept = if bytes <= SMALL { reserve / 2 } else { reserve };
    free.saturating_sub(bytes) >= kept && free >= bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn the_reserve_is_left_and_is_never_more_than_a_tenth_of_the_disk() {
        assert!(leaves(300 * MIB, 100_000 * MIB, 256 * MIB, 44 * MIB));
        assert!(!leaves(300 * MIB, 100_000 * MIB, 256 * MIB, 45 * MIB));
        assert!(leaves(6 * MIB, 6 * MIB, 256 * MIB, 5 * MIB));
        assert!(!leaves(6 * MIB, 6 * MIB, 256 * MIB, 6 * MIB));
        assert!(!leaves(MIB, 6 * MIB, 0, 2 * MIB), "more than there is");
    }

    #[test]
    fn what_is_small_may_use_half_of_the_reserve() {
        assert!(leaves(200 * MIB, 100_000 * MIB, 256 * MIB, SMALL));
        assert!(!leaves(200 * MIB, 100_000 * MIB, 256 * MIB, SMALL + 1));
        assert!(!leaves(128 * MIB, 100_000 * MIB, 256 * MIB, SMALL));
    }

    #[cfg(unix)]
    #[test]
    fn the_disk_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Room::Disk { reserve: 0 }.take(folder.path(), 1).is_ok());
        let full = Room::Disk { reserve: 0 }.take(folder.path(), u64::MAX).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
    }
}
