//! The trash hides and keeps.

use serde_json::{Value, json};

use super::{MINUTE, add_german, document, leads_to, named, post, restore, revise, trash};
use crate::app::{TestApp, refusals, stories};

stories![the_trash_loses_nothing, a_document_in_the_trash_is_left_alone];

const EVERYTHING: &str = "kind locale title slug headRevision lastLiveRevision createdAt firstPublishedAt
    revisions { totalCount nodes {
        number createdAt note editor { name } title slug excerpt markdown author tags series seriesPosition
        publishedAt seoTitle seoDescription noIndex videoUrl
    } }";

async fn the_trash_loses_nothing(app: TestApp) {
    add_german(&app).await;
    let tag = named(&app, "Tag", json!({ "name": "Strength" })).await;
    let series = named(&app, "Series", json!({ "title": "MSMonday" })).await;
    let author = named(&app, "Author", json!({ "name": "Nerys" })).await;
    let id = app
        .publish_post(json!({
            "title": "Weak legs", "slug": "legs", "excerpt": "Short", "body": "Words.", "note": "asked on Monday",
            "tags": [tag], "series": series, "seriesPosition": 3, "author": author,
            "publishedAt": "2026-11-01T10:00:00+01:00", "videoUrl": "https://video.example/legs",
            "seo": { "title": "Legs", "description": "About legs", "noIndex": true },
        }))
        .await;
    let translation = json!({ "title": "Schwache Beine", "locale": "de", "translationOf": id });
    app.publish_post(translation).await;
    app.advance(MINUTE);
    revise(&app, &id, json!({ "body": "Better words.", "note": "shorter" })).await;
    let before = document(&app, &id, EVERYTHING).await;
    assert_eq!(before["revisions"]["totalCount"], 2);
    let public = post(&app, "legs", "publishedAt translations { title }").await;
    let german = || post(&app, "schwache-beine", "translations { title }");
    assert_eq!(german().await, json!({ "translations": [{ "title": "Weak legs" }] }));

    app.advance(MINUTE);
    trash(&app, &id).await;
    assert_eq!(document(&app, &id, EVERYTHING).await, before);
    let state = "state liveRevision trashedAt entry { id }";
    assert_eq!(
        document(&app, &id, state).await,
        json!({ "state": "TRASHED", "liveRevision": null, "trashedAt": "2026-11-23T09:02:00Z", "entry": null })
    );
    assert_eq!(leads_to(&app, "/posts/legs").await, None);
    assert_eq!(german().await, json!({ "translations": [] }));

    app.advance(MINUTE);
    assert_eq!(restore(&app, &id).await, json!({ "state": "DRAFT" }));
    assert_eq!(document(&app, &id, EVERYTHING).await, before);
    assert_eq!(leads_to(&app, "/posts/legs").await, None);

    app.publish(&id).await;
    assert_eq!(post(&app, "legs", "publishedAt translations { title }").await, public);
    assert_eq!(german().await, json!({ "translations": [{ "title": "Weak legs" }] }));
}

async fn a_document_in_the_trash_is_left_alone(app: TestApp) {
    let id = app.save_post(json!({ "title": "Weak legs" })).await["id"].clone();
    let id = id.as_str().expect("an id");
    revise(&app, id, json!({ "title": "Stronger legs" })).await;
    let restore_it = json!({ "document": id });
    let early = app.try_mutate("restoreDocument", restore_it, "document { id }").await;
    assert_eq!(refusals(&early), ["INVALID_TRANSITION input.document"]);
    trash(&app, id).await;

    let save = json!({ "id": id, "expectedRevision": 2, "title": "Changed" });
    let saved = app.try_mutate("savePost", save, "document { id }").await;
    assert_eq!(refusals(&saved), ["INVALID_TRANSITION input.id"]);
    for (mutation, input) in [
        ("publishEntry", json!({ "document": id })),
        ("unpublishEntry", json!({ "document": id })),
        ("trashDocument", json!({ "document": id })),
        ("restoreRevision", json!({ "document": id, "revision": 1 })),
    ] {
        let refused = app.try_mutate(mutation, input, "document { id }").await;
        assert_eq!(refused["document"], Value::Null, "{mutation}");
        assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.document"], "{mutation}");
    }
    let kept = document(&app, id, "state headRevision title").await;
    assert_eq!(kept, json!({ "state": "TRASHED", "headRevision": 2, "title": "Stronger legs" }));
}
