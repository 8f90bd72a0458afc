//! Who may do what, as a table that is committed: every mutation and every field of the desk, for every kind of viewer and
//! every state of a document. What is not in the table fails the story, so a new mutation is not forgotten.

use std::fmt::Write;

use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;
use wellspring::domain::team::account;

use super::{PASSWORD, member, owner, setup_link, text};

mod questions;

use crate::app::{As, Reply, TestApp, stories};
use crate::publishing::{revise, trash, unpublish};

stories![the_table_of_permissions_is_the_committed_one];

const STATES: [&str; 6] = ["draft", "scheduled", "published", "changed", "withdrawn", "trashed"];
const NO_STATE: [&str; 1] = ["-"];
/// A moment after that of the story.
const LATER: &str = "2026-12-24T18:00:00Z";
/// `savePost` with an id.
const CHANGE: &str = "savePost, change";

/// Somebody who tries everything.
struct Visitor {
    name: &'static str,
    credential: Option<String>,
    /// Whether that is the token of a preview.
    is_preview: bool,
    /// The role of somebody who signs in.
    role: Option<&'static str>,
    /// Whether the documents that are tried are this one's own.
    owns: bool,
}

async fn the_table_of_permissions_is_the_committed_one(app: TestApp) {
    let owner = owner(&app).await;
    let visitors = visitors(&app, &owner).await;
    let introspection =
        "{ __schema { mutationType { fields { name } } } desk: __type(name: \"Desk\") { fields { name } } }";
    let schema = app.data(As::Owner, introspection, json!({})).await;
    let names = |fields: &Value| -> Vec<String> {
        let mut names: Vec<_> =
            fields.as_array().expect("a list").iter().map(|field| text(&field["name"])).collect();
        names.sort();
        names
    };

    let mut table = format!("{:<20} {:<10}", "", "");
    for visitor in &visitors {
        write!(table, " {:<20}", visitor.name).expect("written");
    }
    table.truncate(table.trim_end().len());
    let mutations = names(&schema["__schema"]["mutationType"]["fields"]);
    for name in mutations.into_iter().chain([CHANGE.to_owned()]) {
        let has_state = try_mutation(&app, &visitors[0], &owner, &name, "draft").await.1;
        for state in if has_state { &STATES[..] } else { &NO_STATE } {
            let mut line = format!("\n{name:<20} {state:<10}");
            for visitor in &visitors {
                let (outcome, _) = try_mutation(&app, visitor, &owner, &name, state).await;
                write!(line, " {outcome:<20}").expect("written");
            }
            table.push_str(line.trim_end());
        }
    }
    for name in names(&schema["desk"]["fields"]) {
        let mut line = format!("\n{:<20} {:<10}", format!("desk.{name}"), "-");
        for visitor in &visitors {
            write!(line, " {:<20}", try_desk(&app, visitor, &name).await).expect("written");
        }
        table.push_str(line.trim_end());
    }
    insta::assert_snapshot!("permissions", table);
}

async fn visitors(app: &TestApp, owner: &str) -> Vec<Visitor> {
    let somebody = |name, credential, role, owns| Visitor { name, credential, is_preview: false, role, owns };
    let mut visitors = vec![
        somebody("anonymous", None, None, false),
        somebody("owner", Some(owner.to_owned()), Some("OWNER"), false),
    ];
    for (name, role) in [("Edda", "EDITOR"), ("Ada", "AUTHOR"), ("Mo", "MODERATOR")] {
        let (_, session) = member(app, owner, name, role).await;
        match role {
            "EDITOR" => visitors.push(somebody("editor", Some(session), Some(role), false)),
            "AUTHOR" => {
                visitors.push(somebody("author, own", Some(session.clone()), Some(role), true));
                visitors.push(somebody("author, others'", Some(session), Some(role), false));
            }
            _ => visitors.push(somebody("moderator", Some(session), Some(role), false)),
        }
    }
    for scope in TokenScope::ALL {
        visitors.push(somebody(scope.name(), Some(app.token(&[scope]).await), None, false));
    }
    let shown = document(app, &visitors[0], "draft").await;
    let made = app.mutate("createPreview", json!({ "document": shown }), "secret").await;
    let preview = Some(text(&made["secret"]));
    visitors.push(Visitor { is_preview: true, ..somebody("preview", preview, None, false) });
    visitors
}

/// What came of a mutation, and whether a document's state could matter.
async fn try_mutation(
    app: &TestApp,
    visitor: &Visitor,
    owner: &str,
    name: &str,
    state: &str,
) -> (String, bool) {
    let document = || document(app, visitor, state);
    let (input, has_state) = match name {
        "savePost" | "savePage" | "saveRoutine" => (json!({ "title": "New" }), false),
        "publishEntry" | "unpublishEntry" | "trashDocument" | "restoreDocument" => {
            (json!({ "document": document().await }), true)
        }
        CHANGE => {
            let number = if state == "changed" { 2 } else { 1 };
            (json!({ "id": document().await, "expectedRevision": number, "excerpt": "New" }), true)
        }
        "publishEntries" => (json!({ "documents": [document().await] }), true),
        "restoreRevision" => (json!({ "document": document().await, "revision": 1 }), true),
        "saveTag" | "saveAuthor" => (json!({ "name": "New", "slug": fresh("slug") }), false),
        "saveSeries" => (json!({ "title": "New", "slug": fresh("slug") }), false),
        "saveSite" => (json!({ "tagline": "New" }), false),
        "inviteMember" => (
            json!({ "name": "New", "email": format!("{}@example.org", fresh("new")), "role": "EDITOR" }),
            false,
        ),
        "setRole" => (json!({ "account": victim(app).await, "role": "AUTHOR" }), false),
        "suspendAccount" | "reinstateAccount" => (json!({ "account": victim(app).await }), false),
        "createToken" => (json!({ "name": "new", "scopes": ["CONTENT_READ"] }), false),
        "revokeToken" => (json!({ "token": "token_01h455vb4pex5vsknk084sn02q" }), false),
        "signIn" => (json!({ "email": "olga@example.org", "password": PASSWORD }), false),
        "changePassword" => (json!({ "currentPassword": "wrong", "newPassword": PASSWORD }), false),
        "setUp" => {
            let link = setup_link(app).await;
            (
                json!({ "token": link.reveal(), "name": "N", "email": "n@example.org", "password": PASSWORD }),
                false,
            )
        }
        "requestPasswordReset" => (json!({ "email": "nobody@example.org" }), false),
        "scheduleEntry" | "scheduleUnpublish" => (json!({ "document": document().await, "at": LATER }), true),
        "cancelSchedule" => (json!({ "id": "schedule_01h455vb4pex5vsknk084sn02q" }), false),
        "createPreview" => (json!({ "document": document().await }), true),
        "revokePreview" => (json!({ "preview": "preview_01h455vb4pex5vsknk084sn02q" }), false),
        "retryJob" | "dropJob" => (json!({ "id": "job_01h455vb4pex5vsknk084sn02q" }), false),
        "createUpload" => (
            json!({ "filename": "a.png", "mimeType": "image/png", "byteSize": 9, "sha256": "0".repeat(64) }),
            false,
        ),
        "completeUpload" | "abandonUpload" => {
            (json!({ "upload": "upload_01h455vb4pex5vsknk084sn02q" }), false)
        }
        "updateAsset" | "deleteAsset" => (json!({ "asset": "asset_01h455vb4pex5vsknk084sn02q" }), false),
        "choosePassword" => (json!({ "token": "none", "password": PASSWORD }), false),
        name if questions::is_one(name) => (questions::input(app, visitor, name).await, false),
        "signOut" | "signOutEverywhere" => return (sign_out(app, visitor, owner, name).await, false),
        new => panic!("the mutation {new} is not in the table of permissions yet"),
    };
    let kind = match name {
        "trashDocument" | "restoreDocument" | "unpublishEntry" => "MoveDocument".to_owned(),
        "suspendAccount" | "reinstateAccount" => "Account".to_owned(),
        "retryJob" | "dropJob" => "DeadJob".to_owned(),
        "completeUpload" | "abandonUpload" => "Upload".to_owned(),
        CHANGE => "SavePost".to_owned(),
        name if questions::is_one(name) => questions::kind(name),
        name => name[..1].to_uppercase() + &name[1..],
    };
    let name = if name == CHANGE { "savePost" } else { name };
    let query = format!(
        "mutation($input: {kind}Input!) {{ done: {name}(input: $input) {{ userErrors {{ code }} }} }}"
    );
    let reply = app.send(viewer(visitor), &query, json!({ "input": input })).await;
    (outcome(&reply), has_state)
}

/// Signing out ends sessions, so it is tried by another account with the same role.
async fn sign_out(app: &TestApp, visitor: &Visitor, owner: &str, name: &str) -> String {
    let session = match visitor.role {
        Some(role) => Some(member(app, owner, &fresh("leaver"), role).await.1),
        None => None,
    };
    let viewer = session.as_deref().map_or_else(|| viewer(visitor), As::Token);
    outcome(&app.send(viewer, &format!("mutation {{ done: {name} {{ signedOut }} }}"), json!({})).await)
}

async fn try_desk(app: &TestApp, visitor: &Visitor, name: &str) -> String {
    let field = match name {
        "documents" => "documents { totalCount }".to_owned(),
        "document" => format!("document(id: \"{}\") {{ id }}", document(app, visitor, "draft").await),
        "assets" => "assets { totalCount }".to_owned(),
        "asset" | "upload" => format!("{name}(id: \"{name}_01h455vb4pex5vsknk084sn02q\") {{ id }}"),
        "accounts" | "tokens" | "teammates" | "replyTemplates" => format!("{name} {{ id }}"),
        "previewUrls" => "previewUrls { post }".to_owned(),
        "questions" => "questions { totalCount }".to_owned(),
        "question" => "question(id: \"question_01h455vb4pex5vsknk084sn02q\") { id }".to_owned(),
        "audit" => "audit { nodes { action } }".to_owned(),
        "jobs" | "upcoming" => format!("{name} {{ nodes {{ id }} }}"),
        new => panic!("the field {new} of the desk is not in the table of permissions yet"),
    };
    let reply = app.send(viewer(visitor), &format!("{{ desk {{ done: {field} }} }}"), json!({})).await;
    match reply.code() {
        "" if reply.body["data"]["desk"]["done"].is_null() => "null".to_owned(),
        "" => "ok".to_owned(),
        code => code.to_owned(),
    }
}

fn viewer(visitor: &Visitor) -> As<'_> {
    match visitor.credential.as_deref() {
        None => As::Anonymous,
        Some(token) if visitor.is_preview => As::Preview(token),
        Some(token) => As::Token(token),
    }
}

fn outcome(reply: &Reply) -> String {
    if !reply.code().is_empty() {
        return reply.code().to_owned();
    }
    reply.body["data"]["done"]["userErrors"][0]["code"].as_str().unwrap_or("ok").to_owned()
}

/// A document in a state, of the visitor's own or of somebody else.
async fn document(app: &TestApp, visitor: &Visitor, state: &str) -> String {
    let query = "mutation($title: String!) { savePost(input: { title: $title }) { document { id } } }";
    let writer = if visitor.owns { viewer(visitor) } else { As::Owner };
    let saved = app.data(writer, query, json!({ "title": fresh("title") })).await;
    let id = text(&saved["savePost"]["document"]["id"]);
    match state {
        "published" => drop(app.publish(&id).await),
        "changed" => {
            app.publish(&id).await;
            revise(app, &id, json!({ "excerpt": "Later" })).await;
        }
        "scheduled" => {
            drop(app.mutate("scheduleEntry", json!({ "document": id, "at": LATER }), "").await);
        }
        "withdrawn" => {
            app.publish(&id).await;
            unpublish(app, &id).await;
        }
        "trashed" => drop(trash(app, &id).await),
        _ => {}
    }
    id
}

/// An account that nobody needs.
async fn victim(app: &TestApp) -> String {
    let tx = app.app.db.begin().await.expect("a transaction");
    let email = format!("{}@example.org", fresh("victim"));
    let row = account::create(&tx, app.app.clock.now(), "Victim", Some(&email), entity::Role::Editor).await;
    tx.commit().await.expect("a commit");
    wellspring::domain::core::id::format(row.expect("an account").id)
}

fn fresh(stem: &str) -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{stem}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
