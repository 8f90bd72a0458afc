//! The desk lists documents in every state.

use serde_json::{Value, json};

use super::{MINUTE, add_german, restore, revise, trash, unpublish};
use crate::app::{As, TestApp, stories};
use crate::listing::{List, Way, pluck};

stories![
    documents_are_found_by_state_kind_and_locale,
    documents_are_found_by_part_of_their_title_or_slug,
    documents_are_ordered_and_paged,
];

/// The titles and the count of a list of documents.
async fn titles(app: &TestApp, filter: Value, order: &str) -> (Vec<String>, Value) {
    let query = format!(
        "query($filter: DocumentFilter) {{ desk {{ documents(filter: $filter, orderBy: {order}, first: 100) {{
            totalCount nodes {{ title }}
        }} }} }}"
    );
    let data = app.data(As::Owner, &query, json!({ "filter": filter })).await;
    let list = &data["desk"]["documents"];
    let nodes = list["nodes"].as_array().expect("a list").iter();
    let titles = nodes.map(|node| node["title"].as_str().expect("a title").to_owned());
    (titles.collect(), list["totalCount"].clone())
}

async fn expect(app: &TestApp, filter: Value, expected: &[&str]) {
    let (found, count) = titles(app, filter.clone(), "TITLE_ASC").await;
    assert_eq!(found, expected, "{filter}");
    assert_eq!(count, expected.len(), "{filter}");
}

async fn documents_are_found_by_state_kind_and_locale(app: TestApp) {
    add_german(&app).await;
    app.save_post(json!({ "title": "Draft" })).await;
    app.publish_post(json!({ "title": "Published" })).await;
    let changed = app.publish_post(json!({ "title": "Live" })).await;
    revise(&app, &changed, json!({ "title": "Changed" })).await;
    let trashed = app.publish_post(json!({ "title": "Trashed" })).await;
    trash(&app, &trashed).await;
    let unpublished = app.publish_post(json!({ "title": "Unpublished" })).await;
    unpublish(&app, &unpublished).await;
    let restored = app.publish_post(json!({ "title": "Restored" })).await;
    trash(&app, &restored).await;
    restore(&app, &restored).await;
    let older = app.publish_post(json!({ "title": "Older" })).await;
    revise(&app, &older, json!({ "title": "Older is live" })).await;
    app.publish(&older).await;
    app.mutate("publishEntry", json!({ "document": older, "revision": 1 }), "document { id }").await;
    app.save_post(json!({ "title": "Entwurf", "locale": "de" })).await;
    app.mutate("savePage", json!({ "title": "Page" }), "document { id }").await;

    for (state, expected) in [
        ("DRAFT", &["Draft", "Entwurf", "Page", "Restored", "Unpublished"][..]),
        ("PUBLISHED", &["Published"]),
        ("CHANGED", &["Changed", "Older is live"]),
        ("TRASHED", &["Trashed"]),
    ] {
        expect(&app, json!({ "state": state }), expected).await;
    }
    expect(&app, json!({ "kind": "PAGE" }), &["Page"]).await;
    expect(&app, json!({ "locale": "de" }), &["Entwurf"]).await;
    expect(&app, json!({ "locale": "DE" }), &["Entwurf"]).await;
    expect(&app, json!({ "locale": "fr" }), &[]).await;
    expect(
        &app,
        json!({ "state": "DRAFT", "kind": "POST", "locale": "en", "text": "r" }),
        &["Draft", "Restored"],
    )
    .await;
    let everything = [
        "Changed",
        "Draft",
        "Entwurf",
        "Older is live",
        "Page",
        "Published",
        "Restored",
        "Trashed",
        "Unpublished",
    ];
    expect(&app, Value::Null, &everything).await;
    expect(&app, json!({ "text": "" }), &everything).await;
}

async fn documents_are_found_by_part_of_their_title_or_slug(app: TestApp) {
    for (title, slug) in [
        ("100 % legs", "all-legs"),
        ("snake_case", "snake"),
        (r"back\slash", "back"),
        ("Ärzte & Übungen", "doctors"),
        ("it's", "its-2"),
    ] {
        app.save_post(json!({ "title": title, "slug": slug })).await;
    }
    for (text, expected) in [
        ("%", &["100 % legs"][..]),
        ("_", &["snake_case"]),
        (r"\", &[r"back\slash"]),
        ("'", &["it's"]),
        ("ÄRZTE", &["Ärzte & Übungen"]),
        ("DOCTOR", &["Ärzte & Übungen"]),
        ("its-2", &["it's"]),
        ("a", &["100 % legs", r"back\slash", "snake_case"]),
        ("s_a", &[]),
        ("%legs", &[]),
        ("nowhere", &[]),
    ] {
        expect(&app, json!({ "text": text }), expected).await;
    }
}

async fn documents_are_ordered_and_paged(app: TestApp) {
    let mut ids = Vec::new();
    for title in ["beta", "Älpha", "Gamma"] {
        let saved = app.save_post(json!({ "title": title })).await;
        ids.push(saved["id"].as_str().expect("an id").to_owned());
        app.advance(MINUTE);
    }
    revise(&app, &ids[0], json!({ "body": "Touched." })).await;
    for (order, expected) in [
        ("UPDATED_AT_DESC", ["beta", "Gamma", "Älpha"]),
        ("UPDATED_AT_ASC", ["Älpha", "Gamma", "beta"]),
        ("CREATED_AT_DESC", ["Gamma", "Älpha", "beta"]),
        ("CREATED_AT_ASC", ["beta", "Älpha", "Gamma"]),
        ("TITLE_ASC", ["Älpha", "beta", "Gamma"]),
        ("TITLE_DESC", ["Gamma", "beta", "Älpha"]),
    ] {
        assert_eq!(titles(&app, Value::Null, order).await.0, expected, "{order}");
        let field = format!("desk {{ documents(orderBy: {order}, PAGE) NODES }}");
        let list = List { app: &app, viewer: As::Owner, field: &field, fields: "title" };
        for way in [Way::Forwards, Way::Backwards] {
            assert_eq!(json!(pluck(&list.walk(way, 1).await, "title")), json!(expected), "{order}");
        }
    }
    let page = "query($filter: DocumentFilter, $after: String) {
        desk { documents(filter: $filter, first: 1, after: $after) { pageInfo { endCursor } } }
    }";
    let first =
        app.data(As::Owner, page, json!({})).await["desk"]["documents"]["pageInfo"]["endCursor"].clone();
    let other = json!({ "after": first, "filter": { "kind": "POST" } });
    assert_eq!(app.send(As::Owner, page, other).await.code(), "INVALID_CURSOR");
}
