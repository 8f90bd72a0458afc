//! Logs: readable text on a terminal, one JSON object per line otherwise. Both go to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, LogFormat};

/// The protocol of the server's own store tells requests with their signatures, and every file that is not there as an
/// error. What is worth a line, the store says itself.
const SILENT: &str = "s3s=off";

pub fn start(config: &Config) {
    let terminal = std::io::stderr().is_terminal();
    let filter = EnvFilter::new(&config.log).add_directive(SILENT.parse().expect("a good directive"));
    let json = match config.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let registry = tracing_subscriber::registry().with(filter);
    if json {
        let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
        registry.with(layer).init();
    } else {
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(terminal)
            .with_target(false)
            .with_writer(std::io::stderr);
        registry.with(layer).init();
    }
}
