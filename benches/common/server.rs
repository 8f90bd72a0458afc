//! The server under measurement, as a process of its own on a folder of its own.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::Router;
use tokio::net::TcpListener;
use wellspring::app::{App, Clock};
use wellspring::domain::access::policy::Scopes;
use wellspring::domain::team::{account, token};
use wellspring::http;
use wellspring::http::server::serve;

use crate::Failure;
use crate::process::{Process, first_line, stopped};

/// What the child does: serves with these settings, and what `around` makes of the product's routes, until its parent ends.
pub fn run(
    folder: &Path,
    settings: &[(&'static str, String)],
    around: impl FnOnce(App, Router) -> Router,
) -> Result<(), Failure> {
    let stopped = stopped();
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let data = ("data_dir", folder.join("data").display().to_string());
        let config = wellspring::config::with(&[&[data], settings].concat())?;
        std::fs::create_dir_all(&config.data_dir)?;
        let limits = http::limits(&config);
        let app = App::start(config.listening_on(address), Clock::System).await?;
        let token = token_for(&app).await?;
        writeln!(std::io::stdout(), "{address} {token}")?;
        let router = around(app.clone(), http::router(app));
        serve(listener, router, limits, stopped).await?;
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
    process: Process,
    pub address: SocketAddr,
    pub token: String,
}

impl Server {
    pub fn start(folder: &Path) -> Result<Self, Failure> {
        let (process, output) = Process::start(|command| {
            command.arg("--serve").arg(folder);
        })?;
        let line = first_line(output)?;
        let (address, token) = line.split_once(' ').ok_or("the server did not start")?;
        Ok(Self { process, address: address.parse()?, token: token.to_owned() })
    }

    /// The most memory that the process has had since [`Server::forget_peak`], in megabytes.
    pub fn peak(&self) -> Result<f64, Failure> {
        Ok(f64::from(self.process.kilobytes("VmHWM")?) / 1_000.0)
    }

    /// Counts the most memory from now on (`man 5 proc`, `clear_refs`).
    pub fn forget_peak(&self) -> Result<(), Failure> {
        Ok(std::fs::write(self.process.file("clear_refs"), "5")?)
    }
}
