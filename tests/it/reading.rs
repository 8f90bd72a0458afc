//! A frontend reads: entries with their relations, lists, paths and translations.

use serde_json::{Value, json};

use crate::app::{As, TestApp, stories};

stories![a_page_of_posts_takes_few_statements_whatever_its_length,];

async fn a_page_of_posts_takes_few_statements_whatever_its_length(app: TestApp) {
    let tag = app.mutate("saveTag", json!({ "name": "Strength" }), "tag { id }").await["tag"]["id"].clone();
    let series =
        app.mutate("saveSeries", json!({ "title": "MSMonday" }), "series { id }").await["series"]["id"]
            .clone();
    let author =
        app.mutate("saveAuthor", json!({ "name": "Nerys" }), "author { id }").await["author"]["id"].clone();
    for number in 1..=100 {
        app.publish_post(json!({
            "title": format!("Post {number}"), "tags": [tag], "series": series, "seriesPosition": number, "author": author,
        }))
        .await;
    }
    let list = "query($n: Int) { posts(first: $n) { nodes { title author { name } tags { name } series { title } } } }";
    let hundred = app.send(As::Anonymous, list, json!({ "n": 100 })).await;
    assert_eq!(
        hundred.body["data"]["posts"]["nodes"].as_array().map(Vec::len),
        Some(100),
        "{}",
        hundred.text
    );
    assert_eq!(hundred.body["data"]["posts"]["nodes"][0]["tags"], json!([{ "name": "Strength" }]));
    assert_eq!(hundred.statements(), 1);
    let ten = app.send(As::Anonymous, list, json!({ "n": 10 })).await;
    assert_eq!(ten.statements(), 1);

    let rich = "query($n: Int) { posts(first: $n) { totalCount nodes { body { html outline { text } }
        related(first: 3) { title related { title } } previous { title } next { title } translations { locale } } } }";
    let most = app.send(As::Owner, rich, json!({ "n": 50 })).await;
    assert_eq!(most.body.get("errors"), None, "{}", most.text);
    let fewest = app.send(As::Owner, rich, json!({ "n": 2 })).await;
    assert_eq!(most.statements(), fewest.statements());
    assert!(most.statements() <= 8, "{} statements", most.statements());
    let _: &Value = &most.body;
}
