//! The first account, from the log or from the command line.

use serde_json::{Value, json};

use super::program::{Server, run};

const PASSWORD: &str = "seven legs on the floor";

/// The secret of a link, and what it is for.
fn parts(link: &str) -> (String, String) {
    let (_, fragment) = link.trim_end().split_once("/account#").expect("a link to the page");
    let (purpose, secret) = fragment.split_once('=').expect("a purpose and a secret");
    (purpose.to_owned(), secret.to_owned())
}

async fn choose(server: &Server, secret: &str) -> Value {
    let query = "mutation($token: String!, $password: String!) { choosePassword(input: { token: $token, password: $password }) {
        token account { name role } userErrors { code } } }";
    let answer = server.send("", query, json!({ "token": secret, "password": PASSWORD })).await;
    answer.expect("an answer")["data"]["choosePassword"].clone()
}

#[tokio::test]
async fn the_log_shows_a_setup_link_until_an_owner_can_sign_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = |log: &str| {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line["link"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let server = Server::start(folder.path(), &[]).await;
    server.terminate();
    let (_, log) = server.ended().await;
    let first = link(&log);
    assert_eq!(first.len(), 1, "{log}");
    let (purpose, secret) = parts(&first[0]);
    assert_eq!(purpose, "setup");

    let server = Server::start(folder.path(), &[]).await;
    let query =
        "mutation($input: SetUpInput!) { setUp(input: $input) { account { role } userErrors { code } } }";
    let input = json!({ "token": secret, "name": "Olga", "email": "olga@example.org", "password": PASSWORD });
    let answer = server.send("", query, json!({ "input": input })).await.expect("an answer");
    assert_eq!(answer["data"]["setUp"], json!({ "account": { "role": "OWNER" }, "userErrors": [] }));
    server.terminate();
    server.ended().await;

    let server = Server::start(folder.path(), &[]).await;
    server.terminate();
    let (_, log) = server.ended().await;
    assert_eq!(link(&log), [""; 0], "{log}");
}

#[tokio::test]
async fn an_account_is_made_on_the_command_line_beside_a_running_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &[]).await;
    let create = ["account", "create", "--name", "Edda", "--email", "Edda@Example.org", "--role", "editor"];
    let made = run(folder.path(), &create).succeeded();
    let (purpose, secret) = parts(&made.stdout);
    assert_eq!((purpose.as_str(), made.stdout.lines().count()), ("invitation", 1));
    let begun = choose(&server, &secret).await;
    assert_eq!(begun["account"], json!({ "name": "Edda", "role": "EDITOR" }));
    assert_eq!(choose(&server, &secret).await["userErrors"], json!([{ "code": "EXPIRED" }]));

    let again = run(folder.path(), &create);
    assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""));
    assert!(again.stderr.contains("another account has this address"), "{}", again.stderr);
    let wrong = run(folder.path(), &["account", "create", "--name", "", "--email", "nobody"]);
    assert!(wrong.stderr.contains("name: ") && wrong.stderr.contains("email: "), "{}", wrong.stderr);

    let reset = run(folder.path(), &["account", "reset", "--email", "edda@example.org"]).succeeded();
    let (purpose, secret) = parts(&reset.stdout);
    assert_eq!(purpose, "reset");
    let token = choose(&server, &secret).await["token"].as_str().expect("a session").to_owned();
    let viewer = server.data(&token, "{ viewer { account { email } } }").await;
    assert_eq!(viewer["viewer"]["account"]["email"], "edda@example.org");
    let unknown = run(folder.path(), &["account", "reset", "--email", "nobody@example.org"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(1), ""));
}
