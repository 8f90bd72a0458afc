//! Bytes and files into the store. Files above 32 MiB go in parts; memory stays the same for any size.

use std::path::{Path, PathBuf};

use aws_sdk_s3::config::Config;
use aws_sdk_s3::primitives::{ByteStream, Length};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::multipart::Part;
use super::{Store, StoreError};

/// Files above this many bytes go in parts.
const WHOLE: u64 = 32 * 1024 * 1024;
const PART: u64 = 16 * 1024 * 1024;
/// S3 takes 10,000 parts.
const MAX_PARTS: u64 = 9_000;

pub enum Source<'a> {
    Bytes(Bytes),
    File { path: &'a Path, byte_size: u64 },
}

/// Headers that come back with the object.
#[derive(Clone, Debug, Default)]
pub struct PutMeta {
    pub content_type: String,
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    /// Of all the bytes; the store refuses others. Not sent for a file that goes in parts.
    pub sha256: Option<[u8; 32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    None,
    /// `ConditionFailed` if the key is taken.
    IfAbsent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// As the store spells it, with quotes.
    pub etag: String,
}

pub(super) fn sum(sha256: [u8; 32]) -> String {
    STANDARD.encode(sha256)
}

fn star(condition: Condition) -> Option<String> {
    (condition == Condition::IfAbsent).then(|| "*".to_owned())
}

impl Store {
    pub async fn put(
        &self,
        key: &str,
        source: Source<'_>,
        meta: &PutMeta,
        condition: Condition,
    ) -> Result<Put, StoreError> {
        match source {
            Source::Bytes(bytes) => {
                let size = bytes.len() as u64;
                self.put_whole(key, ByteStream::from(bytes), size, meta, condition).await
            }
            Source::File { path, byte_size } if byte_size <= WHOLE => {
                let body = file_part(path, 0, byte_size).await?;
                self.put_whole(key, body, byte_size, meta, condition).await
            }
            Source::File { path, byte_size } => self.put_parts(key, path, byte_size, meta, condition).await,
        }
    }

    async fn put_whole(
        &self,
        key: &str,
        body: ByteStream,
        size: u64,
        meta: &PutMeta,
        condition: Condition,
    ) -> Result<Put, StoreError> {
        let length = i64::try_from(size).map_err(|_| StoreError::internal("the body is too large"))?;
        let request = self
            .client()
            .put_object()
            .bucket(self.bucket())
            .key(key)
            .content_length(length)
            .content_type(&meta.content_type)
            .set_cache_control(meta.cache_control.clone())
            .set_content_disposition(meta.content_disposition.clone())
            .set_checksum_sha256(meta.sha256.map(sum))
            .set_if_none_match(star(condition))
            .body(body)
            .customize();
        // In process nobody is between signer and verifier: hashing the body twice more proves nothing.
        let request = if self.embedded().is_some() { request.disable_payload_signing() } else { request };
        let limits = Config::builder().timeout_config(self.limits().time_for(size));
        let put = request.config_override(limits).send().await?;
        Ok(Put { etag: put.e_tag.unwrap_or_default() })
    }

    async fn put_parts(
        &self,
        key: &str,
        path: &Path,
        size: u64,
        meta: &PutMeta,
        condition: Condition,
    ) -> Result<Put, StoreError> {
        let created = self
            .client()
            .create_multipart_upload()
            .bucket(self.bucket())
            .key(key)
            .content_type(&meta.content_type)
            .set_cache_control(meta.cache_control.clone())
            .set_content_disposition(meta.content_disposition.clone())
            .send()
            .await?;
        let id = created.upload_id.ok_or_else(|| StoreError::internal("the upload has no id"))?;
        let sent = match self.send_parts(key, &id, path, size).await {
            Ok(parts) => self.complete(key, &id, &parts, star(condition)).await,
            Err(error) => Err(error),
        };
        if sent.is_err() {
            // The first error is the one to tell; an upload that stays is found by `list_multiparts`.
            let _ = self.abort_multipart(key, &id).await;
        }
        sent
    }

    async fn send_parts(&self, key: &str, id: &str, path: &Path, size: u64) -> Result<Vec<Part>, StoreError> {
        let part_size = PART.max(size.div_ceil(MAX_PARTS));
        let mut parts = Vec::new();
        let mut start = 0_u64;
        for number in 1.. {
            let length = part_size.min(size.saturating_sub(start));
            if length == 0 {
                break;
            }
            let request = self
                .client()
                .upload_part()
                .bucket(self.bucket())
                .key(key)
                .upload_id(id)
                .part_number(number)
                .content_length(i64::try_from(length).unwrap_or(i64::MAX))
                .body(file_part(path, start, length).await?)
                .customize();
            let request = if self.embedded().is_some() { request.disable_payload_signing() } else { request };
            let limits = Config::builder().timeout_config(self.limits().time_for(length));
            let sent = request.config_override(limits).send().await?;
            parts.push(Part { number, etag: sent.e_tag.unwrap_or_default(), size: length });
            start = start.saturating_add(length);
        }
        Ok(parts)
    }
}

async fn file_part(path: &Path, start: u64, length: u64) -> Result<ByteStream, StoreError> {
    let path = PathBuf::from(path);
    let part = ByteStream::read_from().path(path).offset(start).length(Length::Exact(length)).build().await;
    part.map_err(|error| StoreError::Local { what: error.to_string() })
}
