//! Documents in several languages.

use serde_json::{Value, json};

use super::{add_german, post, unpublish};
use crate::app::{TestApp, refusals, stories};

stories![
    translations_lists_the_live_ones_only,
    a_group_has_one_document_per_locale_and_kind,
    the_order_of_locales_decides_where_none_is_asked_for,
];

async fn translations_lists_the_live_ones_only(app: TestApp) {
    app.mutate("saveSite", json!({ "locales": ["en", "de", "fr"] }), "site { locales }").await;
    let english = app.publish_post(json!({ "title": "Legs" })).await;
    let german = json!({ "title": "Beine", "locale": "de", "translationOf": english });
    let german = app.save_post(german).await["id"].clone();
    let german = german.as_str().expect("an id");
    let of = |slug: &'static str| post(&app, slug, "translations { locale title path }");
    assert_eq!(of("legs").await, json!({ "translations": [] }));

    app.publish(german).await;
    // A translation of a translation belongs to the same group.
    let french = json!({ "title": "Jambes", "locale": "fr", "translationOf": german });
    app.publish_post(french).await;
    let en = json!({ "locale": "en", "title": "Legs", "path": "/posts/legs" });
    let de = json!({ "locale": "de", "title": "Beine", "path": "/de/posts/beine" });
    let fr = json!({ "locale": "fr", "title": "Jambes", "path": "/fr/posts/jambes" });
    assert_eq!(of("legs").await, json!({ "translations": [de, fr] }));
    assert_eq!(of("beine").await, json!({ "translations": [en, fr] }));
    assert_eq!(of("jambes").await, json!({ "translations": [de, en] }));

    unpublish(&app, german).await;
    assert_eq!(of("legs").await, json!({ "translations": [fr] }));
    assert_eq!(of("jambes").await, json!({ "translations": [en] }));
}

async fn a_group_has_one_document_per_locale_and_kind(app: TestApp) {
    add_german(&app).await;
    let english = app.save_post(json!({ "title": "Legs" })).await["id"].clone();
    let german = json!({ "title": "Beine", "locale": "de", "translationOf": english });
    app.save_post(german.clone()).await;

    let refused = |mutation: &'static str, input: Value| {
        let app = &app;
        async move { refusals(&app.try_mutate(mutation, input, "document { id }").await) }
    };
    assert_eq!(refused("savePost", german).await, ["TAKEN input.locale"]);
    let same = json!({ "title": "Legs again", "translationOf": english });
    assert_eq!(refused("savePost", same).await, ["TAKEN input.locale"]);
    let page = json!({ "title": "Beine", "locale": "de", "translationOf": english });
    assert_eq!(refused("savePage", page).await, ["INVALID input.translationOf", "TAKEN input.locale"]);
    let unknown = json!({ "title": "Jambes", "locale": "fr", "translationOf": english });
    assert_eq!(refused("savePost", unknown).await, ["INVALID input.locale"]);
    let nonsense = json!({ "title": "???", "locale": "klingon!", "translationOf": "tag_1" });
    assert_eq!(refused("savePost", nonsense).await, ["INVALID_ID input.translationOf"]);
}

async fn the_order_of_locales_decides_where_none_is_asked_for(app: TestApp) {
    add_german(&app).await;
    app.publish_post(json!({ "title": "Taxi", "locale": "de" })).await;
    let found = |arguments: &str| {
        let query = format!("{{ post({arguments}) {{ locale }} }}");
        let app = &app;
        async move { app.public(&query).await["post"]["locale"].clone() }
    };
    assert_eq!(found("slug: \"taxi\"").await, "de");
    app.publish_post(json!({ "title": "Taxi" })).await;
    assert_eq!(found("slug: \"taxi\"").await, "en");
    assert_eq!(found("slug: \"taxi\", locale: \"de\"").await, "de");
    assert_eq!(found("slug: \"taxi\", locale: \"DE\"").await, "de");
    assert_eq!(found("slug: \"taxi\", locale: \"fr\"").await, Value::Null);
    app.mutate("saveSite", json!({ "locales": ["de", "en"] }), "site { locales }").await;
    assert_eq!(found("slug: \"taxi\"").await, "de");
}
