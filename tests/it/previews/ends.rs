//! How a preview ends.

use serde_json::json;

use super::life::{LOOK, MAKE, draft};
use super::preview;
use crate::app::{As, Reply, TestApp, refusals, stories};
use crate::publishing::{MINUTE, document, restore, trash};
use crate::team::{HOUR, PASSWORD, member, owner, secret, sign_in, text};

stories![
    a_preview_ends_with_its_time,
    a_preview_that_is_revoked_is_over_at_once,
    a_preview_ends_with_what_made_it,
    signing_out_everywhere_ends_the_previews_of_the_sessions,
    a_preview_ends_with_the_time_of_the_token_that_made_it,
    a_preview_rests_while_its_document_is_in_the_trash,
];

async fn look(app: &TestApp, token: &str) -> Reply {
    app.send(As::Preview(token), LOOK, json!({})).await
}

pub async fn works(app: &TestApp, token: &str) -> bool {
    let reply = look(app, token).await;
    assert!(reply.status == 401 || reply.body["data"]["post"]["title"] == "Draft", "{}", reply.text);
    if reply.status == 401 {
        assert_eq!(reply.code(), "UNAUTHENTICATED");
        assert_eq!(reply.headers["www-authenticate"], "Bearer, Preview");
    }
    reply.status == 200
}

async fn a_preview_ends_with_its_time(app: TestApp) {
    let id = draft(&app).await;
    let day = preview(&app, json!({ "document": id })).await;
    let short = preview(&app, json!({ "document": id, "expiresInMinutes": 30 })).await;
    let reply = look(&app, &day).await;
    assert_eq!(reply.headers["cache-control"], "private, no-store");
    assert_eq!(reply.headers["vary"], "Accept, Authorization");
    app.advance(30 * MINUTE - 1);
    assert_eq!((works(&app, &day).await, works(&app, &short).await), (true, true));
    app.advance(1);
    assert_eq!((works(&app, &day).await, works(&app, &short).await), (true, false));
    app.advance(24 * HOUR - 30 * MINUTE - 1);
    assert!(works(&app, &day).await);
    let listed = document(&app, id.as_str().expect("an id"), "previews { expiresAt }").await;
    assert_eq!(listed["previews"], json!([{ "expiresAt": "2026-11-24T09:00:00Z" }]));
    app.advance(1);
    assert!(!works(&app, &day).await);
    // Rows of what has ended go when the next one is made.
    preview(&app, json!({ "document": id })).await;
    let listed = document(&app, id.as_str().expect("an id"), "previews { revision createdAt }").await;
    assert_eq!(listed["previews"], json!([{ "revision": null, "createdAt": "2026-11-24T09:00:00Z" }]));
}

async fn a_preview_that_is_revoked_is_over_at_once(app: TestApp) {
    let id = draft(&app).await;
    let other = preview(&app, json!({ "document": id })).await;
    let made = app
        .mutate(
            "createPreview",
            json!({ "document": id, "revision": 1 }),
            "secret preview { id document revision }",
        )
        .await;
    let (secret, preview) = (text(&made["secret"]), made["preview"].clone());
    assert!(secret.starts_with("wsv_") && text(&preview["id"]).starts_with("preview_"), "{made}");
    assert_eq!((&preview["document"], &preview["revision"]), (&id, &json!(1)));
    assert!(works(&app, &secret).await);
    app.advance(MINUTE);
    for _ in 0..2 {
        let revoked =
            app.mutate("revokePreview", json!({ "preview": preview["id"] }), "preview { revokedAt }").await;
        assert_eq!(revoked["preview"]["revokedAt"], "2026-11-23T09:01:00Z");
        assert_eq!((works(&app, &secret).await, works(&app, &other).await), (false, true));
        app.advance(MINUTE);
    }
    let listed = document(&app, id.as_str().expect("an id"), "previews { revokedAt }").await;
    assert_eq!(listed["previews"], json!([{ "revokedAt": null }]));
    assert!(!listed.to_string().contains(&secret[4..]), "the token is not kept");
    let owner = owner(&app).await;
    let audit = "{ desk { audit { nodes { action subject fields } } } }";
    let events = app.data(As::Token(&owner), audit, json!({})).await["desk"]["audit"]["nodes"].clone();
    let about: Vec<_> =
        events.as_array().expect("a list").iter().filter(|event| event["subject"] == id).collect();
    let event = |action: &str| json!({ "action": action, "subject": id, "fields": [] });
    assert_eq!(about[..3], [&event("revokePreview"), &event("createPreview"), &event("createPreview")]);
}

async fn a_preview_ends_with_what_made_it(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let (account, session) = member(&app, &owner, "Edda", "EDITOR").await;
    let (suspended, her_session) = member(&app, &owner, "Berta", "EDITOR").await;
    let made = app.data(As::Token(&owner), "mutation { createToken(input: { name: \"x\", scopes: [CONTENT_WRITE], expiresInDays: 1 }) { secret apiToken { id } } }", json!({})).await;
    let (program, program_id) =
        (text(&made["createToken"]["secret"]), &made["createToken"]["apiToken"]["id"]);
    let mut previews = Vec::new();
    for maker in [&session, &her_session, &program] {
        let made = app.data(As::Token(maker), MAKE, json!({ "id": id })).await;
        previews.push(text(&made["createPreview"]["secret"]));
    }
    for (query, variables) in [
        (
            "mutation($id: ID!) { done: setRole(input: { account: $id, role: MODERATOR }) { userErrors { code } } }",
            json!({ "id": account }),
        ),
        (
            "mutation($id: ID!) { done: suspendAccount(input: { account: $id }) { userErrors { code } } }",
            json!({ "id": suspended }),
        ),
        (
            "mutation($id: ID!) { done: revokeToken(input: { token: $id }) { userErrors { code } } }",
            json!({ "id": program_id }),
        ),
    ] {
        let token = previews.remove(0);
        assert!(works(&app, &token).await, "{query}");
        let done = app.data(As::Token(&owner), query, variables).await;
        assert_eq!(done["done"]["userErrors"], json!([]));
        assert!(!works(&app, &token).await, "{query}");
    }
    // Who is let in again does not get the old ones back.
    let query = "mutation($id: ID!) { reinstateAccount(input: { account: $id }) { userErrors { code } } }";
    app.data(As::Token(&owner), query, json!({ "id": suspended })).await;
    let listed = document(&app, id.as_str().expect("an id"), "previews { id }").await;
    assert_eq!(listed["previews"], json!([]));
}

/// A session may have been stolen: what ends all of them ends what was made in them. Programs go on.
async fn signing_out_everywhere_ends_the_previews_of_the_sessions(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let (_, mut session) = member(&app, &owner, "Edda", "EDITOR").await;
    let program = preview(&app, json!({ "document": id })).await;
    let make = async |session: &str| {
        text(&app.data(As::Token(session), MAKE, json!({ "id": id })).await["createPreview"]["secret"])
    };
    let first = make(&session).await;
    app.data(As::Token(&session), "mutation { signOut { signedOut } }", json!({})).await;
    assert!(works(&app, &first).await, "one session is over, and that is all");
    session = secret(&sign_in(&app, "edda@example.org", PASSWORD).await);
    app.data(As::Token(&session), "mutation { signOutEverywhere { signedOut } }", json!({})).await;
    assert!(!works(&app, &first).await);
    session = secret(&sign_in(&app, "edda@example.org", PASSWORD).await);
    let second = make(&session).await;
    let query = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { token } }";
    let input = json!({ "currentPassword": PASSWORD, "newPassword": "another seven legs" });
    app.data(As::Token(&session), query, json!({ "input": input })).await;
    assert!(!works(&app, &second).await);
    assert!(works(&app, &program).await);
}

async fn a_preview_ends_with_the_time_of_the_token_that_made_it(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let make = "mutation { createToken(input: { name: \"x\", scopes: [CONTENT_WRITE], expiresInDays: 1 }) { secret } }";
    let program = text(&app.data(As::Token(&owner), make, json!({})).await["createToken"]["secret"]);
    app.advance(12 * HOUR);
    let made = app.data(As::Token(&program), MAKE, json!({ "id": id })).await;
    let token = text(&made["createPreview"]["secret"]);
    let listed = document(&app, id.as_str().expect("an id"), "previews { expiresAt }").await;
    assert_eq!(listed["previews"], json!([{ "expiresAt": "2026-11-24T09:00:00Z" }]));
    app.advance(12 * HOUR - 1);
    assert!(works(&app, &token).await);
    app.advance(1);
    assert!(!works(&app, &token).await);
}

async fn a_preview_rests_while_its_document_is_in_the_trash(app: TestApp) {
    let id = draft(&app).await;
    let token = preview(&app, json!({ "document": id })).await;
    trash(&app, id.as_str().expect("an id")).await;
    assert!(!works(&app, &token).await);
    let refused = app.try_mutate("createPreview", json!({ "document": id }), "secret").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.document"]);
    restore(&app, id.as_str().expect("an id")).await;
    assert!(works(&app, &token).await);
}
