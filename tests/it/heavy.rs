//! Work of one viewer that takes long: what it costs, and that it is done beside requests.

use std::sync::mpsc;

use serde_json::{Value, json};
use wellspring::domain::core::client::{Client, Credential};
use wellspring::domain::core::heavy::Heavy;

use crate::app::{As, TestApp, stories};

stories![
    many_differences_in_one_request_are_too_expensive,
    renderings_of_revisions_have_their_price,
    readers_are_answered_while_heavy_work_waits,
    a_difference_of_a_hundred_thousand_lines_is_too_large,
];

async fn with_two_revisions(app: &TestApp, before: &str, after: &str) -> Value {
    let id = app.save_post(json!({ "title": "Legs", "body": before })).await["id"].clone();
    app.save_post(json!({ "id": id, "expectedRevision": 1, "body": after })).await;
    id
}

fn differences(count: usize) -> String {
    let one =
        |n: usize| format!("d{n}: difference(from: 1, to: 2) {{ fields {{ field lines {{ text }} }} }} ");
    let all: String = (0..count).map(one).collect();
    format!("query($id: ID!) {{ desk {{ document(id: $id) {{ {all} }} }} }}")
}

async fn many_differences_in_one_request_are_too_expensive(app: TestApp) {
    let id = with_two_revisions(&app, "one", "two").await;
    let reply = app.send(As::Owner, &differences(2), json!({ "id": id })).await;
    assert_eq!(reply.body.get("errors"), None, "{}", reply.text);
    let cost = &reply.body["extensions"]["cost"];
    assert_eq!((&cost["used"], &cost["limit"]), (&json!(1_062), &json!(10_000)));
    let reply = app.send(As::Owner, &differences(20), json!({ "id": id })).await;
    assert_eq!((reply.status, reply.code()), (400, "QUERY_TOO_EXPENSIVE"), "{}", reply.text);
}

async fn renderings_of_revisions_have_their_price(app: TestApp) {
    let id = with_two_revisions(&app, "one", "two").await;
    let ask = async |first: usize| {
        let query = format!(
            "query($id: ID!) {{ desk {{ document(id: $id) {{ revisions(first: {first}) {{ nodes {{ html }} }} }} }} }}"
        );
        app.send(As::Owner, &query, json!({ "id": id })).await
    };
    let reply = ask(20).await;
    assert_eq!(reply.body.get("errors"), None, "{}", reply.text);
    assert_eq!(reply.body["extensions"]["cost"]["used"], 2_044);
    assert_eq!(ask(100).await.code(), "QUERY_TOO_EXPENSIVE");
}

/// Takes every turn, until what it answers is dropped.
async fn all_turns(app: &TestApp) -> Vec<mpsc::Sender<()>> {
    let mut held = Vec::new();
    for nth in 0..Heavy::at_once() {
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let client = Client { credential: Some(Credential::of(&nth.to_le_bytes())), ..Client::default() };
        let heavy = app.app.heavy.clone();
        tokio::spawn(async move {
            let work = move |_: &_| {
                started.send(()).expect("the story waits");
                // An error once the other end is dropped.
                released.recv().is_ok()
            };
            heavy.run(&client, work).await
        });
        has_started.await.expect("a turn");
        held.push(release);
    }
    held
}

async fn readers_are_answered_while_heavy_work_waits(app: TestApp) {
    let id = with_two_revisions(&app, "one", "two").await;
    let document = id.as_str().expect("an id").to_owned();
    app.publish(&document).await;
    let held = all_turns(&app).await;
    let (address, token) = (app.url("/graphql"), app.owner_token().to_owned());
    let body = json!({ "query": differences(1), "variables": { "id": id } });
    let request = reqwest::Client::new().post(address).bearer_auth(token).json(&body).send();
    let difference = tokio::spawn(request);
    for _ in 0..10 {
        let found = app.public("{ posts { nodes { title body { html } } } }").await;
        assert_eq!(found["posts"]["nodes"].as_array().map(Vec::len), Some(1));
    }
    assert!(!difference.is_finished(), "there is no turn for it");
    drop(held);
    let reply = difference.await.expect("no panic").expect("an answer");
    let reply: Value = reply.json().await.expect("JSON");
    let fields = &reply["data"]["desk"]["document"]["d0"]["fields"];
    assert_eq!(fields[0]["lines"], json!([{ "text": "one" }, { "text": "two" }]), "{reply}");
}

async fn a_difference_of_a_hundred_thousand_lines_is_too_large(app: TestApp) {
    let id = with_two_revisions(&app, &"a\n".repeat(50_000), &"b\n".repeat(50_000)).await;
    let reply = app.send(As::Owner, &differences(1), json!({ "id": id })).await;
    assert_eq!(reply.code(), "ANSWER_TOO_LARGE", "{}", reply.text);
}
