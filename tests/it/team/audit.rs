//! What the team does is noted, with the names of fields and nothing of their content.

use serde_json::{Value, json};

use super::{member, owner, text};
use crate::app::{As, TestApp, stories};
use crate::publishing::revise;

stories![every_action_is_noted_with_its_fields, only_owners_read_the_log];

async fn log(app: &TestApp, owner: &str) -> Vec<Value> {
    let query = "{ desk { audit(first: 100) { nodes { action account token subject fields } } } }";
    let data = app.data(As::Token(owner), query, json!({})).await;
    data["desk"]["audit"]["nodes"].as_array().expect("a list").clone()
}

async fn every_action_is_noted_with_its_fields(app: TestApp) {
    let owner = owner(&app).await;
    let tag = text(&app.mutate("saveTag", json!({ "name": "Legs" }), "tag { id }").await["tag"]["id"]);
    let id = text(&app.save_post(json!({ "title": "One", "body": "CANARY" })).await["id"]);
    revise(&app, &id, json!({ "excerpt": "CANARY", "tags": [tag] })).await;
    app.publish(&id).await;
    app.mutate("saveSite", json!({ "tagline": "CANARY" }), "site { tagline }").await;
    let noted = log(&app, &owner).await;
    let short: Vec<_> = noted
        .iter()
        .map(|event| format!("{} {} {}", event["action"], event["subject"], event["fields"]).replace('"', ""))
        .collect();
    let olga = text(&noted.last().expect("one at least")["account"]);
    assert_eq!(
        short,
        [
            "saveSite null [tagline]".to_owned(),
            format!("publishEntry {id} []"),
            format!("savePost {id} [excerpt,tags]"),
            format!("savePost {id} [title,slug,body]"),
            format!("saveTag {tag} [name]"),
            format!("setUp {olga} []"),
        ]
    );
    assert!(
        noted[..5].iter().all(|event| event["token"].as_str().is_some_and(|id| id.starts_with("token_")))
    );
    assert!(!json!(noted).to_string().contains("CANARY"));
    // What was refused did not happen.
    app.try_mutate("publishEntry", json!({ "document": id, "revision": 9 }), "__typename").await;
    assert_eq!(log(&app, &owner).await, noted);
}

async fn only_owners_read_the_log(app: TestApp) {
    let owner = owner(&app).await;
    let (_, editor) = member(&app, &owner, "Edda", "EDITOR").await;
    for viewer in [As::Token(&editor), As::Owner] {
        let query = "{ desk { audit { nodes { action } } accounts { id } tokens { id } } }";
        let reply = app.send(viewer, query, json!({})).await;
        assert_eq!(reply.code(), "FORBIDDEN");
        assert_eq!(reply.body["data"]["desk"], json!({ "audit": null, "accounts": null, "tokens": null }));
    }
}
