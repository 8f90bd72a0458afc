//! Numbers for whoever watches over the process, in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! Anybody who reaches the port may read them, so they tell how the work goes, and nothing of what is planned.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::health::Found;
use crate::app::App;
use crate::domain::job::{self, Counts};

pub async fn metrics(State(app): State<App>, Extension(found): Extension<Arc<Found>>) -> Response {
    let ask = async || match job::counts(&app.db.reader(), app.clock.now()).await {
        Ok(counts) => Some(counts),
        Err(error) => {
            tracing::warn!(%error, "jobs could not be counted: {error}");
            None
        }
    };
    let Some(counts) = found.jobs.get(|| app.clock.now().0, ask).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
    };
    let now = app.clock.now();
    let age = counts.oldest_due.map_or(0, |since| now.0.saturating_sub(since.0).max(0));
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text(counts, age, app.renditions.waiting())).into_response()
}

fn text(counts: Counts, age_millis: i64, waiting: usize) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "# HELP wellspring_jobs Jobs whose time has come, by state.\n\
         # TYPE wellspring_jobs gauge\n\
         wellspring_jobs{{state=\"due\"}} {}\n\
         wellspring_jobs{{state=\"running\"}} {}\n\
         wellspring_jobs{{state=\"dead\"}} {}\n\
         # HELP wellspring_jobs_oldest_due_seconds How long the oldest due job has waited; 0 without any.\n\
         # TYPE wellspring_jobs_oldest_due_seconds gauge\n\
         wellspring_jobs_oldest_due_seconds {}.{:03}\n\
         # HELP wellspring_rendition_requests_waiting Requests to this process that wait for an image to be made.\n\
         # TYPE wellspring_rendition_requests_waiting gauge\n\
         wellspring_rendition_requests_waiting {waiting}\n",
        counts.due,
        counts.running,
        counts.dead,
        age_millis / 1000,
        age_millis % 1000,
    );
    text
}
