//! A path that was public once leads to where its entry is now.

use entity::redirect;
use sea_orm::EntityTrait;
use serde_json::json;

use super::{add_german, leads_to, republish, revise, unpublish};
use crate::app::{TestApp, stories};

stories![
    every_earlier_path_leads_to_the_newest_one,
    a_rename_while_unpublished_leaves_a_redirect_too,
    a_new_post_takes_an_old_slug_and_wins,
    renaming_back_removes_the_redirect,
    redirects_keep_to_their_locale_and_kind,
];

async fn every_earlier_path_leads_to_the_newest_one(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs", "slug": "one" })).await;
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/one"));

    revise(&app, &id, json!({ "slug": "two" })).await;
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/one"));
    assert_eq!(leads_to(&app, "/posts/two").await, None);

    app.publish(&id).await;
    for path in ["/posts/one", "/posts/two", "/posts/one/", "/posts/one?from=mail#top"] {
        assert_eq!(leads_to(&app, path).await.as_deref(), Some("/posts/two"), "{path}");
    }
    republish(&app, &id, json!({ "slug": "three" })).await;
    for path in ["/posts/one", "/posts/two", "/posts/three"] {
        assert_eq!(leads_to(&app, path).await.as_deref(), Some("/posts/three"), "{path}");
    }
}

async fn a_rename_while_unpublished_leaves_a_redirect_too(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs", "slug": "one" })).await;
    unpublish(&app, &id).await;
    revise(&app, &id, json!({ "slug": "two" })).await;
    assert_eq!(leads_to(&app, "/posts/one").await, None);
    assert_eq!(leads_to(&app, "/posts/two").await, None);
    app.publish(&id).await;
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/two"));
}

async fn a_new_post_takes_an_old_slug_and_wins(app: TestApp) {
    let old = app.publish_post(json!({ "title": "Old", "slug": "one" })).await;
    republish(&app, &old, json!({ "slug": "two" })).await;
    let new = app.save_post(json!({ "title": "New", "slug": "one" })).await["id"].clone();
    let new = new.as_str().expect("an id");
    // A draft has taken the slug, but the public's links still work.
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/two"));

    app.publish(new).await;
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/one"));
    republish(&app, new, json!({ "slug": "three" })).await;
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/three"));
    assert_eq!(leads_to(&app, "/posts/two").await.as_deref(), Some("/posts/two"));
}

async fn renaming_back_removes_the_redirect(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs", "slug": "one" })).await;
    republish(&app, &id, json!({ "slug": "two" })).await;
    republish(&app, &id, json!({ "slug": "one" })).await;
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/one"));
    assert_eq!(leads_to(&app, "/posts/two").await.as_deref(), Some("/posts/one"));
    let stored = redirect::Entity::find().all(&app.app.db.reader()).await.expect("rows");
    assert_eq!(stored.iter().map(|row| row.slug.as_str()).collect::<Vec<_>>(), ["two"]);
}

async fn redirects_keep_to_their_locale_and_kind(app: TestApp) {
    add_german(&app).await;
    let german = app.publish_post(json!({ "title": "Beine", "slug": "one", "locale": "de" })).await;
    app.publish_post(json!({ "title": "Legs", "slug": "one" })).await;
    let page = app.mutate("savePage", json!({ "title": "Page", "slug": "one" }), "document { id }").await;
    app.publish(page["document"]["id"].as_str().expect("an id")).await;

    republish(&app, &german, json!({ "slug": "zwei" })).await;
    assert_eq!(leads_to(&app, "/de/posts/one").await.as_deref(), Some("/de/posts/zwei"));
    assert_eq!(leads_to(&app, "/posts/one").await.as_deref(), Some("/posts/one"));
    assert_eq!(leads_to(&app, "/one").await.as_deref(), Some("/one"));
    assert_eq!(leads_to(&app, "/posts/zwei").await, None);
}
