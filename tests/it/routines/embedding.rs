//! Routines in the texts of posts: there with all of their steps, or not published; and not taken away unnoticed.

use serde_json::{Value, json};

use super::{published, save, two_steps, with};
use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::{MINUTE, document, post, republish, revise, trash, unpublish};

stories![
    a_post_shows_the_steps_of_its_routine,
    what_the_texts_of_an_answer_embed_has_an_end,
    a_post_is_not_published_without_its_routines,
    a_routine_that_is_embedded_goes_only_by_force,
    of_many_texts_the_first_ten_are_named,
    the_slug_decides_which_routine_a_text_holds,
    a_planned_withdrawal_looks_again_at_its_time,
    a_routine_and_its_post_become_public_together,
    a_plan_to_publish_waits_for_the_routine,
    a_routine_does_not_embed_routines,
    publishing_and_withdrawing_at_once_leave_no_gap,
];

const BODY: &str = "Try this:\n\n::routine[two-steps]";

async fn try_publish(app: &TestApp, id: &Value) -> Vec<String> {
    refusals(&app.try_mutate("publishEntry", json!({ "document": id }), "entry { id }").await)
}

async fn try_unpublish(app: &TestApp, id: &str, force: Option<bool>) -> Value {
    app.try_mutate("unpublishEntry", json!({ "document": id, "force": force }), "document { state }").await
}

async fn a_post_shows_the_steps_of_its_routine(app: TestApp) {
    let routine = published(&app, two_steps()).await;
    app.publish_post(json!({ "title": "Legs", "body": BODY })).await;
    let fields = "body { html embeds { ... on EntryEmbed { kind slug entry { ... on Routine { title steps { exercise { name } } } } } } }";
    let body = post(&app, "legs", fields).await["body"].clone();
    assert_eq!(
        body["embeds"],
        json!([{ "kind": "ROUTINE", "slug": "two-steps", "entry": {
        "title": "Two steps", "steps": [{ "exercise": { "name": "Squat" } }, { "exercise": { "name": "Long breath out" } }]
    } }])
    );
    let html = body["html"].as_str().expect("html");
    for part in [
        "<aside class=\"embed embed-routine\">",
        "<a href=\"/routines/two-steps\">Two steps</a>",
        "<strong>When to stop:</strong> Stop when it hurts.",
        "<li><strong>Squat</strong>, standing: 2–3 sets of 8–12 reps",
        "<ol start=\"2\"><li><strong>Long breath out</strong>",
        "It takes 5–10 minutes.",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    // As it is now, also after it was changed and renamed.
    let changes = json!({ "id": routine, "expectedRevision": 1, "slug": "one-step", "blocks": [{ "steps": [{ "exercise": "breathe" }] }] });
    app.mutate("saveRoutine", changes, "document { id }").await;
    app.publish(&routine).await;
    let html = post(&app, "legs", "body { html }").await["body"]["html"].as_str().expect("html").to_owned();
    assert!(html.contains("/routines/one-step") && !html.contains("Squat"), "{html}");
}

async fn what_the_texts_of_an_answer_embed_has_an_end(app: TestApp) {
    let mut body = String::new();
    for number in 0..60 {
        let mut routine = two_steps();
        routine["title"] = json!(format!("Steps {number}"));
        published(&app, routine).await;
        body.push_str(&format!("::routine[steps-{number}]\n\n"));
    }
    // Again and again the same is read and rendered once.
    let many = "::routine[steps-0]\n\n".repeat(1_001);
    app.publish_post(json!({ "title": "Legs", "body": body })).await;
    app.publish_post(json!({ "title": "Same", "body": many })).await;
    let ask = async |viewer, count: usize, slug: &str, fields: &str| {
        let one = |n: usize| format!("p{n}: post(slug: \"{slug}\") {{ body {{ {fields} }} }} ");
        let all: String = (0..count).map(one).collect();
        app.send(viewer, &format!("{{ {all} }}"), json!({})).await
    };
    // 60 are read and 60 rendered each time.
    let eight = ask(As::Anonymous, 8, "legs", "html").await;
    assert_eq!(eight.body.get("errors"), None, "960 of 1,000");
    assert_eq!(eight.text.matches("When to stop:").count(), 8 * 60);
    assert_eq!(ask(As::Anonymous, 9, "legs", "html").await.code(), "ANSWER_TOO_LARGE");
    assert_eq!(ask(As::Owner, 9, "legs", "html").await.body.get("errors"), None);

    let same = ask(As::Anonymous, 1, "same", "html").await;
    assert_eq!(same.body.get("errors"), None);
    assert_eq!(same.text.matches("When to stop:").count(), 1_001);
    assert_eq!(ask(As::Anonymous, 1, "same", "embeds { __typename }").await.code(), "ANSWER_TOO_LARGE");
    assert_eq!(ask(As::Owner, 1, "same", "embeds { __typename }").await.body.get("errors"), None);
}

async fn a_post_is_not_published_without_its_routines(app: TestApp) {
    let draft = save(&app, two_steps()).await;
    let post = app.save_post(json!({ "title": "Legs", "body": format!("{BODY}\n\n::routine[other]") })).await;
    let payload = app.try_mutate("publishEntry", json!({ "document": post["id"] }), "entry { id }").await;
    assert_eq!(refusals(&payload), ["NOT_PUBLISHED input.body", "NOT_PUBLISHED input.body"]);
    assert_eq!(
        payload["userErrors"][0]["message"],
        json!("line 3, column 1: the routine “two-steps” is not published")
    );
    let id = post["id"].as_str().expect("an id");
    let problems =
        document(&app, id, "revision { problems { line message } }").await["revision"]["problems"].clone();
    assert_eq!(
        problems,
        json!([
            { "line": 3, "message": "the routine “two-steps” is not published" },
            { "line": 5, "message": "the routine “other” is not published" },
        ])
    );
    assert_eq!(
        app.public("{ posts { totalCount } changes { nodes { kind } } }").await,
        json!({ "posts": { "totalCount": 0 }, "changes": { "nodes": [] } }),
        "nothing stays of it"
    );
    app.publish(draft["id"].as_str().expect("an id")).await;
    revise(&app, id, json!({ "body": BODY })).await;
    assert_eq!(try_publish(&app, &post["id"]).await, [""; 0]);
}

async fn a_routine_that_is_embedded_goes_only_by_force(app: TestApp) {
    let routine = published(&app, two_steps()).await;
    let legs = app.publish_post(json!({ "title": "Legs", "body": BODY })).await;
    app.publish_post(json!({ "title": "Again", "body": BODY })).await;
    let refused = try_unpublish(&app, &routine, None).await;
    assert_eq!(refusals(&refused), ["IN_USE input.document"]);
    let message = refused["userErrors"][0]["message"].as_str().expect("a message");
    assert!(
        message.starts_with("it is embedded in “Again” (post_") && message.contains("“Legs”"),
        "{message}"
    );
    for (mutation, input) in [
        ("trashDocument", json!({ "document": routine })),
        ("scheduleUnpublish", json!({ "document": routine, "at": "2030-01-01T00:00:00Z" })),
    ] {
        let field = if mutation == "trashDocument" { "document { id }" } else { "schedule { id }" };
        assert_eq!(refusals(&app.try_mutate(mutation, input, field).await), ["IN_USE input.document"]);
    }
    // Republishing is no withdrawal.
    app.publish(&routine).await;
    // What does not embed it any more does not hold it.
    republish(&app, &legs, json!({ "body": "Without" })).await;
    let message = try_unpublish(&app, &routine, Some(false)).await["userErrors"][0]["message"].clone();
    assert!(!message.as_str().expect("a message").contains("Legs"));

    assert_eq!(refusals(&try_unpublish(&app, &routine, Some(true)).await), [""; 0]);
    let again = post(&app, "again", "body { html embeds { ... on EntryEmbed { slug entry { id } } } }").await
        ["body"]
        .clone();
    assert_eq!(
        again,
        json!({ "html": "<p>Try this:</p>\n", "embeds": [{ "slug": "two-steps", "entry": null }] })
    );
    // It fills its gap when it comes back, and is held again, also when everything was projected in between.
    let tx = app.app.db.begin().await.expect("a transaction");
    wellspring::domain::content::publish::reproject(&tx, app.app.clock.now(), None, 100)
        .await
        .expect("projected again");
    tx.commit().await.expect("a commit");
    app.publish(&routine).await;
    assert!(
        post(&app, "again", "body { html }").await["body"]["html"].as_str().expect("html").contains("Squat")
    );
    assert_eq!(refusals(&try_unpublish(&app, &routine, None).await), ["IN_USE input.document"]);
    unpublish_post(&app, "again").await;
    trash(&app, &routine).await;
}

async fn of_many_texts_the_first_ten_are_named(app: TestApp) {
    let routine = published(&app, two_steps()).await;
    for number in 10..22 {
        app.publish_post(json!({ "title": format!("Text {number}"), "body": BODY })).await;
    }
    let refused = try_unpublish(&app, &routine, None).await;
    assert_eq!(refusals(&refused), ["IN_USE input.document"]);
    let message = refused["userErrors"][0]["message"].as_str().expect("a message");
    assert_eq!(message.matches("“Text ").count(), 10, "{message}");
    assert!(message.contains("“Text 19”") && !message.contains("“Text 20”"), "{message}");
    assert!(message.contains(", 2 more; with force it goes all the same"), "{message}");
}

async fn the_slug_decides_which_routine_a_text_holds(app: TestApp) {
    let first = published(&app, two_steps()).await;
    app.publish_post(json!({ "title": "Legs", "body": BODY })).await;
    let rename = json!({ "id": first, "expectedRevision": 1, "slug": "renamed" });
    app.mutate("saveRoutine", rename, "document { id }").await;
    app.publish(&first).await;
    assert_eq!(
        refusals(&try_unpublish(&app, &first, None).await),
        ["IN_USE input.document"],
        "by its old slug"
    );
    // Another routine takes the slug, and the text with it.
    let second =
        published(&app, with(json!({ "title": "Two steps", "slug": "two-steps", "goal": "Other" }))).await;
    assert_eq!(refusals(&try_unpublish(&app, &second, None).await), ["IN_USE input.document"]);
    assert_eq!(refusals(&try_unpublish(&app, &first, None).await), [""; 0]);
}

async fn a_planned_withdrawal_looks_again_at_its_time(app: TestApp) {
    const QUERY: &str =
        "query($id: ID!) { desk { document(id: $id) { state schedules { state failure } } } }";
    let routine = published(&app, two_steps()).await;
    let plan = async |at: i64, force: bool| {
        let at = wellspring::domain::core::time::format(entity::Timestamp(app.app.clock.now().0 + at));
        let input = json!({ "document": routine, "at": at, "force": force });
        refusals(&app.try_mutate("scheduleUnpublish", input, "schedule { id }").await)
    };
    assert_eq!(plan(10 * MINUTE, false).await, [""; 0]);
    app.publish_post(json!({ "title": "Legs", "body": BODY })).await;
    app.advance(11 * MINUTE);
    app.run_jobs().await;
    let of = app.data(As::Owner, QUERY, json!({ "id": routine })).await["desk"]["document"].clone();
    assert_eq!((&of["state"], &of["schedules"][0]["state"]), (&json!("PUBLISHED"), &json!("FAILED")));
    assert!(of["schedules"][0]["failure"].as_str().expect("a reason").contains("“Legs”"), "{of}");
    assert_eq!(plan(10 * MINUTE, false).await, ["IN_USE input.document"]);
    assert_eq!(plan(10 * MINUTE, true).await, [""; 0]);
    app.advance(11 * MINUTE);
    app.run_jobs().await;
    let of = app.data(As::Owner, QUERY, json!({ "id": routine })).await["desk"]["document"].clone();
    assert_ne!(of["state"], json!("PUBLISHED"));
}

async fn unpublish_post(app: &TestApp, slug: &str) {
    let id = post(app, slug, "id").await["id"].as_str().expect("an id").to_owned();
    unpublish(app, &id).await;
}

async fn a_routine_and_its_post_become_public_together(app: TestApp) {
    let routine = save(&app, two_steps()).await["id"].clone();
    let legs = app.save_post(json!({ "title": "Legs", "body": BODY })).await["id"].clone();
    let other = app.save_post(json!({ "title": "Other", "body": "::routine[nowhere]" })).await["id"].clone();
    let all = json!({ "documents": [legs, other, routine] });
    let refused = app.try_mutate("publishEntries", all, "documents { id }").await;
    assert_eq!(refusals(&refused), ["NOT_PUBLISHED input.documents.1.body"]);
    assert_eq!(app.public("{ entries { totalCount } }").await["entries"]["totalCount"], json!(0));
    app.mutate("publishEntries", json!({ "documents": [legs, routine] }), "documents { id }").await;
    assert_eq!(app.public("{ entries { totalCount } }").await["entries"]["totalCount"], json!(2));
}

async fn a_plan_to_publish_waits_for_the_routine(app: TestApp) {
    let routine = save(&app, two_steps()).await["id"].clone();
    let legs = app.save_post(json!({ "title": "Legs", "body": BODY })).await["id"].clone();
    let plan = async |id: &Value, at: &str| {
        refusals(
            &app.try_mutate("scheduleEntry", json!({ "document": id, "at": at }), "schedule { id }").await,
        )
    };
    assert_eq!(plan(&legs, "2030-01-02T00:00:00Z").await, ["NOT_PUBLISHED input.body"]);
    assert_eq!(plan(&routine, "2030-01-02T00:00:00Z").await, [""; 0]);
    assert_eq!(plan(&legs, "2030-01-01T00:00:00Z").await, ["NOT_PUBLISHED input.body"], "too early");
    assert_eq!(plan(&legs, "2030-01-02T00:00:00Z").await, ["NOT_PUBLISHED input.body"], "perhaps the first");
    // What counts is the revision that goes out, whatever the draft is called by now.
    let rename = json!({ "id": routine, "expectedRevision": 1, "slug": "later-name" });
    app.mutate("saveRoutine", rename, "document { id }").await;
    assert_eq!(plan(&legs, "2030-01-03T00:00:00Z").await, [""; 0]);
    // The routine was called off meanwhile: the post is not published with a gap, and says why.
    let query = "query($id: ID!) { desk { document(id: $id) { schedules { id state failure } } } }";
    let of = async |id: &Value| {
        app.data(As::Owner, query, json!({ "id": id })).await["desk"]["document"]["schedules"][0].clone()
    };
    app.mutate("cancelSchedule", json!({ "id": of(&routine).await["id"] }), "schedule { state }").await;
    let (now, then) = (app.app.clock.now().0, 1_893_628_800_000 + 10 * MINUTE);
    app.advance(then - now);
    app.run_jobs().await;
    let failed = of(&legs).await;
    assert_eq!(failed["state"], json!("FAILED"));
    assert_eq!(failed["failure"], json!("line 3, column 1: the routine “two-steps” is not published"));
}

async fn a_routine_does_not_embed_routines(app: TestApp) {
    published(&app, two_steps()).await;
    let outer = save(&app, with(json!({ "title": "Outer", "body": BODY }))).await["id"].clone();
    assert_eq!(try_publish(&app, &outer).await, ["UNKNOWN_DIRECTIVE input.body"]);
}

/// Whoever wins, no public text embeds a routine that is not there.
async fn publishing_and_withdrawing_at_once_leave_no_gap(app: TestApp) {
    let routine = published(&app, two_steps()).await;
    for round in 0..8 {
        let title = format!("Round {round}");
        let id = app.save_post(json!({ "title": title, "body": BODY })).await["id"].clone();
        let (published, withdrawn) =
            tokio::join!(try_publish(&app, &id), try_unpublish(&app, &routine, None));
        let withdrawn = refusals(&withdrawn);
        let shown = post(&app, &format!("round-{round}"), "body { html }").await;
        match (published.is_empty(), withdrawn.is_empty()) {
            (true, false) => {
                assert!(shown["body"]["html"].as_str().expect("html").contains("Squat"));
                unpublish_post(&app, &format!("round-{round}")).await;
            }
            (false, true) => {
                assert_eq!((published, shown), (vec!["NOT_PUBLISHED input.body".to_owned()], Value::Null));
                app.publish(&routine).await;
            }
            both => panic!("one of them waits for the other: {both:?}"),
        }
    }
}
