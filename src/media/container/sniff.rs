//! What a file is, by its first bytes; names and claimed types do not count.
//! A known answer is a guess about the container only: whether it is well formed, `clean` says.

use super::Format;

/// How much of a file is worth showing.
pub const HEAD: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// An MP4 that is only sound may be `Mp4` or `M4a`: many programs write the same brands for both.
    Known(Format),
    Refused(Refusal),
    Unknown,
}

/// A format that people do upload, and why it is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("SVG pictures can carry scripts; export it as PNG or WebP")]
    Svg,
    #[error("web pages cannot be uploaded")]
    Html,
    #[error("HEIC pictures are not shown by browsers; export it as JPEG")]
    Heic,
    #[error("AVIF sequences cannot be used here; export it as MP4 or as a still picture")]
    AvifSequence,
    #[error("QuickTime films are not shown by all browsers; export it as MP4")]
    Quicktime,
    #[error("Matroska films are not shown by all browsers; export it as WebM or MP4")]
    Matroska,
    #[error("TIFF pictures are not shown by browsers; export it as JPEG or PNG")]
    Tiff,
    #[error("BMP pictures are too large; export it as PNG")]
    Bmp,
    #[error("AVI films are not shown by browsers; export it as MP4")]
    Avi,
    #[error("this sound format is not played by all browsers; export it as MP3 or M4A")]
    Sound,
    #[error("archives and office documents cannot be uploaded; export it as PDF")]
    Archive,
    #[error("programs cannot be uploaded")]
    Program,
}

/// Looks at the first bytes of a file, up to `HEAD` of them.
pub fn sniff(head: &[u8]) -> Sniffed {
    let head = &head[..head.len().min(HEAD)];
    let known = Sniffed::Known;
    match head {
        [0xFF, 0xD8, 0xFF, ..] => known(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => known(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => known(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, kind @ ..] => riff(kind),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => file_type(head),
        [0, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [0, 0, _, _, b'w', b'i', b'd', b'e', ..] => Sniffed::Refused(Refusal::Quicktime),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => ebml(head),
        [b'%', b'P', b'D', b'F', b'-', ..] => known(Format::Pdf),
        [b'I', b'D', b'3', version, ..] if *version < 0xFF => known(Format::Mp3),
        // Layer III only; other values of these bits are AAC or older layers.
        [0xFF, kind, ..] if kind & 0xE6 == 0xE2 && kind & 0x18 != 0x08 => known(Format::Mp3),
        [0xFF, kind, ..] if kind & 0xE0 == 0xE0 && kind & 0x18 != 0x08 => Sniffed::Refused(Refusal::Sound),
        [b'O', b'g', b'g', b'S', ..] | [b'f', b'L', b'a', b'C', ..] => Sniffed::Refused(Refusal::Sound),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Sniffed::Refused(Refusal::Tiff),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Sniffed::Refused(Refusal::Bmp),
        [b'P', b'K', 3..=8, _, ..]
        | [0x1F, 0x8B, ..]
        | [b'R', b'a', b'r', b'!', ..]
        | [b'7', b'z', 0xBC, 0xAF, ..] => Sniffed::Refused(Refusal::Archive),
        [0x7F, b'E', b'L', b'F', ..] | [b'#', b'!', ..] => Sniffed::Refused(Refusal::Program),
        [b'M', b'Z', ..] if head.contains(&0) => Sniffed::Refused(Refusal::Program),
        _ => text(head),
    }
}

fn riff(kind: &[u8]) -> Sniffed {
    match kind {
        [b'W', b'E', b'B', b'P', ..] => Sniffed::Known(Format::Webp),
        [b'A', b'V', b'I', b' ', ..] => Sniffed::Refused(Refusal::Avi),
        [b'W', b'A', b'V', b'E', ..] => Sniffed::Refused(Refusal::Sound),
        _ => Sniffed::Unknown,
    }
}

/// By the major brand first, then by the compatible ones.
fn file_type(head: &[u8]) -> Sniffed {
    let size = head.first_chunk().map_or(0, |size| u32::from_be_bytes(*size));
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(head.len());
    let Some(major) = head.get(8..12) else { return Sniffed::Unknown };
    let compatible = head.get(16..size).unwrap_or_default();
    let brands = || std::iter::once(major).chain(compatible.chunks_exact(4));
    let has = |wanted: &[&[u8; 4]]| brands().any(|brand| wanted.iter().any(|wanted| brand == *wanted));
    if has(&[b"avis"]) {
        Sniffed::Refused(Refusal::AvifSequence)
    } else if has(&[b"avif"]) {
        Sniffed::Known(Format::Avif)
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Sniffed::Refused(Refusal::Heic)
    } else if matches!(major, b"M4A " | b"M4B ") {
        Sniffed::Known(Format::M4a)
    } else if has(&[b"isom", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH", b"M4VP", b"M4A ", b"M4B ", b"dash"])
        || brands().any(|brand| matches!(brand, [b'i', b's', b'o', b'2'..=b'9']))
    {
        Sniffed::Known(Format::Mp4)
    } else if has(&[b"qt  "]) {
        Sniffed::Refused(Refusal::Quicktime)
    } else {
        Sniffed::Unknown
    }
}

/// The document type stands in the header, within the first bytes.
fn ebml(head: &[u8]) -> Sniffed {
    let header = &head[..head.len().min(128)];
    let has = |name: &[u8]| header.windows(name.len()).any(|bytes| bytes == name);
    if has(b"\x42\x82\x84webm") {
        Sniffed::Known(Format::Webm)
    } else if has(b"matroska") {
        Sniffed::Refused(Refusal::Matroska)
    } else {
        Sniffed::Unknown
    }
}

/// Captions, and the kinds of text that a browser would take for a page.
fn text(head: &[u8]) -> Sniffed {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if let Some(rest) = head.strip_prefix(b"WEBVTT")
        && rest.first().is_none_or(u8::is_ascii_whitespace)
    {
        return Sniffed::Known(Format::Vtt);
    }
    let lower = head.trim_ascii_start().to_ascii_lowercase();
    let has = |name: &[u8]| lower.windows(name.len()).any(|bytes| bytes == name);
    if !lower.starts_with(b"<") {
        return Sniffed::Unknown;
    }
    let pages: [&[u8]; 9] = [
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<body",
        b"<script",
        b"<iframe",
        b"<title",
        b"<table",
        b"<div",
    ];
    if pages.iter().any(|page| lower.starts_with(page)) {
        Sniffed::Refused(Refusal::Html)
    } else if has(b"<svg") {
        Sniffed::Refused(Refusal::Svg)
    } else if has(b"<html") || has(b"<script") {
        Sniffed::Refused(Refusal::Html)
    } else {
        Sniffed::Unknown
    }
}

#[cfg(test)]
mod tests;
