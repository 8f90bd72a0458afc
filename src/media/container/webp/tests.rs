//! WebP: chunks, frames and orientation.

use image::ImageFormat;

use super::super::{
    Facts, Format, Rejection,
    tests::{
        CANARY, accepted_cuts, cleaned, encode, exif, flip_bits, has, malformed, pixels, run, truncated,
    },
};

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap();
    let padding: &[u8] = if data.len() % 2 == 1 { &[0] } else { &[] };
    [&kind[..], &len.to_le_bytes(), data, padding].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(*b"RIFF", &[&b"WEBP"[..], &chunks.concat()].concat())
}

/// The header for the generated picture of 12 × 8.
fn header(flags: u8) -> Vec<u8> {
    chunk(*b"VP8X", &[flags, 0, 0, 0, 11, 0, 0, 7, 0, 0])
}

/// The chunk of the generated picture.
fn stream() -> Vec<u8> {
    let plain = encode(ImageFormat::WebP);
    let at = plain.windows(4).position(|bytes| bytes == b"VP8L").unwrap();
    plain[at..].to_vec()
}

fn frame(extra: &[u8]) -> Vec<u8> {
    chunk(*b"ANMF", &[&[0, 0, 0, 0, 0, 0, 11, 0, 0, 7, 0, 0, 100, 0, 0, 0][..], &stream(), extra].concat())
}

const ANIM: &[u8] = b"ANIM\x06\0\0\0\0\0\0\0\0\0";

#[test]
fn a_plain_picture_stays_what_it_is() {
    let file = riff(&[stream()]);
    let (facts, out) = run(Format::Webp, &file).unwrap();
    assert_eq!(facts, Facts { width: Some(12), height: Some(8), ..Facts::default() });
    assert_eq!(out, file);
}

#[test]
fn private_chunks_go_and_orientation_and_profile_stay() {
    let profile = chunk(*b"ICCP", b"a profile");
    let file = riff(&[
        header(0x2C),
        profile.clone(),
        chunk(*b"teST", CANARY),
        stream(),
        chunk(*b"EXIF", &exif(5)),
        chunk(*b"XMP ", CANARY),
    ]);
    let file = [&file[..], b"PK\x03\x04", CANARY].concat();
    let (facts, out) = cleaned(Format::Webp, &file);
    assert_eq!(facts, Facts { width: Some(8), height: Some(12), orientation: 5, ..Facts::default() });
    let exif = chunk(*b"EXIF", &super::exif::minimal(5));
    assert_eq!(out, riff(&[header(0x28), profile, stream(), exif]));
    assert_eq!(pixels(&out), pixels(&file));
}

#[test]
fn an_upright_picture_keeps_no_exif() {
    let file = riff(&[header(0x0C), stream(), chunk(*b"EXIF", &exif(1)), chunk(*b"XMP ", CANARY)]);
    let (facts, out) = cleaned(Format::Webp, &file);
    assert_eq!(facts.orientation, 1);
    assert_eq!(out, riff(&[header(0), stream()]));
}

#[test]
fn unknown_chunks_inside_of_frames_go() {
    let file = riff(&[header(0x02), ANIM.to_vec(), frame(&chunk(*b"teST", CANARY)), frame(b"")]);
    let (facts, out) = cleaned(Format::Webp, &file);
    assert_eq!(facts, Facts { width: Some(12), height: Some(8), animated: true, ..Facts::default() });
    assert_eq!(out, riff(&[header(0x02), ANIM.to_vec(), frame(b""), frame(b"")]));
    assert!(has(&out, b"ANMF"));
}

#[test]
fn what_no_decoder_would_show_is_rejected() {
    let reject = |chunks: &[Vec<u8>]| run(Format::Webp, &riff(chunks)).unwrap_err();
    assert_eq!(reject(&[header(0)]), malformed("it has no picture"));
    assert_eq!(reject(&[header(2), ANIM.to_vec(), stream()]), malformed("it has no picture"));
    assert_eq!(reject(&[header(2), frame(b"")]), malformed("a frame comes before the animation's header"));
    let frames = [vec![header(2), ANIM.to_vec()], vec![frame(b""); 1001]].concat();
    assert_eq!(reject(&frames), Rejection::TooManyFrames);
    let small = chunk(*b"VP8X", &[0, 0, 0, 0, 10, 0, 0, 7, 0, 0]);
    assert_eq!(
        reject(&[small.clone(), stream()]),
        malformed("the picture has another size than its header says")
    );
    let small = [vec![2], small[9..].to_vec()].concat();
    assert_eq!(
        reject(&[chunk(*b"VP8X", &small), ANIM.to_vec(), frame(b"")]),
        malformed("a frame lies outside of the picture")
    );
    let file = riff(&[stream()]);
    assert_eq!(run(Format::Webp, &file[..file.len() - 1]).unwrap_err(), truncated("a chunk"));
}

#[test]
fn a_lossy_picture_tells_its_size() {
    let lossy = chunk(*b"VP8 ", b"\x10\0\0\x9D\x01\x2A\x40\x01\xF0\x40 and so on");
    let (facts, _) = run(Format::Webp, &riff(&[lossy])).unwrap();
    assert_eq!((facts.width, facts.height), (Some(320), Some(240)));
}

#[test]
fn a_picture_that_is_cut_anywhere_is_rejected() {
    assert_eq!(accepted_cuts(Format::Webp, &riff(&[header(8), stream(), chunk(*b"EXIF", &exif(3))])), [0; 0]);
    assert_eq!(accepted_cuts(Format::Webp, &riff(&[header(2), ANIM.to_vec(), frame(b"")])), [0; 0]);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Webp, &riff(&[header(8), stream(), chunk(*b"EXIF", &exif(3))]));
    flip_bits(Format::Webp, &riff(&[header(2), ANIM.to_vec(), frame(&chunk(*b"teST", CANARY))]));
}
