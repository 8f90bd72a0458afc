//! The change log: each change of what the public sees is one row, in an order that no reader is cheated of.
mod order;

use serde_json::{Value, json};

use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::{add_german, named, republish, restore, revise, trash, unpublish};

stories![
    each_public_change_is_one_row_and_private_ones_are_none,
    a_bulk_publication_is_one_row_for_each_or_none_at_all,
    what_has_left_the_public_is_a_tombstone_without_an_address,
    the_log_is_read_from_its_beginning_its_end_and_any_cursor,
    projecting_again_notes_only_what_is_seen_differently,
];

/// All changes after a cursor, in words, and the cursor to go on from.
pub async fn changes(app: &TestApp, mut after: Value) -> (Vec<String>, Value) {
    let query = "query($after: String) { changes(first: 100, after: $after) {
        nodes { action kind locale slug previousSlug path previousPath }
        pageInfo { hasNextPage endCursor } } }";
    let mut found = Vec::new();
    loop {
        let page = app.data(As::Anonymous, query, json!({ "after": after })).await["changes"].clone();
        for node in page["nodes"].as_array().expect("a list") {
            let words = ["action", "kind", "locale", "slug", "previousSlug", "path", "previousPath"];
            let words = words.iter().filter_map(|name| node[*name].as_str());
            found.push(words.collect::<Vec<_>>().join(" "));
        }
        if page["pageInfo"]["endCursor"] != Value::Null {
            after = page["pageInfo"]["endCursor"].clone();
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return (found, after);
        }
    }
}

async fn each_public_change_is_one_row_and_private_ones_are_none(app: TestApp) {
    let mut cursor = Value::Null;
    let mut expect = async |what: &str, expected: &[&str]| {
        let (found, next) = changes(&app, cursor.clone()).await;
        cursor = next;
        assert_eq!(found, expected, "{what}");
    };
    expect("nothing yet", &[]).await;
    add_german(&app).await;
    expect("the site", &["UPDATED SITE"]).await;
    let tag = named(&app, "Tag", json!({ "name": "Strength" })).await;
    named(&app, "Series", json!({ "title": "MSMonday" })).await;
    named(&app, "Author", json!({ "name": "Nerys" })).await;
    expect("named", &["CREATED TAG strength", "CREATED SERIES msmonday", "CREATED AUTHOR nerys"]).await;
    named(&app, "Tag", json!({ "id": tag, "slug": "power" })).await;
    expect("a tag renamed", &["UPDATED TAG power strength"]).await;

    let id = app.save_post(json!({ "title": "Legs" })).await["id"].as_str().expect("an id").to_owned();
    revise(&app, &id, json!({ "body": "More." })).await;
    expect("drafts", &[]).await;
    app.publish(&id).await;
    expect("published", &["CREATED POST en legs /posts/legs"]).await;
    app.publish(&id).await;
    expect("published again as it is", &[]).await;
    republish(&app, &id, json!({ "body": "Even more." })).await;
    expect("republished", &["UPDATED POST en legs /posts/legs"]).await;
    republish(&app, &id, json!({ "slug": "knees" })).await;
    expect("renamed", &["UPDATED POST en knees legs /posts/knees /posts/legs"]).await;
    unpublish(&app, &id).await;
    expect("unpublished", &["DELETED POST en"]).await;
    app.publish(&id).await;
    expect("published once more", &["CREATED POST en knees /posts/knees"]).await;
    trash(&app, &id).await;
    expect("into the trash", &["DELETED POST en"]).await;
    restore(&app, &id).await;
    trash(&app, &id).await;
    expect("a draft comes and goes", &[]).await;
    let page = json!({ "title": "Über uns", "locale": "de" });
    let page = app.mutate("savePage", page, "document { id }").await["document"]["id"].clone();
    app.publish(page.as_str().expect("an id")).await;
    expect("a page", &["CREATED PAGE de uber-uns /de/uber-uns"]).await;
    let refused = app.try_mutate("saveTag", json!({ "name": "" }), "tag { id }").await;
    assert_eq!(refusals(&refused), ["REQUIRED input.name"]);
    expect("refused", &[]).await;
}

async fn a_bulk_publication_is_one_row_for_each_or_none_at_all(app: TestApp) {
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three"] {
        ids.push(app.save_post(json!({ "title": title })).await["id"].clone());
    }
    trash(&app, ids[1].as_str().expect("an id")).await;
    let refused = app.try_mutate("publishEntries", json!({ "documents": ids }), "documents { id }").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.documents.1"]);
    assert_eq!(changes(&app, Value::Null).await.0, [""; 0]);
    ids.remove(1);
    app.mutate("publishEntries", json!({ "documents": ids }), "documents { id }").await;
    let mut found = changes(&app, Value::Null).await.0;
    found.sort();
    assert_eq!(found, ["CREATED POST en one /posts/one", "CREATED POST en three /posts/three"]);
}

async fn what_has_left_the_public_is_a_tombstone_without_an_address(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Embarrassing", "slug": "quiet-now" })).await;
    republish(&app, &id, json!({ "slug": "quiet-later" })).await;
    let other = app.publish_post(json!({ "title": "Other" })).await;
    unpublish(&app, &id).await;
    let found = changes(&app, Value::Null).await.0;
    let other_row = "CREATED POST en other /posts/other";
    assert_eq!(found, ["CREATED POST en", "UPDATED POST en", other_row, "DELETED POST en"]);
    let ids = app.public("{ changes { nodes { id at } } }").await["changes"]["nodes"].clone();
    let entry = |id: &str| json!({ "id": crate::publishing::entry_id(id), "at": "2026-11-23T09:00:00Z" });
    assert_eq!(ids, json!([entry(&id), entry(&id), entry(&other), entry(&id)]));
}

async fn the_log_is_read_from_its_beginning_its_end_and_any_cursor(app: TestApp) {
    for number in 1..=7 {
        named(&app, "Tag", json!({ "name": format!("Tag {number}") })).await;
    }
    let slugs = async |arguments: &str| {
        let query = format!(
            "{{ changes({arguments}) {{ nodes {{ slug }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"
        );
        let page = app.public(&query).await["changes"].clone();
        let nodes = page["nodes"].as_array().expect("a list").clone();
        let slugs: Vec<_> =
            nodes.iter().filter_map(|node| node["slug"].as_str()).map(str::to_owned).collect();
        (slugs, page["pageInfo"].clone())
    };
    let (first, info) = slugs("first: 3").await;
    assert_eq!(first, ["tag-1", "tag-2", "tag-3"]);
    assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(true), &json!(false)));
    let (next, _) = slugs(&format!("first: 3, after: {}", info["endCursor"])).await;
    assert_eq!(next, ["tag-4", "tag-5", "tag-6"]);
    let (end, info) = slugs("last: 1").await;
    assert_eq!(end, ["tag-7"]);
    let (before, _) = slugs(&format!("last: 2, before: {}", info["startCursor"])).await;
    assert_eq!(before, ["tag-5", "tag-6"]);
    let (none, empty) = slugs(&format!("after: {}", info["endCursor"])).await;
    assert_eq!((none.len(), &empty["endCursor"]), (0, &Value::Null));
    named(&app, "Tag", json!({ "name": "Tag 8" })).await;
    assert_eq!(slugs(&format!("after: {}", info["endCursor"])).await.0, ["tag-8"]);

    let foreign = app.public("{ tags(first: 1) { pageInfo { endCursor } } }").await;
    let foreign = &foreign["tags"]["pageInfo"]["endCursor"];
    let reply = app
        .send(As::Anonymous, &format!("{{ changes(after: {foreign}) {{ nodes {{ slug }} }} }}"), json!({}))
        .await;
    assert_eq!(reply.code(), "INVALID_CURSOR");
    let cost = app.send(As::Anonymous, "{ changes(first: 100) { nodes { slug path } } }", json!({})).await;
    assert_eq!(cost.body["extensions"]["cost"]["used"], 102, "{}", cost.text);
}

async fn projecting_again_notes_only_what_is_seen_differently(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs", "body": "Words." })).await;
    app.publish_post(json!({ "title": "Arms", "body": "Words." })).await;
    let (_, cursor) = changes(&app, Value::Null).await;
    let reproject = async || {
        let tx = app.app.db.begin().await.expect("a transaction");
        let now = app.app.clock.now();
        let done =
            wellspring::domain::content::publish::reproject(&tx, now, None, 100).await.expect("projected");
        tx.commit().await.expect("a commit");
        done.len()
    };
    assert_eq!(reproject().await, 2);
    assert_eq!(changes(&app, cursor.clone()).await.0, [""; 0]);
    // As if an older renderer had written it.
    let backend = app.app.db.backend();
    let uuid = wellspring::domain::core::id::parse::<entity::DocumentId>(&id).expect("an id").0;
    let sql = "UPDATE rich_text SET html = '<p>Old.</p>' WHERE entry_id = $1";
    let statement = sea_orm::Statement::from_sql_and_values(backend, sql, [uuid.into()]);
    sea_orm::ConnectionTrait::execute_raw(app.app.db.writer(), statement).await.expect("written");
    assert_eq!(reproject().await, 2);
    assert_eq!(changes(&app, cursor).await.0, ["UPDATED POST en legs /posts/legs"]);
}
