//! Dates that the author gives, and places in a series.

use serde_json::{Value, json};

use super::{MINUTE, named, post, republish, revise};
use crate::app::{TestApp, refusals, stories};

stories![an_author_may_date_a_post_back_but_not_ahead, a_series_is_read_in_its_own_order,];

async fn an_author_may_date_a_post_back_but_not_ahead(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs", "publishedAt": "2020-02-29T23:59:59.5+05:30" })).await;
    let dates = || post(&app, "legs", "publishedAt updatedAt");
    let at = |published: &str, updated: &str| json!({ "publishedAt": published, "updatedAt": updated });
    assert_eq!(dates().await, at("2020-02-29T18:29:59.5Z", "2026-11-23T09:00:00Z"));

    revise(&app, &id, json!({ "publishedAt": "2026-11-23T09:00:00.001Z" })).await;
    let refused = app.try_mutate("publishEntry", json!({ "document": id }), "document { id }").await;
    assert_eq!(refusals(&refused), ["OUT_OF_RANGE input.publishedAt"]);
    assert_eq!(dates().await, at("2020-02-29T18:29:59.5Z", "2026-11-23T09:00:00Z"));
    app.advance(1);
    app.publish(&id).await;
    assert_eq!(dates().await, at("2026-11-23T09:00:00.001Z", "2026-11-23T09:00:00.001Z"));
    app.advance(MINUTE - 1);
    republish(&app, &id, json!({ "publishedAt": null })).await;
    assert_eq!(dates().await, at("2026-11-23T09:00:00Z", "2026-11-23T09:01:00Z"));
}

async fn a_series_is_read_in_its_own_order(app: TestApp) {
    let series = named(&app, "Series", json!({ "title": "MSMonday" })).await;
    for (title, position) in
        [("Third", json!(3)), ("First", json!(1)), ("Second", json!(2)), ("Loose", Value::Null)]
    {
        app.publish_post(json!({ "title": title, "series": series, "seriesPosition": position })).await;
    }
    app.save_post(json!({ "title": "Draft", "series": series, "seriesPosition": 4 })).await;
    let query = "{ series(slug: \"msmonday\") {
        entries { totalCount nodes { title seriesPosition series { slug } } }
    } }";
    let msmonday = json!({ "slug": "msmonday" });
    let entry = |title: &str, position: Value| json!({ "title": title, "seriesPosition": position, "series": msmonday });
    let expected = json!([
        entry("Loose", Value::Null),
        entry("First", json!(1)),
        entry("Second", json!(2)),
        entry("Third", json!(3)),
    ]);
    let found = app.public(query).await["series"]["entries"].clone();
    assert_eq!(found, json!({ "totalCount": 4, "nodes": expected }));
    for position in [0, -1, 100_001] {
        let input = json!({ "title": "Bad", "series": series, "seriesPosition": position });
        let refused = app.try_mutate("savePost", input, "document { id }").await;
        assert_eq!(refusals(&refused), ["OUT_OF_RANGE input.seriesPosition"]);
    }
}
