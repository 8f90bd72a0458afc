//! The first account, invitations, and what owners do with accounts.

use serde_json::json;

use super::{DAY, HOUR, PASSWORD, member, owner, secret, session, setup_link, sign_in, text, whoami};
use crate::app::{As, TestApp, refusals, stories};

stories![
    the_first_owner_is_made_with_a_link_that_works_once,
    all_that_is_wrong_with_the_first_account_is_told_at_once,
    of_many_who_set_up_at_once_one_becomes_the_owner,
    a_link_ends,
    an_invited_member_chooses_a_password_and_is_in,
    an_account_that_cannot_be_made_is_refused_field_by_field,
    a_suspended_account_is_out_at_once_and_comes_back,
    another_role_ends_sessions_and_tokens,
    there_is_always_an_owner_who_can_sign_in,
];

async fn the_first_owner_is_made_with_a_link_that_works_once(app: TestApp) {
    let link = setup_link(&app).await;
    let input =
        |email: &str| json!({ "token": link.reveal(), "name": "Olga", "email": email, "password": PASSWORD });
    let begun = session(&app, As::Anonymous, "setUp", input("Olga@Example.org")).await;
    let expected =
        json!({ "name": "Olga", "email": "olga@example.org", "role": "OWNER", "status": "ACTIVE" });
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(begun["account"][field], *value);
    }
    let me = whoami(&app, &secret(&begun)).await.body["data"]["viewer"].clone();
    assert_eq!(me, json!({ "kind": "TEAM", "account": { "name": "Olga", "role": "OWNER" }, "scopes": null }));
    let again = session(&app, As::Anonymous, "setUp", input("second@example.org")).await;
    assert_eq!(refusals(&again), ["EXPIRED input.token"]);
    // Another link, made before somebody could sign in, helps no more.
    let other = setup_link(&app).await;
    let input =
        json!({ "token": other.reveal(), "name": "Eve", "email": "eve@example.org", "password": PASSWORD });
    let late = session(&app, As::Anonymous, "setUp", input).await;
    assert_eq!(refusals(&late), ["EXPIRED input.token"]);
    assert_eq!(refusals(&sign_in(&app, "eve@example.org", PASSWORD).await), ["INVALID input"]);
}

async fn all_that_is_wrong_with_the_first_account_is_told_at_once(app: TestApp) {
    let link = setup_link(&app).await;
    let input = json!({ "token": link.reveal(), "name": "", "email": "olga", "password": "short" });
    let refused = session(&app, As::Anonymous, "setUp", input).await;
    assert_eq!(refusals(&refused), ["REQUIRED input.name", "INVALID input.email", "INVALID input.password"]);
    // The link was not used up.
    let input =
        json!({ "token": link.reveal(), "name": "Olga", "email": "olga@example.org", "password": PASSWORD });
    secret(&session(&app, As::Anonymous, "setUp", input).await);
}

async fn of_many_who_set_up_at_once_one_becomes_the_owner(app: TestApp) {
    let (one, two) = (setup_link(&app).await, setup_link(&app).await);
    let tries = (0..8).map(|number| {
        let token = if number % 2 == 0 { one.reveal() } else { two.reveal() };
        let email = format!("o{number}@example.org");
        session(
            &app,
            As::Anonymous,
            "setUp",
            json!({ "token": token, "name": "O", "email": email, "password": PASSWORD }),
        )
    });
    let outcomes = futures_util::future::join_all(tries).await;
    assert_eq!(outcomes.iter().filter(|begun| begun["token"].is_string()).count(), 1, "{outcomes:?}");
    let refused = outcomes.iter().filter(|begun| begun["token"].is_null());
    assert!(refused.clone().all(|begun| refusals(begun) == ["EXPIRED input.token"]), "{outcomes:?}");
    assert_eq!(refused.count(), 7);
}

async fn a_link_ends(app: TestApp) {
    let link = setup_link(&app).await;
    app.advance(DAY);
    let input =
        json!({ "token": link.reveal(), "name": "Olga", "email": "olga@example.org", "password": PASSWORD });
    assert_eq!(refusals(&session(&app, As::Anonymous, "setUp", input).await), ["EXPIRED input.token"]);
    for odd in ["", "wsl_", "wsl_00", "\0", link.reveal().get(..70).expect("long enough")] {
        let input = json!({ "token": odd, "password": PASSWORD });
        let refused = session(&app, As::Anonymous, "choosePassword", input).await;
        assert_eq!(refusals(&refused), ["EXPIRED input.token"], "{odd:?}");
    }
}

async fn an_invited_member_chooses_a_password_and_is_in(app: TestApp) {
    let owner = owner(&app).await;
    let (id, session) = member(&app, &owner, "Edda", "EDITOR").await;
    assert_eq!(whoami(&app, &session).await.body["data"]["viewer"]["account"]["role"], "EDITOR");
    assert_eq!(secret(&sign_in(&app, " EDDA@example.org ", PASSWORD).await).len(), session.len());
    let query = "{ desk { accounts { id name email role status hasPassword } } }";
    let accounts = app.data(As::Token(&owner), query, json!({})).await["desk"]["accounts"].clone();
    let edda = accounts.as_array().expect("a list").iter().find(|account| account["id"] == json!(id));
    assert_eq!(
        edda,
        Some(&json!({ "id": id, "name": "Edda", "email": "edda@example.org", "role": "EDITOR",
            "status": "ACTIVE", "hasPassword": true }))
    );
}

async fn an_account_that_cannot_be_made_is_refused_field_by_field(app: TestApp) {
    let owner = owner(&app).await;
    let query = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { token userErrors { path code message } } }";
    for (name, email, expected) in [
        ("", "a@example.org", vec!["REQUIRED input.name"]),
        ("A\0", "a@example.org", vec!["INVALID input.name"]),
        ("A", "", vec!["INVALID input.email"]),
        ("A", "nobody", vec!["INVALID input.email"]),
        ("A", "a@b@c", vec!["INVALID input.email"]),
        ("A", "a b@example.org", vec!["INVALID input.email"]),
        ("A", "a@example.org\r\nBcc: eve@example.org", vec!["INVALID input.email"]),
        ("A", "Ann <a@example.org>", vec!["INVALID input.email"]),
        ("", "@", vec!["REQUIRED input.name", "INVALID input.email"]),
        ("A", "OLGA@example.org", vec!["TAKEN input.email"]),
    ] {
        let input = json!({ "name": name, "email": email, "role": "EDITOR" });
        let payload =
            app.data(As::Token(&owner), query, json!({ "input": input })).await["inviteMember"].clone();
        assert_eq!(refusals(&payload), expected, "{name:?} {email:?}");
        assert_eq!(payload["token"], json!(null));
    }
    let link = setup_link(&app).await;
    for (password, expected) in
        [("short", "INVALID input.password"), (&"x".repeat(300), "TOO_LONG input.password")]
    {
        let input = json!({ "token": link.reveal(), "password": password });
        let refused = session(&app, As::Anonymous, "choosePassword", input).await;
        assert_eq!(refusals(&refused), [expected]);
    }
}

async fn a_suspended_account_is_out_at_once_and_comes_back(app: TestApp) {
    let owner = owner(&app).await;
    let (id, session) = member(&app, &owner, "Edda", "EDITOR").await;
    let change = |mutation: &'static str| {
        let query = format!(
            "mutation($id: ID!) {{ {mutation}(input: {{ account: $id }}) {{ account {{ status }} userErrors {{ path code message }} }} }}"
        );
        let (app, owner, id) = (&app, &owner, &id);
        async move { app.data(As::Token(owner), &query, json!({ "id": id })).await[mutation].clone() }
    };
    assert_eq!(change("suspendAccount").await["account"]["status"], "SUSPENDED");
    assert_eq!(whoami(&app, &session).await.status, 401);
    assert_eq!(refusals(&sign_in(&app, "edda@example.org", PASSWORD).await), ["INVALID input"]);
    assert_eq!(refusals(&change("suspendAccount").await), ["INVALID_TRANSITION input.account"]);
    assert_eq!(change("reinstateAccount").await["account"]["status"], "ACTIVE");
    assert_eq!(refusals(&change("reinstateAccount").await), ["INVALID_TRANSITION input.account"]);
    assert_eq!(whoami(&app, &session).await.status, 401, "the old session stays over");
    let again = secret(&sign_in(&app, "edda@example.org", PASSWORD).await);
    assert_eq!(whoami(&app, &again).await.status, 200);
}

async fn another_role_ends_sessions_and_tokens(app: TestApp) {
    let owner = owner(&app).await;
    let (id, second) = member(&app, &owner, "Otto", "OWNER").await;
    let query = "mutation { createToken(input: { name: \"feed\", scopes: [CONTENT_WRITE] }) { secret } }";
    let token = text(&app.data(As::Token(&second), query, json!({})).await["createToken"]["secret"]);
    assert_eq!(whoami(&app, &token).await.body["data"]["viewer"]["scopes"], json!(["content:write"]));
    let query = "mutation($id: ID!) { setRole(input: { account: $id, role: AUTHOR }) { account { role } userErrors { code } } }";
    let changed = app.data(As::Token(&owner), query, json!({ "id": id })).await["setRole"].clone();
    assert_eq!(changed, json!({ "account": { "role": "AUTHOR" }, "userErrors": [] }));
    assert_eq!(whoami(&app, &second).await.status, 401);
    assert_eq!(whoami(&app, &token).await.status, 401);
    let again = secret(&sign_in(&app, "otto@example.org", PASSWORD).await);
    assert_eq!(whoami(&app, &again).await.body["data"]["viewer"]["account"]["role"], "AUTHOR");
}

async fn there_is_always_an_owner_who_can_sign_in(app: TestApp) {
    let owner = owner(&app).await;
    let viewer = app.data(As::Token(&owner), "{ viewer { account { id } } }", json!({})).await;
    let mine = text(&viewer["viewer"]["account"]["id"]);
    for mutation in
        ["setRole(input: { account: $id, role: EDITOR })", "suspendAccount(input: { account: $id })"]
    {
        let query =
            format!("mutation($id: ID!) {{ done: {mutation} {{ userErrors {{ path code message }} }} }}");
        let refused = app.data(As::Token(&owner), &query, json!({ "id": mine })).await["done"].clone();
        assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.account"]);
    }
    // Two owners who demote each other at the same moment do not both succeed.
    let (other, second) = member(&app, &owner, "Otto", "OWNER").await;
    let query = "mutation($id: ID!) { setRole(input: { account: $id, role: EDITOR }) { userErrors { path code message } } }";
    let (one, two) = tokio::join!(
        app.send(As::Token(&owner), query, json!({ "id": other })),
        app.send(As::Token(&second), query, json!({ "id": mine })),
    );
    let done =
        [&one, &two].into_iter().filter(|reply| reply.body["data"]["setRole"]["userErrors"] == json!([]));
    assert_eq!(done.count(), 1, "{} {}", one.text, two.text);
    app.advance(HOUR);
    let left: Vec<u16> = [whoami(&app, &owner).await.status, whoami(&app, &second).await.status].into();
    assert!(left.contains(&200) && left.contains(&401), "{left:?}");
}
