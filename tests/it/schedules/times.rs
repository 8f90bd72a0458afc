//! When schedules are carried out: at their time and not before, once, in their order, whatever the clock does.

use serde_json::{Value, json};

use super::{HOUR, TEN, draft, of, public, publish_at, unpublish_at};
use crate::app::{TestApp, stories};
use crate::changes::changes;
use crate::publishing::{post, revise, unpublish};

stories![
    a_schedule_is_carried_out_at_its_time_and_not_before,
    what_is_saved_later_does_not_go_out,
    after_downtime_everything_is_caught_up_in_its_order,
    a_clock_that_jumps_neither_misses_nor_repeats_nor_advances_a_schedule,
    a_change_of_the_clocks_moves_nothing,
    nothing_of_a_scheduled_draft_is_public_before_its_time,
];

async fn a_schedule_is_carried_out_at_its_time_and_not_before(app: TestApp) {
    let id = draft(&app, "Legs").await;
    assert_eq!(publish_at(&app, &id, TEN).await["state"], "PENDING");
    unpublish_at(&app, &id, "2026-11-23T11:00:00Z").await;
    app.advance(HOUR - 1);
    assert_eq!(app.run_jobs().await, 0);
    assert_eq!(public(&app).await, [""; 0]);
    app.advance(1);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(
        post(&app, "legs", "publishedAt updatedAt").await,
        json!({ "publishedAt": TEN, "updatedAt": TEN })
    );
    assert_eq!(of(&app, &id).await, ["UNPUBLISH PENDING", "PUBLISH DONE"]);
    app.advance(HOUR - 1);
    assert_eq!(app.run_jobs().await, 0);
    app.advance(1);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(public(&app).await, [""; 0]);
    assert_eq!(of(&app, &id).await, ["UNPUBLISH DONE", "PUBLISH DONE"]);
    let log = changes(&app, Value::Null).await.0;
    assert_eq!(log, ["CREATED POST en", "DELETED POST en"]);
}

async fn what_is_saved_later_does_not_go_out(app: TestApp) {
    let id = draft(&app, "Approved").await;
    assert_eq!(publish_at(&app, &id, TEN).await["revision"], 1);
    revise(&app, &id, json!({ "title": "Not yet approved" })).await;
    app.advance(HOUR);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(public(&app).await, ["Approved"]);
    let second = json!({ "document": id, "revision": 2, "at": "2026-11-23T11:00:00Z" });
    app.mutate("scheduleEntry", second, "schedule { id }").await;
    revise(&app, &id, json!({ "title": "Third" })).await;
    app.advance(HOUR);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(public(&app).await, ["Not yet approved"]);
}

async fn after_downtime_everything_is_caught_up_in_its_order(app: TestApp) {
    let (one, two) = (draft(&app, "One").await, draft(&app, "Two").await);
    // Made in another order than that of their times.
    publish_at(&app, &two, "2026-11-23T10:00:02Z").await;
    publish_at(&app, &one, "2026-11-23T10:00:01Z").await;
    unpublish_at(&app, &one, "2026-11-23T10:00:03Z").await;
    app.advance(48 * HOUR);
    assert_eq!(app.run_jobs().await, 3);
    let log = changes(&app, Value::Null).await.0;
    assert_eq!(log, ["CREATED POST en", "CREATED POST en two /posts/two", "DELETED POST en"]);
    // It is dated by when it became public, not by when it should have.
    assert_eq!(post(&app, "two", "publishedAt").await, json!({ "publishedAt": "2026-11-25T09:00:00Z" }));
    assert_eq!(of(&app, &one).await, ["UNPUBLISH DONE", "PUBLISH DONE"]);
}

async fn a_clock_that_jumps_neither_misses_nor_repeats_nor_advances_a_schedule(app: TestApp) {
    let id = draft(&app, "Legs").await;
    publish_at(&app, &id, "2026-11-23T11:30:00Z").await;
    // Forward by an hour and back again, before its time.
    app.advance(HOUR);
    assert_eq!(app.run_jobs().await, 0);
    app.advance(-HOUR);
    assert_eq!(app.run_jobs().await, 0);
    app.advance(-HOUR);
    assert_eq!(app.run_jobs().await, 0);
    app.advance(HOUR + 2 * HOUR + HOUR / 2 - 1);
    assert_eq!(app.run_jobs().await, 0);
    app.advance(1);
    assert_eq!(app.run_jobs().await, 1);
    // Back before its time, and over it once more: what is done stays done, and stays undone by hand.
    app.advance(-HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (0, vec!["Legs".to_owned()]));
    unpublish(&app, &id).await;
    app.advance(HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (0, Vec::new()));
    // A jump over the time is as good as its passing.
    publish_at(&app, &id, "2026-11-23T12:00:00Z").await;
    app.advance(HOUR);
    assert_eq!((app.run_jobs().await, public(&app).await), (1, vec!["Legs".to_owned()]));
    assert_eq!(changes(&app, Value::Null).await.0.len(), 3);
}

async fn a_change_of_the_clocks_moves_nothing(app: TestApp) {
    app.mutate("saveSite", json!({ "timeZone": "Europe/Berlin" }), "site { timeZone }").await;
    // In October the hour from two to three comes twice, in March it does not come.
    let nights = [
        ("2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00[Europe/Berlin]"),
        ("2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00[Europe/Berlin]"),
        ("2027-03-28T00:59:59Z", "2027-03-28T01:59:59+01:00[Europe/Berlin]"),
        ("2027-03-28T01:00:00Z", "2027-03-28T03:00:00+02:00[Europe/Berlin]"),
    ];
    let set = |moment: &str| {
        let moment = wellspring::domain::core::time::parse(moment).expect("RFC 3339");
        app.advance(moment.0 - app.app.clock.now().0);
    };
    set("2026-10-24T12:00:00Z");
    let mut ids = Vec::new();
    for (at, local) in nights {
        let id = draft(&app, &format!("At {at}")).await;
        let input = json!({ "document": id, "at": at });
        let made = app.mutate("scheduleEntry", input, "schedule { at localTime }").await["schedule"].clone();
        assert_eq!(made, json!({ "at": at, "localTime": local }));
        ids.push(id);
    }
    for (done, (at, _)) in nights.iter().enumerate() {
        set(at);
        app.advance(-1);
        assert_eq!((app.run_jobs().await, public(&app).await.len()), (0, done), "{at}");
        app.advance(1);
        assert_eq!((app.run_jobs().await, public(&app).await.len()), (1, done + 1), "{at}");
        assert_eq!(of(&app, &ids[done]).await, ["PUBLISH DONE"]);
    }
    // Written with an offset, a time is the same moment.
    let id = draft(&app, "With an offset").await;
    let input = json!({ "document": id, "at": "2027-10-31T02:30:00+01:00" });
    let made = app.mutate("scheduleEntry", input, "schedule { at localTime }").await["schedule"].clone();
    let local = "2027-10-31T02:30:00+01:00[Europe/Berlin]";
    assert_eq!(made, json!({ "at": "2027-10-31T01:30:00Z", "localTime": local }));
}

async fn nothing_of_a_scheduled_draft_is_public_before_its_time(app: TestApp) {
    let id =
        app.save_post(json!({ "title": "CANARY", "slug": "canary", "body": "CANARY" })).await["id"].clone();
    let id = id.as_str().expect("an id");
    publish_at(&app, id, TEN).await;
    let entry = crate::publishing::entry_id(id);
    let query = format!(
        "{{ a: node(id: \"{id}\") {{ id }} b: node(id: \"{entry}\") {{ id }} entry(path: \"/posts/canary\") {{ id }}
            post(slug: \"canary\") {{ id }} entries {{ totalCount nodes {{ title }} }} changes {{ nodes {{ id slug }} }} }}"
    );
    let nothing = json!({ "a": null, "b": null, "entry": null, "post": null,
        "entries": { "totalCount": 0, "nodes": [] }, "changes": { "nodes": [] } });
    app.advance(HOUR - 1);
    assert_eq!(app.run_jobs().await, 0);
    assert_eq!(app.public(&query).await, nothing);
    app.advance(1);
    assert_eq!(app.run_jobs().await, 1);
    let found = app.public(&query).await;
    assert_eq!(found["b"]["id"], json!(entry));
    assert_eq!(found["changes"], json!({ "nodes": [{ "id": entry, "slug": "canary" }] }));
}
