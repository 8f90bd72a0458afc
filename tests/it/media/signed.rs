//! What a signed request to the program's own store can be turned into by its holder: nothing else than was signed.
//! Knowing the hash of a file never gives the file.

use reqwest::Method;
use serde_json::{Value, json};

use super::files::{contains, pdf};
use super::{asset, gc, given, send, text, upload};
use crate::app::{As, TestApp, stories};
use crate::team::{member, owner};

stories![
    an_upload_cannot_be_turned_into_a_copy,
    only_what_is_signed_for_browsers_is_answered,
    a_hash_without_its_bytes_gives_no_file,
];

const UPLOAD: &str = "id state request { url headers { name value } } \
    parts { number offset byteSize request { url headers { name value } } } asset { id }";

/// The headers of S3 that change what a request does.
const OF_S3: [(&str, &str); 35] = [
    ("x-amz-acl", "public-read"),
    ("x-amz-bypass-governance-retention", "true"),
    ("x-amz-checksum-crc32", "AAAAAA=="),
    ("x-amz-checksum-mode", "ENABLED"),
    ("x-amz-checksum-type", "FULL_OBJECT"),
    ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ("x-amz-copy-source-if-match", "\"a\""),
    ("x-amz-copy-source-range", "bytes=0-9"),
    ("x-amz-decoded-content-length", "3"),
    ("x-amz-expected-bucket-owner", "1"),
    ("x-amz-grant-full-control", "id=1"),
    ("x-amz-grant-read", "id=1"),
    ("x-amz-meta-note", "a"),
    ("x-amz-metadata-directive", "REPLACE"),
    ("x-amz-mfa", "1 2"),
    ("x-amz-object-lock-legal-hold", "ON"),
    ("x-amz-object-lock-mode", "COMPLIANCE"),
    ("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z"),
    ("x-amz-request-payer", "requester"),
    ("x-amz-sdk-checksum-algorithm", "SHA256"),
    ("x-amz-server-side-encryption", "AES256"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "1"),
    ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
    ("x-amz-storage-class", "GLACIER"),
    ("x-amz-tagging", "a=b"),
    ("x-amz-trailer", "x-amz-checksum-crc32"),
    ("x-amz-website-redirect-location", "/elsewhere"),
    ("x-amz-write-offset-bytes", "0"),
    ("cache-control", "max-age=1"),
    ("content-disposition", "attachment"),
    ("content-encoding", "aws-chunked"),
    ("content-language", "cy"),
    ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ("if-match", "\"a\""),
    ("if-none-match", "*"),
];

async fn announce(app: &TestApp, viewer: As<'_>, input: Value) -> Value {
    let query = format!(
        "mutation($input: CreateUploadInput!) {{ createUpload(input: $input) {{ upload {{ {UPLOAD} }} userErrors {{ code }} }} }}"
    );
    let payload = app.data(viewer, &query, json!({ "input": input })).await["createUpload"].clone();
    assert_eq!(payload["userErrors"], json!([]));
    payload["upload"].clone()
}

async fn complete(app: &TestApp, viewer: As<'_>, upload: &Value) -> Value {
    let query = format!(
        "mutation($input: UploadInput!) {{ completeUpload(input: $input) {{ upload {{ {UPLOAD} }} userErrors {{ code }} }} }}"
    );
    let input = json!({ "input": { "upload": upload["id"] } });
    app.data(viewer, &query, input).await["completeUpload"].clone()
}

/// The signed request with one header more; answers the status.
async fn with(app: &TestApp, request: &Value, bytes: &[u8], name: &str, value: &str) -> u16 {
    let mut put = app.client().put(text(&request["url"])).body(bytes.to_vec()).header(name, value);
    for header in request["headers"].as_array().expect("headers") {
        if text(&header["name"]) != "content-length" {
            put = put.header(text(&header["name"]), text(&header["value"]));
        }
    }
    put.send().await.expect("an answer of the store").status().as_u16()
}

async fn stored(app: &TestApp, prefix: &str) -> Vec<String> {
    let page = app.app.store.list(prefix, None, 100).await.expect("a list");
    // The database's mark is there from the start.
    let keys = page.objects.into_iter().map(|object| object.key);
    keys.filter(|key| key != "installation/database").collect()
}

async fn an_upload_cannot_be_turned_into_a_copy(app: TestApp) {
    let secret = given("patient.pdf", "application/pdf", pdf(2_000));
    let theirs = upload(&app, &secret, json!({ "isPrivate": true })).await;
    let source = format!("storage/objects/{}", text(&theirs["sha256"]));
    let owner = owner(&app).await;
    let (_, ann) = member(&app, &owner, "Ann", "AUTHOR").await;
    assert_eq!(app.run_jobs().await, 1, "her invitation");
    let ann = As::Token(&ann);

    // She knows size and hash, and has none of the bytes.
    let announced = announce(&app, ann, secret.announcement()).await;
    let request = &announced["request"];
    for (name, bytes) in [("empty", &b""[..]), ("as long", &vec![b'x'; 2_000][..])] {
        for source in [source.clone(), format!("/{source}"), format!("{source}?versionId=1")] {
            let status = with(&app, request, bytes, "x-amz-copy-source", &source).await;
            assert_eq!(status, 403, "{name}, {source}");
        }
    }
    let refused = complete(&app, ann, &announced).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "REQUIRED" }]));
    assert_eq!(stored(&app, "quarantine/").await, Vec::<String>::new());

    let large = json!({
        "filename": "large.pdf", "mimeType": "application/pdf", "byteSize": 33 * 1024 * 1024, "sha256": secret.sha256(),
    });
    let parts = announce(&app, ann, large).await["parts"].clone();
    let size = usize::try_from(parts[0]["byteSize"].as_u64().expect("a size")).expect("small");
    let status = with(&app, &parts[0]["request"], &vec![b'x'; size], "x-amz-copy-source", &source).await;
    assert_eq!(status, 403, "a part");

    // With the bytes it is an upload like any other.
    assert_eq!(send(&app, request, &secret.bytes).await, 200);
    assert_eq!(complete(&app, ann, &announced).await["userErrors"], json!([]));
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(stored(&app, "objects/").await.len(), 1);
}

async fn only_what_is_signed_for_browsers_is_answered(app: TestApp) {
    let file = given("words.pdf", "application/pdf", pdf(2_000));
    let announced = announce(&app, As::Owner, file.announcement()).await;
    let request = &announced["request"];
    for (name, value) in OF_S3 {
        let status = with(&app, request, &file.bytes, name, value).await;
        let (expected, key_count) = if name == "cache-control" { (200, 1) } else { (403, 0) };
        assert_eq!(status, expected, "{name}");
        assert_eq!(stored(&app, "quarantine/").await.len(), key_count, "{name}");
        if key_count == 1 {
            app.app.store.delete(&stored(&app, "quarantine/").await[0]).await.expect("a deletion");
        }
    }
    // A checksum that comes twice is not the one that was signed.
    assert_eq!(with(&app, request, &file.bytes, "x-amz-checksum-sha256", "AAAA").await, 403);

    let url = text(&request["url"]);
    for more in [
        "acl",
        "tagging",
        "uploads",
        "uploadId=x&partNumber=1",
        "versionId=1",
        "delete",
        "retention",
        "legal-hold",
        "x-id=CopyObject",
        "X-Amz-SignedHeaders=host",
        "x-amz-acl=public-read",
        "response-content-type=text/html",
    ] {
        let changed = json!({ "url": format!("{url}&{more}"), "headers": request["headers"] });
        let expected = if more.starts_with("X-Amz-") { 400 } else { 403 };
        assert_eq!(send(&app, &changed, &file.bytes).await, expected, "{more}");
    }
    for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = app.client().request(method.clone(), url).send().await.expect("an answer");
        let found = (answer.status().as_u16(), answer.headers()["allow"].to_str().ok());
        assert_eq!(found, (405, Some("PUT, OPTIONS")), "{method}");
    }

    // What the program's own key signs is for the program, which needs no HTTP.
    let minute = std::time::Duration::from_mins(1);
    let store = &app.app.store;
    let elsewhere = store.presign_put("objects/ab", "text/plain", 1, [0; 32], minute).await.expect("a URL");
    let headers: Vec<_> =
        elsewhere.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let elsewhere = json!({ "url": elsewhere.url, "headers": headers });
    assert_eq!(send(&app, &elsewhere, b"x").await, 403, "a key that no browser may write");
    assert_eq!(stored(&app, "").await, Vec::<String>::new());
    assert_eq!(send(&app, request, &file.bytes).await, 200);
    assert_eq!(stored(&app, "").await.len(), 1);
}

async fn a_hash_without_its_bytes_gives_no_file(app: TestApp) {
    let secret = given("plan.pdf", "application/pdf", pdf(33 * 1024 * 1024));
    let announced = announce(&app, As::Owner, {
        let mut input = secret.announcement();
        input["isPrivate"] = json!(true);
        input
    })
    .await;
    send_parts(&app, &announced, &secret.bytes).await;
    assert_eq!(complete(&app, As::Owner, &announced).await["userErrors"], json!([]));
    assert_eq!(app.run_jobs().await, 1);

    // Parts carry no checksum: other bytes of the same size arrive, and the job finds that they are others.
    let mut others = secret.bytes.clone();
    others.iter_mut().skip(1_000).take(10).for_each(|byte| *byte = b'!');
    let owner = owner(&app).await;
    let (_, ann) = member(&app, &owner, "Ann", "AUTHOR").await;
    assert_eq!(app.run_jobs().await, 1, "her invitation");
    let announced = announce(&app, As::Token(&ann), secret.announcement()).await;
    send_parts(&app, &announced, &others).await;
    let completed = complete(&app, As::Token(&ann), &announced).await;
    assert_eq!(app.run_jobs().await, 1);
    let found = asset(&app, &completed["upload"]["asset"]["id"]).await;
    assert_eq!(
        (&found["state"], &found["url"], &found["sha256"]),
        (&json!("REJECTED"), &Value::Null, &Value::Null)
    );
    assert!(contains(text(&found["rejection"]).as_bytes(), b"not those that were announced"));
    assert!(gc::collect(&app).await.missing.is_empty());
}

async fn send_parts(app: &TestApp, announced: &Value, bytes: &[u8]) {
    for part in announced["parts"].as_array().expect("parts") {
        let number = |name: &str| usize::try_from(part[name].as_u64().expect("a number")).expect("small");
        let bytes = &bytes[number("offset")..number("offset") + number("byteSize")];
        assert_eq!(send(app, &part["request"], bytes).await, 200);
    }
}
