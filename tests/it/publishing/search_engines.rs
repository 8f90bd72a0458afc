//! What an entry says to search engines, link previews and players.

use serde_json::{Value, json};

use super::{MINUTE, named, post, republish};
use crate::app::{TestApp, refusals, stories};

stories![
    seo_falls_back_to_the_words_of_the_entry,
    json_ld_is_json_that_cannot_end_its_script,
    a_post_has_the_address_of_its_video,
];

async fn seo_falls_back_to_the_words_of_the_entry(app: TestApp) {
    app.mutate("saveSite", json!({ "baseUrl": "https://steady.example/" }), "site { baseUrl }").await;
    let id = app.publish_post(json!({ "title": "Legs" })).await;
    let seo = || post(&app, "legs", "url seo { title description canonicalUrl noIndex }");
    let url = "https://steady.example/posts/legs";
    let expected = |title: &str, description: Value, no_index: bool| {
        let seo =
            json!({ "title": title, "description": description, "canonicalUrl": url, "noIndex": no_index });
        json!({ "url": url, "seo": seo })
    };
    assert_eq!(seo().await, expected("Legs", Value::Null, false));
    republish(&app, &id, json!({ "excerpt": "In short" })).await;
    assert_eq!(seo().await, expected("Legs", json!("In short"), false));
    let own = json!({ "title": "Weak legs?", "description": "For robots", "noIndex": true });
    republish(&app, &id, json!({ "seo": own })).await;
    assert_eq!(seo().await, expected("Weak legs?", json!("For robots"), true));
    republish(&app, &id, json!({ "seo": null })).await;
    assert_eq!(seo().await, expected("Legs", json!("In short"), false));
}

async fn json_ld_is_json_that_cannot_end_its_script(app: TestApp) {
    let title = "</script><script>alert(1)</script> <!-- & \"quotes\"";
    let author = named(&app, "Author", json!({ "name": "Nerys </script>" })).await;
    let words =
        json!({ "title": title, "slug": "legs", "excerpt": "<b>", "body": "Two words", "author": author });
    let id = app.publish_post(words).await;
    app.advance(MINUTE);
    republish(&app, &id, json!({ "body": "Three more words" })).await;
    let text = post(&app, "legs", "jsonLd").await["jsonLd"].clone();
    let text = text.as_str().expect("text");
    assert!(!text.contains('<'), "{text}");
    let url = post(&app, "legs", "url").await["url"].clone();
    assert_eq!(
        serde_json::from_str::<Value>(text).expect("JSON"),
        json!({
            "@context": "https://schema.org", "@type": "BlogPosting", "headline": title, "description": "<b>",
            "url": url, "inLanguage": "en", "wordCount": 3,
            "datePublished": "2026-11-23T09:00:00Z", "dateModified": "2026-11-23T09:01:00Z",
            "author": { "@type": "Person", "name": "Nerys </script>" },
        })
    );
    let page = app.mutate("savePage", json!({ "title": "About" }), "document { id }").await;
    app.publish(page["document"]["id"].as_str().expect("an id")).await;
    let about = app.public("{ page(slug: \"about\") { jsonLd } }").await["page"]["jsonLd"].clone();
    let about: Value = serde_json::from_str(about.as_str().expect("text")).expect("JSON");
    assert_eq!((&about["@type"], about.get("author")), (&json!("WebPage"), None));
}

async fn a_post_has_the_address_of_its_video(app: TestApp) {
    let video = "https://video.example/watch?v=1&t=2";
    let id = app.publish_post(json!({ "title": "Legs", "videoUrl": video })).await;
    assert_eq!(post(&app, "legs", "videoUrl").await, json!({ "videoUrl": video }));
    republish(&app, &id, json!({ "videoUrl": null })).await;
    assert_eq!(post(&app, "legs", "videoUrl").await, json!({ "videoUrl": null }));
    for bad in
        ["legs.mp4", "javascript:alert(1)", "ftp://video.example/x", "https://user:pass@video.example/"]
    {
        let refused =
            app.try_mutate("savePost", json!({ "title": "Bad", "videoUrl": bad }), "document { id }").await;
        assert_eq!(refusals(&refused), ["INVALID input.videoUrl"], "{bad}");
    }
}
