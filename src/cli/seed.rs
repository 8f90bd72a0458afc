//! `wellspring seed`: the demo site into an empty database.

use super::CommandError;
use crate::app::{App, Clock};
use crate::config::Config;
use crate::demo;

pub async fn run(config: Config) -> Result<(), CommandError> {
    let app = App::start(config, Clock::System).await?;
    match demo::seed(&app).await? {
        demo::Seeded::Yes { documents } => tracing::info!(documents, "the demo site is in place"),
        demo::Seeded::NotEmpty => {
            let message = "the database has content already; the demo goes only into an empty one";
            return Err(CommandError::Refused(message.to_owned()));
        }
    }
    Ok(app.db.close().await?)
}
