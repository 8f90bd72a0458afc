//! The link with which an editor opens a preview in the site's frontend.

use serde_json::{Value, json};

use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::{add_german, revise};
use crate::team::text;

stories![
    a_preview_comes_with_a_link_to_the_frontend,
    a_pattern_that_leads_nowhere_is_refused,
    the_public_does_not_learn_where_previews_are_shown,
];

async fn link(app: &TestApp, input: Value) -> (String, Value) {
    let made = app.mutate("createPreview", input, "secret url").await;
    (text(&made["secret"]), made["url"].clone())
}

async fn set(app: &TestApp, input: Value) {
    app.mutate("saveSite", input, "site { title }").await;
}

async fn a_preview_comes_with_a_link_to_the_frontend(app: TestApp) {
    add_german(&app).await;
    let input = json!({ "title": "Entwurf", "slug": "entwurf", "locale": "de" });
    let post = app.save_post(input).await["id"].clone();
    let page = app.mutate("savePage", json!({ "title": "About", "slug": "about" }), "document { id }").await;
    let page = page["document"]["id"].clone();
    assert_eq!(link(&app, json!({ "document": post })).await.1, Value::Null);

    // Without a base URL of the site, its entries are at the server's own address.
    set(&app, json!({ "postPreviewUrl": "/api/preview?token={token}&path={path}" })).await;
    let (token, url) = link(&app, json!({ "document": post })).await;
    let base_url = &app.app.config.base_url;
    assert_eq!(url, format!("{base_url}/api/preview?token={token}&path=/de/posts/entwurf"));
    assert_eq!(link(&app, json!({ "document": page })).await.1, Value::Null);

    set(
        &app,
        json!({ "baseUrl": "https://site.example",
        "pagePreviewUrl": "https://preview.example/{locale}/{slug}#{token}" }),
    )
    .await;
    let (token, url) = link(&app, json!({ "document": post })).await;
    assert_eq!(url, format!("https://site.example/api/preview?token={token}&path=/de/posts/entwurf"));
    let (token, url) = link(&app, json!({ "document": page })).await;
    assert_eq!(url, format!("https://preview.example/en/about#{token}"));

    // The link leads to where the revision that is shown will stand.
    revise(&app, post.as_str().expect("an id"), json!({ "slug": "umbenannt" })).await;
    let path = |url: &Value| text(url).rsplit('/').next().map(str::to_owned);
    let (_, url) = link(&app, json!({ "document": post })).await;
    assert_eq!(path(&url).as_deref(), Some("umbenannt"));
    let (_, url) = link(&app, json!({ "document": post, "revision": 1 })).await;
    assert_eq!(path(&url).as_deref(), Some("entwurf"));
    set(&app, json!({ "postPreviewUrl": null })).await;
    assert_eq!(link(&app, json!({ "document": post })).await.1, Value::Null);
}

async fn a_pattern_that_leads_nowhere_is_refused(app: TestApp) {
    for bad in
        ["/preview", "//elsewhere.example/{token}", "javascript:{token}", "https://{slug}.example/{token}"]
    {
        let input = json!({ "postPreviewUrl": bad, "pagePreviewUrl": bad, "tagline": "New" });
        let refused = app.try_mutate("saveSite", input, "site { title }").await;
        assert_eq!(
            refusals(&refused),
            ["INVALID input.postPreviewUrl", "INVALID input.pagePreviewUrl"],
            "{bad}"
        );
    }
    let data =
        app.data(As::Owner, "{ site { tagline } desk { previewUrls { post page } } }", json!({})).await;
    let nothing =
        json!({ "site": { "tagline": null }, "desk": { "previewUrls": { "post": null, "page": null } } });
    assert_eq!(data, nothing);
}

async fn the_public_does_not_learn_where_previews_are_shown(app: TestApp) {
    let url = "https://hidden.example/{token}";
    set(&app, json!({ "postPreviewUrl": url })).await;
    let data = app.data(As::Owner, "{ desk { previewUrls { post page } } }", json!({})).await;
    assert_eq!(data["desk"]["previewUrls"], json!({ "post": url, "page": null }));
    let public = "{ changes { nodes { at } } site { title baseUrl postPath pagePath } __type(name: \"Site\") { fields { name } } }";
    let data = app.public(public).await;
    assert_eq!(data["changes"]["nodes"], json!([]), "nothing that the public sees has changed");
    assert!(
        !data.to_string().to_lowercase().contains("preview") && !data.to_string().contains("hidden"),
        "{data}"
    );
    // Together with something public, the change is told.
    set(&app, json!({ "pagePreviewUrl": url, "tagline": "New" })).await;
    let data = app.public("{ changes { nodes { at } } }").await;
    assert_eq!(data["changes"]["nodes"].as_array().map(Vec::len), Some(1));
}
