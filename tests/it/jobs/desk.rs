//! What the team sees of jobs, and what it can do about the dead.

use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;
use wellspring::jobs::Ended;

use super::unknown_job;
use crate::app::{As, TestApp, refusals, stories};

stories![
    a_job_with_unknown_arguments_is_dead_with_its_reason_and_not_lost,
    a_job_of_a_newer_version_waits_for_it,
    a_dead_job_is_tried_again_or_dropped_and_no_other,
    jobs_are_listed_by_state_to_those_who_may_write,
];

const TOLD: &str = "this version of the program does not know a job letter.v1 with such arguments";

async fn jobs(app: &TestApp, state: &str) -> Vec<Value> {
    let query = format!(
        "{{ desk {{ jobs{state} {{ nodes {{ id name state attempts maxAttempts lastError diedAt notBefore }} }} }} }}"
    );
    let data = app.data(As::Owner, &query, json!({})).await;
    data["desk"]["jobs"]["nodes"].as_array().expect("a list").clone()
}

async fn a_job_with_unknown_arguments_is_dead_with_its_reason_and_not_lost(app: TestApp) {
    let id = unknown_job(&app, None).await;
    assert_eq!(app.try_jobs().await, [Ended::Died(TOLD.to_owned())]);
    let dead = json!({ "id": id, "name": "letter.v1", "state": "DEAD", "attempts": 1, "maxAttempts": 20,
        "lastError": TOLD, "diedAt": "2026-11-23T09:00:00Z", "notBefore": null });
    assert_eq!(jobs(&app, "").await, [dead]);
    app.advance(365 * 24 * 60 * 60 * 1000);
    assert_eq!(app.run_jobs().await, 0);
}

async fn a_job_of_a_newer_version_waits_for_it(app: TestApp) {
    let id = super::job_of(&app, "bake.v1", None).await;
    assert_eq!(app.try_jobs().await, []);
    app.advance(365 * 24 * 60 * 60 * 1000);
    assert_eq!(app.try_jobs().await, []);
    let waiting = jobs(&app, "(state: WAITING)").await;
    let seen = (&waiting[0]["id"], &waiting[0]["name"], &waiting[0]["attempts"], &waiting[0]["diedAt"]);
    assert_eq!((waiting.len(), seen), (1, (&json!(id), &json!("bake.v1"), &json!(0), &Value::Null)));
}

async fn a_dead_job_is_tried_again_or_dropped_and_no_other(app: TestApp) {
    let id = unknown_job(&app, Some("bread")).await;
    for mutation in ["retryJob", "dropJob"] {
        let early = app.try_mutate(mutation, json!({ "id": id }), "job { id }").await;
        assert_eq!(refusals(&early), ["INVALID_TRANSITION input.id"]);
        let wrong = app.try_mutate(mutation, json!({ "id": "tag_01jd" }), "job { id }").await;
        assert_eq!(refusals(&wrong), ["INVALID_ID input.id"]);
    }
    assert_eq!(app.try_jobs().await.len(), 1);
    let retried = app.mutate("retryJob", json!({ "id": id }), "job { state attempts }").await;
    assert_eq!(retried["job"], json!({ "state": "WAITING", "attempts": 0 }));
    assert_eq!(app.try_jobs().await, [Ended::Died(TOLD.to_owned())]);

    // Somebody has asked for the same meanwhile.
    let other = unknown_job(&app, Some("bread")).await;
    let taken = app.try_mutate("retryJob", json!({ "id": id }), "job { id }").await;
    assert_eq!(refusals(&taken), ["CONFLICT input.id"]);
    app.mutate("dropJob", json!({ "id": id }), "job { id state }").await;
    let gone = app.try_mutate("dropJob", json!({ "id": id }), "job { id }").await;
    assert_eq!(refusals(&gone), ["NOT_FOUND input.id"]);
    let left = jobs(&app, "").await;
    assert_eq!((left.len(), &left[0]["id"]), (1, &json!(other)));
}

async fn jobs_are_listed_by_state_to_those_who_may_write(app: TestApp) {
    unknown_job(&app, None).await;
    assert_eq!(app.try_jobs().await.len(), 1);
    unknown_job(&app, None).await;
    for (state, count) in [("(state: DEAD)", 1), ("(state: WAITING)", 1), ("(state: RUNNING)", 0), ("", 2)] {
        assert_eq!(jobs(&app, state).await.len(), count, "{state}");
    }
    let drafts = app.token(&[TokenScope::DraftsRead]).await;
    let query = "{ desk { documents { totalCount } jobs { nodes { id } } } }";
    let reply = app.send(As::Token(&drafts), query, json!({})).await;
    assert_eq!(reply.code(), "FORBIDDEN");
    assert_eq!(reply.body["data"], json!({ "desk": { "documents": { "totalCount": 0 }, "jobs": null } }));
}
