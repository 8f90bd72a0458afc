//! `wellspring work`: jobs without a server.

use tokio::task::JoinError;

use super::CommandError;
use super::stop::Stop;
use crate::app::{App, Clock, installation};
use crate::config::Config;
use crate::jobs;

pub async fn run(config: Config) -> Result<(), CommandError> {
    installation::warn_of_open_files(&config);
    let app = App::open(config, Clock::System).await?;
    let db = app.db.clone();
    let stop = Stop::on_signal("stopping: jobs that run have 30 seconds");
    tracing::info!(workers = app.config.workers, "running jobs");
    report(&tokio::spawn(jobs::work(app, stop.wait())).await);
    db.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Tells how the workers ended, if there is anything to tell.
pub fn report(ended: &Result<usize, JoinError>) {
    match ended {
        Ok(0) => {}
        Ok(jobs) => tracing::warn!(jobs, "some jobs did not end in time and were given back"),
        Err(_) => tracing::error!("the workers ended in a panic"),
    }
}
