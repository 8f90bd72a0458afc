//! Authors work on their own documents, moderators on none.

use entity::{AccountStatus, Role};
use serde_json::{Value, json};
use wellspring::domain::access::policy::{ManageAccounts, ManageTokens, Permit, TokenScope};
use wellspring::domain::core::error::{Denied, Error};
use wellspring::domain::core::id;
use wellspring::domain::team::{account, token};

use super::{member, owner, text, viewer_of};
use crate::app::{As, TestApp, refusals, stories};

stories![
    an_author_sees_and_changes_only_what_is_their_own,
    a_moderator_has_no_documents,
    addresses_are_for_owners_and_for_oneself,
    who_is_no_owner_any_more_makes_no_token_and_changes_no_team,
];

async fn save(app: &TestApp, viewer: As<'_>, input: Value) -> Value {
    let query = "mutation($input: SavePostInput!) { savePost(input: $input) { document { id } userErrors { path code message } } }";
    app.data(viewer, query, json!({ "input": input })).await["savePost"].clone()
}

async fn an_author_sees_and_changes_only_what_is_their_own(app: TestApp) {
    let owner = owner(&app).await;
    let (_, author) = member(&app, &owner, "Ada", "AUTHOR").await;
    let (_, editor) = member(&app, &owner, "Edda", "EDITOR").await;
    let author = As::Token(&author);
    let mine = text(&save(&app, author, json!({ "title": "Mine" })).await["document"]["id"]);
    let other = text(&save(&app, As::Token(&editor), json!({ "title": "Not mine" })).await["document"]["id"]);

    let query = "query($mine: ID!, $other: ID!) { desk {
        documents { totalCount nodes { title revisions { nodes { title } } } }
        mine: document(id: $mine) { title } other: document(id: $other) { title } }
        node(id: $other) { id } }";
    let seen = app.data(author, query, json!({ "mine": mine, "other": other })).await;
    let expected = json!({
        "desk": {
            "documents": { "totalCount": 1, "nodes": [{ "title": "Mine", "revisions": { "nodes": [{ "title": "Mine" }] } }] },
            "mine": { "title": "Mine" }, "other": null
        },
        "node": null
    });
    assert_eq!(seen, expected);

    let change = json!({ "id": other, "expectedRevision": 1, "title": "Taken over" });
    assert_eq!(refusals(&save(&app, author, change).await), ["NOT_FOUND input.id"]);
    let translation = json!({ "title": "Fremd", "translationOf": other });
    assert_eq!(refusals(&save(&app, author, translation).await), ["NOT_FOUND input.translationOf"]);
    for mutation in [
        "publishEntry(input: { document: $id })",
        "unpublishEntry(input: { document: $id })",
        "trashDocument(input: { document: $id })",
        "restoreDocument(input: { document: $id })",
        "restoreRevision(input: { document: $id, revision: 1 })",
        "publishEntries(input: { documents: [$id] })",
    ] {
        let query =
            format!("mutation($id: ID!) {{ done: {mutation} {{ userErrors {{ path code message }} }} }}");
        let refused = app.data(author, &query, json!({ "id": other })).await["done"].clone();
        assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND", "{mutation}");
    }
    let query = "mutation($id: ID!) { publishEntry(input: { document: $id }) { entry { path } userErrors { code } } }";
    let published = app.data(author, query, json!({ "id": mine })).await["publishEntry"].clone();
    assert_eq!(published, json!({ "entry": { "path": "/posts/mine" }, "userErrors": [] }));
    let all = app.data(As::Token(&editor), "{ desk { documents { totalCount } } }", json!({})).await;
    assert_eq!(all["desk"]["documents"]["totalCount"], 2);
}

async fn a_moderator_has_no_documents(app: TestApp) {
    let owner = owner(&app).await;
    let (_, moderator) = member(&app, &owner, "Mo", "MODERATOR").await;
    let reply = app.send(As::Token(&moderator), "{ desk { documents { totalCount } } }", json!({})).await;
    assert_eq!((reply.code(), &reply.body["data"]), ("FORBIDDEN", &json!({ "desk": null })));
    let query = "mutation { savePost(input: { title: \"No\" }) { document { id } } }";
    let reply = app.send(As::Token(&moderator), query, json!({})).await;
    assert_eq!((reply.code(), &reply.body["data"]), ("FORBIDDEN", &json!({ "savePost": null })));
}

async fn addresses_are_for_owners_and_for_oneself(app: TestApp) {
    let owner = owner(&app).await;
    let (_, edda) = member(&app, &owner, "Edda", "EDITOR").await;
    let (_, berta) = member(&app, &owner, "Berta", "EDITOR").await;
    let drafts = app.token(&[TokenScope::DraftsRead]).await;
    let id = text(&save(&app, As::Token(&edda), json!({ "title": "By Edda" })).await["document"]["id"]);
    let query =
        "query($id: ID!) { desk { document(id: $id) { revision { editor { name email hasPassword } } } } }";
    let told = json!({ "name": "Edda", "email": "edda@example.org", "hasPassword": true });
    let untold = json!({ "name": "Edda", "email": null, "hasPassword": null });
    for (viewer, expected) in [
        (As::Token(&owner), &told),
        (As::Token(&edda), &told),
        (As::Token(&berta), &untold),
        (As::Token(&drafts), &untold),
        (As::Owner, &untold),
    ] {
        let seen = app.data(viewer, query, json!({ "id": id })).await;
        assert_eq!(&seen["desk"]["document"]["revision"]["editor"], expected, "{viewer:?}");
    }
    // A token that a frontend has does not tell whose it is, but by name.
    let mine = "mutation { createToken(input: { name: \"site\", scopes: [CONTENT_READ] }) { secret } }";
    let token = text(&app.data(As::Token(&owner), mine, json!({})).await["createToken"]["secret"]);
    let me = app.data(As::Token(&token), "{ viewer { account { name email } } }", json!({})).await;
    assert_eq!(me["viewer"]["account"], json!({ "name": "Olga", "email": null }));
}

/// Both were permitted as owners when their requests came; one of them is demoted before the other's is carried out.
async fn who_is_no_owner_any_more_makes_no_token_and_changes_no_team(app: TestApp) {
    let owner = owner(&app).await;
    let (berta, session) = member(&app, &owner, "Berta", "OWNER").await;
    let (edda, _) = member(&app, &owner, "Edda", "EDITOR").await;
    let (before, still) = (viewer_of(&app, &session).await, viewer_of(&app, &owner).await);
    let query =
        "mutation($id: ID!) { setRole(input: { account: $id, role: EDITOR }) { userErrors { code } } }";
    app.data(As::Token(&owner), query, json!({ "id": berta })).await;
    let edda = id::parse(&edda).expect("an id");
    for (viewer, may) in [(before, false), (still, true)] {
        let team: Permit<ManageAccounts> = viewer.permit().expect("an owner then");
        let tokens: Permit<ManageTokens> = viewer.permit().expect("an owner then");
        let now = app.app.clock.now();
        let make = token::Make {
            name: "lasting".to_owned(),
            scopes: [TokenScope::ContentWrite].into_iter().collect(),
            expires_in_days: None,
        };
        let tx = app.app.db.begin().await.expect("a transaction");
        let outcomes = [
            account::member::invite(&tx, &team, now, "Olaf", "olaf@example.org", Role::Owner).await.map(drop),
            account::member::set_role(&tx, &team, now, edda, Role::Owner).await.map(drop),
            account::member::set_status(&tx, &team, now, edda, AccountStatus::Suspended).await.map(drop),
            token::make(&tx, &tokens, now, make).await.map(drop),
        ];
        tx.rollback().await;
        for outcome in outcomes {
            assert_eq!(outcome.is_ok(), may, "{outcome:?}");
            assert!(may || matches!(outcome, Err(Error::Denied(Denied::Role))), "{outcome:?}");
        }
    }
}
