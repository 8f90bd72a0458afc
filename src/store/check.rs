//! The store's part of `doctor`: does what the program does with it, on one object of its own, and says for
//! each thing that fails what to look at.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Condition, PutMeta, Source, Store, StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: &'static str,
    /// One line each: what was found, or what is wrong and what to try.
    pub result: Result<String, String>,
}

const BODY: &[u8] = b"a line that the store gives back as it was";
const SENT: &[u8] = b"a line as a browser sends it";
/// Bytes of what is written here, with room.
const LONGEST: u64 = 4_096;
/// Of the URLs that are signed.
const LIFETIME: Duration = Duration::from_mins(1);

/// Leaves nothing in the bucket, unless the deletion itself fails.
pub async fn check(store: &Store) -> Vec<Step> {
    let key = format!("doctor/{}", Uuid::now_v7().simple());
    let mut steps = Vec::new();
    let mut note = |name, result: Result<String, StoreError>| {
        let good = result.is_ok();
        steps.push(Step { name, result: result.map_err(|error| format!("{error}; {}", hint(&error))) });
        good
    };
    if !note("put", put(store, &key).await) {
        return steps;
    }
    note("head", head(store, &key).await);
    note("get", get(store, &key).await);
    note("range", range(store, &key).await);
    note("condition", condition(store, &key).await);
    note("presign", presign(store, &key).await);
    note("unsigned", unsigned(store, &key).await);
    note("browser", browser(store, &key).await);
    note("list", list(store, &key).await);
    note("delete", delete(store, &key).await);
    steps
}

fn differs(what: &'static str) -> StoreError {
    StoreError::internal(what)
}

fn meta() -> PutMeta {
    let sha256 = Some(Sha256::digest(BODY).into());
    PutMeta { content_type: "text/plain".to_owned(), sha256, ..PutMeta::default() }
}

async fn put(store: &Store, key: &str) -> Result<String, StoreError> {
    store.put(key, Source::Bytes(Bytes::from_static(BODY)), &meta(), Condition::None).await?;
    Ok(format!("wrote {} bytes with a checksum", BODY.len()))
}

async fn head(store: &Store, key: &str) -> Result<String, StoreError> {
    let head = store.head(key).await?.ok_or(StoreError::NotFound)?;
    if head.size != BODY.len() as u64 || head.content_type.as_deref() != Some("text/plain") {
        return Err(differs("size or type are not what was written"));
    }
    let sum = if head.sha256.is_some() { "keeps" } else { "does not keep" };
    Ok(format!("size and type are right; the store {sum} the checksum"))
}

async fn get(store: &Store, key: &str) -> Result<String, StoreError> {
    let object = store.get(key, None).await?.ok_or(StoreError::NotFound)?;
    match object.body.collect(LONGEST).await? {
        bytes if bytes == BODY => Ok("the bytes came back as they were".to_owned()),
        _ => Err(differs("other bytes came back than were written")),
    }
}

async fn range(store: &Store, key: &str) -> Result<String, StoreError> {
    let object = store.get(key, Some(2..6)).await?.ok_or(StoreError::NotFound)?;
    let size = object.size;
    match object.body.collect(LONGEST).await? {
        bytes if bytes == BODY[2..6] && size == BODY.len() as u64 => {
            Ok("four bytes of the middle came".to_owned())
        }
        _ => Err(differs("a range did not bring its bytes; videos will not seek")),
    }
}

async fn condition(store: &Store, key: &str) -> Result<String, StoreError> {
    match store.put(key, Source::Bytes(Bytes::from_static(BODY)), &meta(), Condition::IfAbsent).await {
        Err(StoreError::ConditionFailed) => Ok("a taken key is not overwritten".to_owned()),
        Err(error) => Err(error),
        Ok(_) => Err(differs("If-None-Match was ignored; two writers can overwrite each other")),
    }
}

async fn presign(store: &Store, key: &str) -> Result<String, StoreError> {
    let url = store.presign_get(key, LIFETIME, None).await?;
    let host = url.split('/').nth(2).unwrap_or_default();
    Ok(format!("URLs are signed for {host}; browsers must reach it under this name"))
}

/// A header that nobody signed must not turn an upload into a copy of a file that only its hash is known of.
async fn unsigned(store: &Store, key: &str) -> Result<String, StoreError> {
    let (target, size) = (format!("{key}-copy"), SENT.len() as u64);
    let put = store.presign_put(&target, "text/plain", size, Sha256::digest(SENT).into(), LIFETIME).await?;
    let mut headers = put.headers;
    headers.push(("x-amz-copy-source".to_owned(), format!("{}/{key}", store.bucket())));
    let body = Bytes::from_static(SENT);
    match store.as_browser(Method::PUT, &put.url, &headers, body).await {
        Err(StoreError::Denied { .. }) => {
            return Ok("an unsigned header cannot turn an upload into a copy".to_owned());
        }
        Err(StoreError::Unreachable | StoreError::Timeout) if store.inner.has_public_endpoint => {
            return Ok("not tried: s3_public_endpoint is not reached from here, as may well be".to_owned());
        }
        sent => sent?,
    };
    let object = store.get(&target, None).await?.ok_or(StoreError::NotFound)?;
    let found = object.body.collect(LONGEST).await?;
    store.delete(&target).await?;
    if found == SENT {
        return Ok("an unsigned header that would turn an upload into a copy is not looked at".to_owned());
    }
    Err(differs(
        "an unsigned x-amz-copy-source turned an upload into a copy, so members who may upload can take every file \
         whose hash they know; use a store that refuses unsigned headers",
    ))
}

/// What a browser does with an upload: the signed headers and no others, at the address that it is told.
async fn browser(store: &Store, key: &str) -> Result<String, StoreError> {
    let size = SENT.len() as u64;
    let put = store.presign_put(key, "text/plain", size, Sha256::digest(SENT).into(), LIFETIME).await?;
    let body = Bytes::from_static(SENT);
    match store.as_browser(Method::PUT, &put.url, &put.headers, body).await {
        Err(StoreError::Unreachable | StoreError::Timeout) if store.inner.has_public_endpoint => {
            return Ok("not tried: s3_public_endpoint is not reached from here, as may well be".to_owned());
        }
        sent => sent?,
    };
    let url = store.presign_get(key, LIFETIME, None).await?;
    match store.as_browser(Method::GET, &url, &[], Bytes::new()).await? {
        bytes if bytes == SENT => {
            Ok("a signed PUT and GET went through and brought the bytes back".to_owned())
        }
        _ => Err(differs("other bytes came back than a signed PUT sent")),
    }
}

async fn list(store: &Store, key: &str) -> Result<String, StoreError> {
    let page = store.list(key, None, 2).await?;
    match page.objects.as_slice() {
        [only] if only.key == key => Ok("the object is listed".to_owned()),
        _ => Err(differs("the object is not listed")),
    }
}

async fn delete(store: &Store, key: &str) -> Result<String, StoreError> {
    store.delete(key).await?;
    match store.head(key).await? {
        None => Ok("the object is gone".to_owned()),
        Some(_) => Err(differs("the object is still there")),
    }
}

fn hint(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unreachable => {
            "check the endpoint, its port, http or https, and path style for an own server"
        }
        StoreError::Timeout => "check that a firewall lets the endpoint through",
        StoreError::Denied { code } => match code.as_str() {
            "RequestTimeTooSkewed" | "RequestExpired" => "the clocks differ: set this machine's time",
            "SignatureDoesNotMatch" => "check the secret key, and that no proxy changes the host or path",
            "InvalidAccessKeyId" => "check the access key id",
            "AuthorizationHeaderMalformed" => "check the region",
            _ => "check that the key may read, write, list and delete in this bucket",
        },
        StoreError::NoBucket => "create the bucket, or check its name, the region and path style",
        StoreError::NotFound => "the store lost it or the name points to another bucket: check path style",
        StoreError::Busy => "try again later",
        StoreError::Full => "make room on the store's disk or raise its quota",
        StoreError::ConditionFailed => "another program writes the same keys",
        StoreError::Rejected { code } => match code.as_str() {
            "NotImplemented" | "InvalidRequest" | "XAmzContentSHA256Mismatch" | "InvalidArgument" => {
                "set checksums to when_required for servers that do not know the newer ones"
            }
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "IllegalLocationConstraintException"
            | "status 301" => "check the region",
            _ => "the server's own log says more",
        },
        StoreError::Internal { .. } => "the server's own log says more",
        StoreError::Local { .. } => "check the data folder's permissions and free space",
        StoreError::Settings { .. } => "correct the setting",
    }
}
