//! Parts of S3 that the program's own client does not use, spoken by the SDK: other clients will.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::MetadataDirective;

use super::*;

fn code<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(error) => error.code().unwrap_or("no code").to_owned(),
    }
}

#[tokio::test]
async fn reads_on_condition() {
    let house = House::open().await;
    let etag = put(&house.store, "page", b"text").await;
    let client = house.over_http.client();
    let get = || client.get_object().bucket(BUCKET).key("page");
    let url = house.store.presign_get("page", std::time::Duration::from_mins(1), None).await.unwrap();
    let unchanged = send("GET", &url, &[("if-none-match".to_owned(), etag.clone())], b"").await;
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""), "{unchanged:?}");
    assert_eq!(unchanged.header("etag"), Some(etag.clone()));
    let changed = send("GET", &url, &[("if-none-match".to_owned(), "\"other\"".to_owned())], b"").await;
    assert_eq!((changed.status, changed.body.as_str()), (200, "text"));
    let other =
        [("range".to_owned(), "bytes=1-2".to_owned()), ("if-range".to_owned(), "\"other\"".to_owned())];
    assert_eq!(send("GET", &url, &other, b"").await.status, 200);
    let same = [("range".to_owned(), "bytes=1-2".to_owned()), ("if-range".to_owned(), etag.clone())];
    let part = send("GET", &url, &same, b"").await;
    assert_eq!((part.status, part.body.as_str()), (206, "ex"));
    assert_eq!(part.header("content-range").as_deref(), Some("bytes 1-2/4"));
    assert_eq!(send("GET", &url, &[("range".to_owned(), "bytes=-1".to_owned())], b"").await.body, "t");

    assert_eq!(code(get().if_match(&etag).send().await), "done");
    assert_eq!(code(get().if_match("\"other\"").send().await), "PreconditionFailed");
    let modified = house.store.head("page").await.unwrap().unwrap().last_modified_ms / 1_000;
    let since = |seconds: i64| DateTime::from_secs(modified + seconds);
    assert_eq!(code(get().if_modified_since(since(-1)).send().await), "done");
    assert_ne!(code(get().if_modified_since(since(0)).send().await), "done");
    assert_eq!(code(get().if_unmodified_since(since(0)).send().await), "done");
    assert_eq!(code(get().if_unmodified_since(since(-1)).send().await), "PreconditionFailed");
}

#[tokio::test]
async fn writes_on_condition() {
    let house = House::open().await;
    let client = house.over_http.client();
    let write = |body: &'static [u8]| {
        client.put_object().bucket(BUCKET).key("page").body(ByteStream::from_static(body))
    };
    assert_eq!(code(write(b"1").if_match("\"any\"").send().await), "NoSuchKey");
    let etag = put(&house.store, "page", b"1").await;
    assert_eq!(code(write(b"2").if_match("\"other\"").send().await), "PreconditionFailed");
    assert_eq!(code(write(b"2").if_match(&etag).send().await), "done");
    assert_eq!(code(write(b"3").if_match(&etag).send().await), "PreconditionFailed");
    assert_eq!(
        code(client.delete_object().bucket(BUCKET).key("page").if_match(&etag).send().await),
        "PreconditionFailed"
    );
    assert_eq!(read(&house.store, "page").await.unwrap(), "2");
    assert_eq!(house.files().len(), 1);
}

#[tokio::test]
async fn folders_by_delimiter() {
    let house = House::open().await;
    for key in ["a/1", "a/2", "b", "b/1/x", "b/1/y", "b/2", "c/1", "d"] {
        put(&house.store, key, b"x").await;
    }
    let client = house.over_http.client();
    let page = |prefix: &'static str, token: Option<String>| async move {
        let request = client.list_objects_v2().bucket(BUCKET).prefix(prefix).delimiter("/").max_keys(2);
        let page = request.set_continuation_token(token).send().await.unwrap();
        let mut names: Vec<String> =
            page.contents().iter().map(|object| object.key().unwrap().to_owned()).collect();
        names.extend(page.common_prefixes().iter().map(|prefix| prefix.prefix().unwrap().to_owned()));
        names.sort();
        (names.join(" "), page.next_continuation_token)
    };
    let (names, token) = page("", None).await;
    assert_eq!(names, "a/ b");
    let (names, token) = page("", token).await;
    assert_eq!((names.as_str(), token.is_some()), ("b/ c/", true));
    let (names, token) = page("", token).await;
    assert_eq!((names.as_str(), token), ("d", None));
    assert_eq!(page("b/", None).await, ("b/1/ b/2".to_owned(), None));
}

#[tokio::test]
async fn a_copy_keeps_or_replaces_what_was_said_about_it() {
    let house = House::open().await;
    let client = house.over_http.client();
    let put = client.put_object().bucket(BUCKET).key("a").content_type("image/png").cache_control("no-store");
    put.metadata("who", "me").body(ByteStream::from_static(b"pixels")).send().await.unwrap();
    let copy = |to: &'static str| client.copy_object().bucket(BUCKET).copy_source("media/a").key(to);
    copy("b").send().await.unwrap();
    copy("c").metadata_directive(MetadataDirective::Replace).content_type("text/plain").send().await.unwrap();
    assert_eq!(code(copy("a").send().await), "InvalidRequest");
    let mut seen = Vec::new();
    for key in ["a", "b", "c"] {
        let head = client.head_object().bucket(BUCKET).key(key).send().await.unwrap();
        let who = head.metadata().and_then(|all| all.get("who").cloned());
        seen.push((head.content_type.unwrap(), head.cache_control, who, head.e_tag.unwrap()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].0, "image/png");
    assert_eq!((seen[0].1.as_deref(), seen[0].2.as_deref()), (Some("no-store"), Some("me")));
    assert_eq!(
        (seen[2].0.as_str(), &seen[2].1, &seen[2].2, &seen[2].3),
        ("text/plain", &None, &None, &seen[0].3)
    );
}

#[tokio::test]
async fn refusals_have_codes() {
    let house = House::open().await;
    let client = house.over_http.client();
    let put = |key: &str| client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x"));
    assert_eq!(code(put("nul\0").send().await), "InvalidArgument");
    assert_eq!(code(put("line\n").send().await), "InvalidArgument");
    assert_eq!(code(put(&"é".repeat(512)).send().await), "done");
    assert_eq!(code(put(&"x".repeat(1_025)).send().await), "KeyTooLongError");
    assert_eq!(code(put("x").content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await), "BadDigest");
    assert_eq!(code(put("x").content_md5("short").send().await), "InvalidDigest");
    assert_eq!(code(put("x").content_md5("nd1IF+vQrWMhRlwr7i2tzg==").send().await), "BadDigest");
    assert_eq!(code(put("x").checksum_crc32("AAAAAA==").send().await), "BadDigest");
    assert_eq!(code(put("x").tagging("a=b").send().await), "NotImplemented");
    assert_eq!(code(client.list_buckets().send().await), "NotImplemented");
    assert_eq!(code(client.get_object().bucket(BUCKET).key("absent").send().await), "NoSuchKey");
    assert_eq!(code(client.head_bucket().bucket(BUCKET).send().await), "done");
    assert_eq!(code(client.get_bucket_location().bucket(BUCKET).send().await), "done");
    for id in ["../../objects", "0123456789abcdef0123456789abcdef"] {
        let parts = client.list_parts().bucket(BUCKET).key("x").upload_id(id);
        assert_eq!(code(parts.send().await), "NoSuchUpload");
    }
    assert_eq!(house.files().len(), 1);
}

#[tokio::test]
async fn a_completion_whose_answer_was_lost_can_be_repeated() {
    let house = House::open().await;
    let store = &house.store;
    let id = store.create_multipart("talk", "video/mp4").await.unwrap();
    let uploads = store.list_multiparts("ta").await.unwrap();
    let names: Vec<_> = uploads.iter().map(|upload| (&*upload.key, &*upload.upload_id)).collect();
    assert_eq!(names, [("talk", &*id)]);
    assert!(uploads[0].started_ms > 1_700_000_000_000);
    assert_eq!(store.list_multiparts("other").await, Ok(vec![]));
    let part =
        |number| store.client().upload_part().bucket(BUCKET).key("talk").upload_id(&id).part_number(number);
    part(1).body(ByteStream::from_static(b"one")).send().await.unwrap();
    part(2).body(ByteStream::from_static(b"two")).send().await.unwrap();
    let mut parts = store.list_parts("talk", &id).await.unwrap();
    let small = store.complete_multipart("talk", &id, &parts).await;
    assert_eq!(small, Err(crate::store::StoreError::Rejected { code: "EntityTooSmall".to_owned() }));
    parts.reverse();
    let disorder = store.complete_multipart("talk", &id, &parts).await;
    assert_eq!(disorder, Err(crate::store::StoreError::Rejected { code: "InvalidPartOrder".to_owned() }));
    let first = store.complete_multipart("talk", &id, &parts[1..]).await.unwrap();
    assert_eq!(store.complete_multipart("talk", &id, &parts[1..]).await, Ok(first));
    assert_eq!(read(store, "talk").await.unwrap(), "one");
    assert_eq!(store.list_multiparts("").await, Ok(vec![]));
    assert_eq!(house.files().len(), 1);
    put(store, "talk", b"another").await;
    let late = store.complete_multipart("talk", &id, &parts[1..]).await;
    assert_eq!(late, Err(crate::store::StoreError::NotFound));
}
