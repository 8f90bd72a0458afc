//! What a browser, or somebody who is none, can do with a signed URL and without one.

use std::time::Duration;

use http::{HeaderMap, Method};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::store::{Presigned, StoreError, cors};

const HOUR: Duration = Duration::from_hours(1);

async fn signed(store: &Store, body: &[u8], expires: Duration) -> Presigned {
    let size = body.len() as u64;
    store.presign_put("up/photo", "image/png", size, Sha256::digest(body).into(), expires).await.unwrap()
}

fn with(headers: &[(String, String)], name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(found, _)| found != name).cloned();
    kept.chain(value.map(|value| (name.to_owned(), value.to_owned()))).collect()
}

#[tokio::test]
async fn a_signed_put_takes_what_was_signed_and_nothing_else() {
    let house = House::open().await;
    let body = b"the pixels of a photo";
    let Presigned { url, headers } = signed(&house.store, body, HOUR).await;
    let mut names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "content-type", "x-amz-checksum-sha256"]);

    let refused = [
        (
            "another type",
            with(&headers, "content-type", Some("text/html")),
            &body[..],
            403,
            "SignatureDoesNotMatch",
        ),
        ("no type", with(&headers, "content-type", None), body, 403, "SignatureDoesNotMatch"),
        (
            "longer",
            with(&headers, "content-length", Some("22")),
            b"the pixels of a photo!",
            403,
            "SignatureDoesNotMatch",
        ),
        ("shorter", with(&headers, "content-length", Some("3")), b"the", 403, "SignatureDoesNotMatch"),
        ("no checksum", with(&headers, "x-amz-checksum-sha256", None), body, 403, "SignatureDoesNotMatch"),
        ("other bytes", headers.clone(), b"the pixels of a PHOTO", 400, "BadDigest"),
        (
            "an unsigned source",
            with(&headers, "x-amz-copy-source", Some("media/plan")),
            b"the pixels of a photo",
            403,
            "AccessDenied",
        ),
        (
            "other sum",
            with(&headers, "x-amz-checksum-sha256", Some("eA==")),
            body,
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "chunked",
            with(&with(&headers, "content-length", None), "transfer-encoding", Some("chunked")),
            b"15\r\nthe pixels of a photo\r\n0\r\n\r\n",
            403,
            "SignatureDoesNotMatch",
        ),
    ];
    for (name, headers, body, status, code) in refused {
        let answer = send("PUT", &url, &headers, body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{name}: {answer:?}");
        assert_eq!(house.files(), Vec::<PathBuf>::new(), "{name}");
    }
    let answer = send("PUT", &url, &headers, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(read(&house.store, "up/photo").await.unwrap(), &body[..]);
    assert_eq!(house.files().len(), 1);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let house = House::open().await;
    let body = noise(900_000, 5);
    let Presigned { url, headers } = signed(&house.store, &body, HOUR).await;
    assert_ne!(send("PUT", &url, &headers, &body[..700_000]).await.status, 200);
    house.settled(0).await;
    assert_eq!(send("PUT", &url, &headers, &body).await.status, 200);
    assert_ne!(send("PUT", &url, &headers, &body[..700_000]).await.status, 200);
    house.settled(1).await;
    assert_eq!(read(&house.store, "up/photo").await.unwrap(), body);
}

#[tokio::test]
async fn only_a_valid_signature_opens() {
    let house = House::open().await;
    put(&house.store, "plan", b"a private plan").await;
    let url = house.store.presign_get("plan", HOUR, None).await.unwrap();
    assert_eq!(send("GET", &url, &[], b"").await.body, "a private plan");

    let bare = url.split('?').next().unwrap().to_owned();
    let date = url.split("X-Amz-Date=").nth(1).unwrap()[..16].to_owned();
    let long_ago = url.replace(&date, "20200101T000000Z").replace(&date[..8], "20200101");
    let version_2 = format!("{bare}?AWSAccessKeyId=key&Expires=4102444800&Signature=AAAA");
    for (name, url, code) in [
        ("unsigned", bare.clone(), "AccessDenied"),
        ("longer life", url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"), "SignatureDoesNotMatch"),
        ("another query", format!("{url}&response-content-type=text%2Fhtml"), "SignatureDoesNotMatch"),
        ("another key", url.replace("/plan?", "/plans?"), "SignatureDoesNotMatch"),
        ("another bucket", url.replace("/media/", "/other/"), "SignatureDoesNotMatch"),
        ("another holder", url.replace("=key%2F", "=kex%2F"), "InvalidAccessKeyId"),
        ("long ago", long_ago, "AccessDenied"),
        ("version 2", version_2, "SignatureDoesNotMatch"),
    ] {
        let answer = send("GET", &url, &[], b"").await;
        assert_eq!((answer.status, answer.code()), (403, code), "{name}: {answer:?}");
    }
    assert_eq!(send("DELETE", &url, &[], b"").await.status, 403);
    assert_eq!(send("PUT", &bare, &[], b"x").await.status, 403);
    assert_eq!(read(&house.store, "plan").await.unwrap(), "a private plan");
    assert_eq!(
        house
            .store
            .presign_get("plan", Duration::from_hours(8 * 24), None)
            .await
            .err()
            .map(|e| e.is_temporary()),
        Some(false)
    );
}

#[tokio::test]
async fn a_form_is_refused_before_it_is_read() {
    let house = House::open().await;
    let url = format!("http://{}/media", house.address);
    let part = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
    let body = [part.as_bytes(), &vec![b'x'; 3_000_000], b"\r\n--b--\r\n"].concat();
    let headers = [
        ("content-type".to_owned(), "multipart/form-data; boundary=b".to_owned()),
        ("content-length".to_owned(), body.len().to_string()),
    ];
    let answer = send("POST", &url, &headers, &body).await;
    assert!(answer.status == 0 || answer.status >= 400, "{answer:?}");
    assert_eq!(house.files(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn errors_have_names() {
    let house = House::open().await;
    let settings = |bucket: &str, secret: &str, address: SocketAddr| {
        Store::open(
            Place::Remote(S3Settings {
                endpoint: Some(format!("http://{address}")),
                public_endpoint: None,
                bucket: bucket.to_owned(),
                region: "us-east-1".to_owned(),
                access_key_id: "key".to_owned(),
                secret_access_key: secret.to_owned(),
                session_token: None,
                path_style: true,
                checksums: Checksums::WhenSupported,
            }),
            StoreLimits::default(),
        )
        .unwrap()
    };
    let denied = settings(BUCKET, "wrong", house.address).list("", None, 1).await;
    assert_eq!(denied, Err(StoreError::Denied { code: "SignatureDoesNotMatch".to_owned() }));
    assert_eq!(settings("other", "secret", house.address).list("", None, 1).await, Err(StoreError::NoBucket));
    // A port that is taken and listened to by nobody.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let closed = socket.local_addr().unwrap();
    let unreachable = settings(BUCKET, "secret", closed).head("x").await;
    assert_eq!(unreachable, Err(StoreError::Unreachable));
    let with_path = Store::open(
        Place::Embedded {
            root: house.root.path().to_owned(),
            base_url: "https://example.org/files".to_owned(),
            bucket: BUCKET.to_owned(),
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".to_owned(),
            durability: Durability::Volatile,
            room: Room::Disk { reserve: 0 },
            inbox: String::new(),
        },
        StoreLimits::default(),
    );
    assert!(matches!(with_path.err(), Some(StoreError::Settings { .. })));
}

#[tokio::test]
async fn a_default_port_is_not_part_of_the_host() {
    let root = tempfile::tempdir().unwrap();
    for base in
        ["http://cms.example:80/", "https://cms.example:443", "https://cms.example", "http://[::1]:8080"]
    {
        let store = open_embedded(root.path(), base, Durability::Volatile);
        put(&store, "x", b"y").await;
        assert_eq!(read(&store, "x").await.unwrap(), "y", "{base}");
    }
}

#[test]
fn browsers_of_listed_origins_may_read_and_write() {
    let request = |origin: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("origin", origin.parse().unwrap());
        headers.insert("access-control-request-method", "PUT".parse().unwrap());
        headers
    };
    let list = ["https://blog.example".to_owned()];
    let (status, answer) =
        cors::preflight(&Method::OPTIONS, &request("https://blog.example"), &list).unwrap();
    assert_eq!((status.as_u16(), answer.len()), (204, 5));
    assert_eq!(answer["access-control-allow-origin"], "https://blog.example");
    assert_eq!(answer["vary"], "origin");
    let (_, answer) =
        cors::preflight(&Method::OPTIONS, &request("https://blog.example.evil"), &list).unwrap();
    assert_eq!((answer.len(), &answer["vary"]), (1, &"origin".parse().unwrap()));
    assert!(cors::preflight(&Method::GET, &request("https://blog.example"), &list).is_none());
    let mut answer = HeaderMap::new();
    cors::allow(&request("https://any.example"), &["*".to_owned()], &mut answer);
    assert_eq!((answer.len(), &answer["access-control-allow-origin"]), (2, &"*".parse().unwrap()));
    assert!(!answer.contains_key("access-control-allow-credentials"));
}
