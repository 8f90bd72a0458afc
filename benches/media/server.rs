//! The server under measurement, as a process of its own, with a plain file beside its routes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wellspring::allocator;
use wellspring::app::{App, Clock};
use wellspring::config::Config;
use wellspring::domain::policy::Scopes;
use wellspring::domain::{account, token};
use wellspring::http;
use wellspring::http::server::{ServerLimits, serve};
use wellspring::jobs;

use crate::Failure;

/// The plain file, in the server's folder.
pub const PLAIN: &str = "plain.bin";

/// What the child does: serves until its standard input ends, which it does with the parent.
pub fn run(folder: &Path) -> Result<(), Failure> {
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        drop(stop);
    });
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let app = App::start(settings(folder)?.listening_on(address), Clock::System).await?;
        let token = token_for(&app).await?;
        writeln!(std::io::stdout(), "{address} {token}")?;
        let plain = folder.join(PLAIN);
        let plain = get(async move || tokio::fs::read(plain).await.map_err(|error| error.to_string()));
        let router = Router::new().route("/plain", plain).merge(http::router(app.clone()));
        tokio::spawn(jobs::work(app, std::future::pending()));
        serve(listener, router, ServerLimits::default(), async {
            let _ = stopped.await;
        })
        .await?;
        Ok(())
    })
}

fn settings(folder: &Path) -> Result<Config, Failure> {
    let values =
        [("data_dir", folder.join("data").display().to_string()), ("rate_limit_mutations", "off".to_owned())];
    let config = wellspring::config::with(&values)?;
    std::fs::create_dir_all(&config.data_dir)?;
    Ok(config)
}

async fn token_for(app: &App) -> Result<String, Failure> {
    let now = app.clock.now();
    let owner = app.write(async |tx| account::first_owner(tx, now).await).await?;
    let made =
        app.write(async |tx| token::create(tx, now, owner.id, "bench", &Scopes::all(), None).await).await?;
    Ok(made.reveal().to_owned())
}

/// A running server; it ends with this value.
pub struct Server {
    child: Child,
    pub address: String,
    pub token: String,
}

impl Server {
    pub fn start(folder: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .arg(folder)
            .env(allocator::KEPT.0, allocator::KEPT.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("standard output is piped")?;
        // Made before anything can fail, so that the process ends whatever happens.
        let mut server = Self { child, address: String::new(), token: String::new() };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let (address, token) = line.trim().split_once(' ').ok_or("the server did not start")?;
        (server.address, server.token) = (address.to_owned(), token.to_owned());
        Ok(server)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The most memory that the process has had since [`Server::forget_peak`], in megabytes.
    pub fn peak(&self) -> Result<f64, Failure> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no such line")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1_000.0)
    }

    /// Counts the most memory from now on (`man 5 proc`, `clear_refs`).
    pub fn forget_peak(&self) -> Result<(), Failure> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
