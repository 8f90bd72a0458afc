//! What is not taken: other bytes than announced, other files than they say, and names with tricks.

use serde_json::{Value, json};

use super::files::{self, photo};
use super::{announce, asset, complete, get, given, send, stored, text, upload};
use crate::app::{As, TestApp, media_stories, refusals, stories};

media_stories![a_file_that_is_no_good_is_rejected_with_a_reason, what_was_not_sent_cannot_be_completed];

stories![
    the_store_takes_the_announced_bytes_and_no_others,
    an_announcement_that_cannot_be_is_refused,
    only_pages_of_the_site_may_send_files,
];

async fn the_store_takes_the_announced_bytes_and_no_others(app: TestApp) {
    let file = given("leg.jpg", "image/jpeg", photo(320, 240));
    let announced = announce(&app, &file, json!({})).await;
    let mut other = file.bytes.clone();
    *other.last_mut().expect("bytes") ^= 1;
    let longer = [file.bytes.clone(), vec![0]].concat();
    for (what, bytes) in [
        ("shorter", &file.bytes[..file.bytes.len() - 1]),
        ("longer", &longer),
        ("other", &other),
        ("none", &[]),
    ] {
        let status = send(&app, &announced["request"], bytes).await;
        assert!(status.is_client_error(), "{what}: {status}");
    }
    let mut wrong_type = announced["request"].clone();
    for header in wrong_type["headers"].as_array_mut().expect("headers") {
        if header["name"] == "content-type" {
            header["value"] = json!("text/html");
        }
    }
    assert_eq!(send(&app, &wrong_type, &file.bytes).await, 403);
    let elsewhere = announced["request"]["url"].as_str().expect("a URL").replace("/quarantine/", "/objects/");
    let elsewhere = json!({ "url": elsewhere, "headers": announced["request"]["headers"] });
    assert_eq!(send(&app, &elsewhere, &file.bytes).await, 403);
    assert_eq!(stored(&app).await, [""; 0], "nothing is left of them");

    let early = app.try_mutate("completeUpload", json!({ "upload": announced["id"] }), "upload { id }").await;
    assert_eq!(refusals(&early), ["REQUIRED input.upload"]);
    assert_eq!(send(&app, &announced["request"], &file.bytes).await, 200, "and it can still be sent");
    complete(&app, &announced).await;
    assert_eq!(app.run_jobs().await, 1);
    // The URL is good for an hour, and then only for the same bytes, which nobody looks at any more.
    assert_eq!(send(&app, &announced["request"], &file.bytes).await, 200);
    assert_eq!(app.run_jobs().await, 0);
    assert_eq!(super::gc::collect(&app).await.leftovers.len(), 1);
}

async fn what_was_not_sent_cannot_be_completed(app: TestApp) {
    let file = given("leg.jpg", "image/jpeg", photo(64, 64));
    let announced = announce(&app, &file, json!({})).await;
    let id = json!({ "upload": announced["id"] });
    assert_eq!(
        refusals(&app.try_mutate("completeUpload", id.clone(), "upload { id }").await),
        ["REQUIRED input.upload"]
    );
    app.mutate("abandonUpload", id.clone(), "upload { state }").await;
    assert_eq!(
        refusals(&app.try_mutate("completeUpload", id.clone(), "upload { id }").await),
        ["EXPIRED input.upload"]
    );
    let unknown = json!({ "upload": "upload_00000000000000000000000000" });
    assert_eq!(
        refusals(&app.try_mutate("completeUpload", unknown, "upload { id }").await),
        ["NOT_FOUND input.upload"]
    );
    let malformed = json!({ "upload": "asset_00000000000000000000000000" });
    assert_eq!(
        refusals(&app.try_mutate("completeUpload", malformed, "upload { id }").await),
        ["INVALID_ID input.upload"]
    );

    // Sent by somebody else's hand into the store, behind its back: what was announced counts.
    let announced = announce(&app, &file, json!({})).await;
    assert_eq!(send(&app, &announced["request"], &file.bytes).await, 200);
    complete(&app, &announced).await;
    let key = app.app.store.list("quarantine/", None, 1).await.expect("a list").objects.remove(0).key;
    let meta = wellspring::store::PutMeta::default();
    let other = wellspring::store::Source::Bytes(photo(65, 64).into());
    app.app.store.put(&key, other, &meta, wellspring::store::Condition::None).await.expect("stored");
    assert_eq!(app.run_jobs().await, 1);
    let query = "query($id: ID!) { desk { upload(id: $id) { state rejection asset { state rejection } } } }";
    let ended = app.data(As::Owner, query, json!({ "id": announced["id"] })).await["desk"]["upload"].clone();
    let reason = "the bytes that arrived are not those that were announced; upload the file again";
    assert_eq!(
        ended,
        json!({ "state": "ENDED", "rejection": reason, "asset": { "state": "REJECTED", "rejection": reason } })
    );
}

/// Rejected, and nothing of it is in the store or served.
async fn rejected(app: &TestApp, mime_type: &'static str, bytes: Vec<u8>) -> String {
    let found = upload(app, &given("file.bin", mime_type, bytes), json!({})).await;
    assert_eq!((&found["state"], &found["url"]), (&json!("REJECTED"), &Value::Null), "{mime_type}");
    text(&found["rejection"]).to_owned()
}

async fn a_file_that_is_no_good_is_rejected_with_a_reason(app: TestApp) {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let html = b"<!doctype html><script>alert(1)</script>".to_vec();
    for (mime_type, bytes, part) in [
        ("image/png", svg, "SVG"),
        ("image/jpeg", html.clone(), "web pages cannot be uploaded"),
        ("text/vtt", html, "web pages"),
        ("image/jpeg", files::png(10, 10), "the file is image/png, not image/jpeg"),
        ("video/mp4", b"nothing that anybody knows".to_vec(), "the file is not video/mp4"),
        ("image/png", photo(10, 10), "the file is image/jpeg"),
        ("text/vtt", b"WEBVTT\n\n00:02.000 --> 00:01.000\nBack\n".to_vec(), "line 3"),
        (
            "application/pdf",
            b"%PDF-1.7\n<</S/JavaScript/JS(app.alert(1))>>\n%%EOF".to_vec(),
            "a PDF with scripts",
        ),
    ] {
        let reason = rejected(&app, mime_type, bytes).await;
        assert!(reason.contains(part), "{mime_type}: {reason}");
    }
    // The first half of good files.
    for (_, mime_type, bytes, _) in files::every_kind() {
        if !["application/pdf", "text/vtt", "audio/mpeg"].contains(&mime_type) {
            rejected(&app, mime_type, bytes[..bytes.len() / 2].to_vec()).await;
        }
    }
    // 50,000 by 50,000 pixels in a few bytes.
    let mut bomb = files::png(10, 10);
    bomb[16..24].copy_from_slice(&[0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50]);
    let sum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    let reason = rejected(&app, "image/png", bomb).await;
    assert!(reason.contains("50000"), "{reason}");
    assert_eq!(stored(&app).await, [""; 0], "nothing is left of them");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 },
        )
    })
}

async fn an_announcement_that_cannot_be_is_refused(app: TestApp) {
    let good = given("leg.jpg", "image/jpeg", photo(10, 10)).announcement();
    let with = |name: &str, value: Value| {
        let mut input = good.clone();
        input[name] = value;
        input
    };
    for (input, expected) in [
        (with("filename", json!("../leg.jpg")), "INVALID input.filename"),
        (with("filename", json!("leg\u{0}.jpg")), "INVALID input.filename"),
        (with("filename", json!("leg\r\nX: y.jpg")), "INVALID input.filename"),
        (with("filename", json!("leg\u{202e}gpj.exe")), "INVALID input.filename"),
        (with("filename", json!("l".repeat(300))), "TOO_LONG input.filename"),
        (with("filename", json!(" ")), "REQUIRED input.filename"),
        (with("mimeType", json!("image/svg+xml")), "INVALID input.mimeType"),
        (with("mimeType", json!("text/html")), "INVALID input.mimeType"),
        (with("byteSize", json!(0)), "OUT_OF_RANGE input.byteSize"),
        (with("byteSize", json!(-1)), "OUT_OF_RANGE input.byteSize"),
        (with("byteSize", json!(i32::MAX)), "OUT_OF_RANGE input.byteSize"),
        (with("sha256", json!("abc")), "INVALID input.sha256"),
        (with("replaces", json!("asset_00000000000000000000000000")), "NOT_FOUND input.replaces"),
        (with("replaces", json!("post_00000000000000000000000000")), "INVALID_ID input.replaces"),
    ] {
        let refused = app.try_mutate("createUpload", input, "upload { id }").await;
        assert_eq!(refusals(&refused), [expected]);
        assert_eq!(refused["upload"], Value::Null);
    }
    let query = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } } }";
    let denied = app.send(As::Anonymous, query, json!({ "input": good })).await;
    assert_eq!(denied.code(), "UNAUTHENTICATED");
    let found = asset(&app, &json!("asset_00000000000000000000000000")).await;
    assert_eq!(found, Value::Null);
    let width = "{ desk { assets(first: 1) { nodes { image(width: 7) { url } } } } }";
    assert_eq!(app.data(As::Owner, width, json!({})).await["desk"]["assets"]["nodes"], json!([]));
    let file = upload(&app, &given("leg.jpg", "image/jpeg", photo(10, 10)), json!({})).await;
    assert_eq!(get(&app, text(&file["url"])).await.status, 200);
    let odd = app.send(As::Owner, width, json!({})).await;
    assert_eq!(odd.code(), "OUT_OF_RANGE", "{}", odd.text);
}

async fn only_pages_of_the_site_may_send_files(app: TestApp) {
    app.mutate("saveSite", json!({ "baseUrl": "https://steady.example" }), "site { baseUrl }").await;
    let file = given("leg.jpg", "image/jpeg", photo(10, 10));
    let announced = announce(&app, &file, json!({})).await;
    for (origin, is_allowed) in
        [("https://steady.example", true), ("https://evil.example", false), ("null", false)]
    {
        let preflight = app
            .client()
            .request(reqwest::Method::OPTIONS, text(&announced["request"]["url"]))
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "content-type,x-amz-checksum-sha256");
        let answer = preflight.send().await.expect("an answer");
        assert_eq!(answer.status(), 204);
        let allowed =
            answer.headers().get("access-control-allow-origin").and_then(|value| value.to_str().ok());
        assert_eq!(allowed, is_allowed.then_some(origin), "{origin}");
        assert_eq!(answer.headers().get("access-control-allow-credentials"), None);
    }
}
