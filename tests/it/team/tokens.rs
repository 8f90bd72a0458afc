//! API tokens in the desk.

use serde_json::{Value, json};

use super::{DAY, owner, text, whoami};
use crate::app::{As, TestApp, refusals, stories};

stories![
    a_token_is_made_used_listed_and_revoked,
    a_token_that_cannot_be_made_is_refused,
    a_token_makes_no_token,
];

const MAKE: &str = "mutation($input: CreateTokenInput!) { createToken(input: $input) {
    secret apiToken { id name scopes expiresAt } userErrors { path code message } } }";

async fn tokens(app: &TestApp, owner: &str) -> Vec<Value> {
    let query = "{ desk { tokens { name scopes createdAt expiresAt lastUsedOn revokedAt } } }";
    let data = app.data(As::Token(owner), query, json!({})).await;
    data["desk"]["tokens"].as_array().expect("a list").clone()
}

async fn a_token_is_made_used_listed_and_revoked(app: TestApp) {
    let owner = owner(&app).await;
    let input = json!({ "name": "feed", "scopes": ["CONTENT_READ", "DRAFTS_READ"], "expiresInDays": 2 });
    let made = app.data(As::Token(&owner), MAKE, json!({ "input": input })).await["createToken"].clone();
    let (secret, id) = (text(&made["secret"]), text(&made["apiToken"]["id"]));
    assert!(secret.starts_with("wsp_") && id.starts_with("token_"), "{made}");
    let listed = |used: Value, revoked: Value| {
        json!({ "name": "feed", "scopes": ["content:read", "drafts:read"], "createdAt": "2026-11-23T09:00:00Z",
            "expiresAt": "2026-11-25T09:00:00Z", "lastUsedOn": used, "revokedAt": revoked })
    };
    assert_eq!(tokens(&app, &owner).await[0], listed(json!(null), json!(null)));
    let me = whoami(&app, &secret).await.body["data"]["viewer"].clone();
    assert_eq!((&me["kind"], &me["scopes"]), (&json!("TOKEN"), &json!(["content:read", "drafts:read"])));
    assert_eq!(tokens(&app, &owner).await[0], listed(json!("2026-11-23T00:00:00Z"), json!(null)));
    app.advance(DAY);
    whoami(&app, &secret).await;
    assert_eq!(tokens(&app, &owner).await[0]["lastUsedOn"], "2026-11-24T00:00:00Z");
    let query = "mutation($id: ID!) { revokeToken(input: { token: $id }) { apiToken { revokedAt } userErrors { code } } }";
    for _ in 0..2 {
        let revoked = app.data(As::Token(&owner), query, json!({ "id": id })).await["revokeToken"].clone();
        assert_eq!(revoked, json!({ "apiToken": { "revokedAt": "2026-11-24T09:00:00Z" }, "userErrors": [] }));
    }
    assert_eq!(whoami(&app, &secret).await.status, 401);
    let text = json!(tokens(&app, &owner).await).to_string();
    assert!(!text.contains(&secret[4..]), "the secret is not kept");
}

async fn a_token_that_cannot_be_made_is_refused(app: TestApp) {
    let owner = owner(&app).await;
    for (input, expected) in [
        (json!({ "name": "", "scopes": ["CONTENT_READ"] }), "REQUIRED input.name"),
        (json!({ "name": "x", "scopes": [] }), "REQUIRED input.scopes"),
        (
            json!({ "name": "x", "scopes": ["CONTENT_READ"], "expiresInDays": 0 }),
            "OUT_OF_RANGE input.expiresInDays",
        ),
        (
            json!({ "name": "x", "scopes": ["CONTENT_READ"], "expiresInDays": 3651 }),
            "OUT_OF_RANGE input.expiresInDays",
        ),
    ] {
        let made = app.data(As::Token(&owner), MAKE, json!({ "input": input })).await["createToken"].clone();
        assert_eq!((refusals(&made), &made["secret"]), (vec![expected.to_owned()], &json!(null)));
    }
    let query = "mutation { revokeToken(input: { token: \"token_01h455vb4pex5vsknk084sn02q\" }) { userErrors { path code message } } }";
    let refused = app.data(As::Token(&owner), query, json!({})).await["revokeToken"].clone();
    assert_eq!(refusals(&refused), ["NOT_FOUND input.token"]);
}

async fn a_token_makes_no_token(app: TestApp) {
    let input = json!({ "name": "more", "scopes": ["CONTENT_WRITE"] });
    let reply = app.send(As::Owner, MAKE, json!({ "input": input })).await;
    assert_eq!((reply.code(), &reply.body["data"]), ("FORBIDDEN", &json!({ "createToken": null })));
}
