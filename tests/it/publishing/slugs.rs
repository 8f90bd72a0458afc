//! Slugs are unique per kind and locale, in the trash too.

use serde_json::{Value, json};

use super::{add_german, republish, revise, trash};
use crate::app::{TestApp, refusals, stories};

stories![
    a_slug_is_made_from_the_title_with_a_number_when_taken,
    a_slug_is_taken_only_within_its_kind_and_locale,
    a_slug_in_the_trash_stays_taken_and_the_answer_says_so,
    a_live_slug_is_taken_until_the_rename_is_published,
    a_revision_under_a_slug_that_went_to_another_is_not_published,
];

async fn page_slug(app: &TestApp, input: Value) -> Value {
    app.mutate("savePage", input, "document { slug }").await["document"]["slug"].clone()
}

/// What comes of a post that wants a slug which it cannot have.
async fn refused_slug(app: &TestApp, input: Value) -> (Vec<String>, Value) {
    let refused = app.try_mutate("savePost", input, "document { id }").await;
    assert_eq!(refused["document"], Value::Null);
    (refusals(&refused), refused["userErrors"][0]["message"].clone())
}

async fn a_slug_is_made_from_the_title_with_a_number_when_taken(app: TestApp) {
    add_german(&app).await;
    for expected in ["was-tun-bei-muden-beinen", "was-tun-bei-muden-beinen-2", "was-tun-bei-muden-beinen-3"] {
        let saved = app.save_post(json!({ "title": "Was tun bei müden Beinen?" })).await;
        assert_eq!(saved["slug"], expected);
    }
    let title = json!({ "title": "Was tun bei müden Beinen?" });
    assert_eq!(page_slug(&app, title).await, "was-tun-bei-muden-beinen");
    let german = json!({ "title": "Was tun bei müden Beinen?", "locale": "de" });
    assert_eq!(app.save_post(german).await["slug"], "was-tun-bei-muden-beinen");

    let saved = app.save_post(json!({ "title": "Legs" })).await;
    let id = saved["id"].as_str().expect("an id");
    let renamed = revise(&app, id, json!({ "title": "Arms" })).await;
    assert_eq!(renamed["slug"], "legs", "a new title leaves the address alone");
    assert_eq!(revise(&app, id, json!({ "slug": null })).await["slug"], "arms");
}

async fn a_slug_is_taken_only_within_its_kind_and_locale(app: TestApp) {
    add_german(&app).await;
    app.save_post(json!({ "title": "Legs", "slug": "legs" })).await;
    let other = json!({ "title": "Other legs", "slug": "legs" });
    let taken = (vec!["TAKEN input.slug".to_owned()], json!("another document has this slug"));
    assert_eq!(refused_slug(&app, other.clone()).await, taken);
    assert_eq!(page_slug(&app, other).await, "legs");
    let german = json!({ "title": "Beine", "slug": "legs", "locale": "de" });
    assert_eq!(app.save_post(german.clone()).await["slug"], "legs");
    assert_eq!(refused_slug(&app, german).await, taken);
}

async fn a_slug_in_the_trash_stays_taken_and_the_answer_says_so(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs" })).await;
    trash(&app, &id).await;
    assert_eq!(
        refused_slug(&app, json!({ "title": "Other legs", "slug": "legs" })).await,
        (vec!["TAKEN input.slug".to_owned()], json!("another document has this slug (in the trash)"))
    );
    assert_eq!(app.save_post(json!({ "title": "Legs" })).await["slug"], "legs-2");
}

async fn a_live_slug_is_taken_until_the_rename_is_published(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs" })).await;
    revise(&app, &id, json!({ "slug": "arms" })).await;
    let wanted = json!({ "title": "Other legs", "slug": "legs" });
    assert_eq!(
        refused_slug(&app, wanted.clone()).await,
        (vec!["TAKEN input.slug".to_owned()], json!("another document is public under this slug"))
    );
    app.publish(&id).await;
    assert_eq!(app.save_post(wanted).await["slug"], "legs");
}

async fn a_revision_under_a_slug_that_went_to_another_is_not_published(app: TestApp) {
    let old = app.publish_post(json!({ "title": "Old", "slug": "legs" })).await;
    republish(&app, &old, json!({ "slug": "arms" })).await;
    let new = app.publish_post(json!({ "title": "New", "slug": "legs" })).await;

    let publish = json!({ "document": old, "revision": 1 });
    let refused = app.try_mutate("publishEntry", publish, "document { id } entry { id }").await;
    assert_eq!(refusals(&refused), ["TAKEN input.slug"]);
    let restore = json!({ "document": old, "revision": 1 });
    let refused = app.try_mutate("restoreRevision", restore, "document { id }").await;
    assert_eq!(refusals(&refused), ["TAKEN input.slug"]);

    let kept = super::post(&app, "legs", "id title").await;
    assert_eq!(kept, json!({ "id": super::entry_id(&new), "title": "New" }));
    assert_eq!(super::post(&app, "arms", "title").await, json!({ "title": "Old" }));
}
