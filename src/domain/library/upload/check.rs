//! What an announcement of a file must look like.

use std::ops::RangeInclusive;

use entity::AssetId;

use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::text::{self, Limit, Lines};
use crate::media::{Format, MediaKind};

pub const MEBI: i64 = 1024 * 1024;
/// As long as file systems take.
const FILENAME: Limit = Limit { characters: 255, lines: Lines::One };
const MOST_IMAGE: i64 = 100 * MEBI;
const MOST_DOCUMENT: i64 = 200 * MEBI;
const MOST_TRACK: i64 = MEBI;

/// A file as its sender describes it.
#[derive(Debug)]
pub struct Announcement<'a> {
    pub filename: &'a str,
    pub mime_type: &'a str,
    pub byte_size: i64,
    /// 64 hexadecimal digits.
    pub sha256: &'a str,
    pub is_private: bool,
    pub replaces: Option<AssetId>,
}

/// A file that may be sent.
#[derive(Debug, Clone)]
pub struct Announced {
    pub filename: String,
    pub format: Format,
    pub byte_size: i64,
    pub sha256: [u8; 32],
    pub is_private: bool,
    pub replaces: Option<AssetId>,
}

/// The announcement, if such a file may be sent; otherwise what is wrong is noted.
pub fn check(given: &Announcement<'_>, largest: i64, refusals: &mut Refusals) -> Option<Announced> {
    let filename = text::require(given.filename, FILENAME, &["filename"], refusals);
    let filename = filename.filter(|name| is_plain_name(name, refusals));
    let mut format = Format::from_mime(given.mime_type);
    match format {
        None => {
            let known: Vec<_> = Format::ALL.iter().map(|format| format.mime()).collect();
            let message = format!("such files are not taken; there are {}", known.join(", "));
            refusals.push(&["mimeType"], ErrorCode::Invalid, message);
        }
        Some(known) => {
            let range = sizes(known, largest);
            if !range.contains(&given.byte_size) {
                let message =
                    format!("{} files have {} to {} bytes", known.mime(), range.start(), range.end());
                refusals.push(&["byteSize"], ErrorCode::OutOfRange, message);
                format = None;
            }
        }
    }
    let sha256 = digits(given.sha256);
    if sha256.is_none() {
        refusals.push(&["sha256"], ErrorCode::Invalid, "expected 64 hexadecimal digits");
    }
    Some(Announced {
        filename: filename?,
        format: format?,
        byte_size: given.byte_size,
        sha256: sha256?,
        is_private: given.is_private,
        replaces: given.replaces,
    })
}

fn sizes(format: Format, largest: i64) -> RangeInclusive<i64> {
    let most = match format.kind() {
        MediaKind::Image => MOST_IMAGE,
        MediaKind::Document => MOST_DOCUMENT,
        MediaKind::TextTrack => MOST_TRACK,
        MediaKind::Video | MediaKind::Audio => largest,
    };
    1..=most.min(largest)
}

/// A name of a file, not of a place: what a browser tells never has a folder in it.
fn is_plain_name(name: &str, refusals: &mut Refusals) -> bool {
    let is_plain = !name.contains(['/', '\\']) && !name.trim_matches('.').is_empty();
    if !is_plain {
        let message = "expected the name of a file, without folders";
        refusals.push(&["filename"], ErrorCode::Invalid, message);
    }
    is_plain
}

fn digits(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok().filter(|_| !pair.starts_with('+'))?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::core::error::Error;

    const SHA: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn refused(filename: &str, mime_type: &str, byte_size: i64, sha256: &str) -> Vec<String> {
        let mut refusals = Refusals::default();
        let given =
            Announcement { filename, mime_type, byte_size, sha256, is_private: false, replaces: None };
        let found = check(&given, 2_000 * MEBI, &mut refusals);
        match refusals.finish() {
            Ok(()) => {
                assert!(found.is_some());
                Vec::new()
            }
            Err(Error::Refused(errors)) => {
                assert!(found.is_none());
                errors.into_iter().map(|error| format!("{:?} {}", error.code, error.path.join("."))).collect()
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_name_of_a_file_is_one() {
        for name in ["leg raises.jpg", "…bücher (2).jpg", "写真.jpg", "a".repeat(255).as_str(), ".hidden"]
        {
            assert_eq!(refused(name, "image/jpeg", 10, SHA), [""; 0], "{name}");
        }
        for name in [
            "../photo.jpg",
            "a/b.jpg",
            "a\\b.jpg",
            "..",
            ".",
            "a\0.jpg",
            "a\r\nSet-Cookie: b.jpg",
            "photo\u{202E}gpj.exe",
        ] {
            assert_eq!(refused(name, "image/jpeg", 10, SHA), ["Invalid filename"], "{name:?}");
        }
        assert_eq!(refused(&"a".repeat(300), "image/jpeg", 10, SHA), ["TooLong filename"]);
        assert_eq!(refused("", "image/jpeg", 10, SHA), ["Required filename"]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        assert_eq!(
            refused("", "image/svg+xml", 10, "+f86"),
            ["Required filename", "Invalid mimeType", "Invalid sha256"]
        );
        assert_eq!(refused("a.jpg", "image/jpeg", 0, SHA), ["OutOfRange byteSize"]);
        assert_eq!(refused("a.jpg", "image/jpeg", MOST_IMAGE + 1, SHA), ["OutOfRange byteSize"]);
        assert_eq!(refused("a.mp4", "video/mp4", 1_999 * MEBI, &SHA.to_uppercase()), [""; 0]);
        assert_eq!(refused("a.jpg", "image/jpeg", 1, &SHA.replace("9f", "+f")), ["Invalid sha256"]);
    }
}
