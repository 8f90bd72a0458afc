//! Revisions are only ever added, and two editors cannot overwrite each other.

use serde_json::{Value, json};

use super::{MINUTE, document, named, post, revise};
use crate::app::{As, TestApp, refusals, stories};
use crate::listing::{List, Way, pluck};

stories![
    restoring_a_revision_appends_its_content,
    saving_what_is_there_already_adds_no_revision,
    the_later_of_two_editors_is_told_and_nothing_is_lost,
    an_omitted_field_is_left_alone_and_null_clears,
    the_difference_of_two_revisions_is_readable,
    lines_that_were_added_at_the_end_are_all_that_changed,
    revisions_are_paged_newest_first,
];

async fn restoring_a_revision_appends_its_content(app: TestApp) {
    let id = app.publish_post(json!({ "title": "One", "slug": "legs", "body": "First." })).await;
    revise(&app, &id, json!({ "title": "Two", "body": "Second." })).await;
    app.advance(MINUTE);
    let input = json!({ "document": id, "revision": 1, "expectedRevision": 2 });
    let restored = app.mutate("restoreRevision", input, "document { state headRevision liveRevision }").await;
    assert_eq!(
        restored["document"],
        json!({ "state": "CHANGED", "headRevision": 3, "liveRevision": 1 }),
        "restoring publishes nothing"
    );
    let revisions = document(&app, &id, "revisions { nodes { number title markdown note } }").await;
    assert_eq!(
        revisions["revisions"]["nodes"],
        json!([
            { "number": 3, "title": "One", "markdown": "First.", "note": "revision 1 restored" },
            { "number": 2, "title": "Two", "markdown": "Second.", "note": null },
            { "number": 1, "title": "One", "markdown": "First.", "note": null },
        ])
    );

    let again = json!({ "document": id, "revision": 1 });
    let again = app.mutate("restoreRevision", again, "document { headRevision }").await;
    assert_eq!(again["document"]["headRevision"], 3, "the newest revision has this content already");
    for revision in [0, 4] {
        let input = json!({ "document": id, "revision": revision });
        let refused = app.try_mutate("restoreRevision", input, "document { id }").await;
        assert_eq!(refusals(&refused), ["NOT_FOUND input.revision"]);
    }
    let stale = json!({ "document": id, "revision": 2, "expectedRevision": 2 });
    let refused = app.try_mutate("restoreRevision", stale, "document { id }").await;
    assert_eq!(refusals(&refused), ["CONFLICT input.expectedRevision"]);
}

async fn saving_what_is_there_already_adds_no_revision(app: TestApp) {
    let words = json!({ "title": "Legs", "slug": "legs", "body": "Words.", "excerpt": "Short" });
    let id = app.publish_post(words.clone()).await;
    app.advance(MINUTE);
    let saved = revise(&app, &id, words).await;
    assert_eq!((&saved["headRevision"], &saved["state"]), (&json!(1), &json!("PUBLISHED")));
    let saved = revise(&app, &id, json!({ "note": "nothing but a note" })).await;
    assert_eq!(saved["headRevision"], 1);
    let kept = document(&app, &id, "updatedAt revisions { totalCount nodes { note } }").await;
    assert_eq!(
        kept,
        json!({
            "updatedAt": "2026-11-23T09:00:00Z", "revisions": { "totalCount": 1, "nodes": [{ "note": null }] },
        })
    );
}

async fn the_later_of_two_editors_is_told_and_nothing_is_lost(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs", "slug": "legs", "body": "Start." })).await;
    let save = |seen: Value, body: &str| {
        let input = json!({ "id": id, "expectedRevision": seen, "body": body });
        app.try_mutate("savePost", input, "document { headRevision }")
    };
    assert_eq!(save(json!(1), "Hers.").await["document"]["headRevision"], 2);
    let late = save(json!(1), "His.").await;
    assert_eq!(late["document"], Value::Null);
    assert_eq!(refusals(&late), ["CONFLICT input.expectedRevision"]);
    assert_eq!(
        late["userErrors"][0]["message"],
        "the newest revision is 2, not 1: somebody saved in between; read it, merge, and save again"
    );
    assert_eq!(refusals(&save(Value::Null, "His.").await), ["REQUIRED input.expectedRevision"]);
    for (mutation, more) in
        [("publishEntry", json!({})), ("unpublishEntry", json!({})), ("trashDocument", json!({}))]
    {
        let mut input = json!({ "document": id, "expectedRevision": 1 });
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let refused = app.try_mutate(mutation, input, "document { id }").await;
        assert_eq!(refusals(&refused), ["CONFLICT input.expectedRevision"], "{mutation}");
    }
    assert_eq!(post(&app, "legs", "body { markdown }").await, json!({ "body": { "markdown": "Start." } }));
    let kept = document(&app, &id, "revisions { nodes { number markdown } }").await;
    assert_eq!(
        kept["revisions"]["nodes"],
        json!([{ "number": 2, "markdown": "Hers." }, { "number": 1, "markdown": "Start." }])
    );
    assert_eq!(save(json!(2), "Both.").await["document"]["headRevision"], 3);
}

async fn an_omitted_field_is_left_alone_and_null_clears(app: TestApp) {
    let tag = named(&app, "Tag", json!({ "name": "Strength" })).await;
    let words = json!({
        "title": "Legs", "slug": "legs", "excerpt": "Short", "body": "Words.", "tags": [tag],
        "seo": { "title": "For robots", "noIndex": true }, "videoUrl": "https://video.example/legs",
    });
    let id = app.save_post(words).await["id"].clone();
    let fields = "title slug excerpt markdown tags seoTitle noIndex videoUrl";
    let newest = || async {
        document(&app, id.as_str().expect("an id"), &format!("revision {{ {fields} }}")).await["revision"]
            .clone()
    };
    let whole = json!({
        "title": "Legs", "slug": "legs", "excerpt": "Short", "markdown": "Words.", "tags": [tag],
        "seoTitle": "For robots", "noIndex": true, "videoUrl": "https://video.example/legs",
    });
    assert_eq!(newest().await, whole);

    // A variable that is not sent is an omitted field as well.
    let save = "mutation($id: ID, $excerpt: String, $seo: SeoInput) {
        savePost(input: { id: $id, expectedRevision: 1, title: \"Weak legs\", excerpt: $excerpt, seo: $seo }) {
            userErrors { code }
        }
    }";
    let saved = app.data(As::Owner, save, json!({ "id": id, "seo": { "noIndex": false } })).await;
    assert_eq!(saved["savePost"]["userErrors"], json!([]));
    let mut expected = whole;
    expected["title"] = json!("Weak legs");
    expected["noIndex"] = json!(false);
    assert_eq!(newest().await, expected);

    let clear = json!({
        "excerpt": null, "body": null, "tags": null, "seo": { "title": null }, "videoUrl": null, "slug": null,
    });
    revise(&app, id.as_str().expect("an id"), clear).await;
    let cleared = json!({
        "title": "Weak legs", "slug": "weak-legs", "excerpt": null, "markdown": "", "tags": [],
        "seoTitle": null, "noIndex": false, "videoUrl": null,
    });
    assert_eq!(newest().await, cleared);
}

/// The difference as an editor would see it: `field`, then one line each behind ` `, `-` or `+`.
async fn difference(app: &TestApp, id: &str, arguments: &str) -> Value {
    let fields = format!("difference({arguments}) {{ from to fields {{ field lines {{ change text }} }} }}");
    let found = document(app, id, &fields).await["difference"].clone();
    let Some(fields) = found["fields"].as_array() else { return found };
    let shown = fields.iter().map(|field| {
        let lines = field["lines"].as_array().into_iter().flatten().map(|line| {
            let sign = match line["change"].as_str() {
                Some("KEPT") => ' ',
                Some("REMOVED") => '-',
                Some("ADDED") => '+',
                other => panic!("no such change: {other:?}"),
            };
            format!("{sign}{}", line["text"].as_str().expect("a line"))
        });
        json!([field["field"], lines.collect::<Vec<_>>()])
    });
    json!({ "from": found["from"], "to": found["to"], "fields": shown.collect::<Vec<_>>() })
}

async fn the_difference_of_two_revisions_is_readable(app: TestApp) {
    let tag = named(&app, "Tag", json!({ "name": "Strength" })).await;
    let body = "one\ntwo\nthree\nfour\nfive\nsix\nseven";
    let id = app.save_post(json!({ "title": "Legs", "excerpt": "Short", "body": body })).await["id"].clone();
    let id = id.as_str().expect("an id");
    let changes = json!({
        "title": "Weak legs", "excerpt": null, "body": body.replace("two", "2").replace("five", "5\nfive and a half"),
        "tags": [tag], "seo": { "noIndex": true },
    });
    revise(&app, id, changes).await;
    let changed = json!([
        ["title", ["-Legs", "+Weak legs"]],
        ["excerpt", ["-Short"]],
        [
            "body",
            [" one", "-two", "+2", " three", " four", "-five", "+5", "+five and a half", " six", " seven"]
        ],
        ["tags", [format!("+{}", tag.as_str().expect("an id"))]],
        ["seo.noIndex", ["-false", "+true"]],
    ]);
    let whole = json!({ "from": 1, "to": 2, "fields": changed });
    assert_eq!(difference(&app, id, "from: 1, to: 2").await, whole);
    assert_eq!(difference(&app, id, "from: 1").await, whole);
    assert_eq!(difference(&app, id, "from: 2, to: 2").await, json!({ "from": 2, "to": 2, "fields": [] }));
    assert_eq!(difference(&app, id, "from: 1, to: 3").await, Value::Null);
}

async fn lines_that_were_added_at_the_end_are_all_that_changed(app: TestApp) {
    let id = app.save_post(json!({ "title": "Legs", "body": "one\ntwo" })).await["id"].clone();
    let id = id.as_str().expect("an id");
    revise(&app, id, json!({ "body": "one\ntwo\nthree" })).await;
    let fields = &difference(&app, id, "from: 1").await["fields"];
    assert_eq!(*fields, json!([["body", [" one", " two", "+three"]]]));
    let fields = &difference(&app, id, "from: 2, to: 1").await["fields"];
    assert_eq!(*fields, json!([["body", [" one", " two", "-three"]]]));
}

async fn revisions_are_paged_newest_first(app: TestApp) {
    let id = app.save_post(json!({ "title": "Legs", "body": "1" })).await["id"].clone();
    let id = id.as_str().expect("an id");
    for number in 2..=5 {
        revise(&app, id, json!({ "body": number.to_string() })).await;
    }
    let field = format!("desk {{ document(id: \"{id}\") {{ revisions(PAGE) NODES }} }}");
    let list = List { app: &app, viewer: As::Owner, field: &field, fields: "number" };
    for (way, size) in [(Way::Forwards, 2), (Way::Backwards, 2), (Way::Forwards, 1), (Way::Backwards, 5)] {
        assert_eq!(pluck(&list.walk(way, size).await, "number"), [5, 4, 3, 2, 1]);
    }
}
