//! The signal to stop, for everything that a process runs.

use tokio::sync::watch;

/// Resolves everywhere once the process is asked to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for SIGINT and SIGTERM, and logs `message` at the first. A second one ends the process at once.
    pub fn on_signal(message: &'static str) -> Self {
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            signal().await;
            tracing::info!("{message}");
            stop.send_replace(true);
            signal().await;
            std::process::exit(130);
        });
        Self(stopped)
    }

    pub async fn wait(mut self) {
        // Without a sender there is nobody left to ask for a stop, and the process is ending.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}

async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be awaited: {error}");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

/// A limit on the size of files (`ulimit -f`, `LimitFSIZE=`) ends a process by a signal. A listener takes its place, so that the
/// write fails and is refused like any other.
pub fn outlive_file_limits() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Err(error) = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())) {
            tracing::warn!(%error, "a limit on the size of files would end this process: {error}");
        }
    }
}
