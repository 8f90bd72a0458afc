//! The server under attack, as a process of its own with the settings that it comes with.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wellspring::allocator;
use wellspring::app::{App, Clock};
use wellspring::domain::policy::Scopes;
use wellspring::domain::{account, token};
use wellspring::http;
use wellspring::http::server::serve;

use crate::Failure;

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
        let config = wellspring::config::with(&[("data_dir", folder.join("data").display().to_string())])?;
        std::fs::create_dir_all(&config.data_dir)?;
        let limits = http::limits(&config);
        let app = App::start(config.listening_on(address), Clock::System).await?;
        let token = token_for(&app).await?;
        writeln!(std::io::stdout(), "{address} {token}")?;
        serve(listener, http::router(app), limits, async {
            let _ = stopped.await;
        })
        .await?;
        Ok(())
    })
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
    pub address: SocketAddr,
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
        let mut server = Self { child, address: ([127, 0, 0, 1], 0).into(), token: String::new() };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let (address, token) = line.trim().split_once(' ').ok_or("the server did not start")?;
        (server.address, server.token) = (address.parse()?, token.to_owned());
        Ok(server)
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
