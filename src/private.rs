//! Files and folders that only their owner may read, whatever the umask: what the program makes in the data folder. On
//! systems without the modes of Unix the folder's own permissions hold.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Makes a folder and those above it that are missing, mode 0700.
pub fn make_folder(path: &Path) -> io::Result<()> {
    folders().recursive(true).create(path)
}

/// Makes folders of mode 0700.
pub fn folders() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Makes files of mode 0600, once it is said how they are opened.
pub fn files() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file of mode 0600, or empties one that is there.
pub fn create(path: &Path) -> io::Result<File> {
    files().write(true).create(true).truncate(true).open(path)
}

/// Makes an empty file of mode 0600, unless there is a file. It is closed before it has its name, so whoever opens it by that
/// name and locks it keeps the lock.
pub fn make_empty(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let mut unnamed = path.as_os_str().to_owned();
    unnamed.push(format!(".{:016x}", rand::random::<u64>()));
    drop(files().write(true).create_new(true).open(&unnamed)?);
    let named = fs::hard_link(&unnamed, path);
    fs::remove_file(&unnamed)?;
    match named {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A folder of mode 0700 in another one, that goes with its value.
pub fn temporary_folder(prefix: &str, place: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(place)
}

/// Those of the paths that are there and that others than their owner may read, write or enter.
pub fn open_to_others(paths: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    paths.into_iter().filter(|path| is_open(path)).collect()
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|known| known.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
