//! For whoever watches over the process: is it alive, and can it serve?

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::policy::Viewer;

/// The process runs.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can answer and write: its database does.
pub async fn readyz(State(app): State<App>) -> (StatusCode, String) {
    if let Some(storage) = app.db.cannot_write() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("the database cannot write, {storage}\n"));
    }
    match app.ctx(Viewer::Anonymous).fresh_catalog().await {
        Ok(_) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => {
            tracing::warn!(%error, "not ready: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".to_owned())
        }
    }
}
