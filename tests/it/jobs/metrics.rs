//! Numbers for whoever watches over the process.

use serde_json::json;

use super::unknown_job;
use crate::app::{TestApp, stories};

stories![metrics_count_what_is_due_and_dead_and_tell_nothing_of_what_is_planned];

async fn metrics(app: &TestApp) -> Vec<String> {
    let answer = app.client().get(app.url("/metrics")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await.expect("a whole answer");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn expected(due: u8, dead: u8, oldest: &str) -> [String; 5] {
    [
        format!("wellspring_jobs{{state=\"due\"}} {due}"),
        "wellspring_jobs{state=\"running\"} 0".to_owned(),
        format!("wellspring_jobs{{state=\"dead\"}} {dead}"),
        format!("wellspring_jobs_oldest_due_seconds {oldest}"),
        "wellspring_rendition_requests_waiting 0".to_owned(),
    ]
}

async fn metrics_count_what_is_due_and_dead_and_tell_nothing_of_what_is_planned(app: TestApp) {
    assert_eq!(metrics(&app).await, expected(0, 0, "0.000"));
    let draft = app.save_post(json!({ "title": "Planned" })).await["id"].clone();
    let schedule = json!({ "document": draft, "at": "2026-11-23T10:00:00Z" });
    app.mutate("scheduleEntry", schedule, "schedule { id }").await;
    app.advance(1_000);
    assert_eq!(metrics(&app).await, expected(0, 0, "0.000"));
    unknown_job(&app, None).await;
    app.advance(90_500);
    assert_eq!(metrics(&app).await, expected(1, 0, "90.500"));
    assert_eq!(app.try_jobs().await.len(), 1);
    assert_eq!(metrics(&app).await[0], "wellspring_jobs{state=\"due\"} 1", "counted a moment ago");
    app.advance(1_000);
    assert_eq!(metrics(&app).await, expected(0, 1, "0.000"));
}
