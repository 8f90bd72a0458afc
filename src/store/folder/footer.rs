//! What follows an object's bytes in its file: its metadata, so that one rename replaces both.
//! `bytes | JSON | length of the JSON (u32 LE) | first 8 bytes of its SHA-256 | magic`. Reading trusts
//! nothing: a file that does not add up is an error, never an object.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::time::UNIX_EPOCH;

use s3s::S3Result;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fault::{damaged, io_fault};

const MAGIC: &[u8; 8] = b"WSobject";
const TAIL: usize = 4 + 8 + MAGIC.len();
/// Far above what 1,024 bytes of key and the header limits of HTTP servers can make.
const MAX_JSON: usize = 256 * 1024;
/// One read is enough for nearly every footer.
const GUESS: u64 = 1_536;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) key: String,
    /// Bytes.
    pub(super) size: u64,
    /// Without quotes.
    pub(super) etag: String,
    /// Base64, as S3 spells it. None for an object put together from parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    /// Milliseconds since 1970, by the file system's clock.
    pub(super) modified_ms: i64,
    /// The multipart upload that made the object: a repeated completion finds its own work done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upload: Option<String>,
    #[serde(flatten)]
    pub(super) headers: Headers,
}

/// What the client said about the content, given back as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Headers {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_language: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
}

/// When the file was last written.
pub(super) fn modified_ms(file: &File) -> S3Result<i64> {
    let modified = file.metadata().and_then(|meta| meta.modified()).map_err(io_fault)?;
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Appends the footer at the file's position, which must be the end of the bytes.
pub(super) fn write(mut file: &File, meta: &Meta) -> S3Result<()> {
    let mut json = serde_json::to_vec(meta).map_err(s3s::S3Error::internal_error)?;
    let length = u32::try_from(json.len()).ok().filter(|_| json.len() <= MAX_JSON);
    let length = length.ok_or_else(|| damaged("the metadata is too long"))?;
    let digest = Sha256::digest(&json);
    json.extend_from_slice(&length.to_le_bytes());
    json.extend_from_slice(&digest[..8]);
    json.extend_from_slice(MAGIC);
    file.write_all(&json).map_err(io_fault)
}

/// Reads and checks the footer; leaves the file's position undefined.
pub(super) fn read(file: &File) -> S3Result<Meta> {
    let length = file.metadata().map_err(io_fault)?.len();
    let mut end = read_end(file, length, length.min(GUESS))?;
    let Some(split) = end.len().checked_sub(TAIL) else {
        return Err(damaged("an object's file is too short"));
    };
    let tail = &end[split..];
    if tail[12..] != MAGIC[..] {
        return Err(damaged("an object's file does not end as it should"));
    }
    let json_length = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
    if json_length > MAX_JSON {
        return Err(damaged("an object's metadata is too long"));
    }
    let digest: [u8; 8] = tail[4..12].try_into().map_err(|_| damaged("an object's file is too short"))?;
    if json_length > split {
        end = read_end(file, length, (json_length + TAIL) as u64)?;
    }
    let split = end.len().saturating_sub(TAIL);
    let Some(json) = split.checked_sub(json_length).map(|start| &end[start..split]) else {
        return Err(damaged("an object's file is too short"));
    };
    if Sha256::digest(json)[..8] != digest {
        return Err(damaged("an object's metadata is damaged"));
    }
    let meta: Meta =
        serde_json::from_slice(json).map_err(|_| damaged("an object's metadata is not readable"))?;
    if meta.size.checked_add((json_length + TAIL) as u64) != Some(length) {
        return Err(damaged("an object's file has another length than its metadata says"));
    }
    Ok(meta)
}

fn read_end(mut file: &File, length: u64, wanted: u64) -> S3Result<Vec<u8>> {
    let start = length.checked_sub(wanted).ok_or_else(|| damaged("an object's file is too short"))?;
    let size = usize::try_from(wanted).map_err(|_| damaged("an object's metadata is too long"))?;
    let mut end = vec![0; size];
    file.seek(SeekFrom::Start(start)).map_err(io_fault)?;
    file.read_exact(&mut end).map_err(io_fault)?;
    Ok(end)
}
