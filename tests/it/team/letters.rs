//! What members of the team are written, and that a letter tells its reader alone.

use serde_json::{Value, json};

use super::{HOUR, PASSWORD, member, owner, secret, session, sign_in, whoami};
use crate::app::{As, TestApp, refusals, stories};

stories![
    an_invitation_brings_a_link_that_works_once,
    a_forgotten_password_is_replaced_by_a_link,
    nobody_learns_whether_an_address_has_an_account,
    a_changed_password_is_told,
];

/// Runs the jobs, and answers the letters that they sent: to whom, and the text.
async fn letters(app: &TestApp) -> Vec<(String, String)> {
    app.run_jobs().await;
    let sent = app.app.mailer.take_sent().into_iter();
    sent.map(|letter| (letter.to, readable(&letter.bytes))).collect()
}

/// A letter without its soft line breaks and quoted equals signs.
fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("=\r\n", "").replace("=3D", "=")
}

/// The secret of the link in a letter.
fn link(letter: &str, purpose: &str) -> String {
    let (_, rest) = letter.split_once(&format!("/account#{purpose}=")).expect("a link");
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

async fn ask(app: &TestApp, email: &str) -> Value {
    let query = "mutation($email: String!) { requestPasswordReset(input: { email: $email }) { userErrors { code } } }";
    app.data(As::Anonymous, query, json!({ "email": email })).await
}

async fn choose(app: &TestApp, secret: &str, password: &str) -> Value {
    session(app, As::Anonymous, "choosePassword", json!({ "token": secret, "password": password })).await
}

async fn an_invitation_brings_a_link_that_works_once(app: TestApp) {
    let owner = owner(&app).await;
    app.mutate("saveSite", json!({ "title": "Steady Ground" }), "site { title }").await;
    let query = "mutation { inviteMember(input: { name: \"Edda\", email: \"edda@example.org\", role: EDITOR }) { token } }";
    let invited = app.data(As::Token(&owner), query, json!({})).await["inviteMember"].clone();
    let sent = letters(&app).await;
    assert_eq!(sent.len(), 1);
    let (to, letter) = &sent[0];
    assert_eq!(to, "edda@example.org");
    for words in ["Hello Edda,", "Olga", "Steady Ground", "168 hours"] {
        assert!(letter.contains(words), "{words}: {letter}");
    }
    let begun = choose(&app, &link(letter, "invitation"), PASSWORD).await;
    assert_eq!(begun["account"]["role"], "EDITOR");
    assert_eq!(refusals(&choose(&app, &link(letter, "invitation"), PASSWORD).await), ["EXPIRED input.token"]);
    let handed_over = super::text(&invited["token"]);
    assert_eq!(refusals(&choose(&app, &handed_over, PASSWORD).await), ["EXPIRED input.token"]);
}

async fn a_forgotten_password_is_replaced_by_a_link(app: TestApp) {
    let session = owner(&app).await;
    ask(&app, " Olga@Example.org ").await;
    let sent = letters(&app).await;
    assert_eq!(sent.len(), 1);
    let (to, letter) = &sent[0];
    assert_eq!(to, "olga@example.org");
    assert_eq!(whoami(&app, &session).await.status, 200, "asking alone changes nothing");
    let new = "eleven blue chairs";
    secret(&choose(&app, &link(letter, "reset"), new).await);
    assert_eq!(whoami(&app, &session).await.status, 401);
    assert_eq!(refusals(&sign_in(&app, "olga@example.org", PASSWORD).await), ["INVALID input"]);
    secret(&sign_in(&app, "olga@example.org", new).await);
    let told = letters(&app).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].1.contains("2026-11-23T09:00:00Z"), "{}", told[0].1);

    ask(&app, "olga@example.org").await;
    let late = letters(&app).await;
    app.advance(HOUR);
    let refused = choose(&app, &link(&late[0].1, "reset"), PASSWORD).await;
    assert_eq!(refusals(&refused), ["EXPIRED input.token"]);
}

async fn nobody_learns_whether_an_address_has_an_account(app: TestApp) {
    let owner = owner(&app).await;
    let (id, _) = member(&app, &owner, "Edda", "EDITOR").await;
    letters(&app).await;
    let suspend = "mutation($id: ID!) { suspendAccount(input: { account: $id }) { userErrors { code } } }";
    app.data(As::Token(&owner), suspend, json!({ "id": id })).await;
    let known = ask(&app, "olga@example.org").await;
    for unknown in [
        "nobody@example.org",
        "edda@example.org",
        "",
        "\0",
        "olga",
        "olga@example.org\r\nBcc: eve@example.org",
    ] {
        assert_eq!(ask(&app, unknown).await, known, "{unknown:?}");
    }
    let to: Vec<String> = letters(&app).await.into_iter().map(|(to, _)| to).collect();
    assert_eq!(to, ["olga@example.org"]);
}

async fn a_changed_password_is_told(app: TestApp) {
    let owner = owner(&app).await;
    let input = json!({ "currentPassword": PASSWORD, "newPassword": "eleven blue chairs" });
    secret(&session(&app, As::Token(&owner), "changePassword", input).await);
    let sent = letters(&app).await;
    assert_eq!(sent.len(), 1);
    assert!(sent[0].1.contains("/account#forgot=1"), "{}", sent[0].1);
    assert!(!sent[0].1.contains("wsl_"), "no secret of any kind");
}
