//! How long the allocator keeps memory that was freed before it gives it back to the system.
//!
//! Its usual moment is too short beside work on images: 120 MB of pixels are given back and asked for again with every
//! rendition, and while the system takes pages away and maps new ones, every other thread of the process waits for it. That
//! is what readers noticed of images, more than the work itself (`cargo bench --bench media -- readers`).

use std::ffi::OsString;

/// The allocator's own setting, in milliseconds.
pub const KEPT: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "2000");

/// Starts the program anew with the setting, in the same process: the allocator reads its environment before `main`, and
/// has no other way in that is safe Rust. Whoever has set it themselves keeps their own. Where a program cannot start itself,
/// it goes on with the allocator's own.
pub fn keep_longer() {
    let (name, value) = KEPT;
    #[expect(clippy::disallowed_methods, reason = "the allocator's, not one of ours")]
    let is_set = std::env::var_os(name).is_some();
    if !is_set {
        start_anew(&std::env::args_os().collect::<Vec<_>>(), name, value);
    }
}

#[cfg(unix)]
fn start_anew(arguments: &[OsString], name: &str, value: &str) {
    use std::os::unix::process::CommandExt;
    let (Ok(program), Some((called, arguments))) = (std::env::current_exe(), arguments.split_first()) else {
        return;
    };
    // Answers only when it failed.
    let _ = std::process::Command::new(program).arg0(called).args(arguments).env(name, value).exec();
}

#[cfg(not(unix))]
fn start_anew(_: &[OsString], _: &str, _: &str) {}
