//! What media cost: renditions beside another program, files beside plain files, uploads and large images in memory, readers
//! beside both, and what images take beside what was estimated. Quote ratios of one run.
//!
//! `cargo bench --bench media`, or a part of it: `cargo bench --bench media -- files`, `uploads`, `readers`, `speed`,
//! `estimates`. The last fails when an estimate is too small or far too large.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod estimates;
mod photo;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/server.rs"]
mod server;
mod speed;
mod traffic;

/// What `wellspring` itself runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--serve", folder] => traffic::serve(folder.as_ref()),
        ["--render", format, file] => estimates::render(format, file.as_ref()),
        ["--speed", file] => speed::measure(file.as_ref()),
        _ => {
            let (folder, part) = (tempfile::tempdir()?, arguments.first().copied());
            if part.is_none_or(|part| part == "speed") {
                speed::beside_another_program(folder.path())?;
            }
            if part.is_none_or(|part| part == "estimates") {
                estimates::beside_use(folder.path())?;
            }
            tokio::runtime::Runtime::new()?.block_on(traffic::measure(folder.path(), part))
        }
    }
}

/// The value that so many of a hundred are not above.
fn percentile(sorted: &[std::time::Duration], percent: usize) -> std::time::Duration {
    sorted
        .get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}
