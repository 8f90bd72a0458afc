//! Sessions begin, end, and are over at once on every node.

use serde_json::json;
use wellspring::app::{App, Clock};
use wellspring::http;

use super::{DAY, HOUR, PASSWORD, member, owner, secret, session, sign_in, whoami};
use crate::app::{As, TestApp, refusals, stories};

stories![
    unknown_addresses_and_wrong_passwords_are_answered_alike,
    a_session_ends_a_week_after_its_last_use_and_a_month_after_its_beginning,
    signing_out_ends_this_session_or_all,
    another_password_ends_every_session_and_begins_one,
    what_has_ended_here_has_ended_on_another_node,
    many_who_sign_in_at_once_all_get_in,
];

async fn unknown_addresses_and_wrong_passwords_are_answered_alike(app: TestApp) {
    owner(&app).await;
    let wrong = sign_in(&app, "olga@example.org", "not her password at all").await;
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("olga@example.org\0", PASSWORD),
        ("olga@example.org", ""),
        ("olga@example.org", &"x".repeat(100_000)),
        ("owner", PASSWORD),
    ] {
        assert_eq!(sign_in(&app, email, password).await, wrong, "{email:?}");
    }
    assert_eq!(refusals(&wrong), ["INVALID input"]);
    assert_eq!(wrong["userErrors"][0]["message"], "the address or the password is wrong");
}

async fn a_session_ends_a_week_after_its_last_use_and_a_month_after_its_beginning(app: TestApp) {
    owner(&app).await;
    let idle = secret(&sign_in(&app, "olga@example.org", PASSWORD).await);
    let begun = sign_in(&app, "olga@example.org", PASSWORD).await;
    assert_eq!(begun["expiresAt"], "2026-12-23T09:00:00Z");
    let busy = secret(&begun);
    app.advance(7 * DAY - 1);
    assert_eq!(whoami(&app, &busy).await.status, 200);
    app.advance(1);
    let over = whoami(&app, &idle).await;
    assert_eq!((over.status, over.code()), (401, "UNAUTHENTICATED"));
    for _ in 0..3 {
        app.advance(6 * DAY);
        assert_eq!(whoami(&app, &busy).await.status, 200);
    }
    app.advance(5 * DAY - HOUR);
    assert_eq!(whoami(&app, &busy).await.status, 200);
    app.advance(HOUR);
    assert_eq!(whoami(&app, &busy).await.status, 401);
}

async fn signing_out_ends_this_session_or_all(app: TestApp) {
    let first = owner(&app).await;
    let (_, other) = member(&app, &first, "Edda", "EDITOR").await;
    let second = secret(&sign_in(&app, "olga@example.org", PASSWORD).await);
    let third = secret(&sign_in(&app, "olga@example.org", PASSWORD).await);
    let out = app.data(As::Token(&second), "mutation { signOut { signedOut } }", json!({})).await;
    assert_eq!(out["signOut"]["signedOut"], true);
    assert_eq!(whoami(&app, &second).await.status, 401);
    assert_eq!(whoami(&app, &third).await.status, 200);
    app.data(As::Token(&third), "mutation { signOutEverywhere { signedOut } }", json!({})).await;
    for ended in [&first, &third] {
        assert_eq!(whoami(&app, ended).await.status, 401);
    }
    assert_eq!(whoami(&app, &other).await.status, 200, "others stay");
    for viewer in [As::Anonymous, As::Owner] {
        let reply = app.send(viewer, "mutation { signOut { signedOut } }", json!({})).await;
        assert!(["UNAUTHENTICATED", "FORBIDDEN"].contains(&reply.code()), "{}", reply.text);
    }
}

async fn another_password_ends_every_session_and_begins_one(app: TestApp) {
    let first = owner(&app).await;
    let second = secret(&sign_in(&app, "olga@example.org", PASSWORD).await);
    let new = "eleven blue chairs";
    for (current, wanted, expected) in [
        ("wrong", new, "INVALID input.currentPassword"),
        (PASSWORD, "short", "INVALID input.newPassword"),
        (PASSWORD, "my olga@example.org", "INVALID input.newPassword"),
    ] {
        let input = json!({ "currentPassword": current, "newPassword": wanted });
        let refused = session(&app, As::Token(&second), "changePassword", input).await;
        assert_eq!(refusals(&refused), [expected]);
    }
    let input = json!({ "currentPassword": PASSWORD, "newPassword": new });
    let begun = session(&app, As::Token(&second), "changePassword", input).await;
    for ended in [&first, &second] {
        assert_eq!(whoami(&app, ended).await.status, 401);
    }
    assert_eq!(whoami(&app, &secret(&begun)).await.status, 200);
    assert_eq!(refusals(&sign_in(&app, "olga@example.org", PASSWORD).await), ["INVALID input"]);
    secret(&sign_in(&app, "olga@example.org", new).await);
}

async fn what_has_ended_here_has_ended_on_another_node(app: TestApp) {
    use tower::ServiceExt;

    let owner = owner(&app).await;
    let clock = match &app.app.clock {
        Clock::Manual(clock) => Clock::Manual(std::sync::Arc::clone(clock)),
        Clock::System => Clock::System,
    };
    let node = App::start(app.app.config.as_ref().clone(), clock).await.expect("another node");
    let there = async |session: &str| {
        let request = axum::http::Request::post("/graphql")
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {session}"))
            .body(axum::body::Body::from(json!({ "query": "{ viewer { kind } }" }).to_string()))
            .expect("a good request");
        http::router(node.clone()).oneshot(request).await.expect("an answer").status().as_u16()
    };
    let (account, _) = member(&app, &owner, "Edda", "EDITOR").await;
    let (current, new) = (PASSWORD, "another seven legs");
    let change = format!(
        "changePassword(input: {{ currentPassword: {current:?}, newPassword: {new:?} }}) {{ token }}"
    );
    for (by, password, mutation) in [
        (None, current, "signOut { signedOut }".to_owned()),
        (None, current, "signOutEverywhere { signedOut }".to_owned()),
        (None, current, change),
        (
            Some(&owner),
            new,
            format!("setRole(input: {{ account: {account:?}, role: AUTHOR }}) {{ account {{ id }} }}"),
        ),
        (
            Some(&owner),
            new,
            format!("suspendAccount(input: {{ account: {account:?} }}) {{ account {{ id }} }}"),
        ),
    ] {
        let session = secret(&sign_in(&app, "edda@example.org", password).await);
        assert_eq!(there(&session).await, 200, "{mutation}");
        let who = by.unwrap_or(&session);
        let done = app.data(As::Token(who), &format!("mutation {{ done: {mutation} }}"), json!({})).await;
        assert!(!done["done"].is_null(), "{done}");
        assert_eq!(there(&session).await, 401, "{mutation}");
    }
    node.db.close().await.expect("a clean end");
}

async fn many_who_sign_in_at_once_all_get_in(app: TestApp) {
    owner(&app).await;
    let all = (0..24).map(|_| sign_in(&app, "olga@example.org", PASSWORD));
    let secrets: std::collections::HashSet<String> =
        futures_util::future::join_all(all).await.iter().map(secret).collect();
    assert_eq!(secrets.len(), 24);
}
