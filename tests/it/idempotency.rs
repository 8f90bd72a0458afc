//! The same request under the same key: done once, answered alike.

mod crash;

use std::collections::BTreeSet;
use std::time::Duration;

use entity::idempotency;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use wellspring::app::App;
use wellspring::config::Config;
use wellspring::domain::access::idempotency::{Attempt, Key, claim, digest, sweep};
use wellspring::domain::access::policy::TokenScope;
use wellspring::domain::core::client::{Client, Credential};
use wellspring::http;
use wellspring::http::server::{ServerLimits, serve};

use crate::app::{Backend, Reply, TestApp, stories};

stories![
    a_request_is_done_once_and_answered_byte_for_byte,
    another_request_under_the_key_is_refused,
    keys_of_two_tokens_are_two_keys,
    a_refusal_does_not_use_up_the_key,
    a_key_is_new_after_48_hours,
    a_hundred_at_once_are_one,
    nodes_at_once_do_it_once,
    a_request_that_is_under_way_elsewhere_is_told_so,
    malformed_keys_and_two_mutations_are_refused,
    an_answer_that_was_lost_is_built_from_what_was_done,
    the_database_does_not_tell_what_was_answered,
];

/// A limit that a story waits for, twice within the deadline of a request.
const SHORT: Duration = Duration::from_secs(1);
const HOUR: i64 = 60 * 60 * 1_000;
const SAVE_TAG: &str =
    "mutation($input: SaveTagInput!) { saveTag(input: $input) { tag { id slug } userErrors { code } } }";

async fn send(app: &TestApp, token: &str, keys: &[&str], body: Value) -> Reply {
    send_to(&app.url("/graphql"), token, keys, body).await
}

async fn send_to(url: &str, token: &str, keys: &[&str], body: Value) -> Reply {
    let request = reqwest::Client::new().post(url).bearer_auth(token);
    let request = keys.iter().fold(request, |request, key| request.header("idempotency-key", *key));
    Reply::read(request.json(&body).send().await.expect("an answer")).await
}

fn tag(name: &str) -> Value {
    json!({ "query": SAVE_TAG, "variables": { "input": { "name": name, "description": "warm" } } })
}

async fn tags(app: &TestApp) -> u64 {
    app.public("{ tags { totalCount } }").await["tags"]["totalCount"].as_u64().expect("a number")
}

async fn rows(app: &TestApp) -> u64 {
    idempotency::Entity::find().count(app.app.db.writer()).await.expect("a count")
}

fn replayed(reply: &Reply) -> bool {
    reply.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

async fn a_request_is_done_once_and_answered_byte_for_byte(app: TestApp) {
    let first = send(&app, app.owner_token(), &["key-1"], tag("Heat")).await;
    assert_eq!((first.status, replayed(&first)), (200, false), "{}", first.text);
    assert_eq!(first.body["data"]["saveTag"]["tag"]["slug"], "heat");
    app.mutate("saveTag", json!({ "name": "Cold" }), "tag { id }").await;
    // Another order of the variables, and a wish for the cost, are not another request.
    let other = format!(
        "{{\"extensions\": {{\"cost\": true}}, \"variables\": {{\"input\": {{\"description\": \"warm\", \"name\": \"Heat\"}}}}, \"query\": {}}}",
        json!(SAVE_TAG)
    );
    let again = send(&app, app.owner_token(), &["key-1"], serde_json::from_str(&other).expect("JSON")).await;
    assert_eq!((again.status, replayed(&again), &again.text), (200, true, &first.text));
    assert_eq!(again.headers["content-type"], first.headers["content-type"]);
    assert_eq!(again.headers["cache-control"], "no-store");
    let next = send(&app, app.owner_token(), &["key-2"], tag("Rain")).await;
    assert_eq!(next.body["data"]["saveTag"]["tag"]["slug"], "rain");
    assert_eq!((tags(&app).await, rows(&app).await), (3, 2));

    // A node that is started later on the same database knows it too.
    let node = start(&app).await;
    let later = send_to(&node, app.owner_token(), &["key-1"], tag("Heat")).await;
    assert_eq!((later.status, replayed(&later), &later.text), (200, true, &first.text));
}

async fn another_request_under_the_key_is_refused(app: TestApp) {
    let token = app.owner_token();
    assert_eq!(send(&app, token, &["key"], tag("Heat")).await.status, 200);
    let mut named = tag("Heat");
    named["query"] = json!(SAVE_TAG.replacen("mutation", "mutation Save", 1));
    for other in [tag("Cold"), named] {
        let reply = send(&app, token, &["key"], other).await;
        assert_eq!((reply.status, reply.code()), (422, "IDEMPOTENCY_MISMATCH"), "{}", reply.text);
    }
    assert_eq!((tags(&app).await, rows(&app).await), (1, 1));
}

async fn keys_of_two_tokens_are_two_keys(app: TestApp) {
    let other = app.token(&[TokenScope::ContentWrite]).await;
    let one = send(&app, app.owner_token(), &["key"], tag("Heat")).await;
    let two = send(&app, &other, &["key"], tag("Cold")).await;
    assert_eq!((one.status, two.status, replayed(&two)), (200, 200, false));
    assert_ne!(one.text, two.text);
    let three = send(&app, &other, &["key"], tag("Heat")).await;
    assert_eq!(three.status, 422);
    // A token that may not do it learns nothing of who did.
    let reader = app.token(&[TokenScope::ContentRead]).await;
    let refused = send(&app, &reader, &["key"], tag("Heat")).await;
    assert_eq!((refused.code(), replayed(&refused)), ("FORBIDDEN", false));
    assert_eq!((tags(&app).await, rows(&app).await), (2, 2));
}

async fn a_refusal_does_not_use_up_the_key(app: TestApp) {
    let token = app.owner_token();
    for _ in 0..2 {
        let refused = send(&app, token, &["key"], tag("")).await;
        assert_eq!((refused.status, replayed(&refused)), (200, false));
        assert_eq!(refused.body["data"]["saveTag"]["userErrors"][0]["code"], "REQUIRED", "{}", refused.text);
    }
    assert_eq!((tags(&app).await, rows(&app).await), (0, 0));
    let mended = send(&app, token, &["key"], tag("Heat")).await;
    assert_eq!(mended.body["data"]["saveTag"]["tag"]["slug"], "heat");
    assert_eq!((tags(&app).await, rows(&app).await), (1, 1));
}

async fn a_key_is_new_after_48_hours(app: TestApp) {
    let token = app.owner_token();
    for key in ["key", "a", "b", "c", "d", "e", "f"] {
        assert_eq!(send(&app, token, &[key], tag(key)).await.status, 200);
    }
    app.advance(48 * HOUR - 1);
    assert!(replayed(&send(&app, token, &["key"], tag("key")).await));
    assert_eq!((tags(&app).await, rows(&app).await), (7, 7));
    app.advance(1);
    // Another request is welcome too, and each new key takes four old ones along.
    let anew = send(&app, token, &["key"], tag("Cold")).await;
    assert_eq!((anew.status, replayed(&anew)), (200, false), "{}", anew.text);
    assert_eq!((tags(&app).await, rows(&app).await), (8, 3));
    let tx = app.app.db.begin().await.expect("a transaction");
    assert_eq!(sweep(&tx, app.app.clock.now(), 100).await.expect("swept"), 2);
    tx.commit().await.expect("a commit");
    assert_eq!(rows(&app).await, 1);
    assert!(replayed(&send(&app, token, &["key"], tag("Cold")).await));
}

/// A second node on the same database; its address. It ends with the story.
async fn start(app: &TestApp) -> String {
    start_with(app, |_| {}).await
}

async fn start_with(app: &TestApp, change: impl FnOnce(&mut Config)) -> String {
    let mut config = app.app.config.as_ref().clone();
    change(&mut config);
    let node = App::start(config, app.app.clock.clone()).await.expect("the node starts");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    tokio::spawn(serve(listener, http::router(node), ServerLimits::default(), std::future::pending()));
    format!("http://{address}/graphql")
}

async fn a_hundred_at_once_are_one(app: TestApp) {
    let token = app.owner_token().to_owned();
    let url = app.url("/graphql");
    let requests = (0..100).map(|_| {
        let (url, token) = (url.clone(), token.clone());
        tokio::spawn(async move { send_to(&url, &token, &["key"], tag("Heat")).await })
    });
    let (mut texts, mut first) = (BTreeSet::new(), 0);
    for request in requests.collect::<Vec<_>>() {
        let reply = request.await.expect("no panic");
        assert_eq!(reply.status, 200, "{}", reply.text);
        first += usize::from(!replayed(&reply));
        texts.insert(reply.text);
    }
    assert_eq!((texts.len(), first, tags(&app).await, rows(&app).await), (1, 1, 1, 1));
    let node = start(&app).await;
    let later = send_to(&node, &token, &["key"], tag("Heat")).await;
    assert_eq!(Some(&later.text), texts.first());
}

/// Here the queue of one process does not help: the database decides.
async fn nodes_at_once_do_it_once(app: TestApp) {
    let token = app.owner_token().to_owned();
    let nodes = [app.url("/graphql"), start(&app).await, start(&app).await];
    for round in 0_u64..10 {
        let requests = nodes.iter().cycle().take(9).map(|url| {
            let (url, token, key) = (url.clone(), token.clone(), format!("key-{round}"));
            tokio::spawn(async move { send_to(&url, &token, &[&key], tag(&key)).await })
        });
        let mut texts = BTreeSet::new();
        for request in requests.collect::<Vec<_>>() {
            let reply = request.await.expect("no panic");
            match reply.status {
                200 => drop(texts.insert(reply.text)),
                409 => assert_eq!(
                    (reply.code(), &reply.headers["retry-after"]),
                    ("IDEMPOTENCY_IN_PROGRESS", &"1".parse().expect("a value"))
                ),
                status => panic!("{status}: {}", reply.text),
            }
        }
        assert_eq!((texts.len(), tags(&app).await, rows(&app).await), (1, round + 1, round + 1));
    }
}

/// The first request, in a transaction of its own that the story ends.
async fn a_request_that_is_under_way_elsewhere_is_told_so(app: TestApp) {
    let token = app.owner_token();
    let body = tag("Heat");
    let variables = body["variables"].as_object().expect("an object");
    let credential = Credential::of(format!("Bearer {token}").as_bytes());
    let client = Client { credential: Some(credential), address: None };
    let key = Key::parse(b"key").expect("a key");
    let attempt = Attempt::new(&client, &key, digest(SAVE_TAG, None, variables));
    let node = start_with(&app, |config| {
        config.database.acquire_timeout = SHORT;
        config.database.statement_timeout = SHORT;
    })
    .await;
    let first = app.app.db.begin().await.expect("a transaction");
    assert!(claim(&first, app.app.clock.now(), &attempt).await.expect("the key is free"));

    let told = send_to(&node, token, &["key"], body.clone()).await;
    let expected = match app.backend {
        Backend::Postgres => (409, "IDEMPOTENCY_IN_PROGRESS"),
        // The other request has the one writer that SQLite has.
        Backend::Sqlite => (503, "SERVICE_UNAVAILABLE"),
    };
    assert_eq!((told.status, told.code()), expected, "{}", told.text);
    assert_eq!(told.headers["retry-after"], "1");
    assert_eq!(tags(&app).await, 0);

    first.rollback().await;
    // Sent to a node that is as patient as any.
    let done = send(&app, token, &["key"], body).await;
    assert_eq!((done.status, replayed(&done), tags(&app).await), (200, false, 1), "{}", done.text);
}

async fn malformed_keys_and_two_mutations_are_refused(app: TestApp) {
    let token = app.owner_token();
    let long = "x".repeat(256);
    for keys in [&[""][..], &["a b"], &["ü"], &[&long], &["a", "a"], &["a", "b"]] {
        let reply = send(&app, token, keys, tag("Heat")).await;
        assert_eq!((reply.status, reply.code()), (400, "BAD_REQUEST"), "{keys:?}");
    }
    let two = "mutation { a: saveTag(input: { name: \"a\" }) { tag { id } } ...B }
        fragment B on Mutation { b: saveTag(input: { name: \"b\" }) { tag { id } } }";
    let reply = send(&app, token, &["key"], json!({ "query": two })).await;
    assert_eq!((reply.status, reply.code()), (400, "BAD_REQUEST"), "{}", reply.text);
    assert_eq!((tags(&app).await, rows(&app).await), (0, 0));
    let query = send(&app, token, &["key"], json!({ "query": "{ site { title } }" })).await;
    assert_eq!((query.status, replayed(&query), rows(&app).await), (200, false, 0));
}

/// What a crash between the effect and the answer leaves behind.
async fn forget_answers(app: &TestApp) {
    let forgotten = idempotency::Entity::update_many()
        .col_expr(idempotency::Column::Answer, Expr::value(Option::<Vec<u8>>::None))
        .filter(idempotency::Column::Answer.is_not_null())
        .exec(app.app.db.writer())
        .await;
    assert_eq!(forgotten.expect("an update").rows_affected, 1);
}

async fn an_answer_that_was_lost_is_built_from_what_was_done(app: TestApp) {
    let id = app.save_post(json!({ "title": "Legs", "body": "One" })).await["id"].clone();
    let document = "document { id state headRevision title }";
    let steps = [
        ("saveTag", "SaveTag", json!({ "name": "Heat" }), "tag { id slug name }"),
        ("saveSeries", "SaveSeries", json!({ "title": "Mondays" }), "series { id slug title }"),
        ("saveAuthor", "SaveAuthor", json!({ "name": "Nerys" }), "author { id slug name }"),
        ("saveSite", "SaveSite", json!({ "title": "Steady" }), "site { title }"),
        ("savePost", "SavePost", json!({ "title": "Arms" }), document),
        ("savePage", "SavePage", json!({ "title": "About" }), document),
        ("savePost", "SavePost", json!({ "id": id, "expectedRevision": 1, "title": "Legs again" }), document),
        ("publishEntry", "PublishEntry", json!({ "document": id }), "document { state } entry { title }"),
        ("unpublishEntry", "MoveDocument", json!({ "document": id }), document),
        ("publishEntries", "PublishEntries", json!({ "documents": [id] }), "documents { id state }"),
        ("trashDocument", "MoveDocument", json!({ "document": id }), document),
        ("restoreDocument", "MoveDocument", json!({ "document": id }), document),
        ("restoreRevision", "RestoreRevision", json!({ "document": id, "revision": 1 }), document),
    ];
    for (number, (mutation, kind, input, fields)) in steps.into_iter().enumerate() {
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code }} }} }}"
        );
        let body = json!({ "query": query, "variables": { "input": input } });
        let key = format!("key-{number}");
        let first = send(&app, app.owner_token(), &[&key], body.clone()).await;
        assert_eq!(first.body["data"][mutation]["userErrors"], json!([]), "{mutation}: {}", first.text);
        let before = crate::untouched::state(&app).await;
        forget_answers(&app).await;
        let again = send(&app, app.owner_token(), &[&key], body.clone()).await;
        assert_eq!((again.status, replayed(&again), &again.text), (200, true, &first.text), "{mutation}");
        assert_eq!(crate::untouched::state(&app).await, before, "{mutation}");
        // That answer is stored now.
        let third = send(&app, app.owner_token(), &[&key], body).await;
        assert_eq!((replayed(&third), &third.text), (true, &first.text), "{mutation}");
        idempotency::Entity::delete_many().exec(app.app.db.writer()).await.expect("a clean table");
    }
}

async fn the_database_does_not_tell_what_was_answered(app: TestApp) {
    let canary = "canary-7f3a";
    let reply = send(&app, app.owner_token(), &[canary], tag(canary)).await;
    assert!(reply.text.contains(canary), "{}", reply.text);
    let row = idempotency::Entity::find().one(app.app.db.writer()).await.expect("a row").expect("a row");
    for bytes in [row.id, row.request, row.result.expect("a result"), row.answer.expect("an answer")] {
        assert!(!bytes.windows(canary.len()).any(|part| part == canary.as_bytes()));
    }
}
