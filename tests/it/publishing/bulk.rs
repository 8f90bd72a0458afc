//! Publishing several documents at once: all of them or none.

use serde_json::{Value, json};

use super::{republish, revise, trash, unpublish};
use crate::app::{TestApp, refusals, stories};

stories![
    fifty_documents_are_published_at_once,
    one_refusal_publishes_none_and_is_told_by_its_place,
    a_taken_slug_is_one_refusal_among_others,
    too_many_too_few_and_nonsense_are_refused,
];

async fn drafts(app: &TestApp, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 1..=count {
        let saved = app.save_post(json!({ "title": format!("Draft {number}") })).await;
        ids.push(saved["id"].as_str().expect("an id").to_owned());
    }
    ids
}

async fn publish_all(app: &TestApp, ids: &[String]) -> Value {
    let input = json!({ "documents": ids });
    app.try_mutate("publishEntries", input, "documents { id state liveRevision }").await
}

async fn public_titles(app: &TestApp) -> Vec<String> {
    let data = app.public("{ posts(first: 100, orderBy: TITLE_ASC) { nodes { title } } }").await;
    let posts = data["posts"]["nodes"].as_array().expect("a list").iter();
    posts.map(|post| post["title"].as_str().expect("a title").to_owned()).collect()
}

async fn fifty_documents_are_published_at_once(app: TestApp) {
    let mut ids = drafts(&app, 50).await;
    ids.reverse();
    let published = publish_all(&app, &ids).await;
    assert_eq!(published["userErrors"], json!([]));
    let expected: Vec<_> =
        ids.iter().map(|id| json!({ "id": id, "state": "PUBLISHED", "liveRevision": 1 })).collect();
    assert_eq!(published["documents"], json!(expected));
    assert_eq!(public_titles(&app).await.len(), 50);
}

async fn one_refusal_publishes_none_and_is_told_by_its_place(app: TestApp) {
    let ids = drafts(&app, 4).await;
    revise(&app, &ids[1], json!({ "body": "Fine.\n\n::freebie[knees]" })).await;
    trash(&app, &ids[3]).await;
    let refused = publish_all(&app, &ids).await;
    assert_eq!(refused["documents"], json!([]));
    let mut told = refusals(&refused);
    told.sort();
    assert_eq!(told, ["INVALID_TRANSITION input.documents.3", "UNKNOWN_DIRECTIVE input.documents.1.body"]);
    assert_eq!(public_titles(&app).await, [""; 0]);

    let published = publish_all(&app, &[ids[0].clone(), ids[2].clone()]).await;
    assert_eq!(published["userErrors"], json!([]));
    assert_eq!(public_titles(&app).await, ["Draft 1", "Draft 3"]);
}

async fn a_taken_slug_is_one_refusal_among_others(app: TestApp) {
    let ids = drafts(&app, 3).await;
    let old = app.publish_post(json!({ "title": "Old", "slug": "legs" })).await;
    republish(&app, &old, json!({ "slug": "arms" })).await;
    unpublish(&app, &old).await;
    revise(&app, &ids[0], json!({ "slug": "legs" })).await;
    app.mutate("publishEntry", json!({ "document": old, "revision": 1 }), "document { state }").await;
    trash(&app, &ids[2]).await;

    let refused = publish_all(&app, &ids).await;
    let mut told = refusals(&refused);
    told.sort();
    assert_eq!(told, ["INVALID_TRANSITION input.documents.2", "TAKEN input.documents.0.slug"]);
    assert_eq!(public_titles(&app).await, ["Old"]);
}

async fn too_many_too_few_and_nonsense_are_refused(app: TestApp) {
    let ids = drafts(&app, 1).await;
    let id = ids[0].as_str();
    let nowhere = id.replace(&id[id.len() - 4..], "0000");
    for (documents, expected) in [
        (vec![id; 51], vec!["TOO_MANY input.documents"]),
        (vec![], vec!["REQUIRED input.documents"]),
        (vec![id, "tag_01jd", "legs"], vec!["INVALID_ID input.documents.1", "INVALID_ID input.documents.2"]),
        (vec![id, &nowhere], vec!["NOT_FOUND input.documents.1"]),
    ] {
        let input = json!({ "documents": documents });
        let refused = app.try_mutate("publishEntries", input, "documents { id }").await;
        assert_eq!(refusals(&refused), expected);
    }
    assert_eq!(public_titles(&app).await, [""; 0]);
}
