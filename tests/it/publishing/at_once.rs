//! Several editors at the same moment.

use serde_json::{Value, json};

use super::{document, revise};
use crate::app::{As, TestApp, stories};

stories![
    drafts_with_one_title_saved_at_once_all_get_a_slug,
    an_answer_has_the_revision_of_its_own_editor,
    bulk_publications_in_opposite_orders_do_not_wait_for_each_other,
];

const SAVE: &str = "mutation($input: SavePostInput!) {
    savePost(input: $input) { document { headRevision slug } userErrors { code path } }
}";

async fn drafts_with_one_title_saved_at_once_all_get_a_slug(app: TestApp) {
    let save = || app.data(As::Owner, SAVE, json!({ "input": { "title": "Weak legs" } }));
    let saved = tokio::join!(save(), save(), save(), save(), save(), save());
    let saved = [saved.0, saved.1, saved.2, saved.3, saved.4, saved.5];
    let mut slugs = saved.map(|data| data["savePost"]["document"]["slug"].as_str().map(str::to_owned));
    slugs.sort();
    let expected = ["weak-legs", "weak-legs-2", "weak-legs-3", "weak-legs-4", "weak-legs-5", "weak-legs-6"];
    assert_eq!(slugs, expected.map(|slug| Some(slug.to_owned())));
}

/// An editor goes on from the revision that the answer names. Were that one somebody else's, her next save would
/// overwrite what she never saw.
async fn an_answer_has_the_revision_of_its_own_editor(app: TestApp) {
    let id = app.save_post(json!({ "title": "First", "slug": "legs" })).await["id"].clone();
    let id = id.as_str().expect("an id");
    for round in 0..60 {
        let title = format!("Round {round}");
        let head = document(&app, id, "headRevision").await["headRevision"].clone();
        let save = json!({ "input": { "id": id, "expectedRevision": head, "title": title } });
        let restore = "mutation($id: ID!) {
            restoreRevision(input: { document: $id, revision: 1 }) { document { id } }
        }";
        let (saved, _) =
            tokio::join!(app.data(As::Owner, SAVE, save), app.data(As::Owner, restore, json!({ "id": id })),);
        let Value::Number(own) = &saved["savePost"]["document"]["headRevision"] else {
            assert_eq!(saved["savePost"]["userErrors"][0]["code"], "CONFLICT");
            continue;
        };
        let named = document(&app, id, &format!("revision(number: {own}) {{ title }}")).await;
        assert_eq!(named["revision"]["title"], title);
    }
}

async fn bulk_publications_in_opposite_orders_do_not_wait_for_each_other(app: TestApp) {
    let mut ids = Vec::new();
    for number in 0..10 {
        let saved = app.save_post(json!({ "title": format!("Post {number}") })).await;
        ids.push(saved["id"].as_str().expect("an id").to_owned());
    }
    let backwards: Vec<_> = ids.iter().rev().cloned().collect();
    for round in 0..5 {
        for id in &ids {
            revise(&app, id, json!({ "body": format!("Round {round}") })).await;
        }
        let publish = |ids: &[String]| {
            let input = json!({ "documents": ids });
            app.mutate("publishEntries", input, "documents { id state }")
        };
        let (one, two) = tokio::join!(publish(&ids), publish(&backwards));
        let expected = |ids: &[String]| {
            let documents = ids.iter().map(|id| json!({ "id": id, "state": "PUBLISHED" }));
            json!(documents.collect::<Vec<_>>())
        };
        assert_eq!((&one["documents"], &two["documents"]), (&expected(&ids), &expected(&backwards)));
    }
}
