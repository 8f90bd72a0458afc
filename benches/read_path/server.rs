//! The server as a process of its own: this program again, with the product's router, the ceilings beside it, and the
//! product's own accept loop, settings and log.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use wellspring::app::{App, Clock};
use wellspring::http;
use wellspring::http::server::{ServerLimits, serve};

use crate::process::{Process, first_line, stopped};
use crate::{Failure, MASTER_KEY, ceiling};

/// The kernel counts a process's time in hundredths of a second (`USER_HZ`, the same on every Linux architecture of today).
const TICK: Duration = Duration::from_millis(10);

/// What the child does: serves until its standard input ends, which it does with the parent.
pub fn run(url: &str) -> Result<(), Failure> {
    let config = wellspring::config::with(&[
        ("database_url", url.to_owned()),
        ("master_key", MASTER_KEY.to_owned()),
        ("rate_limit_sign_ins", "off".to_owned()),
        ("rate_limit_mutations", "off".to_owned()),
        ("rate_limit_public_mutations", "off".to_owned()),
        ("form_min_seconds", "0".to_owned()),
        ("proof_of_work", "off".to_owned()),
    ])?;
    wellspring::telemetry::start(&config);
    let stopped = stopped();
    tokio::runtime::Runtime::new()?.block_on(async {
        let app = App::start(config, Clock::System).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        writeln!(std::io::stdout(), "{port}")?;
        let router = ceiling::router(app.db.clone()).merge(http::router(app));
        serve(listener, router, ServerLimits::default(), stopped).await?;
        Ok(())
    })
}

/// A running server; it ends with this value.
pub struct Server {
    process: Process,
    pub address: SocketAddr,
}

/// In kilobytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub resident: u32,
    pub peak: u32,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub async fn start(url: &str) -> Result<Self, Failure> {
        let (process, output) = Process::start(|command| {
            command.args(["--serve", url]);
        })?;
        let line = tokio::task::spawn_blocking(move || first_line(output));
        let line = tokio::time::timeout(Duration::from_mins(1), line).await???;
        let port = line.parse().map_err(|_| "the server did not start")?;
        Ok(Self { process, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) })
    }

    pub fn memory(&self) -> Result<Memory, Failure> {
        Ok(Memory { resident: self.process.kilobytes("VmRSS")?, peak: self.process.kilobytes("VmHWM")? })
    }

    /// The time that the process has computed so far, in its own code and in the kernel.
    pub fn computed(&self) -> Result<Duration, Failure> {
        let text = std::fs::read_to_string(self.process.file("stat"))?;
        // The name in parentheses may contain anything; after it, user and system time are fields 12 and 13 (proc(5)).
        let rest = text.rsplit_once(')').ok_or("an unknown form of /proc/pid/stat")?.1;
        let ticks: Vec<u32> =
            rest.split_ascii_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(TICK * ticks.iter().sum::<u32>())
    }
}
