//! Faults of the disk for a real process: a library in C, compiled here and preloaded, that lets chosen system calls fail.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which calls fail.
pub const WRITE: i64 = 1;
pub const SYNC: i64 = 2;
pub const LENGTH: i64 = 4;

/// "No space left on device" and "Input/output error", as Linux numbers them.
pub const ENOSPC: i64 = 28;
pub const EIO: i64 = 5;

/// The switch beside one process.
#[derive(Debug)]
pub struct Shim {
    control: File,
    path: PathBuf,
    library: PathBuf,
    part: &'static str,
}

impl Shim {
    /// For files with `part` in their path. `folder` is the process's to read and write.
    pub fn new(folder: &Path, part: &'static str) -> Self {
        let path = folder.join("faults");
        let control = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .expect("a file");
        control.set_len(48).expect("room");
        // PostgreSQL runs as another user.
        for path in [folder, &path] {
            std::fs::set_permissions(path, Permissions::from_mode(0o777)).expect("the test's own");
        }
        Self { control, path, library: compiled(folder), part }
    }

    /// What the process is started with.
    pub fn environment(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("LD_PRELOAD", self.library.clone()),
            ("FAULTS_CONTROL", self.path.clone()),
            ("FAULTS_PATH", PathBuf::from(self.part)),
        ]
    }

    /// The `first` call from now on fails, and those after it, `count` together.
    pub fn arm(&self, calls: i64, first: u64, count: u64, errno: i64) {
        self.disarm();
        self.set(2, i64::try_from(count).expect("few"));
        self.set(3, errno);
        self.set(4, calls);
        self.set(0, 0);
        self.set(1, i64::try_from(first).expect("few"));
    }

    /// Nothing fails any more. Answers how many calls there were since it was armed.
    pub fn disarm(&self) -> u64 {
        self.set(1, 0);
        u64::try_from(self.get(0)).expect("a count")
    }

    /// Whether the process has the library.
    pub fn is_loaded(&self) -> bool {
        self.get(5) == 1
    }

    fn set(&self, index: u64, value: i64) {
        self.control.write_all_at(&value.to_ne_bytes(), index * 8).expect("written");
    }

    fn get(&self, index: u64) -> i64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, index * 8).expect("read");
        i64::from_ne_bytes(bytes)
    }
}

/// Compiles the library where every user can read it: the folder of the build may be the tester's alone.
fn compiled(folder: &Path) -> PathBuf {
    let made = folder.join("faults.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/shim.c");
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&made)
        .arg(source)
        .arg("-ldl")
        .status();
    assert!(compiler.expect("a C compiler, as for the build").success(), "the library is C");
    std::fs::set_permissions(&made, Permissions::from_mode(0o755)).expect("the test's own");
    made
}
