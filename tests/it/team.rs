//! The team signs in, and each member does what their role allows.

mod accounts;
mod audit;
mod letters;
mod matrix;
mod roles;
mod sessions;
mod tokens;

use serde_json::{Value, json};
use wellspring::domain::access::policy::Viewer;
use wellspring::domain::core::secret::Secret;
use wellspring::domain::credential::{self, Scheme};
use wellspring::domain::team::account::link;

use crate::app::{As, Reply, TestApp, refusals};

pub const PASSWORD: &str = "seven legs on the floor";
pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

const SESSION: &str =
    "token expiresAt account { id name email role status } userErrors { path code message }";

/// The secret of the link that the server shows while nobody can sign in.
pub async fn setup_link(app: &TestApp) -> Secret {
    let tx = app.app.db.begin().await.expect("a transaction");
    let secret = link::make(&tx, app.app.clock.now(), None, entity::LinkPurpose::Setup).await;
    tx.commit().await.expect("a commit");
    secret.expect("a link")
}

/// Sends a mutation that answers a session.
pub async fn session(app: &TestApp, viewer: As<'_>, mutation: &str, input: Value) -> Value {
    let mut kind = mutation.to_owned();
    kind[..1].make_ascii_uppercase();
    let query = format!("mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {SESSION} }} }}");
    app.data(viewer, &query, json!({ "input": input })).await[mutation].clone()
}

/// An owner who has signed in: the session's secret.
pub async fn owner(app: &TestApp) -> String {
    let link = setup_link(app).await;
    let input = json!({
        "token": link.reveal(), "name": "Olga", "email": "olga@example.org", "password": PASSWORD,
    });
    secret(&session(app, As::Anonymous, "setUp", input).await)
}

/// Who somebody with this session is, as the server finds it when a request comes.
pub async fn viewer_of(app: &TestApp, session: &str) -> Viewer {
    let (reader, now) = (app.app.db.reader(), app.app.clock.now());
    let found = credential::present(&reader, &app.app.previews, now, Scheme::Bearer, session).await;
    found.expect("a database").expect("a session").viewer
}

/// A member of the team who has signed in: id and session.
pub async fn member(app: &TestApp, owner: &str, name: &str, role: &str) -> (String, String) {
    let email = format!("{}@example.org", name.to_lowercase());
    let input = json!({ "name": name, "email": email, "role": role });
    let query = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) {
        account { id } token userErrors { path code message } } }";
    let invited = app.data(As::Token(owner), query, json!({ "input": input })).await["inviteMember"].clone();
    assert_eq!(refusals(&invited), Vec::<String>::new());
    let input = json!({ "token": invited["token"], "password": PASSWORD });
    let begun = session(app, As::Anonymous, "choosePassword", input).await;
    (text(&invited["account"]["id"]), secret(&begun))
}

pub async fn sign_in(app: &TestApp, email: &str, password: &str) -> Value {
    session(app, As::Anonymous, "signIn", json!({ "email": email, "password": password })).await
}

pub fn secret(begun: &Value) -> String {
    assert_eq!(refusals(begun), Vec::<String>::new(), "{begun}");
    text(&begun["token"])
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text, found {value}")).to_owned()
}

/// What the server takes a credential for.
pub async fn whoami(app: &TestApp, credential: &str) -> Reply {
    app.send(As::Token(credential), "{ viewer { kind account { name role } scopes } }", json!({})).await
}
