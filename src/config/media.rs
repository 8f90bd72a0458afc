//! Settings of media: where files are stored, how large they may be, which sizes images come in.

use std::ops::RangeInclusive;

use super::Reader;
use crate::store::{Checksums, S3Settings};

/// What files there may be, and what is made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSettings {
    /// The largest file that can be uploaded, in bytes.
    pub max_bytes: i64,
    /// Widths that images are made in, in pixels, in ascending order.
    pub widths: Vec<u32>,
    /// What the work on images may take at once, in bytes.
    pub memory: u64,
    /// What files leave free on the disk for the database, in bytes.
    pub reserve: u64,
    /// Whose pages may send files to the server's own store, beside the site's.
    pub origins: Vec<String>,
}

const WIDTHS: RangeInclusive<u32> = 16..=8_192;
const DEFAULT_WIDTHS: [u32; 6] = [320, 640, 960, 1_280, 1_920, 2_560];

pub(super) fn read(reader: &mut Reader<'_>) -> MediaSettings {
    let megabytes = reader.range("media_max_megabytes", 1, 2_047, 2_047);
    let widths = reader.checked("media_widths", "a list of widths from 16 to 8192", widths);
    let memory = reader.range("media_memory", 64, 16_384, 192);
    let reserve = reader.range("media_reserve_megabytes", 0, 1_000_000, 256);
    let origins = reader.checked("media_origins", "a list of origins, such as https://example.org", origins);
    MediaSettings {
        max_bytes: i64::from(megabytes) * 1024 * 1024,
        widths: widths.unwrap_or_else(|| DEFAULT_WIDTHS.to_vec()),
        memory: u64::from(memory) * 1024 * 1024,
        reserve: u64::from(reserve) * 1024 * 1024,
        origins: origins.unwrap_or_default(),
    }
}

fn widths(text: &str) -> Option<Vec<u32>> {
    let number = |item: &str| item.trim().parse().ok().filter(|width| WIDTHS.contains(width));
    let mut widths = text.split(',').map(number).collect::<Option<Vec<u32>>>()?;
    widths.sort_unstable();
    widths.dedup();
    (widths.len() <= 20).then_some(widths)
}

fn origins(text: &str) -> Option<Vec<String>> {
    text.split(',').map(|item| origin(item.trim())).collect()
}

/// The origin of a URL that is nothing else.
fn origin(text: &str) -> Option<String> {
    let url = super::web_url(text)?;
    let is_origin = url.path() == "/" && url.query().is_none();
    is_origin.then(|| url.origin().ascii_serialization())
}

/// A store elsewhere, if one is set.
pub(super) fn store(reader: &mut Reader<'_>) -> Option<S3Settings> {
    let bucket = reader.checked("s3_bucket", "the name of a bucket", |text| {
        let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b);
        ((3..=63).contains(&text.len()) && text.bytes().all(is_letter)).then(|| text.to_owned())
    });
    let endpoint = reader.checked("s3_endpoint", "an http or https URL", endpoint_of);
    let public_endpoint = reader.checked("s3_public_endpoint", "an http or https URL", endpoint_of);
    let region = reader.text("s3_region").map(str::to_owned);
    let access_key_id = reader.text("s3_access_key_id").map(str::to_owned);
    let secret_access_key = reader.text("s3_secret_access_key").map(str::to_owned);
    let is_elsewhere = endpoint.is_some();
    let path_style = reader.switch("s3_path_style", is_elsewhere);
    let checksums = reader.checked("s3_checksums", "when_required or when_supported", |text| match text {
        "when_required" => Some(Checksums::WhenRequired),
        "when_supported" => Some(Checksums::WhenSupported),
        _ => None,
    });
    let by_place = if is_elsewhere { Checksums::WhenRequired } else { Checksums::WhenSupported };
    let Some(bucket) = bucket else {
        if is_elsewhere || access_key_id.is_some() || secret_access_key.is_some() {
            reader.needed("s3_bucket", "with the other settings of a store");
        }
        return None;
    };
    if access_key_id.is_none() {
        reader.needed("s3_access_key_id", "with s3_bucket");
    }
    if secret_access_key.is_none() {
        reader.needed("s3_secret_access_key", "with s3_bucket");
    }
    Some(S3Settings {
        endpoint,
        public_endpoint,
        bucket,
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        access_key_id: access_key_id?,
        secret_access_key: secret_access_key?,
        session_token: None,
        path_style,
        checksums: checksums.unwrap_or(by_place),
    })
}

fn endpoint_of(text: &str) -> Option<String> {
    let url = super::web_url(text)?;
    let is_good = url.query().is_none();
    is_good.then(|| text.trim_end_matches('/').to_owned())
}
