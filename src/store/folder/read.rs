//! GET and HEAD: an object as it was when the request came. A reader holds the open file, so that a
//! replacement or a removal meanwhile does not concern it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use bytes::Bytes;
use futures_util::stream::{StreamExt as _, TryStreamExt as _};
use s3s::dto::{Range, StreamingBlob};
use s3s::{Body, S3Result, s3_error};

use super::condition::OnRead;
use super::fault::io_fault;
use super::footer::Meta;
use super::{Folder, blocking};

/// Bytes read per trip to the file; what is smaller comes with the metadata in one trip.
const CHUNK: usize = 256 * 1024;

pub(super) struct Reading {
    pub(super) meta: Meta,
    /// First byte and number of bytes, when a part was asked for.
    pub(super) part: Option<(u64, u64)>,
    pub(super) body: StreamingBlob,
}

pub(super) async fn head(folder: &Folder, key: String, on_read: OnRead) -> S3Result<Meta> {
    let folder = folder.clone();
    blocking(move || {
        let (_, meta) =
            folder.open_object(&key)?.ok_or_else(|| s3_error!(NoSuchKey, "there is no such object"))?;
        on_read.check(&meta)?;
        Ok(meta)
    })
    .await
}

/// `range` is ignored when `if_range` names another state of the object (RFC 9110 §13.1.5).
pub(super) async fn get(
    folder: &Folder,
    key: String,
    on_read: OnRead,
    range: Option<Range>,
    if_range: Option<String>,
) -> S3Result<Reading> {
    let folder = folder.clone();
    let (file, meta, part, first) = blocking(move || {
        let found = folder.open_object(&key)?;
        let (mut file, meta) = found.ok_or_else(|| s3_error!(NoSuchKey, "there is no such object"))?;
        on_read.check(&meta)?;
        let still = if_range.is_none_or(|etag| etag.trim_matches('"') == meta.etag);
        let part = match range.filter(|_| still) {
            Some(range) => {
                let part = range.check(meta.size).map_err(|error| s3_error!(error, InvalidRange))?;
                Some((part.start, part.end.saturating_sub(part.start)))
            }
            None => None,
        };
        let (start, length) = part.unwrap_or((0, meta.size));
        file.seek(SeekFrom::Start(start)).map_err(io_fault)?;
        let first = if length <= CHUNK as u64 {
            Some(read_chunk(&mut file, length).map_err(io_fault)?)
        } else {
            None
        };
        Ok((file, meta, part, first))
    })
    .await?;
    let body = match first {
        Some(bytes) => StreamingBlob::from(Body::from(bytes)),
        None => stream(file, part.map_or(meta.size, |(_, length)| length)),
    };
    Ok(Reading { meta, part, body })
}

/// The next `length` bytes of the file. A file that ends before them breaks the stream off.
fn stream(file: File, length: u64) -> StreamingBlob {
    let chunks = futures_util::stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || {
            let bytes = read_chunk(&mut file, left)?;
            Ok::<_, std::io::Error>((file, bytes))
        });
        let (file, bytes) = read.await.map_err(std::io::Error::other)??;
        let left = left.saturating_sub(bytes.len() as u64);
        Ok::<_, std::io::Error>(Some((bytes, (file, left))))
    });
    StreamingBlob::wrap(chunks.into_stream().fuse())
}

fn read_chunk(file: &mut File, left: u64) -> std::io::Result<Bytes> {
    let size = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
    let mut bytes = vec![0; size];
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}
