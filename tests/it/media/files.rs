//! Files of every kind, made here: small, real, and with what must not stay in them.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};

/// What only a private part of a file says.
pub const CANARY: &[u8] = b"CANARY 52.5200 13.4050";
pub const RED: [u8; 3] = [220, 20, 30];

/// A picture with soft colours and a red corner at the top left.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 4 && y < height / 4 {
            return Rgb(RED);
        }
        let part = |value: u32, of: u32| u8::try_from(value * 180 / of.max(1)).unwrap_or(180);
        Rgb([40, 60 + part(x, width), 60 + part(y, height)])
    })
}

pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = picture(width, height);
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.write_image(&picture, width, height, ExtendedColorType::Rgb8).expect("a JPEG");
    bytes
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    written(&picture(width, height), ImageFormat::Png)
}

fn written(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("an image");
    bytes.into_inner()
}

/// A photo that says that it lies on its right side, and where it was taken.
pub fn photo_with_place(width: u32, height: u32) -> Vec<u8> {
    let plain = photo(width, height);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"); // orientation 6
    exif.extend(b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x26"); // a GPS part
    exif.extend(b"\0\0\0\0\0\x01\0\x1b\0\x07\0\0\0\x16\0\0\0\x38\0\0\0\0"); // its text
    exif.extend(CANARY);
    let mut bytes = plain[..2].to_vec();
    bytes.extend(segment(0xE1, &exif));
    bytes.extend(segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0<x>", CANARY, b"</x>"].concat()));
    bytes.extend(segment(0xFE, CANARY));
    bytes.extend(&plain[2..]);
    // What some telephones hang on: a film, with a place of its own.
    bytes.extend(CANARY);
    bytes
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("short");
    [&[0xFF, marker][..], &length.to_be_bytes(), content].concat()
}

/// The orientation that the EXIF part of a JPEG says, or 1.
pub fn orientation(jpeg: &[u8]) -> u16 {
    let Some(start) = jpeg.windows(6).position(|window| window == b"Exif\0\0") else { return 1 };
    let tiff = &jpeg[start + 6..];
    let is_little = tiff.starts_with(b"II");
    let number = |at: usize| {
        let pair = [tiff[at], tiff[at + 1]];
        if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let entries = usize::from(number(8));
    let tag = (0..entries).map(|entry| 10 + entry * 12).find(|&at| number(at) == 0x0112);
    tag.map_or(1, |at| number(at + 8))
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A document of so many bytes.
pub fn pdf(size: usize) -> Vec<u8> {
    let (head, tail) = (b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%", b"\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    let mut bytes = head.to_vec();
    let letters = (0..).map(|i: usize| b'a' + u8::try_from(i * i % 25).expect("a letter"));
    bytes.extend(letters.take(size - head.len() - tail.len()));
    bytes.extend(tail);
    bytes
}

fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).expect("small");
    [&size.to_be_bytes()[..], &kind, content].concat()
}

fn full(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0; 4][..], content].concat())
}

fn matrix() -> Vec<u8> {
    let numbers = [0x0001_0000_u32, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

/// A track with one sample, the four bytes at `offset`.
fn track(id: u32, (handler, entry, (width, height)): Kind, offset: u32) -> Vec<u8> {
    let sample = match &handler {
        b"vide" => {
            let mut visual = vec![0; 78];
            visual[7] = 1;
            visual[24..26].copy_from_slice(&width.to_be_bytes());
            visual[26..28].copy_from_slice(&height.to_be_bytes());
            boxed(entry, &visual)
        }
        _ => boxed(entry, &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 20]].concat()),
    };
    let stbl = [
        full(*b"stsd", &[&1_u32.to_be_bytes()[..], &sample].concat()),
        full(*b"stts", &[1_u32, 1, 2_000].iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<_>>()),
        full(*b"stsc", &[1_u32, 1, 1, 1].iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<_>>()),
        full(*b"stsz", &[4_u32, 1].iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<_>>()),
        full(*b"stco", &[1_u32, offset].iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<_>>()),
    ]
    .concat();
    let dinf = boxed(
        *b"dinf",
        &full(*b"dref", &[&1_u32.to_be_bytes()[..], &boxed(*b"url ", &[0, 0, 0, 1])].concat()),
    );
    let media_head = if handler == *b"vide" { full(*b"vmhd", &[0; 8]) } else { full(*b"smhd", &[0; 4]) };
    let minf = boxed(*b"minf", &[media_head, dinf, boxed(*b"stbl", &stbl)].concat());
    let mdhd =
        full(*b"mdhd", &[&[0; 8][..], &1_000_u32.to_be_bytes(), &2_000_u32.to_be_bytes(), &[0; 4]].concat());
    let hdlr = full(*b"hdlr", &[&[0; 4][..], &handler, &[0; 12], b"\0"].concat());
    let mdia = boxed(*b"mdia", &[mdhd, hdlr, minf].concat());
    let size = |side: u16| (u32::from(side) << 16).to_be_bytes();
    let tkhd = full(
        *b"tkhd",
        &[
            &[0; 8][..],
            &id.to_be_bytes(),
            &[0; 4],
            &2_000_u32.to_be_bytes(),
            &[0; 16],
            &matrix(),
            &size(width),
            &size(height),
        ]
        .concat(),
    );
    boxed(*b"trak", &[tkhd, mdia].concat())
}

/// Handler, kind of samples, width and height of a track.
type Kind = ([u8; 4], [u8; 4], (u16, u16));

const PICTURE: Kind = (*b"vide", *b"avc1", (640, 360));
const SOUND: Kind = (*b"soun", *b"mp4a", (0, 0));

/// A file of these tracks, as far as its container goes.
fn mpeg4(brand: [u8; 4], tracks: &[Kind]) -> Vec<u8> {
    let ftyp = boxed(*b"ftyp", &[&brand[..], &[0; 4], &brand[..]].concat());
    let mdat = boxed(*b"mdat", b"DATA");
    let offset = u32::try_from(ftyp.len() + 8).expect("small");
    let traks = (1..).zip(tracks).map(|(id, kind)| track(id, *kind, offset));
    let traks: Vec<u8> = traks.flatten().collect();
    let mvhd = full(
        *b"mvhd",
        &[
            &[0; 8][..],
            &1_000_u32.to_be_bytes(),
            &2_000_u32.to_be_bytes(),
            &[0, 1, 0, 0, 1, 0],
            &[0; 10],
            &matrix(),
            &[0; 24],
            &9_u32.to_be_bytes(),
        ]
        .concat(),
    );
    let udta = boxed(*b"udta", &boxed(*b"\xa9xyz", CANARY));
    let moov = boxed(*b"moov", &[mvhd, traks, udta].concat());
    [ftyp, mdat, moov].concat()
}

/// Two seconds of film without a picture in it, as far as its container goes.
pub fn film() -> Vec<u8> {
    mpeg4(*b"isom", &[PICTURE])
}

/// The same with sound.
pub fn film_with_sound() -> Vec<u8> {
    mpeg4(*b"isom", &[PICTURE, SOUND])
}

fn webm() -> Vec<u8> {
    fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).expect("small");
        let size = if length < 127 {
            vec![0x80 | length.to_be_bytes()[1]]
        } else {
            (0x4000 | length).to_be_bytes().to_vec()
        };
        [id, &size, content].concat()
    }
    let head = element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm"));
    let info = element(
        &[0x15, 0x49, 0xA9, 0x66],
        &[
            element(&[0x2A, 0xD7, 0xB1], &[0x0F, 0x42, 0x40]),
            element(&[0x44, 0x89], &2_000_f32.to_be_bytes()),
        ]
        .concat(),
    );
    let video = element(&[0xE0], &[element(&[0xB0], &[2, 0x80]), element(&[0xBA], &[1, 0x68])].concat());
    let track = element(
        &[0xAE],
        &[
            element(&[0xD7], &[1]),
            element(&[0x73, 0xC5], &[1]),
            element(&[0x83], &[1]),
            element(&[0x86], b"V_VP9"),
            video,
        ]
        .concat(),
    );
    let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &track);
    let block = element(&[0xA3], &[0x81, 0, 0, 0x80, 1, 2, 3]);
    let cluster = element(&[0x1F, 0x43, 0xB6, 0x75], &[element(&[0xE7], &[0]), block].concat());
    [head, element(&[0x18, 0x53, 0x80, 0x67], &[info, tracks, cluster].concat())].concat()
}

/// Silence: MPEG-1 layer III, 128 kbit/s, 44.1 kHz.
fn mp3() -> Vec<u8> {
    let mut frame = vec![0xFF, 0xFB, 0x90, 0x64];
    frame.resize(417, 0);
    [b"ID3\x04\0\0\0\0\0\x16".to_vec(), CANARY.to_vec(), frame.repeat(40)].concat()
}

pub const CAPTIONS: &str =
    "WEBVTT\n\n1\n00:00.000 --> 00:01.500\nLift your leg\n\n00:01.500 --> 00:03.000\nand hold.\n";

/// Name, MIME type, bytes and kind of one file of each format but AVIF, which the program itself makes.
pub fn every_kind() -> Vec<(&'static str, &'static str, Vec<u8>, &'static str)> {
    let picture = picture(64, 48);
    vec![
        ("a.jpg", "image/jpeg", photo(64, 48), "IMAGE"),
        ("a.png", "image/png", png(64, 48), "IMAGE"),
        ("a.webp", "image/webp", written(&picture, ImageFormat::WebP), "IMAGE"),
        ("a.gif", "image/gif", written(&picture, ImageFormat::Gif), "IMAGE"),
        ("a.pdf", "application/pdf", pdf(1_000), "DOCUMENT"),
        ("a.mp4", "video/mp4", film(), "VIDEO"),
        ("a.webm", "video/webm", webm(), "VIDEO"),
        ("a.mp3", "audio/mpeg", mp3(), "AUDIO"),
        ("a.m4a", "audio/mp4", mpeg4(*b"M4A ", &[SOUND]), "AUDIO"),
        ("a.vtt", "text/vtt", CAPTIONS.as_bytes().to_vec(), "TEXT_TRACK"),
    ]
}
