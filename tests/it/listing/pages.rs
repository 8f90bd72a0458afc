//! All pages together are the whole list once, in order, both ways, whatever is published in between.

use serde_json::{Value, json};

use super::{List, Way, pluck};
use crate::app::{As, TestApp, stories};
use crate::publishing::{MINUTE, named, republish};

stories![
    every_order_is_walked_whole_in_both_directions,
    posts_published_between_two_pages_shift_nothing,
    a_page_ends_at_either_cursor,
    a_cursor_is_good_for_its_own_list_only,
    tags_series_and_authors_are_paged_by_name,
];

const FIELDS: &str = "id title slug publishedAt updatedAt seriesPosition";

/// Titles in the order of their keys: plain lower-case letters, so that `Ähre` is `ahre` and `Δ` is `d`.
const BY_TITLE: [&str; 7] = ["10 steps", "Ähre", "apfel", "Δ delta", "Éclair", "zebra", "Zebra two"];

/// Posts and pages with many ties: equal dates, equal titles, equal and missing places in the series.
async fn publish_a_mixture(app: &TestApp) -> usize {
    let tag = named(app, "Tag", json!({ "name": "Mixed" })).await;
    let series = named(app, "Series", json!({ "title": "Mixed" })).await;
    let author = named(app, "Author", json!({ "name": "Mixed" })).await;
    for number in 0..21_usize {
        let mut input = json!({
            "title": BY_TITLE[number * 5 % BY_TITLE.len()], "tags": [tag], "series": series, "author": author,
        });
        if number % 3 == 0 {
            input["publishedAt"] = json!(format!("2026-10-0{}T12:00:00Z", number % 2 + 1));
        }
        if number % 4 != 0 {
            input["seriesPosition"] = json!(number % 5 + 1);
        }
        let kind = if number % 5 == 4 { "savePage" } else { "savePost" };
        let saved = app.mutate(kind, input, "document { id }").await;
        app.publish(saved["document"]["id"].as_str().expect("an id")).await;
        if number % 2 == 0 {
            app.advance(MINUTE);
        }
    }
    21
}

/// What an order compares, with the id as the last word.
fn key(order: &str, node: &Value) -> (Value, String) {
    let text = |field: &str| node[field].as_str().expect("text").to_owned();
    let id = text("id").split_once('_').expect("a prefix").1.to_owned();
    let key = match order {
        "PUBLISHED_AT" => json!(text("publishedAt")),
        "UPDATED_AT" => json!(text("updatedAt")),
        "TITLE" => json!(BY_TITLE.iter().position(|title| *title == text("title"))),
        _ => json!(node["seriesPosition"].as_i64().unwrap_or(0)),
    };
    (key, id)
}

fn sorted(order: &str, nodes: &[Value]) -> Vec<Value> {
    let (order, descending) = match order.strip_suffix("_DESC") {
        Some(order) => (order, true),
        None => (order.trim_end_matches("_ASC"), false),
    };
    let mut nodes = nodes.to_vec();
    nodes.sort_by(|a, b| {
        let ((a, a_id), (b, b_id)) = (key(order, a), key(order, b));
        let keys = match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_str().cmp(&b.as_str()),
        };
        keys.then(a_id.cmp(&b_id))
    });
    if descending {
        nodes.reverse();
    }
    nodes
}

async fn every_order_is_walked_whole_in_both_directions(app: TestApp) {
    let count = publish_a_mixture(&app).await;
    let all = List::public(&app, "entries(PAGE) NODES", FIELDS).walk(Way::Forwards, 100).await;
    assert_eq!(all.len(), count);
    for order in [
        "PUBLISHED_AT_DESC",
        "PUBLISHED_AT_ASC",
        "UPDATED_AT_DESC",
        "UPDATED_AT_ASC",
        "TITLE_ASC",
        "TITLE_DESC",
        "SERIES_POSITION_ASC",
    ] {
        let posts: Vec<_> = all
            .iter()
            .filter(|n| n["id"].as_str().is_some_and(|id| id.starts_with("post")))
            .cloned()
            .collect();
        for (field, whole) in [
            (format!("entries(orderBy: {order}, PAGE) NODES"), &all),
            (format!("posts(orderBy: {order}, PAGE) NODES"), &posts),
            (format!("tag(slug: \"mixed\") {{ entries(orderBy: {order}, PAGE) NODES }}"), &all),
            (format!("series(slug: \"mixed\") {{ entries(orderBy: {order}, PAGE) NODES }}"), &all),
            (format!("author(slug: \"mixed\") {{ entries(orderBy: {order}, PAGE) NODES }}"), &all),
        ] {
            let list = List::public(&app, &field, FIELDS);
            let expected = sorted(order, whole);
            for (way, size) in
                [(Way::Forwards, 4), (Way::Backwards, 4), (Way::Forwards, 100), (Way::Backwards, 7)]
            {
                assert_eq!(list.walk(way, size).await, expected, "{field} by {size}, {way:?}");
            }
        }
    }
}

async fn posts_published_between_two_pages_shift_nothing(app: TestApp) {
    let mut ids = Vec::new();
    for title in ["b", "d", "f", "h", "j"] {
        ids.push(app.publish_post(json!({ "title": title })).await);
        app.advance(MINUTE);
    }
    let titles = |nodes: &[Value]| pluck(nodes, "title").iter().filter_map(Value::as_str).collect::<String>();
    // Published after each first page: "a" is first by title and newest by date.
    for (order, way, rest, new) in [
        ("PUBLISHED_AT_DESC", Way::Forwards, "jh|fdb", "a"),
        ("PUBLISHED_AT_DESC", Way::Backwards, "cajhf|db", "c"),
        ("PUBLISHED_AT_ASC", Way::Forwards, "bd|fhjace", "e"),
        ("TITLE_ASC", Way::Forwards, "ab|cdefghj", "g"),
        ("TITLE_DESC", Way::Forwards, "jh|gfedcba", "i"),
    ] {
        let field = format!("posts(orderBy: {order}, PAGE) NODES");
        let list = List::public(&app, &field, "title");
        let (first, cursor) = list.step(way, 2, None).await;
        app.publish_post(json!({ "title": new })).await;
        app.advance(MINUTE);
        let (others, _) = list.step(way, 100, cursor.as_ref()).await;
        let seen = match way {
            Way::Forwards => format!("{}|{}", titles(&first), titles(&others)),
            Way::Backwards => format!("{}|{}", titles(&others), titles(&first)),
        };
        assert_eq!(seen, rest, "{order} {way:?}");
    }
    // A post that moves while it is read is missed or met again, but no other is.
    let list = List::public(&app, "posts(orderBy: UPDATED_AT_ASC, PAGE) NODES", "title");
    let (first, cursor) = list.step(Way::Forwards, 2, None).await;
    assert_eq!(titles(&first), "bd");
    republish(&app, &ids[0], json!({ "body": "Again." })).await;
    let (others, _) = list.step(Way::Forwards, 100, cursor.as_ref()).await;
    assert_eq!(titles(&others), "fhjacegib");
}

async fn a_page_ends_at_either_cursor(app: TestApp) {
    for title in ["a", "b", "c", "d", "e"] {
        app.publish_post(json!({ "title": title })).await;
    }
    let list = List::public(&app, "posts(orderBy: TITLE_ASC, PAGE) NODES", "title");
    let cursors = pluck(list.page("first: 5").await["edges"].as_array().expect("edges"), "cursor");
    for (arguments, expected) in [
        (format!("first: 5, after: {}, before: {}", cursors[0], cursors[4]), &["b", "c", "d"][..]),
        (format!("last: 2, after: {}, before: {}", cursors[0], cursors[4]), &["c", "d"]),
        (format!("first: 2, after: {}, before: {}", cursors[0], cursors[4]), &["b", "c"]),
        (format!("first: 5, before: {}", cursors[1]), &["a"]),
        (format!("last: 5, after: {}", cursors[3]), &["e"]),
        (format!("first: 5, after: {}", cursors[4]), &[]),
        (format!("after: {}, before: {}", cursors[1], cursors[2]), &[]),
    ] {
        let page = list.page(&arguments).await;
        assert_eq!(
            json!(pluck(page["nodes"].as_array().expect("nodes"), "title")),
            json!(expected),
            "{arguments}"
        );
    }
}

async fn a_cursor_is_good_for_its_own_list_only(app: TestApp) {
    named(&app, "Tag", json!({ "name": "One" })).await;
    app.publish_post(json!({ "title": "a" })).await;
    let cursor =
        List::public(&app, "posts(PAGE) NODES", "id").page("first: 1").await["pageInfo"]["endCursor"].clone();
    for other in [
        "posts(orderBy: TITLE_ASC, after: $after) { nodes { id } }",
        "posts(filter: { locale: \"en\" }, after: $after) { nodes { id } }",
        "posts(filter: { tag: \"one\" }, after: $after) { nodes { id } }",
        "posts(filter: { tag: \"none\" }, after: $after) { nodes { id } }",
        "pages(before: $after) { nodes { id } }",
        "tags(after: $after) { nodes { id } }",
    ] {
        let query = format!("query($after: String) {{ {other} }}");
        let reply = app.send(As::Anonymous, &query, json!({ "after": cursor })).await;
        assert_eq!((reply.status, reply.code()), (200, "INVALID_CURSOR"), "{other}");
    }
    let same = "query($after: String) { posts(after: $after) { nodes { id } } }";
    let same = app.data(As::Anonymous, same, json!({ "after": cursor })).await;
    assert_eq!(same["posts"]["nodes"], json!([]));
}

async fn tags_series_and_authors_are_paged_by_name(app: TestApp) {
    for (kind, label, field) in
        [("Tag", "name", "tags"), ("Series", "title", "seriesList"), ("Author", "name", "authors")]
    {
        for (number, name) in ["beta", "Ärzte", "Gamma", "alpha", "beta"].iter().enumerate() {
            named(&app, kind, json!({ label: name, "slug": format!("n{number}") })).await;
        }
        let field = format!("{field}(PAGE) NODES");
        let fields = format!("label: {label} slug");
        let list = List::public(&app, &field, &fields);
        for (way, size) in [(Way::Forwards, 2), (Way::Backwards, 2), (Way::Backwards, 3), (Way::Forwards, 1)]
        {
            let nodes = list.walk(way, size).await;
            assert_eq!(json!(pluck(&nodes, "label")), json!(["alpha", "Ärzte", "beta", "beta", "Gamma"]));
            assert_eq!(json!(pluck(&nodes, "slug")), json!(["n3", "n1", "n0", "n4", "n2"]));
        }
    }
    let counts = app.public("{ tags { totalCount } seriesList { totalCount } authors { totalCount } }").await;
    let five = json!({ "totalCount": 5 });
    assert_eq!(counts, json!({ "tags": five, "seriesList": five, "authors": five }));
}
