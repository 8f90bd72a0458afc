//! How fast a frontend reads: the home page and a post through GraphQL, beside what the machine could do at best.
//!
//! `cargo bench --bench read_path` fills SQLite and, where it is found, a throw-away PostgreSQL with posts, starts this
//! program again as the server (so that CPU and memory are the server's own), and asks it over 32 connections. In the same
//! run and process it measures the ceilings: the same bytes without any work, and hand-written SQL over the same pool.
//! Absolute figures drift with the machine, the ratios at the end hold. `cargo bench --profile dist --bench read_path`
//! measures what packages contain. `-- --help` lists the options.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};

mod asking;
mod beside;
mod ceiling;
mod dataset;
mod load;
#[path = "../../tests/it/postgres.rs"]
mod postgres;
#[path = "../common/process.rs"]
mod process;
mod prose;
mod report;
mod requests;
mod server;
mod sql;
mod store;
mod verify;
mod wire;

use load::{Load, Samples};
use requests::{Page, Route};
use server::Server;
use store::{Backend, Store};

/// What `wellspring` itself runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// 32 bytes that the processes of a benchmark share.
const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Connections of the load generator.
const CONNECTIONS: usize = 32;
/// Each scenario runs in several short turns, so that a disturbance of the machine meets all of them alike.
const ROUNDS: u32 = 2;
const WARM_UP: Duration = Duration::from_secs(1);
/// How long a server is left alone before its idle memory is read.
const IDLE: Duration = Duration::from_secs(1);

#[derive(Debug, Parser)]
#[command(about = "Measures the read path; see the head of benches/read_path/main.rs")]
struct Args {
    /// Seconds per scenario.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How many posts the site has.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=900_000))]
    posts: u32,
    /// Only this database.
    #[arg(long)]
    only: Option<Backend>,
    /// Only these routes, for a look with a profiler.
    #[arg(long)]
    route: Option<Route>,
    /// Compare with ten times the posts instead of with the ceilings.
    #[arg(long)]
    growth: bool,
    /// Compare with a server on which others sign in meanwhile, and with a preview.
    #[arg(long, conflicts_with = "growth")]
    beside: bool,
    /// Compare with a server to which readers send 200 questions per second meanwhile.
    #[arg(long, conflicts_with_all = ["growth", "beside"])]
    asking: bool,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the server, on this database.
    #[arg(long, hide = true)]
    serve: Option<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.serve {
        Some(url) => server::run(url),
        None => {
            tokio::runtime::Runtime::new().map_err(Failure::from).and_then(|run| run.block_on(all(&args)))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "the benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all(args: &Args) -> Result<(), Failure> {
    let mut errors = 0;
    for &backend in Backend::value_variants() {
        if args.only.is_some_and(|only| only != backend) {
            continue;
        }
        let Some(store) = Store::filled(backend, args.posts).await? else { continue };
        errors += match () {
            () if args.growth => growth(&store, args).await?,
            () if args.beside => beside::measure(&store, args).await?,
            () if args.asking => asking::measure(&store, args).await?,
            () => ceilings(&store, args).await?,
        };
    }
    if !args.growth && !args.beside && !args.asking {
        report::binary_size()?;
    }
    if errors > 0 {
        Err(format!("{errors} requests were not answered as they should be").into())
    } else {
        Ok(())
    }
}

/// GraphQL beside its ceilings; answers how many requests failed.
async fn ceilings(store: &Store, args: &Args) -> Result<usize, Failure> {
    let begun = Instant::now();
    let server = Server::start(&store.url).await?;
    verify::first_answer(&server).await?;
    let started = begun.elapsed();
    tokio::time::sleep(IDLE).await;
    let idle = server.memory()?.resident;
    verify::all(&server, store.posts).await?;

    let loads: Vec<Load> = Page::ALL
        .into_iter()
        .flat_map(|page| Route::value_variants().iter().map(move |&route| (page, route)))
        .filter(|(_, route)| args.route.is_none_or(|only| only == *route))
        .map(|(page, route)| Load { page, route, connections: CONNECTIONS, posts: store.posts })
        .collect();
    let mut samples: Vec<Samples> = loads.iter().map(|_| Samples::default()).collect();
    for load in &loads {
        load.run(&server, WARM_UP, &mut Samples::default()).await?;
    }
    for _ in 0..ROUNDS {
        for (load, samples) in loads.iter().zip(&mut samples) {
            load.run(&server, Duration::from_secs(args.seconds) / ROUNDS, samples).await?;
        }
    }
    let peak = server.memory()?.peak;
    report::header(&format!("{}, {} posts, {CONNECTIONS} connections", store.backend, store.posts))?;
    report::table(&loads, &mut samples)?;
    report::ratios(&loads, &samples)?;
    report::process(started, idle, peak)?;
    report::faults(&loads, &samples)
}

/// The same queries over ten times the posts; answers how many requests failed.
async fn growth(small: &Store, args: &Args) -> Result<usize, Failure> {
    let Some(large) = Store::filled(small.backend, small.posts * 10).await? else { return Ok(0) };
    let sites = [(small, Server::start(&small.url).await?), (&large, Server::start(&large.url).await?)];
    let mut loads = Vec::new();
    for connections in [1, CONNECTIONS] {
        for page in Page::ALL {
            for route in [Route::Graphql, Route::Sql] {
                for (site, (store, _)) in sites.iter().enumerate() {
                    loads.push((site, Load { page, route, connections, posts: store.posts }));
                }
            }
        }
    }
    let mut samples: Vec<Samples> = loads.iter().map(|_| Samples::default()).collect();
    for (site, load) in &loads {
        load.run(&sites[*site].1, WARM_UP, &mut Samples::default()).await?;
    }
    for _ in 0..ROUNDS {
        for ((site, load), samples) in loads.iter().zip(&mut samples) {
            load.run(&sites[*site].1, Duration::from_secs(args.seconds) / ROUNDS, samples).await?;
        }
    }
    let loads: Vec<Load> = loads.into_iter().map(|(_, load)| load).collect();
    report::header(&format!("{}, growth from {} to {} posts", small.backend, small.posts, large.posts))?;
    report::table(&loads, &mut samples)?;
    report::growth(&loads, &samples)?;
    report::faults(&loads, &samples)
}
