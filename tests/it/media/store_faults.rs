//! A store that is slow, busy or breaks off: nothing is called stored that is not, and everything goes on when it is back.

use serde_json::{Value, json};
use wellspring::jobs::Ended;

use super::files::{pdf, photo};
use super::{announce, asset, complete, get, given, image, send, text, upload};
use crate::app::{As, Backend, Files, TestApp};
use crate::s3::Mood;

macro_rules! with_s3 {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let app = super::TestApp::start_with(super::Backend::Sqlite, super::Files::S3).await;
                super::$name(app.expect("SQLite is part of the program")).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let app = super::TestApp::start_with(super::Backend::Postgres, super::Files::S3).await;
                if let Some(app) = app {
                    super::$name(app).await;
                }
            })*
        }
    };
}

with_s3![
    a_file_is_looked_at_when_the_store_is_back,
    what_breaks_off_on_the_way_to_a_reader_is_never_whole,
    a_store_that_is_busy_is_told_as_such,
];

fn behave(app: &TestApp, mood: Mood) {
    app.s3.as_ref().expect("another store").behave(mood);
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
