//! What the first bytes tell.

use image::ImageFormat;

use super::{
    super::tests::{atom, encode},
    Format, Refusal, Sniffed, sniff,
};

#[test]
fn generated_pictures_are_known() {
    for (encoder, format) in [
        (ImageFormat::Jpeg, Format::Jpeg),
        (ImageFormat::Png, Format::Png),
        (ImageFormat::Gif, Format::Gif),
        (ImageFormat::WebP, Format::Webp),
    ] {
        assert_eq!(sniff(&encode(encoder)), Sniffed::Known(format));
    }
}

#[test]
fn brands_tell_the_kinds_of_media_apart() {
    let known = Sniffed::Known;
    let refused = Sniffed::Refused;
    let cases: [(&[u8], Sniffed); 12] = [
        (b"avif\0\0\0\0mif1miaf", known(Format::Avif)),
        (b"mif1\0\0\0\0avif", known(Format::Avif)),
        (b"avis\0\0\0\0avif", refused(Refusal::AvifSequence)),
        (b"heic\0\0\0\0mif1", refused(Refusal::Heic)),
        (b"mif1\0\0\0\0heic", refused(Refusal::Heic)),
        (b"isom\0\0\x02\0isomiso2avc1mp41", known(Format::Mp4)),
        (b"iso6\0\0\0\0", known(Format::Mp4)),
        (b"mp42\0\0\0\0M4A ", known(Format::Mp4)),
        (b"M4A \0\0\0\0M4A mp42isom", known(Format::M4a)),
        (b"qt  \0\0\0\0qt  ", refused(Refusal::Quicktime)),
        (b"qt  \0\0\0\0mp42", known(Format::Mp4)),
        (b"3gp4\0\0\0\0", Sniffed::Unknown),
    ];
    for (brands, expected) in cases {
        assert_eq!(sniff(&atom(*b"ftyp", brands)), expected, "{}", String::from_utf8_lossy(brands));
    }
}

#[test]
fn other_beginnings() {
    let known = Sniffed::Known;
    let refused = Sniffed::Refused;
    let cases: [(&[u8], Sniffed); 30] = [
        (b"", Sniffed::Unknown),
        (b"hello", Sniffed::Unknown),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm", known(Format::Webm)),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x88matroska", refused(Refusal::Matroska)),
        (b"ID3\x03\0\0\0\0\0\0", known(Format::Mp3)),
        (b"\xFF\xFB\x90\x64", known(Format::Mp3)),
        (b"\xFF\xF3\x80\xC0", known(Format::Mp3)),
        (b"\xFF\xFD\x18\xC0", refused(Refusal::Sound)),
        (b"\xFF\xF1\x50\x80", refused(Refusal::Sound)),
        (b"OggS\0", refused(Refusal::Sound)),
        (b"RIFF\0\0\0\0WAVE", refused(Refusal::Sound)),
        (b"RIFF\0\0\0\0AVI ", refused(Refusal::Avi)),
        (b"RIFF\0\0\0\0ABCD", Sniffed::Unknown),
        (b"%PDF-1.4", known(Format::Pdf)),
        (b"WEBVTT", known(Format::Vtt)),
        (b"\xEF\xBB\xBFWEBVTT\r\n", known(Format::Vtt)),
        (b"WEBVTTX", Sniffed::Unknown),
        (b"<svg xmlns=", refused(Refusal::Svg)),
        (b"\xEF\xBB\xBF \n<?xml version='1.0'?><!-- x --><SVG>", refused(Refusal::Svg)),
        (b"\n<!DOCTYPE html>", refused(Refusal::Html)),
        (b"<script>", refused(Refusal::Html)),
        (b"<!-- x --><html>", refused(Refusal::Html)),
        (b"<rss>", Sniffed::Unknown),
        (b"PK\x03\x04", refused(Refusal::Archive)),
        (b"II*\0", refused(Refusal::Tiff)),
        (b"BM\x10\0\0\0\0\0\0\0", refused(Refusal::Bmp)),
        (b"MZ\x90\0", refused(Refusal::Program)),
        (b"\x7FELF", refused(Refusal::Program)),
        (b"\0\0\0\x08wide\0\0\0\0mdat", refused(Refusal::Quicktime)),
        (b"\0\0\x10\0moov", refused(Refusal::Quicktime)),
    ];
    for (head, expected) in cases {
        assert_eq!(sniff(head), expected, "{}", String::from_utf8_lossy(head));
    }
}
