//! Tombstones of questions: what was erased is erased again when it is back, as after a backup of the database was restored.

use std::time::Duration;

use entity::QuestionId;

use super::{App, StartError, installation};
use crate::domain::questions::erase::{self, TOMBSTONES};

/// Tombstones that are listed together.
const PAGE: i32 = 1_000;
/// How long a store that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(30);

/// Erases every question that has a tombstone.
pub async fn apply(app: &App) -> Result<(), StartError> {
    let mut after: Option<String> = None;
    loop {
        let page = app.store.list(TOMBSTONES, after.as_deref(), PAGE).await?;
        let tombstones: Vec<QuestionId> =
            page.objects.iter().filter_map(|object| erase::of_tombstone(&object.key)).collect();
        let now = app.clock.now();
        if !tombstones.is_empty() {
            let erased = app.write(async |tx| erase::apply(tx, now, &tombstones).await).await?;
            if !erased.is_empty() {
                let number = erased.len();
                tracing::warn!(
                    questions = number,
                    "{number} erased questions were back, and are erased again"
                );
                app.db.forget_log().await?;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Does it before anybody can read an original: the database may be a copy from before. Refuses a store of another database.
/// While the store does not answer nothing that is sealed is opened, and everything else goes on.
pub(super) async fn apply_first(app: &App) -> Result<(), StartError> {
    match claim_and_apply(app).await {
        Ok(()) => app.keyring.allow_opening(),
        Err(error @ StartError::Mismatch(_)) => return Err(error),
        Err(error) => {
            tracing::warn!(
                %error,
                "originals of questions stay closed until the store says what was erased: {error}"
            );
            let app = app.clone();
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(PAUSE).await;
                    match claim_and_apply(&app).await {
                        Ok(()) => {
                            tracing::info!(
                                "the store has said what was erased; originals of questions are open"
                            );
                            return app.keyring.allow_opening();
                        }
                        Err(error @ StartError::Mismatch(_)) => tracing::error!(%error, "{error}"),
                        Err(_) => {}
                    }
                }
            });
        }
    }
    Ok(())
}

async fn claim_and_apply(app: &App) -> Result<(), StartError> {
    installation::claim(app).await?;
    apply(app).await
}
