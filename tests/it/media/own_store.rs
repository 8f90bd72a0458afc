//! The program's own store in trouble: nothing is called stored that is not, and nothing stays behind.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use wellspring::jobs::Ended;
use wellspring::store::Room;

use super::files::{pdf, photo};
use super::{announce, asset, complete, gc, get, given, image, send, stored, text, upload};
use crate::app::{As, Backend, Files, TestApp, refusals, stories};

stories![what_breaks_off_leaves_nothing];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_on_sqlite() {
    a_full_disk_loses_nothing(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_on_postgres() {
    a_full_disk_loses_nothing(Backend::Postgres).await;
}

async fn a_full_disk_loses_nothing(backend: Backend) {
    let left = Arc::new(AtomicU64::new(u64::MAX));
    let its_room = Room::Bytes(Arc::clone(&left));
    let app = TestApp::start_changed(backend, Files::Own, |config| config.room = its_room).await;
    let Some(app) = app else { return };
    let leave = |bytes: u64| left.store(bytes, Ordering::SeqCst);
    one_file(&app, &leave).await;
    a_rendition(&app, &leave).await;
    parts(&app, &leave).await;
    assert_eq!(under_way(&app), 0);
    assert!(gc::collect(&app).await.missing.is_empty());
}

async fn one_file(app: &TestApp, leave: &impl Fn(u64)) {
    let file = given("words.pdf", "application/pdf", pdf(700_000));
    let announced = announce(app, &file, json!({})).await;
    leave(400_000);
    assert_eq!(send(app, &announced["request"], &file.bytes).await, 507);
    assert_eq!((stored(app).await, under_way(app)), (Vec::<String>::new(), 0), "nothing is left of it");
    let early = app.try_mutate("completeUpload", json!({ "upload": announced["id"] }), "upload { id }").await;
    assert_eq!(refusals(&early), ["REQUIRED input.upload"]);
    assert_eq!(app.run_jobs().await, 0);

    leave(1_000_000);
    assert_eq!(send(app, &announced["request"], &file.bytes).await, 200);
    let completed = complete(app, &announced).await;
    for _ in 0..2 {
        leave(300_000);
        assert_eq!(app.try_jobs().await, [Ended::Failed("the store is full".to_owned())]);
        let found = asset(app, &completed["asset"]["id"]).await;
        assert_eq!((&found["state"], &found["url"]), (&json!("PROCESSING"), &Value::Null));
        assert_eq!((stored(app).await.len(), under_way(app)), (1, 0), "only what was sent is there");
        assert!(gc::collect(app).await.missing.is_empty());
        app.advance(3_600_000);
    }
    leave(u64::MAX);
    assert_eq!(app.run_jobs().await, 1);
    let found = asset(app, &completed["asset"]["id"]).await;
    assert_eq!(found["state"], "READY");
    assert_eq!(get(app, text(&found["url"])).await.bytes, file.bytes);
}

async fn a_rendition(app: &TestApp, leave: &impl Fn(u64)) {
    let found = upload(app, &given("leg.jpg", "image/jpeg", photo(640, 480)), json!({})).await;
    let shown = image(app, &found["id"], "width: 320").await;
    leave(100);
    let full = get(app, text(&shown["url"])).await;
    assert_eq!((full.status, full.header("retry-after")), (503, "2"));
    assert_eq!(get(app, text(&found["url"])).await.status, 200, "what is there is served");
    leave(u64::MAX);
    assert_eq!(get(app, text(&shown["url"])).await.status, 200);
}

async fn parts(app: &TestApp, leave: &impl Fn(u64)) {
    let file = given("plan.pdf", "application/pdf", pdf(33 * 1024 * 1024));
    leave(10);
    let create = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } } }";
    let refused = app.send(As::Owner, create, json!({ "input": file.announcement() })).await;
    assert_eq!(refused.code(), "SERVICE_UNAVAILABLE", "{}", refused.text);
    leave(u64::MAX);
    let announced = announce(app, &file, json!({})).await;
    for (index, part) in announced["parts"].as_array().expect("parts").iter().enumerate() {
        let number = |name: &str| usize::try_from(part[name].as_u64().expect("a number")).expect("small");
        let bytes = &file.bytes[number("offset")..number("offset") + number("byteSize")];
        if index == 1 {
            leave(1_000_000);
            assert_eq!(send(app, &part["request"], bytes).await, 507);
            leave(u64::MAX);
        }
        assert_eq!(send(app, &part["request"], bytes).await, 200);
    }
    let completed = complete(app, &announced).await;
    // There is no room for the parts together.
    leave(20_000_000);
    assert_eq!(app.try_jobs().await, [Ended::Failed("the store is full".to_owned())]);
    assert_eq!(asset(app, &completed["asset"]["id"]).await["state"], "PROCESSING");
    app.advance(3_600_000);
    leave(u64::MAX);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(asset(app, &completed["asset"]["id"]).await["state"], "READY");
}

async fn what_breaks_off_leaves_nothing(app: TestApp) {
    let file = given("words.pdf", "application/pdf", pdf(700_000));
    let announced = announce(&app, &file, json!({})).await;
    let request = &announced["request"];
    for sent in [0, 1_000, 600_000] {
        let url = url::Url::parse(text(&request["url"])).expect("a URL");
        let host = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
        let target = &url[url::Position::BeforePath..];
        let mut head = format!("PUT {target} HTTP/1.1\r\nhost: {host}\r\n");
        for header in request["headers"].as_array().expect("headers") {
            if header["name"] != "content-length" {
                head.push_str(&format!("{}: {}\r\n", text(&header["name"]), text(&header["value"])));
            }
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", file.bytes.len()));
        let mut client = TcpStream::connect(&host).await.expect("a connection");
        client.write_all(head.as_bytes()).await.expect("a head");
        client.write_all(&file.bytes[..sent]).await.expect("half of it");
        if sent > 300_000 {
            until(|| under_way(&app) == 1).await;
        }
        drop(client);
        until(|| under_way(&app) == 0).await;
        assert_eq!(stored(&app).await, Vec::<String>::new());
    }
    assert_eq!(send(&app, request, &file.bytes).await, 200, "and it can be sent again");
    complete(&app, &announced).await;
    assert_eq!(app.run_jobs().await, 1);
}

/// How many files are being written.
fn under_way(app: &TestApp) -> usize {
    entries(&app.app.config.data_dir.join("storage/tmp"))
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

/// The server notices by itself that a connection is gone.
async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..60_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never happened");
}
