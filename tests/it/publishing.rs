//! The team writes and publishes: what the public sees at every step, and that nothing is lost on the way.

mod at_once;
mod bulk;
mod dates;
mod desk;
mod drafts;
mod embeds;
mod history;
mod redirects;
mod search_engines;
mod slugs;
mod text;
mod translations;
mod trash;

use serde_json::{Value, json};

use crate::app::{As, TestApp};

pub const MINUTE: i64 = 60_000;

/// Saves another revision of a post on top of its newest one; answers the document.
pub async fn revise(app: &TestApp, id: &str, mut changes: Value) -> Value {
    changes["id"] = json!(id);
    changes["expectedRevision"] = document(app, id, "headRevision").await["headRevision"].clone();
    app.save_post(changes).await
}

/// Saves another revision of a post and publishes it.
pub async fn republish(app: &TestApp, id: &str, changes: Value) -> Value {
    revise(app, id, changes).await;
    app.publish(id).await
}

pub async fn unpublish(app: &TestApp, id: &str) -> Value {
    let input = json!({ "document": id });
    app.mutate("unpublishEntry", input, "document { state }").await["document"].clone()
}

pub async fn trash(app: &TestApp, id: &str) -> Value {
    let input = json!({ "document": id });
    app.mutate("trashDocument", input, "document { state }").await["document"].clone()
}

pub async fn restore(app: &TestApp, id: &str) -> Value {
    let input = json!({ "document": id });
    app.mutate("restoreDocument", input, "document { state }").await["document"].clone()
}

/// Fields of a document as the team sees it.
pub async fn document(app: &TestApp, id: &str, fields: &str) -> Value {
    let query = format!("query($id: ID!) {{ desk {{ document(id: $id) {{ {fields} }} }} }}");
    app.data(As::Owner, &query, json!({ "id": id })).await["desk"]["document"].clone()
}

/// Fields of the live post with this slug, for everybody.
pub async fn post(app: &TestApp, slug: &str, fields: &str) -> Value {
    let query = format!("query($slug: String!) {{ post(slug: $slug) {{ {fields} }} }}");
    app.data(As::Anonymous, &query, json!({ "slug": slug })).await["post"].clone()
}

/// The path of the entry that a path leads to now.
pub async fn leads_to(app: &TestApp, path: &str) -> Option<String> {
    let query = "query($path: String!) { entry(path: $path) { path } }";
    let found = app.data(As::Anonymous, query, json!({ "path": path })).await;
    found["entry"]["path"].as_str().map(str::to_owned)
}

/// The id of a post's document as its entry has it.
pub fn entry_id(document: &str) -> String {
    document.replacen("document_", "post_", 1)
}

/// The site has English and German from here on.
pub async fn add_german(app: &TestApp) {
    app.mutate("saveSite", json!({ "locales": ["en", "de"] }), "site { locales }").await;
}

/// Saves a tag, series or author and answers its id.
pub async fn named(app: &TestApp, kind: &str, input: Value) -> Value {
    let field = kind.to_lowercase();
    app.mutate(&format!("save{kind}"), input, &format!("{field} {{ id }}")).await[&field]["id"].clone()
}
