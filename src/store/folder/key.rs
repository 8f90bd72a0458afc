//! Where a key lives. Paths are made of hashes, so that a key can neither climb out of the folder nor collide
//! with a file name rule of some file system.

use std::fs::File;
use std::path::PathBuf;

use s3s::{S3Result, s3_error};
use sha2::{Digest, Sha256};

use super::Folder;
use super::fault::io_fault;
use crate::private;

/// Longest key in bytes of UTF-8, as in S3.
const MAX_KEY: usize = 1_024;
/// The folder of keys whose first segment cannot be a folder name.
const OTHER: &str = "_";

#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) dir: PathBuf,
    pub(super) path: PathBuf,
    shard: String,
}

/// Refuses what an XML 1.0 listing could not carry: control characters and the two non-characters.
pub(super) fn check(key: &str) -> S3Result<()> {
    if key.is_empty() {
        return Err(s3_error!(InvalidArgument, "the key is empty"));
    }
    if key.len() > MAX_KEY {
        return Err(s3_error!(KeyTooLongError, "the key is longer than 1024 bytes"));
    }
    if key.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        return Err(s3_error!(InvalidArgument, "the key has a control character"));
    }
    Ok(())
}

pub(super) fn segment(key: &str) -> &str {
    match key.split_once('/') {
        Some((first, _)) if is_segment(first) => first,
        _ => OTHER,
    }
}

fn is_segment(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether keys that start with `prefix` can be on the folder of this name.
pub(super) fn folder_may_hold(folder: &str, prefix: &str) -> bool {
    match prefix.split_once('/') {
        Some(_) => folder == segment(prefix),
        None => folder == OTHER || folder.starts_with(prefix),
    }
}

/// The keys of this folder all start with this; none is known for the folder of the others.
pub(super) fn folder_prefix(folder: &str) -> Option<String> {
    (folder != OTHER).then(|| format!("{folder}/"))
}

impl Folder {
    pub(super) fn spot(&self, key: &str) -> S3Result<Spot> {
        check(key)?;
        let name = hex::encode(Sha256::digest(key.as_bytes()));
        let shard = name[..2].to_owned();
        let dir = self.objects().join(segment(key)).join(&shard);
        Ok(Spot { path: dir.join(&name), dir, shard })
    }

    /// Holds off every other writer of this key, in this and other processes, until the file is dropped.
    pub(super) fn lock(&self, spot: &Spot) -> S3Result<File> {
        let path = self.inner.root.join("locks").join(&spot.shard);
        let file = private::files().write(true).create(true).truncate(false).open(path).map_err(io_fault)?;
        file.lock().map_err(io_fault)?;
        Ok(file)
    }
}
