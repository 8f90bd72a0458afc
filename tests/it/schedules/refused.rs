//! What cannot be scheduled, and what could be and fails at its time: always with its reason, never silently.

use entity::{DocumentId, revision};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;
use wellspring::domain::core::id;
use wellspring::jobs::Ended;

use super::{HOUR, TEN, draft, of, public, publish_at, unpublish_at};
use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::{republish, restore, revise, trash, unpublish};

stories![
    what_publishing_would_refuse_is_refused_at_once,
    a_schedule_is_cancelled_once_and_only_while_it_is_pending,
    a_new_schedule_takes_the_place_of_the_old_one,
    the_trash_cancels_what_was_scheduled,
    a_slug_that_was_taken_meanwhile_makes_the_schedule_fail_visibly,
    a_newer_revision_that_was_published_by_hand_stays,
    a_fault_is_tried_again_and_at_last_shown,
    only_who_may_write_may_schedule,
];

async fn what_publishing_would_refuse_is_refused_at_once(app: TestApp) {
    let try_at = async |document: &str, more: Value| {
        let mut input = json!({ "document": document, "at": TEN });
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let payload = app.try_mutate("scheduleEntry", input, "schedule { id } document { id }").await;
        assert_eq!((&payload["schedule"], &payload["document"]), (&Value::Null, &Value::Null));
        refusals(&payload)
    };
    let id = draft(&app, "Legs").await;
    for (more, expected) in [
        (json!({ "at": "2026-11-23T09:00:00Z" }), "OUT_OF_RANGE input.at"),
        (json!({ "at": "2020-01-01T00:00:00Z" }), "OUT_OF_RANGE input.at"),
        (json!({ "at": "2036-11-24T09:00:00Z" }), "OUT_OF_RANGE input.at"),
        (json!({ "revision": 2 }), "NOT_FOUND input.revision"),
        (json!({ "revision": 0 }), "NOT_FOUND input.revision"),
        (json!({ "expectedRevision": 7 }), "CONFLICT input.expectedRevision"),
        (json!({ "document": "tag_01jd" }), "INVALID_ID input.document"),
    ] {
        assert_eq!(try_at(&id, more.clone()).await, [expected], "{more}");
    }
    let nowhere = id.replace(&id[id.len() - 4..], "0000");
    assert_eq!(try_at(&nowhere, json!({})).await, ["NOT_FOUND input.document"]);
    revise(&app, &id, json!({ "body": "Fine.\n\n::freebie[knees]" })).await;
    assert_eq!(try_at(&id, json!({})).await, ["UNKNOWN_DIRECTIVE input.body"]);
    revise(&app, &id, json!({ "body": "Fine.", "publishedAt": "2026-11-23T10:00:01Z" })).await;
    assert_eq!(try_at(&id, json!({})).await, ["OUT_OF_RANGE input.publishedAt"]);
    assert_eq!(try_at(&id, json!({ "at": "2026-11-23T10:00:01Z", "revision": 2 })).await.len(), 1);

    let other = app.publish_post(json!({ "title": "Other", "slug": "arms" })).await;
    republish(&app, &other, json!({ "slug": "shoulders" })).await;
    revise(&app, &id, json!({ "slug": "arms", "publishedAt": null })).await;
    app.mutate("publishEntry", json!({ "document": other, "revision": 1 }), "document { id }").await;
    assert_eq!(try_at(&id, json!({})).await, ["TAKEN input.slug"]);
    trash(&app, &id).await;
    assert_eq!(try_at(&id, json!({})).await, ["INVALID_TRANSITION input.document"]);

    let hidden = draft(&app, "Hidden").await;
    let input = json!({ "document": hidden, "at": TEN });
    let early = app.try_mutate("scheduleUnpublish", input.clone(), "schedule { id }").await;
    assert_eq!(refusals(&early), ["INVALID_TRANSITION input.document"]);
    publish_at(&app, &hidden, TEN).await;
    let same = app.try_mutate("scheduleUnpublish", input, "schedule { id }").await;
    assert_eq!(refusals(&same), ["INVALID_TRANSITION input.document"]);
    unpublish_at(&app, &hidden, "2026-11-23T10:00:01Z").await;
    assert_eq!(of(&app, &id).await, [""; 0]);
}

async fn a_schedule_is_cancelled_once_and_only_while_it_is_pending(app: TestApp) {
    let id = draft(&app, "Legs").await;
    let schedule = publish_at(&app, &id, TEN).await["id"].clone();
    let cancelled = app
        .mutate("cancelSchedule", json!({ "id": schedule }), "schedule { state endedAt } document { id }")
        .await;
    assert_eq!(cancelled["schedule"], json!({ "state": "CANCELLED", "endedAt": "2026-11-23T09:00:00Z" }));
    assert_eq!(cancelled["document"]["id"], json!(id));
    let again = app.try_mutate("cancelSchedule", json!({ "id": schedule }), "schedule { id }").await;
    assert_eq!(refusals(&again), ["INVALID_TRANSITION input.id"]);
    app.advance(HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (0, Vec::new()));

    let second = publish_at(&app, &id, "2026-11-23T11:00:00Z").await["id"].clone();
    app.advance(HOUR);
    assert_eq!(app.run_jobs().await, 1);
    let late = app.try_mutate("cancelSchedule", json!({ "id": second }), "schedule { id }").await;
    assert_eq!(refusals(&late), ["INVALID_TRANSITION input.id"]);
    let wrong = app.try_mutate("cancelSchedule", json!({ "id": id }), "schedule { id }").await;
    assert_eq!(refusals(&wrong), ["INVALID_ID input.id"]);
    assert_eq!(of(&app, &id).await, ["PUBLISH DONE", "PUBLISH CANCELLED"]);
}

async fn a_new_schedule_takes_the_place_of_the_old_one(app: TestApp) {
    let id = draft(&app, "Legs").await;
    let old = publish_at(&app, &id, TEN).await["id"].clone();
    let input = json!({ "document": id, "at": "2026-11-23T11:00:00Z" });
    let new = app.mutate("scheduleEntry", input, "schedule { state } replaced { id state }").await;
    assert_eq!(new["replaced"], json!({ "id": old, "state": "CANCELLED" }));
    app.advance(HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (0, Vec::new()));
    app.advance(HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (1, vec!["Legs".to_owned()]));
    assert_eq!(of(&app, &id).await, ["PUBLISH DONE", "PUBLISH CANCELLED"]);
}

async fn the_trash_cancels_what_was_scheduled(app: TestApp) {
    let id = draft(&app, "Legs").await;
    publish_at(&app, &id, TEN).await;
    unpublish_at(&app, &id, "2026-11-23T11:00:00Z").await;
    trash(&app, &id).await;
    assert_eq!(of(&app, &id).await, ["UNPUBLISH CANCELLED", "PUBLISH CANCELLED"]);
    restore(&app, &id).await;
    app.advance(2 * HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (0, Vec::new()));
}

async fn a_slug_that_was_taken_meanwhile_makes_the_schedule_fail_visibly(app: TestApp) {
    let other = app.publish_post(json!({ "title": "Other", "slug": "legs" })).await;
    republish(&app, &other, json!({ "slug": "arms" })).await;
    unpublish(&app, &other).await;
    let id = draft(&app, "Legs").await;
    publish_at(&app, &id, TEN).await;
    unpublish_at(&app, &id, "2026-11-23T10:30:00Z").await;
    app.mutate("publishEntry", json!({ "document": other, "revision": 1 }), "document { id }").await;
    app.advance(HOUR);
    // The job has done what there was to do: it is the schedule that failed.
    assert_eq!(app.run_jobs().await, 1);
    let reason = "another document is public under this revision's slug";
    assert_eq!(of(&app, &id).await, ["UNPUBLISH PENDING".to_owned(), format!("PUBLISH FAILED {reason}")]);
    app.advance(HOUR);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(of(&app, &id).await[0], "UNPUBLISH FAILED the document is not public");
    assert_eq!(public(&app).await, ["Other"]);
    let calendar = "{ desk { upcoming { nodes { action state failure } } } }";
    let calendar = app.data(As::Owner, calendar, json!({})).await["desk"]["upcoming"]["nodes"].clone();
    assert_eq!(calendar[0], json!({ "action": "PUBLISH", "state": "FAILED", "failure": reason }));
}

async fn a_newer_revision_that_was_published_by_hand_stays(app: TestApp) {
    let id = draft(&app, "First").await;
    publish_at(&app, &id, TEN).await;
    republish(&app, &id, json!({ "title": "Second" })).await;
    app.advance(HOUR);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(public(&app).await, ["Second"]);
    let reason = "revision 2 was published after revision 1 had been scheduled, and is newer";
    assert_eq!(of(&app, &id).await, [format!("PUBLISH FAILED {reason}")]);
    // An older one that was chosen with the newer one in view goes out.
    let back = json!({ "document": id, "revision": 1, "at": "2026-11-23T11:00:00Z" });
    app.mutate("scheduleEntry", back, "schedule { id }").await;
    app.advance(HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (1, vec!["First".to_owned()]));
    // What is public already is published: there is nothing left to do.
    publish_at(&app, &id, "2026-11-23T12:00:00Z").await;
    app.publish(&id).await;
    app.advance(HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (1, vec!["Second".to_owned()]));
    assert_eq!(of(&app, &id).await[0], "PUBLISH DONE");
}

/// Makes the content of a document unreadable, or readable again.
async fn write_content(app: &TestApp, document: &str, content: &Value) -> Value {
    let uuid = id::parse::<DocumentId>(document).expect("an id");
    let tx = app.app.db.begin().await.expect("a transaction");
    let row = revision::Entity::find_by_id((uuid, 1)).one(&tx).await.expect("a row").expect("a row");
    let before = row.content.clone();
    let mut row = row.into_active_model();
    row.content = Set(content.clone());
    row.update(&tx).await.expect("written");
    tx.commit().await.expect("a commit");
    before
}

async fn a_fault_is_tried_again_and_at_last_shown(app: TestApp) {
    let id = draft(&app, "Legs").await;
    publish_at(&app, &id, TEN).await;
    let good = write_content(&app, &id, &json!({ "CANARY": true })).await;
    app.advance(HOUR);
    for attempt in 1..20 {
        assert_eq!(app.try_jobs().await, [Ended::Failed("the database failed".to_owned())], "{attempt}");
        assert_eq!(app.run_jobs().await, 0, "not at once");
        app.advance(HOUR);
    }
    assert_eq!(of(&app, &id).await, ["PUBLISH PENDING"]);
    assert_eq!(app.try_jobs().await, [Ended::Died("the database failed".to_owned())]);
    assert_eq!(of(&app, &id).await, ["PUBLISH FAILED given up after many tries: the database failed"]);
    let jobs = "{ desk { jobs(state: DEAD) { nodes { id attempts lastError } } } }";
    let dead = app.data(As::Owner, jobs, json!({})).await["desk"]["jobs"]["nodes"][0].clone();
    assert_eq!((&dead["attempts"], &dead["lastError"]), (&json!(20), &json!("the database failed")));

    write_content(&app, &id, &good).await;
    app.mutate("retryJob", json!({ "id": dead["id"] }), "job { state }").await;
    assert_eq!((app.run_jobs().await, public(&app).await), (1, vec!["Legs".to_owned()]));
    assert_eq!(of(&app, &id).await, ["PUBLISH DONE"]);
}

async fn only_who_may_write_may_schedule(app: TestApp) {
    let id = draft(&app, "Legs").await;
    let schedule = publish_at(&app, &id, TEN).await["id"].clone();
    let reader = app.token(&[TokenScope::ContentRead, TokenScope::DraftsRead]).await;
    let mutations = [
        format!("scheduleEntry(input: {{ document: \"{id}\", at: \"{TEN}\" }})"),
        format!("scheduleUnpublish(input: {{ document: \"{id}\", at: \"{TEN}\" }})"),
        format!("cancelSchedule(input: {{ id: {schedule} }})"),
    ];
    for mutation in mutations {
        let query = format!("mutation {{ {mutation} {{ schedule {{ id }} userErrors {{ message }} }} }}");
        assert_eq!(app.send(As::Anonymous, &query, json!({})).await.code(), "UNAUTHENTICATED");
        assert_eq!(app.send(As::Token(&reader), &query, json!({})).await.code(), "FORBIDDEN");
    }
    assert_eq!(of(&app, &id).await, ["PUBLISH PENDING"]);
    let calendar = "{ desk { upcoming { nodes { id account { name } } } } }";
    let seen = app.data(As::Token(&reader), calendar, json!({})).await;
    assert_eq!(
        seen["desk"]["upcoming"]["nodes"],
        json!([{ "id": schedule, "account": { "name": "Owner" } }])
    );
}
