//! A store that is slow, busy or breaks off: nothing is called stored that is not, and everything goes on when it is back.

use std::time::Duration;

use serde_json::{Value, json};
use wellspring::jobs::Ended;
use wellspring::store::StoreLimits;

use super::files::{pdf, photo};
use super::{announce, asset, complete, get, given, image, send, text, upload};
use crate::app::{As, Backend, Files, TestApp, with_s3};
use crate::limits::Node;
use crate::questions::{self, ask, own};
use crate::s3::Mood;

with_s3![
    a_file_is_looked_at_when_the_store_is_back,
    what_breaks_off_on_the_way_to_a_reader_is_never_whole,
    a_store_that_is_busy_is_told_as_such,
    a_store_that_answers_without_end_is_not_listened_to,
    while_the_store_is_silent_questions_are_received_and_opened_by_nobody,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_stalls_holds_nobody_for_long_on_sqlite() {
    Box::pin(a_store_that_stalls_holds_nobody_for_long(Backend::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_stalls_holds_nobody_for_long_on_postgres() {
    Box::pin(a_store_that_stalls_holds_nobody_for_long(Backend::Postgres)).await;
}

/// With a program that has little patience with its store.
async fn impatient(backend: Backend) -> Option<TestApp> {
    let moment = Duration::from_millis(1_500);
    TestApp::start_changed(backend, Files::S3, |config| {
        config.store_limits = StoreLimits {
            connect: moment,
            answer: moment,
            stall: moment,
            small: 2 * moment,
            waited_for: moment,
        };
    })
    .await
}

fn behave(app: &TestApp, mood: Mood) {
    app.s3.as_ref().expect("another store").behave(mood);
}

/// Of answers in XML 8 MiB are read, each asked for three times, and some lie in the buffers of sockets.
async fn a_store_that_answers_without_end_is_not_listened_to(app: TestApp) {
    let (store, s3) = (&app.app.store, app.s3.as_ref().expect("another store"));
    for mood in [Mood::Endless, Mood::EndlessError] {
        behave(&app, mood);
        let before = s3.sent();
        assert!(store.list("", None, 10).await.is_err(), "{mood:?}");
        assert!(store.list_multiparts("").await.is_err());
        assert!(store.list_parts("quarantine/a", "b").await.is_err());
        assert!(store.delete_many(&["a"]).await.is_err());
        if mood == Mood::EndlessError {
            assert!(store.get("a", None).await.is_err());
        }
        let taken = (s3.sent() - before) / 1024 / 1024;
        assert!(taken < 5 * 3 * 16, "{mood:?}: {taken} MiB");
    }
    behave(&app, Mood::Endless);
    let before = s3.sent();
    let object = store.get("a", None).await.expect("a beginning").expect("an object");
    assert!(object.body.collect(1_000).await.is_err(), "an object of no known length");
    assert!(s3.sent() - before < 16 * 1024 * 1024);
    behave(&app, Mood::Good);
    assert_eq!(store.list("quarantine/", None, 10).await.map(|page| page.objects), Ok(Vec::new()));
}

async fn a_file_is_looked_at_when_the_store_is_back(app: TestApp) {
    let file = given("leg.jpg", "image/jpeg", photo(320, 240));
    let announced = announce(&app, &file, json!({})).await;
    assert_eq!(send(&app, &announced["request"], &file.bytes).await, 200);
    let completed = complete(&app, &announced).await;
    for (mood, message) in [(Mood::Busy, "the store is busy"), (Mood::Cutting, "the store cannot be reached")]
    {
        behave(&app, mood);
        match &app.try_jobs().await[..] {
            [Ended::Failed(told)] => assert!(told.starts_with(message), "{told}"),
            other => panic!("{other:?}"),
        }
        let found = asset(&app, &completed["asset"]["id"]).await;
        assert_eq!((&found["state"], &found["url"]), (&json!("PROCESSING"), &Value::Null));
        app.advance(3_600_000);
    }
    behave(&app, Mood::Good);
    assert_eq!(app.run_jobs().await, 1);
    let found = asset(&app, &completed["asset"]["id"]).await;
    assert_eq!(found["state"], "READY");
    assert_eq!(get(&app, text(&found["url"])).await.status, 200);
    assert!(super::gc::collect(&app).await.missing.is_empty());
}

async fn what_breaks_off_on_the_way_to_a_reader_is_never_whole(app: TestApp) {
    let file = given("words.pdf", "application/pdf", pdf(700_000));
    let found = upload(&app, &file, json!({})).await;
    let photo = upload(&app, &given("leg.jpg", "image/jpeg", photo(320, 240)), json!({})).await;
    let shown = image(&app, &photo["id"], "width: 320").await;
    behave(&app, Mood::Cutting);
    for url in [&found["url"], &shown["url"]] {
        assert_eq!(get(&app, text(url)).await.status, 503);
    }
    behave(&app, Mood::Busy);
    let busy = get(&app, text(&found["url"])).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "2"));
    behave(&app, Mood::Good);
    assert_eq!(get(&app, text(&found["url"])).await.bytes, file.bytes);
    assert_eq!(get(&app, text(&shown["url"])).await.status, 200, "it is made when the store is back");
}

async fn a_store_that_is_busy_is_told_as_such(app: TestApp) {
    let file = given("plan.pdf", "application/pdf", pdf(33 * 1024 * 1024));
    let small = given("leg.jpg", "image/jpeg", photo(32, 32));
    let announced = announce(&app, &small, json!({})).await;
    assert_eq!(send(&app, &announced["request"], &small.bytes).await, 200);
    behave(&app, Mood::Busy);
    let create = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } } }";
    let answer = app.send(As::Owner, create, json!({ "input": file.announcement() })).await;
    assert_eq!(answer.code(), "SERVICE_UNAVAILABLE", "{}", answer.text);
    let end = "mutation($id: ID!) { completeUpload(input: { upload: $id }) { upload { id } } }";
    let answer = app.send(As::Owner, end, json!({ "id": announced["id"] })).await;
    assert_eq!(answer.code(), "SERVICE_UNAVAILABLE", "{}", answer.text);
    behave(&app, Mood::Good);
    complete(&app, &announced).await;
    assert_eq!(app.run_jobs().await, 1);
}

async fn a_store_that_stalls_holds_nobody_for_long(backend: Backend) {
    let Some(app) = impatient(backend).await else { return };
    let file = given("words.pdf", "application/pdf", pdf(700_000));
    let found = upload(&app, &file, json!({})).await;
    let (small, large) = (given("leg.jpg", "image/jpeg", photo(32, 32)), pdf(33 * 1024 * 1024));
    let large = given("plan.pdf", "application/pdf", large).announcement();
    let announced = announce(&app, &small, json!({})).await;
    assert_eq!(send(&app, &announced["request"], &small.bytes).await, 200);
    let waiting = announce(&app, &given("one.jpg", "image/jpeg", photo(48, 32)), json!({})).await;
    assert_eq!(send(&app, &waiting["request"], &photo(48, 32)).await, 200);
    let waiting = complete(&app, &waiting).await;

    behave(&app, Mood::Stalling);
    let (create, end) = (
        "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } } }",
        "mutation($id: ID!) { completeUpload(input: { upload: $id }) { upload { id } } }",
    );
    let (url, id) = (text(&found["url"]), json!({ "id": announced["id"] }));
    let held = async {
        let readers = futures_util::future::join_all((0..20).map(|_| get(&app, url)));
        let create = app.send(As::Owner, create, json!({ "input": large }));
        futures_util::join!(readers, create, app.send(As::Owner, end, id.clone()), app.try_jobs())
    };
    let mut held = std::pin::pin!(held);
    let others = async {
        // They have been begun by now: this is polled after them.
        for _ in 0..3 {
            app.public("{ posts(first: 1) { nodes { title } } }").await;
        }
    };
    tokio::select! {
        biased;
        _ = &mut held => panic!("what needs no store is answered first"),
        () = others => {}
    }
    let (readers, created, completed, ended) = held.await;
    for reader in readers {
        assert_eq!((reader.status, reader.header("retry-after")), (503, "2"));
    }
    assert_eq!(created.code(), "SERVICE_UNAVAILABLE", "{}", created.text);
    assert_eq!(completed.code(), "SERVICE_UNAVAILABLE", "{}", completed.text);
    assert_eq!(ended, [Ended::Failed("the store did not answer in time".to_owned())]);

    behave(&app, Mood::Trickling);
    app.advance(3_600_000);
    let broken = async { app.client().get(url).send().await.expect("the beginning").bytes().await };
    let (ended, broken) = futures_util::join!(app.try_jobs(), broken);
    assert_eq!(ended, [Ended::Failed("the store did not answer in time".to_owned())]);
    assert!(broken.is_err(), "what stops in the middle is never whole");
    assert_eq!(asset(&app, &waiting["asset"]["id"]).await["state"], "PROCESSING");

    behave(&app, Mood::Good);
    app.advance(3_600_000);
    complete(&app, &announced).await;
    assert_eq!(app.run_jobs().await, 2);
    assert_eq!(asset(&app, &waiting["asset"]["id"]).await["state"], "READY");
    assert_eq!(get(&app, url).await.bytes, file.bytes);
}

/// What was erased is known to the store alone: a node that starts without it does not know what it may open.
async fn while_the_store_is_silent_questions_are_received_and_opened_by_nobody(app: TestApp) {
    let s3 = app.s3.as_ref().expect("a store");
    let before = ask(&app, json!({})).await;
    s3.behave(Mood::Busy);
    let node = Node::start(&app, |_| ()).await;
    let form = questions::token(&app).await;
    let sent = node
        .send(
            &[],
            &format!(
                "mutation {{ askQuestion(input: {{ text: \"Is anybody there?\", formToken: {form:?}, consents: {{ answerPrivately: false, publishParaphrase: true }} }}) {{ question {{ state }} secret userErrors {{ code }} }} }}"
            ),
        )
        .await;
    let payload = &sent.body["data"]["askQuestion"];
    assert_eq!((&payload["question"], &payload["userErrors"]), (&Value::Null, &json!([])), "{}", sent.text);
    let secret = payload["secret"].as_str().expect("a secret");
    for secret in [secret, &before.secret] {
        let closed = node.send(&[], &format!("{{ askedQuestion(secret: {secret:?}) {{ text }} }}")).await;
        assert_eq!(closed.code(), "SERVICE_UNAVAILABLE", "{}", closed.text);
    }
    // Nothing is called erased that could come back.
    let erase = format!("mutation {{ eraseQuestion(input: {{ secret: {secret:?} }}) {{ erased }} }}");
    assert_eq!(node.send(&[], &erase).await.code(), "SERVICE_UNAVAILABLE");
    // A node that has started before goes on.
    assert_eq!(own(&app, secret, "text").await["text"], "Is anybody there?");
    s3.behave(Mood::Good);
    assert_eq!(app.data(As::Anonymous, &erase, json!({})).await["eraseQuestion"]["erased"], true);
}
