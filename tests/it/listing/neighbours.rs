//! What comes before and after an entry, and what is related to it.

use serde_json::{Value, json};

use super::{List, Way, pluck};
use crate::app::{As, TestApp, stories};
use crate::publishing::{MINUTE, add_german, named, post, unpublish};

stories![
    previous_and_next_chain_all_posts_across_equal_dates,
    previous_and_next_keep_to_kind_and_locale,
    related_entries_are_the_newest_that_share_a_tag_or_the_series,
    related_takes_one_to_twenty,
];

async fn previous_and_next_chain_all_posts_across_equal_dates(app: TestApp) {
    for number in 0..9 {
        let mut input = json!({ "title": format!("Post {number}") });
        if number % 2 == 0 {
            input["publishedAt"] = json!("2026-05-01T00:00:00Z");
        }
        app.publish_post(input).await;
    }
    let list = List::public(
        &app,
        "posts(orderBy: PUBLISHED_AT_ASC, PAGE) NODES",
        "slug previous { slug } next { slug }",
    );
    let all = list.walk(Way::Forwards, 100).await;
    let slugs = pluck(&all, "slug");
    assert_eq!(slugs.len(), 9);
    for (index, node) in all.iter().enumerate() {
        let previous = index.checked_sub(1).map_or(Value::Null, |at| json!({ "slug": slugs[at] }));
        let next = slugs.get(index + 1).map_or(Value::Null, |slug| json!({ "slug": slug }));
        assert_eq!((&node["previous"], &node["next"]), (&previous, &next));
        let alone =
            post(&app, node["slug"].as_str().expect("a slug"), "slug previous { slug } next { slug }").await;
        assert_eq!(alone, *node);
    }
}

async fn previous_and_next_keep_to_kind_and_locale(app: TestApp) {
    add_german(&app).await;
    for (mutation, title, locale) in [
        ("savePost", "one", "en"),
        ("savePost", "eins", "de"),
        ("savePage", "page", "en"),
        ("savePost", "two", "en"),
        ("savePost", "zwei", "de"),
    ] {
        let saved =
            app.mutate(mutation, json!({ "title": title, "locale": locale }), "document { id }").await;
        app.publish(saved["document"]["id"].as_str().expect("an id")).await;
        app.advance(MINUTE);
    }
    let beside = app
        .public(
            "{ entries(orderBy: PUBLISHED_AT_ASC) { nodes { slug previous { slug next { slug } } next { slug } } } }",
        )
        .await;
    let (two, zwei) = (json!({ "slug": "two" }), json!({ "slug": "zwei" }));
    assert_eq!(
        beside["entries"]["nodes"],
        json!([
            { "slug": "one", "previous": null, "next": two },
            { "slug": "eins", "previous": null, "next": zwei },
            { "slug": "page", "previous": null, "next": null },
            { "slug": "two", "previous": { "slug": "one", "next": two }, "next": null },
            { "slug": "zwei", "previous": { "slug": "eins", "next": zwei }, "next": null },
        ])
    );
}

async fn related_entries_are_the_newest_that_share_a_tag_or_the_series(app: TestApp) {
    add_german(&app).await;
    let legs = named(&app, "Tag", json!({ "name": "Legs" })).await;
    let heat = named(&app, "Tag", json!({ "name": "Heat" })).await;
    let series = named(&app, "Series", json!({ "title": "Mondays" })).await;
    let publish = |title: &'static str, more: Value| {
        let app = &app;
        async move {
            let mut input = json!({ "title": title });
            input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            let id = app.publish_post(input).await;
            app.advance(MINUTE);
            id
        }
    };
    publish("legs", json!({ "tags": [legs] })).await;
    publish("source", json!({ "tags": [legs, heat], "series": series })).await;
    publish("alone", json!({})).await;
    let both = publish("both", json!({ "tags": [heat, legs], "series": series })).await;
    publish("in series", json!({ "series": series })).await;
    publish("deutsch", json!({ "tags": [legs], "series": series, "locale": "de" })).await;
    publish("dated back", json!({ "tags": [heat], "publishedAt": "2026-01-01T00:00:00Z" })).await;
    let page = json!({ "title": "page", "tags": [heat] });
    let page = app.mutate("savePage", page, "document { id }").await;
    app.publish(page["document"]["id"].as_str().expect("an id")).await;

    let related = |first: &'static str| {
        let app = &app;
        async move {
            let found = post(app, "source", &format!("related{first} {{ title }}")).await;
            pluck(found["related"].as_array().expect("a list"), "title")
        }
    };
    assert_eq!(related("").await, ["page", "in series", "both"]);
    assert_eq!(related("(first: 1)").await, ["page"]);
    assert_eq!(related("(first: 20)").await, ["page", "in series", "both", "legs", "dated back"]);
    assert_eq!(post(&app, "alone", "related { title }").await, json!({ "related": [] }));
    let german = post(&app, "deutsch", "related { title }").await;
    assert_eq!(german, json!({ "related": [] }), "the others are in another language");

    unpublish(&app, &both).await;
    assert_eq!(related("").await, ["page", "in series", "legs"]);
    let list =
        app.public("{ posts(orderBy: TITLE_ASC) { nodes { title related(first: 2) { title } } } }").await;
    let titles = |titles: &[&str]| titles.iter().map(|title| json!({ "title": title })).collect::<Vec<_>>();
    assert_eq!(
        list["posts"]["nodes"],
        json!([
            { "title": "alone", "related": [] },
            { "title": "dated back", "related": titles(&["page", "source"]) },
            { "title": "deutsch", "related": [] },
            { "title": "in series", "related": titles(&["source"]) },
            { "title": "legs", "related": titles(&["source"]) },
            { "title": "source", "related": titles(&["page", "in series"]) },
        ])
    );
}

async fn related_takes_one_to_twenty(app: TestApp) {
    app.publish_post(json!({ "title": "legs" })).await;
    for first in ["0", "21", "-1"] {
        let query = format!("{{ post(slug: \"legs\") {{ title related(first: {first}) {{ title }} }} }}");
        let reply = app.send(As::Anonymous, &query, json!({})).await;
        assert_eq!(reply.code(), "OUT_OF_RANGE", "{first}");
        assert_eq!(reply.body["errors"][0]["extensions"]["argument"], "first");
    }
}
