//! `wellspring serve`: everything in one process, or all but the jobs.

use clap::Args;
use entity::LinkPurpose;
use tokio::net::TcpListener;

use super::stop::Stop;
use super::{CommandError, work};
use crate::app::{App, Clock, installation};
use crate::config::Config;
use crate::domain::core::error::Error;
use crate::domain::team::account::{self, link};
use crate::http::server::serve;
use crate::{demo, http, jobs};

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Fill the database with the demo site first, if it is empty.
    #[arg(long)]
    demo: bool,
    /// Leave jobs, such as what is scheduled, to processes that run `wellspring work`.
    #[arg(long)]
    no_jobs: bool,
}

pub async fn run(mut config: Config, args: ServeArgs) -> Result<(), CommandError> {
    if args.demo {
        // A first query is typed by hand, and a person solves no hashes.
        config.forms.proof_digits = None;
    }
    let address = config.listen;
    let limits = http::limits(&config);
    let listener =
        TcpListener::bind(address).await.map_err(|source| CommandError::Listen { address, source })?;
    let local = listener.local_addr()?;
    installation::warn_of_open_files(&config);
    let app = App::start(config.listening_on(local), Clock::System).await?;
    if args.demo {
        match demo::seed(&app).await? {
            demo::Seeded::Yes { documents } => tracing::info!(documents, "the demo site is in place"),
            demo::Seeded::NotEmpty => {
                tracing::info!("the database has content already, so the demo was left out");
            }
        }
    }
    match show_setup_link(&app).await {
        // What is there can be read all the same, and the database has said what is wrong.
        Err(Error::CannotWrite(_)) => {}
        shown => shown?,
    }
    tracing::info!(address = %local, "serving on http://{local} (GraphQL at /graphql, console at /)");
    let db = app.db.clone();
    let stop = Stop::on_signal("stopping: requests in flight have 30 seconds");
    let workers = (!args.no_jobs).then(|| tokio::spawn(jobs::work(app.clone(), stop.clone().wait())));
    let cut = serve(listener, http::router(app), limits, stop.wait()).await?;
    if cut > 0 {
        tracing::warn!(connections = cut, "some requests did not finish in time and were cut");
    }
    if let Some(workers) = workers {
        work::report(&workers.await);
    }
    db.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Until there is an owner who can sign in, every start shows a link to make one. It works once, and for a day.
async fn show_setup_link(app: &App) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    if account::sign_in::somebody_can_sign_in(&tx).await? {
        tx.rollback().await;
        return Ok(());
    }
    let secret = link::make(&tx, app.clock.now(), None, LinkPurpose::Setup).await?;
    tx.commit().await?;
    let link = link::url(&app.config.base_url, LinkPurpose::Setup, &secret);
    tracing::info!(link, "nobody can sign in yet; make the first account at {link}");
    Ok(())
}
