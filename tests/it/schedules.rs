//! Schedules: what was approved becomes public at its time, once, and whatever stands in the way is seen.

mod calendar;
mod processes;
mod refused;
mod stopped;
mod times;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::publishing::document;

/// 2026-11-23T10:00:00Z, an hour after stories begin.
pub const TEN: &str = "2026-11-23T10:00:00Z";
pub const HOUR: i64 = 60 * 60 * 1000;

/// Schedules a publication; answers the schedule: id, state, revision.
pub async fn publish_at(app: &TestApp, document: &str, at: &str) -> Value {
    let input = json!({ "document": document, "at": at });
    app.mutate("scheduleEntry", input, "schedule { id state revision }").await["schedule"].clone()
}

pub async fn unpublish_at(app: &TestApp, document: &str, at: &str) -> Value {
    let input = json!({ "document": document, "at": at });
    app.mutate("scheduleUnpublish", input, "schedule { id state revision }").await["schedule"].clone()
}

/// A draft with this title; answers its id.
pub async fn draft(app: &TestApp, title: &str) -> String {
    app.save_post(json!({ "title": title })).await["id"].as_str().expect("an id").to_owned()
}

/// What was scheduled for a document, latest first, each as action, state and failure.
pub async fn of(app: &TestApp, id: &str) -> Vec<String> {
    let found = document(app, id, "schedules { action state failure }").await;
    let schedules = found["schedules"].as_array().expect("a list").iter();
    let words = |schedule: &Value| {
        let parts = ["action", "state", "failure"].into_iter().filter_map(|name| schedule[name].as_str());
        parts.collect::<Vec<_>>().join(" ")
    };
    schedules.map(words).collect()
}

/// The titles that the public sees, by title.
pub async fn public(app: &TestApp) -> Vec<String> {
    let data = app.public("{ posts(first: 100, orderBy: TITLE_ASC) { nodes { title } } }").await;
    let posts = data["posts"]["nodes"].as_array().expect("a list").iter();
    posts.map(|post| post["title"].as_str().expect("a title").to_owned()).collect()
}
