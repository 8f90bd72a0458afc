//! For whoever watches over the process: is it alive, and can it serve?

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::shared::Shared;
use crate::app::App;
use crate::domain::access::policy::Viewer;
use crate::domain::job::Counts;

/// What was found last. Anybody may ask, so the database is not asked each time.
#[derive(Debug, Default)]
pub struct Found {
    pub is_ready: Shared<bool>,
    /// `None` when they could not be counted.
    pub jobs: Shared<Option<Counts>>,
}

/// The process runs.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can answer and write: its database does.
pub async fn readyz(State(app): State<App>, Extension(found): Extension<Arc<Found>>) -> (StatusCode, String) {
    if let Some(storage) = app.db.cannot_write() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("the database cannot write, {storage}\n"));
    }
    let ask = async || match app.ctx(Viewer::Anonymous).fresh_catalog().await {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(%error, "not ready: {error}");
            false
        }
    };
    if found.is_ready.get(|| app.clock.now().0, ask).await {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".to_owned())
    }
}
