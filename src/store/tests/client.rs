//! What the program does with any S3 server, ours or another.

use std::time::Duration;

use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::store::{Part, StoreError, check};

const HOUR: Duration = Duration::from_hours(1);
const FIVE_MIB: usize = 5 * 1024 * 1024;

async fn everything(store: &Store, odd: &[&str]) {
    for key in odd {
        keys_come_back_as_they_were(store, key).await;
    }
    assert_eq!(keys(store, "").await, Vec::<String>::new());
    pages_are_in_order(store).await;
    ranges(store).await;
    a_taken_key_is_kept(store).await;
    copies_and_deletions(store).await;
    a_long_file_goes_in_parts(store).await;
    let steps = check(store).await;
    assert_eq!(
        // Not every server that is tried by hand looks at what is signed.
        steps.iter().filter(|step| step.result.is_err() && step.name != "unsigned").collect::<Vec<_>>(),
        Vec::<&crate::store::Step>::new()
    );
    assert_eq!(steps.len(), 10);
    assert_eq!(keys(store, "").await, Vec::<String>::new());
}

const PLAIN_KEYS: &[&str] = &["a", "a b+c&d=e%20", "grüße/日本/🧘.txt", "q?x#y", "tag:'\"<>&;,@$!*()"];
const ODD_KEYS: &[&str] =
    &["../../etc/passwd", "a/../b", "./x", "trailing/", "a//b", "/lead", "_", "_/x", "ABC/x", "con\\aux"];

#[tokio::test]
async fn in_process() {
    let house = House::open().await;
    Box::pin(everything(&house.store, &[PLAIN_KEYS, ODD_KEYS].concat())).await;
    parts_by_url(&house.store).await;
    other_bytes_are_refused(&house.store).await;
    let steps = check(&house.store).await;
    let unsigned = steps.iter().find(|step| step.name == "unsigned").map(|step| step.result.clone());
    assert_eq!(unsigned, Some(Ok("an unsigned header cannot turn an upload into a copy".to_owned())));
    assert_eq!(house.files(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn over_a_socket_with_trailing_checksums() {
    let house = House::open().await;
    Box::pin(everything(&house.over_http, &[PLAIN_KEYS, ODD_KEYS].concat())).await;
    parts_by_url(&house.over_http).await;
    other_bytes_are_refused(&house.over_http).await;
    assert_eq!(house.files(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn over_a_socket_without_checksums() {
    let house = House::with(Checksums::WhenRequired, Durability::Durable).await;
    Box::pin(everything(&house.over_http, PLAIN_KEYS)).await;
    parts_by_url(&house.over_http).await;
    assert_eq!(house.files(), Vec::<PathBuf>::new());
}

/// By hand: `STORE_TEST_S3=http://127.0.0.1:5000 cargo test -- --ignored another_server`, with an empty bucket
/// `media` and the key `key`/`secret`.
#[tokio::test]
#[ignore = "needs another S3 server"]
async fn another_server() {
    for checksums in [Checksums::WhenRequired, Checksums::WhenSupported] {
        Box::pin(everything(&another(checksums), PLAIN_KEYS)).await;
    }
}

/// Apart from the other: moto answers a list of parts under a name that the SDK does not know.
#[tokio::test]
#[ignore = "needs another S3 server"]
async fn another_server_takes_parts() {
    for checksums in [Checksums::WhenRequired, Checksums::WhenSupported] {
        parts_by_url(&another(checksums)).await;
    }
}

fn another(checksums: Checksums) -> Store {
    #[expect(clippy::disallowed_methods, reason = "a test by hand has no settings")]
    let endpoint = std::env::var("STORE_TEST_S3").expect("STORE_TEST_S3 is the endpoint");
    let settings = S3Settings {
        endpoint: Some(endpoint),
        public_endpoint: None,
        bucket: BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        access_key_id: "key".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: None,
        path_style: true,
        checksums,
    };
    Store::open(Place::Remote(settings), StoreLimits::default()).unwrap()
}

async fn keys_come_back_as_they_were(store: &Store, key: &str) {
    let body = Bytes::from(format!("the body of {key}"));
    let meta = PutMeta { sha256: Some(Sha256::digest(&body).into()), ..text() };
    let put = store.put(key, Source::Bytes(body.clone()), &meta, Condition::None).await.unwrap();
    let head = store.head(key).await.unwrap().unwrap();
    assert_eq!((head.size, head.etag), (body.len() as u64, put.etag), "{key}");
    assert_eq!(head.content_type.as_deref(), Some("text/plain"));
    assert_eq!(read(store, key).await, Some(body.clone()), "{key}");
    assert_eq!(keys(store, key).await, [key]);
    let url = store.presign_get(key, HOUR, Some("attachment")).await.unwrap();
    let answer = send("GET", &url, &[], b"").await;
    assert_eq!((answer.status, answer.body.as_bytes()), (200, &body[..]), "{key} {answer:?}");
    assert_eq!(answer.header("content-disposition").as_deref(), Some("attachment"));
    store.delete(key).await.unwrap();
    store.delete(key).await.unwrap();
    assert_eq!(read(store, key).await, None);
    assert_eq!(store.head(key).await, Ok(None));
}

async fn pages_are_in_order(store: &Store) {
    let mut names: Vec<String> = (0..25).map(|n| format!("post/{n}")).collect();
    names.extend(["a", "a/b", "a.b", "post", "poster", "z/é", "Z"].map(str::to_owned));
    for name in &names {
        store.put(name, Source::Bytes(Bytes::from_static(b"x")), &text(), Condition::None).await.unwrap();
    }
    names.sort();
    for (prefix, limit) in [("", 7), ("post", 4), ("post/", 1_000), ("post/1", 3), ("a", 1), ("none", 5)] {
        let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = store.list(prefix, after.as_deref(), limit).await.unwrap();
            assert!(
                page.objects
                    .iter()
                    .all(|object| object.size == 1 && object.last_modified_ms > 1_700_000_000_000)
            );
            found.extend(page.objects.into_iter().map(|object| object.key));
            pages += 1;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let wanted: Vec<_> = names.iter().filter(|name| name.starts_with(prefix)).cloned().collect();
        assert_eq!(pages, wanted.len().div_ceil(usize::try_from(limit).unwrap()).max(1), "{prefix}");
        assert_eq!(found, wanted, "{prefix}");
    }
    store.delete_many(&names.iter().map(String::as_str).chain(["absent"]).collect::<Vec<_>>()).await.unwrap();
}

async fn ranges(store: &Store) {
    let body = noise(700_000, 1);
    store.put("film", Source::Bytes(body.clone()), &text(), Condition::None).await.unwrap();
    for range in [0..1_u64, 5..10, 699_999..700_000, 100..600_000] {
        let object = store.get("film", Some(range.clone())).await.unwrap().unwrap();
        assert_eq!((object.size, object.range.clone()), (700_000, Some(range.clone())));
        let wanted = body.slice(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap());
        assert_eq!(object.body.collect(u64::MAX).await.unwrap(), wanted);
    }
    let object = store.get("film", Some(699_990..800_000)).await.unwrap().unwrap();
    assert_eq!(object.range, Some(699_990..700_000));
    super::put(store, "empty", b"").await;
    assert_eq!(
        (read(store, "empty").await, store.head("empty").await.unwrap().unwrap().size),
        (Some(Bytes::new()), 0)
    );
    store.delete("empty").await.unwrap();
    let behind = store.get("film", Some(700_000..700_001)).await.err();
    assert_eq!(behind, Some(StoreError::Rejected { code: "InvalidRange".to_owned() }));
    let dir = tempfile::tempdir().unwrap();
    let mut file = tokio::fs::File::create(dir.path().join("copy")).await.unwrap();
    assert_eq!(store.download("film", &mut file).await, Ok(Some(700_000)));
    assert_eq!(std::fs::read(dir.path().join("copy")).unwrap(), body);
    assert_eq!(store.download("no film", &mut file).await, Ok(None));
    store.delete("film").await.unwrap();
}

async fn a_taken_key_is_kept(store: &Store) {
    let put = |body: &'static [u8]| {
        let (store, source) = (store.clone(), Source::Bytes(Bytes::from_static(body)));
        async move { store.put("once", source, &text(), Condition::IfAbsent).await.map(|_| ()) }
    };
    assert_eq!(put(b"first").await, Ok(()));
    assert_eq!(put(b"second").await, Err(StoreError::ConditionFailed));
    assert_eq!(read(store, "once").await.unwrap(), "first");
    store.delete("once").await.unwrap();
}

/// Ours only: moto does not look at checksums.
async fn other_bytes_are_refused(store: &Store) {
    let wrong = PutMeta { sha256: Some([7; 32]), ..text() };
    let refused = store.put("sum", Source::Bytes(Bytes::from_static(b"x")), &wrong, Condition::None).await;
    assert!(matches!(refused, Err(StoreError::Rejected { .. })), "{refused:?}");
    assert_eq!(read(store, "sum").await, None);
}

async fn copies_and_deletions(store: &Store) {
    super::put(store, "from/ä b+%", b"to be copied").await;
    store.copy("from/ä b+%", "to/x").await.unwrap();
    store.delete_many(&["from/ä b+%"]).await.unwrap();
    assert_eq!(read(store, "to/x").await.unwrap(), "to be copied");
    assert_eq!(store.head("to/x").await.unwrap().unwrap().content_type.as_deref(), Some("text/plain"));
    assert_eq!(store.copy("from/ä b+%", "to/y").await, Err(StoreError::NotFound));
    store.delete_many(&["to/x"]).await.unwrap();
}

async fn send_part(store: &Store, id: &str, number: i32, body: &Bytes) -> u16 {
    let size = body.len() as u64;
    let signed = store.presign_part("talk", id, number, size, HOUR).await.unwrap();
    send("PUT", &signed.url, &signed.headers, body).await.status
}

async fn parts_by_url(store: &Store) {
    let id = store.create_multipart("talk", "video/mp4").await.unwrap();
    let bodies = [noise(FIVE_MIB, 1), noise(FIVE_MIB + 1, 2), noise(3, 3)];
    assert_eq!(send_part(store, &id, 3, &bodies[2]).await, 200);
    assert_eq!(send_part(store, &id, 1, &noise(FIVE_MIB, 9)).await, 200);
    assert_eq!(send_part(store, &id, 2, &bodies[1]).await, 200);
    assert_eq!(send_part(store, &id, 1, &bodies[0]).await, 200);
    let parts = store.list_parts("talk", &id).await.unwrap();
    let sizes: Vec<_> = parts.iter().map(|part| (part.number, usize::try_from(part.size).unwrap())).collect();
    assert_eq!(sizes, [(1, FIVE_MIB), (2, FIVE_MIB + 1), (3, 3)]);

    let mut wrong = parts.clone();
    wrong[1] = Part { etag: parts[0].etag.clone(), ..wrong[1].clone() };
    let refused = store.complete_multipart("talk", &id, &wrong).await;
    assert_eq!(refused, Err(StoreError::Rejected { code: "InvalidPart".to_owned() }));
    assert_eq!(store.list_parts("talk", &id).await.unwrap(), parts);
    assert_eq!(read(store, "talk").await, None);

    let put = store.complete_multipart("talk", &id, &parts).await.unwrap();
    let head = store.head("talk").await.unwrap().unwrap();
    assert_eq!((head.etag, head.content_type.as_deref()), (put.etag, Some("video/mp4")));
    assert!(read(store, "talk").await.unwrap() == [&bodies[0][..], &bodies[1], &bodies[2]].concat());
    no_upload_stays(store).await;
    store.delete("talk").await.unwrap();

    let id = store.create_multipart("talk", "video/mp4").await.unwrap();
    assert_eq!(send_part(store, &id, 1, &bodies[2]).await, 200);
    store.abort_multipart("talk", &id).await.unwrap();
    store.abort_multipart("talk", &id).await.unwrap();
    assert_eq!(store.list_parts("talk", &id).await, Err(StoreError::NotFound));
    assert_eq!(send_part(store, &id, 1, &bodies[2]).await, 404);
}

async fn a_long_file_goes_in_parts(store: &Store) {
    let dir = tempfile::tempdir().unwrap();
    let (path, body) = (dir.path().join("long"), noise(40 * 1024 * 1024 + 5, 4));
    std::fs::write(&path, &body).unwrap();
    let source = || Source::File { path: &path, byte_size: body.len() as u64 };
    store.put("long", source(), &text(), Condition::IfAbsent).await.unwrap();
    let mut object = store.get("long", None).await.unwrap().unwrap();
    let (mut at, mut same) = (0, true);
    while let Some(bytes) = object.body.next().await {
        let bytes = bytes.unwrap();
        same &= body[at..at + bytes.len()] == bytes;
        at += bytes.len();
    }
    assert!(same && at == body.len());
    let again = store.put("long", source(), &text(), Condition::IfAbsent).await;
    assert_eq!(again, Err(StoreError::ConditionFailed));
    no_upload_stays(store).await;
    store.delete("long").await.unwrap();
}

/// s3s-fs does not list uploads; for ours the folder is looked at, too.
async fn no_upload_stays(store: &Store) {
    let uploads = store.list_multiparts("").await;
    let unknown = Err(StoreError::Rejected { code: "NotImplemented".to_owned() });
    assert!(uploads == Ok(vec![]) || uploads == unknown, "{uploads:?}");
}
