//! Objects out of the store, and what can be known or done without their bytes.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ChecksumMode, Delete, ObjectIdentifier};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::time::Sleep;

use super::error::optional;
use super::{Store, StoreError};

/// S3 deletes this many at once.
const BATCH: usize = 1_000;
const COPY_SOURCE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

pub struct Object {
    /// Bytes of the whole object.
    pub size: u64,
    /// The bytes that come, when a range was asked for.
    pub range: Option<Range<u64>>,
    pub etag: String,
    pub content_type: Option<String>,
    pub last_modified_ms: i64,
    pub body: ObjectBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub etag: String,
    pub content_type: Option<String>,
    /// Base64, if the store keeps one of the whole object.
    pub sha256: Option<String>,
    pub last_modified_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub size: u64,
    pub last_modified_ms: i64,
}

/// Keys in the order of their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub objects: Vec<Listed>,
    /// Give it as `after` for the next page.
    pub next: Option<String>,
}

/// The bytes of an object; fewer than promised is an error, not an end, and so is a store that stops sending.
pub struct ObjectBody {
    inner: ByteStream,
    left: u64,
    stall: Duration,
    /// Runs while the store owes bytes to whoever asks for them.
    patience: Option<Pin<Box<Sleep>>>,
}

impl ObjectBody {
    fn stalled(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StoreError>>> {
        let stall = self.stall;
        let patience = self.patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        patience.as_mut().poll(cx).map(|()| Some(Err(StoreError::Timeout)))
    }
}

impl Stream for ObjectBody {
    type Item = Result<Bytes, StoreError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let broken = || StoreError::internal("the object's bytes broke off");
        let next = Pin::new(&mut self.inner).poll_next(cx);
        if next.is_pending() {
            return self.stalled(cx);
        }
        self.patience = None;
        match next {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(bytes))) => match self.left.checked_sub(bytes.len() as u64) {
                Some(left) => {
                    self.left = left;
                    Poll::Ready(Some(Ok(bytes)))
                }
                None => Poll::Ready(Some(Err(StoreError::internal("the object is longer than announced")))),
            },
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(broken()))),
            Poll::Ready(None) if self.left > 0 => {
                self.left = 0;
                Poll::Ready(Some(Err(broken())))
            }
            Poll::Ready(None) => Poll::Ready(None),
        }
    }
}

impl ObjectBody {
    /// All of it in memory, which is for objects known to have `most` bytes and no more.
    pub async fn collect(mut self, most: u64) -> Result<Bytes, StoreError> {
        if self.left > most {
            return Err(StoreError::internal("the object is longer than it was stored"));
        }
        let mut all = bytes::BytesMut::with_capacity(usize::try_from(self.left).unwrap_or_default());
        while let Some(bytes) = self.next().await {
            all.extend_from_slice(&bytes?);
        }
        Ok(all.freeze())
    }
}

pub(super) fn ms(time: Option<&DateTime>) -> i64 {
    time.and_then(|time| time.to_millis().ok()).unwrap_or(0)
}

fn bytes_of(size: Option<i64>) -> u64 {
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0)
}

impl Store {
    /// A request without a long body, under one limit of time.
    pub(super) async fn small<T, E: ProvideErrorMetadata>(
        &self,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.limits().small, request).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(StoreError::Timeout),
        }
    }

    /// None: there is no such object. A range that begins behind the end is `Rejected`.
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Option<Object>, StoreError> {
        let header = range.map(|range| format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
        let asked = header.is_some();
        let request = self.client().get_object().bucket(self.bucket()).key(key).set_range(header);
        let Some(object) = optional(self.small(Box::pin(request.send())).await)? else { return Ok(None) };
        let length = bytes_of(object.content_length);
        let part = object.content_range.as_deref().and_then(parse_content_range);
        let (range, size) = match part {
            Some((range, size)) => (Some(range), size),
            // A server may answer a range with everything (RFC 9110 §14.2).
            None => (asked.then_some(0..length), length),
        };
        Ok(Some(Object {
            size,
            range,
            etag: object.e_tag.unwrap_or_default(),
            content_type: object.content_type,
            last_modified_ms: ms(object.last_modified.as_ref()),
            body: ObjectBody { inner: object.body, left: length, stall: self.limits().stall, patience: None },
        }))
    }

    pub async fn head(&self, key: &str) -> Result<Option<Head>, StoreError> {
        let request =
            self.client().head_object().bucket(self.bucket()).key(key).checksum_mode(ChecksumMode::Enabled);
        let head = optional(self.small(Box::pin(request.send())).await)?;
        Ok(head.map(|head| Head {
            size: bytes_of(head.content_length),
            etag: head.e_tag.unwrap_or_default(),
            content_type: head.content_type,
            // A checksum over the parts' checksums ends in a dash and their number.
            sha256: head.checksum_sha256.filter(|sum| !sum.contains('-')),
            last_modified_ms: ms(head.last_modified.as_ref()),
        }))
    }

    /// Writes the object at the file's position; answers its size, or None if there is no such object.
    pub async fn download(&self, key: &str, file: &mut File) -> Result<Option<u64>, StoreError> {
        let Some(mut object) = self.get(key, None).await? else { return Ok(None) };
        while let Some(bytes) = object.body.next().await {
            file.write_all(&bytes?).await.map_err(StoreError::local)?;
        }
        file.flush().await.map_err(StoreError::local)?;
        Ok(Some(object.size))
    }

    /// Within the bucket. AWS copies at most 5 GiB this way.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let source = format!("{}/{}", self.bucket(), utf8_percent_encode(from, COPY_SOURCE));
        let request = self.client().copy_object().bucket(self.bucket()).key(to).copy_source(source);
        self.small(Box::pin(request.send())).await.map(|_| ())
    }

    /// An object that is not there is deleted already.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        match self.small(Box::pin(self.client().delete_object().bucket(self.bucket()).key(key).send())).await
        {
            Ok(_) | Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// In batches; the first refusal is the answer, and other keys of its batch may be deleted.
    pub async fn delete_many(&self, keys: &[&str]) -> Result<(), StoreError> {
        for batch in keys.chunks(BATCH) {
            let objects = batch.iter().map(|key| ObjectIdentifier::builder().key(*key).build());
            let objects: Result<Vec<_>, _> = objects.collect();
            let objects = objects.map_err(|_| StoreError::internal("a key is missing"))?;
            let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
            let delete = delete.map_err(|_| StoreError::internal("the batch is empty"))?;
            let done = self
                .small(Box::pin(self.client().delete_objects().bucket(self.bucket()).delete(delete).send()))
                .await?;
            if let Some(error) = done.errors.unwrap_or_default().into_iter().next() {
                return Err(StoreError::Rejected { code: error.code.unwrap_or_default() });
            }
        }
        Ok(())
    }

    /// Keys that start with the prefix and are greater than `after`; `limit` is 1 to 1,000.
    pub async fn list(&self, prefix: &str, after: Option<&str>, limit: i32) -> Result<Page, StoreError> {
        let request = self.client().list_objects_v2().bucket(self.bucket()).prefix(prefix);
        let request = request.set_start_after(after.map(str::to_owned)).max_keys(limit.clamp(1, 1_000));
        let page = self.small(Box::pin(request.send())).await?;
        let objects = page.contents.unwrap_or_default().into_iter().map(|object| Listed {
            key: object.key.unwrap_or_default(),
            size: bytes_of(object.size),
            last_modified_ms: ms(object.last_modified.as_ref()),
        });
        let objects: Vec<_> = objects.collect();
        let next =
            objects.last().filter(|_| page.is_truncated == Some(true)).map(|object| object.key.clone());
        Ok(Page { objects, next })
    }
}

/// `bytes 0-9/100` (RFC 9110 §14.4).
fn parse_content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some((first..last.checked_add(1)?, size.parse().ok()?))
}
