//! Drafts and later revisions stay with the team until they are published.

use serde_json::{Value, json};

use super::{MINUTE, document, entry_id, named, post, revise, trash, unpublish};
use crate::app::{As, TestApp, refusals, stories};

stories![
    a_draft_is_hidden_everywhere_until_it_is_published,
    a_later_revision_is_hidden_until_it_is_published,
    an_older_revision_is_published_by_its_number,
    unpublishing_and_publishing_again_keeps_the_id_and_the_first_date,
    what_is_not_public_cannot_be_unpublished,
];

/// Every way in which the public could come across one post.
async fn sightings(app: &TestApp, id: &str) -> Value {
    let query = r#"query($entry: ID!, $document: ID!, $both: [ID!]!) {
        post(slug: "weak-legs") { title }
        inLocale: post(slug: "weak-legs", locale: "en") { title }
        entry(path: "/posts/weak-legs") { title }
        node(id: $entry) { id }
        document: node(id: $document) { id }
        nodes(ids: $both) { id }
        posts { totalCount nodes { title } }
        entries(filter: { slugPrefix: "weak" }) { totalCount edges { node { title } } }
        tag(slug: "strength") { entries { totalCount nodes { title } } }
        series(slug: "msmonday") { entries { totalCount nodes { title } } }
        author(slug: "nerys") { entries { totalCount nodes { title } } }
        neighbour: post(slug: "neighbour") {
            related { title } previous { title } next { title } body { html embeds { ... on EntryEmbed { slug entry { title } } } }
        }
    }"#;
    let variables = json!({ "entry": entry_id(id), "document": id, "both": [id, entry_id(id)] });
    app.data(As::Anonymous, query, variables).await
}

fn hidden() -> Value {
    let only_the_neighbour = json!({ "entries": { "totalCount": 1, "nodes": [{ "title": "Neighbour" }] } });
    json!({
        "post": null, "inLocale": null, "entry": null, "node": null, "document": null, "nodes": [null, null],
        "posts": { "totalCount": 1, "nodes": [{ "title": "Neighbour" }] },
        "entries": { "totalCount": 0, "edges": [] },
        "tag": only_the_neighbour, "series": only_the_neighbour, "author": only_the_neighbour,
        "neighbour": {
            "related": [], "previous": null, "next": null,
            "body": { "html": "<p>See also</p>\n", "embeds": [{ "slug": "weak-legs", "entry": null }] },
        },
    })
}

fn public(id: &str) -> Value {
    let weak_legs = json!({ "title": "Weak legs" });
    let link = "<aside class=\"embed embed-post\"><a href=\"/posts/weak-legs\">Weak legs</a></aside>";
    let both = json!([weak_legs, { "title": "Neighbour" }]);
    let in_order = json!([{ "title": "Neighbour" }, weak_legs]);
    json!({
        "post": weak_legs, "inLocale": weak_legs, "entry": weak_legs,
        "node": { "id": entry_id(id) }, "document": null, "nodes": [null, { "id": entry_id(id) }],
        "posts": { "totalCount": 2, "nodes": both },
        "entries": { "totalCount": 1, "edges": [{ "node": weak_legs }] },
        "tag": { "entries": { "totalCount": 2, "nodes": both } },
        "series": { "entries": { "totalCount": 2, "nodes": in_order } },
        "author": { "entries": { "totalCount": 2, "nodes": both } },
        "neighbour": {
            "related": [weak_legs], "previous": null, "next": weak_legs,
            "body": {
                "html": format!("<p>See also</p>\n{link}"),
                "embeds": [{ "slug": "weak-legs", "entry": weak_legs }],
            },
        },
    })
}

async fn a_draft_is_hidden_everywhere_until_it_is_published(app: TestApp) {
    let tag = named(&app, "Tag", json!({ "name": "Strength" })).await;
    let series = named(&app, "Series", json!({ "title": "MSMonday" })).await;
    let author = named(&app, "Author", json!({ "name": "Nerys" })).await;
    let links = |title: &str, position: i32, body: &str| {
        json!({
            "title": title, "body": body, "tags": [tag], "author": author,
            "series": series, "seriesPosition": position,
        })
    };
    app.publish_post(links("Neighbour", 1, "See also\n\n::post[weak-legs]")).await;
    app.advance(MINUTE);

    let saved = app.save_post(links("Weak legs", 2, "Start here.")).await;
    let id = saved["id"].as_str().expect("an id");
    assert_eq!(saved["state"], "DRAFT");
    assert_eq!(sightings(&app, id).await, hidden());

    app.publish(id).await;
    assert_eq!(sightings(&app, id).await, public(id));

    assert_eq!(unpublish(&app, id).await, json!({ "state": "DRAFT" }));
    assert_eq!(sightings(&app, id).await, hidden());

    app.publish(id).await;
    assert_eq!(trash(&app, id).await, json!({ "state": "TRASHED" }));
    assert_eq!(sightings(&app, id).await, hidden());
}

async fn a_later_revision_is_hidden_until_it_is_published(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Weak legs", "body": "First words." })).await;
    let fields = "title excerpt body { markdown text } publishedAt updatedAt";
    let first = json!({
        "title": "Weak legs", "excerpt": null,
        "body": { "markdown": "First words.", "text": "First words." },
        "publishedAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z",
    });
    app.advance(MINUTE);
    let changes = json!({ "title": "Stronger legs", "body": "Later words.", "excerpt": "In short" });
    assert_eq!(revise(&app, &id, changes).await["state"], "CHANGED");
    app.advance(MINUTE);
    assert_eq!(post(&app, "weak-legs", fields).await, first);

    let published = app.publish(&id).await;
    assert_eq!(published["document"]["state"], "PUBLISHED");
    let second = json!({
        "title": "Stronger legs", "excerpt": "In short",
        "body": { "markdown": "Later words.", "text": "Later words." },
        "publishedAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:02:00Z",
    });
    assert_eq!(post(&app, "weak-legs", fields).await, second);
}

async fn an_older_revision_is_published_by_its_number(app: TestApp) {
    let id = app.save_post(json!({ "title": "One", "slug": "legs" })).await["id"].clone();
    let id = id.as_str().expect("an id");
    revise(&app, id, json!({ "title": "Two" })).await;
    revise(&app, id, json!({ "title": "Three" })).await;
    let numbers = "document { state headRevision liveRevision lastLiveRevision } entry { title }";
    for (revision, title, state) in [(2, "Two", "CHANGED"), (1, "One", "CHANGED"), (3, "Three", "PUBLISHED")]
    {
        let input = json!({ "document": id, "revision": revision });
        let published = app.mutate("publishEntry", input, numbers).await;
        let document = json!({
            "state": state, "headRevision": 3, "liveRevision": revision, "lastLiveRevision": revision,
        });
        assert_eq!((&published["document"], &published["entry"]["title"]), (&document, &json!(title)));
        assert_eq!(post(&app, "legs", "title").await, json!({ "title": title }));
    }
    for revision in [0, 4, -1] {
        let input = json!({ "document": id, "revision": revision });
        let refused = app.try_mutate("publishEntry", input, "document { id } entry { id }").await;
        assert_eq!(refusals(&refused), ["NOT_FOUND input.revision"]);
    }
    assert_eq!(post(&app, "legs", "title").await, json!({ "title": "Three" }));
}

async fn unpublishing_and_publishing_again_keeps_the_id_and_the_first_date(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Weak legs" })).await;
    let fields = "id publishedAt updatedAt";
    let before = post(&app, "weak-legs", fields).await;
    app.advance(MINUTE);
    unpublish(&app, &id).await;
    assert_eq!(post(&app, "weak-legs", fields).await, Value::Null);
    let numbers = document(&app, &id, "liveRevision lastLiveRevision firstPublishedAt").await;
    assert_eq!(
        numbers,
        json!({ "liveRevision": null, "lastLiveRevision": 1, "firstPublishedAt": "2026-11-23T09:00:00Z" })
    );
    app.advance(MINUTE);
    app.publish(&id).await;
    let after = post(&app, "weak-legs", fields).await;
    assert_eq!(
        before,
        json!({ "id": entry_id(&id), "publishedAt": "2026-11-23T09:00:00Z",
        "updatedAt": "2026-11-23T09:00:00Z" })
    );
    assert_eq!(
        after,
        json!({ "id": entry_id(&id), "publishedAt": "2026-11-23T09:00:00Z",
        "updatedAt": "2026-11-23T09:02:00Z" })
    );
}

async fn what_is_not_public_cannot_be_unpublished(app: TestApp) {
    let id = app.save_post(json!({ "title": "A draft" })).await["id"].clone();
    let refused = app.try_mutate("unpublishEntry", json!({ "document": id }), "document { id }").await;
    assert_eq!(refused["document"], Value::Null);
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.document"]);
}
