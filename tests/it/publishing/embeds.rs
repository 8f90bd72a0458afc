//! Links to other entries inside a text: always as their targets are now.

use serde_json::{Value, json};

use super::{add_german, post, republish, trash, unpublish};
use crate::app::{TestApp, stories};

stories![
    an_embed_has_the_title_and_path_of_its_target,
    an_embed_follows_its_target_when_that_is_renamed,
    an_embed_vanishes_with_its_target_and_comes_back,
    an_embed_keeps_to_its_locale,
];

/// The embeds of a post: its html after the first paragraph, and slug and target of each.
async fn embeds(app: &TestApp, slug: &str) -> (String, Value) {
    let body = post(
        app,
        slug,
        "body { html embeds { ... on EntryEmbed { kind slug entry { __typename title path } } } }",
    )
    .await;
    let html = body["body"]["html"].as_str().expect("html").to_owned();
    (html, body["body"]["embeds"].clone())
}

fn run_low_priority(kind: &str, path: &str, inner: &str) -> String {
    format!("<aside class=\"embed embed-{kind}\"><a href=\"{path}\">{inner}</aside>")
}

async fn an_embed_has_the_title_and_path_of_its_target(app: TestApp) {
    let page = app.mutate("savePage", json!({ "title": "About <us>" }), "document { id }").await;
    app.publish(page["document"]["id"].as_str().expect("an id")).await;
    let id = app.publish_post(json!({ "title": "Target", "excerpt": "\"Short\" & sweet" })).await;
    app.publish_post(json!({ "title": "Source", "body": "Look:\n\n::post[target]\n\n::page[about-us]" }))
        .await;
    let page = run_low_priority("page", "/about-us", "About &lt;us&gt;</a>");
    let first = run_low_priority("post", "/posts/target", "Target</a><p>&quot;Short&quot; &amp; sweet</p>");
    let target = json!({ "__typename": "Post", "title": "Target", "path": "/posts/target" });
    let about = json!({ "__typename": "Page", "title": "About <us>", "path": "/about-us" });
    let expected = json!([
        { "kind": "POST", "slug": "target", "entry": target },
        { "kind": "PAGE", "slug": "about-us", "entry": about },
    ]);
    assert_eq!(embeds(&app, "source").await, (format!("<p>Look:</p>\n{first}\n{page}"), expected));

    republish(&app, &id, json!({ "title": "Another title", "excerpt": null })).await;
    let second = run_low_priority("post", "/posts/target", "Another title</a>");
    assert_eq!(embeds(&app, "source").await.0, format!("<p>Look:</p>\n{second}\n{page}"));
}

async fn an_embed_follows_its_target_when_that_is_renamed(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Target" })).await;
    app.publish_post(json!({ "title": "Source", "body": "Look:\n\n::post[target]" })).await;
    for slug in ["second", "third"] {
        republish(&app, &id, json!({ "slug": slug })).await;
        let path = format!("/posts/{slug}");
        let target = json!({ "__typename": "Post", "title": "Target", "path": path });
        assert_eq!(
            embeds(&app, "source").await,
            (
                format!("<p>Look:</p>\n{}", run_low_priority("post", &path, "Target</a>")),
                json!([{ "kind": "POST", "slug": "target", "entry": target }])
            )
        );
    }
    app.publish_post(json!({ "title": "Heir", "slug": "target" })).await;
    let heir = run_low_priority("post", "/posts/target", "Heir</a>");
    assert_eq!(embeds(&app, "source").await.0, format!("<p>Look:</p>\n{heir}"));
}

async fn an_embed_vanishes_with_its_target_and_comes_back(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Target" })).await;
    app.publish_post(json!({ "title": "Source", "body": "Look:\n\n::post[target]\n\nBye." })).await;
    let target = json!({ "__typename": "Post", "title": "Target", "path": "/posts/target" });
    let link = run_low_priority("post", "/posts/target", "Target</a>");
    let there = (
        format!("<p>Look:</p>\n{link}\n<p>Bye.</p>"),
        json!([{ "kind": "POST", "slug": "target", "entry": target }]),
    );
    let gone = (
        "<p>Look:</p>\n<p>Bye.</p>".to_owned(),
        json!([{ "kind": "POST", "slug": "target", "entry": null }]),
    );
    assert_eq!(embeds(&app, "source").await, there);
    unpublish(&app, &id).await;
    assert_eq!(embeds(&app, "source").await, gone);
    app.publish(&id).await;
    assert_eq!(embeds(&app, "source").await, there);
    trash(&app, &id).await;
    assert_eq!(embeds(&app, "source").await, gone);
}

async fn an_embed_keeps_to_its_locale(app: TestApp) {
    add_german(&app).await;
    app.publish_post(json!({ "title": "Target" })).await;
    app.publish_post(json!({ "title": "Quelle", "locale": "de", "body": "Hier:\n\n::post[target]" })).await;
    assert_eq!(embeds(&app, "quelle").await.0.trim_end(), "<p>Hier:</p>");
    app.publish_post(json!({ "title": "Ziel", "slug": "target", "locale": "de" })).await;
    let link = run_low_priority("post", "/de/posts/target", "Ziel</a>");
    assert_eq!(embeds(&app, "quelle").await.0, format!("<p>Hier:</p>\n{link}"));
}
