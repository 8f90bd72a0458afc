//! What anonymous clients can make the server hold: one attack after the other, and the most memory that the process had in
//! each. Every attack is bounded in number and time, and comes from several addresses of the loopback.
//!
//! `cargo bench --bench attacks`, or one of them: `cargo bench --bench attacks -- values`, `streams`, `bodies`, `unread`,
//! `windows`, `connections`, `renditions`, `all` (bodies, answers and renditions at the same time). It fails when the server
//! had more than 512 MB.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod attack;
mod images;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/server.rs"]
mod server;

use std::time::Duration;

use server::Server;

/// What `wellspring` itself runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// In megabytes: what the server may have with the settings that it comes with.
const MOST: f64 = 512.0;
/// Longer than any attack takes.
const PATIENCE: Duration = Duration::from_mins(2);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--serve", folder] = arguments[..] {
        return server::run(folder.as_ref(), &[], |_, routes| routes);
    }
    let folder = tempfile::tempdir()?;
    tokio::runtime::Runtime::new()?.block_on(all(folder.path(), arguments.first().copied()))
}

async fn all(folder: &std::path::Path, part: Option<&str>) -> Result<(), Failure> {
    let server = Server::start(folder)?;
    attack::publish_long_posts(&server).await?;
    let images = images::bring(&server, folder).await?;
    println!("before: {:.0} MB", server.peak()?);
    let mut worst: f64 = 0.0;
    for name in ["values", "streams", "bodies", "unread", "windows", "connections", "renditions", "all"] {
        if part.is_some_and(|part| part != name) {
            continue;
        }
        server.forget_peak()?;
        let run = async {
            match name {
                "values" => attack::many_values(server.address).await,
                "streams" => attack::many_streams(server.address).await,
                "bodies" => attack::unfinished_bodies(server.address).await,
                "unread" => attack::unread_answers(server.address).await,
                "windows" => attack::closed_windows(server.address).await,
                "connections" => attack::connections_of_one_address(server.address).await,
                "renditions" => images::renditions(&server, &images[..images.len() / 2]).await,
                _ => {
                    let (bodies, answers, images) = tokio::join!(
                        attack::unfinished_bodies(server.address),
                        attack::unread_answers(server.address),
                        images::renditions(&server, &images[images.len() / 2..]),
                    );
                    Ok([bodies?, answers?, images?].join("; "))
                }
            }
        };
        let said =
            tokio::time::timeout(PATIENCE, run).await.map_err(|_| format!("{name} took too long"))??;
        let peak = server.peak()?;
        worst = worst.max(peak);
        let verdict = if peak <= MOST { "stayed below" } else { "went above" };
        println!("{name:>12}: {peak:.0} MB, {verdict} {MOST} MB; {said}");
    }
    if worst > MOST { Err(format!("the server had {worst:.0} MB").into()) } else { Ok(()) }
}
