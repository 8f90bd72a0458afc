//! JPEG: segments, orientation and what follows the image.

use image::ImageFormat;

use super::super::{
    Facts, Format,
    tests::{
        CANARY, accepted_cuts, cleaned, encode, exif, flip_bits, has, malformed, pixels, run, truncated,
        unsupported,
    },
};

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 2).unwrap();
    [&[0xFF, marker], &len.to_be_bytes()[..], payload].concat()
}

/// The generated picture with segments put in after its start.
fn with(segments: &[Vec<u8>]) -> Vec<u8> {
    let plain = encode(ImageFormat::Jpeg);
    [&plain[..2], &segments.concat(), &plain[2..]].concat()
}

const PROFILE: &[u8] = b"ICC_PROFILE\0\x01\x01a colour profile";

#[test]
fn a_plain_picture_stays_what_it_is() {
    let file = encode(ImageFormat::Jpeg);
    let (facts, out) = run(Format::Jpeg, &file).unwrap();
    assert_eq!(facts, Facts { width: Some(12), height: Some(8), ..Facts::default() });
    assert_eq!(out, file);
}

#[test]
fn private_segments_go_and_orientation_and_profile_stay() {
    let file = with(&[
        segment(0xE1, &[b"Exif\0\0", exif(6).as_slice()].concat()),
        segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", CANARY].concat()),
        segment(0xE2, PROFILE),
        segment(0xE2, &[b"MPF\0", CANARY].concat()),
        segment(0xED, &[b"Photoshop 3.0\0", CANARY].concat()),
        segment(0xFE, CANARY),
        segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\x01", CANARY].concat()),
        segment(0xE0, &[b"JFXX\0", CANARY].concat()),
    ]);
    let (facts, out) = cleaned(Format::Jpeg, &file);
    assert_eq!(facts, Facts { width: Some(8), height: Some(12), orientation: 6, ..Facts::default() });
    assert!(has(&out, PROFILE));
    assert!(has(&out, b"Exif\0\0MM\0*"));
    assert_eq!(pixels(&out), pixels(&file));
}

#[test]
fn the_thumbnail_of_the_jfif_header_goes() {
    let header = [b"JFIF\0\x01\x02\x01\0\x48\0\x48\x03\x03", CANARY].concat();
    let plain = encode(ImageFormat::Jpeg);
    let file = [&plain[..2], &segment(0xE0, &header), &plain[20..]].concat();
    let (_, out) = cleaned(Format::Jpeg, &file);
    assert_eq!(&out[2..20], b"\xFF\xE0\0\x10JFIF\0\x01\x02\x01\0\x48\0\x48\0\0");
}

/// Motion photos, secondary pictures, pages and archives behind the picture.
#[test]
fn everything_behind_the_picture_goes() {
    let plain = encode(ImageFormat::Jpeg);
    for trailer in [
        [&with(&[segment(0xFE, CANARY)])[..]].concat(),
        [b"<html><script>", CANARY].concat(),
        [b"PK\x03\x04", CANARY].concat(),
        [b"%PDF-1.7", CANARY].concat(),
    ] {
        let (_, out) = cleaned(Format::Jpeg, &[&plain[..], &trailer].concat());
        assert_eq!(out, plain);
    }
}

#[test]
fn fill_bytes_before_markers_are_left_out() {
    let mut file = encode(ImageFormat::Jpeg);
    let end = file.len() - 2;
    file.splice(end..end, [0xFF; 5]);
    file.splice(2..2, [0xFF; 3]);
    assert_eq!(run(Format::Jpeg, &file).unwrap().1, encode(ImageFormat::Jpeg));
}

#[test]
fn what_no_decoder_would_show_is_rejected() {
    let plain = encode(ImageFormat::Jpeg);
    let reject = |file: &[u8]| run(Format::Jpeg, file).unwrap_err();
    assert_eq!(reject(b"\xFF\xD8\xFF\xD9"), malformed("it has no picture"));
    assert_eq!(
        reject(b"\xFF\xD8\xFF\xDA\0\x08\x01\x01\0\0\x3F\0"),
        malformed("a scan comes before the frame header")
    );
    let frame = segment(0xC0, &[8, 0, 8, 0, 12, 1, 1, 0x11, 0]);
    assert_eq!(reject(&with(&[frame])), malformed("it has several frame headers"));
    assert_eq!(
        reject(&with(&[segment(0xC0, &[8, 0, 0, 0, 12, 1, 1, 0x11, 0])])),
        malformed("the picture has no size")
    );
    assert_eq!(
        reject(&with(&[segment(0xC9, &[8, 0, 8, 0, 12, 1, 1, 0x11, 0])])),
        unsupported("a lossless, hierarchical or arithmetic-coded JPEG")
    );
    assert_eq!(reject(&plain[..plain.len() - 2]), truncated("the picture"));
    assert_eq!(reject(&with(&[vec![b'x']])), malformed("a segment does not begin with a marker"));
    let header = plain.windows(2).position(|bytes| bytes == [0xFF, 0xDA]).unwrap();
    let scan = &plain[header..plain.len() - 2];
    assert_eq!(
        reject(&[&plain[..header], &scan.repeat(501), &[0xFF, 0xD9]].concat()),
        malformed("it has too many scans")
    );
}

#[test]
fn a_picture_that_is_cut_anywhere_is_rejected() {
    let file = with(&[segment(0xE1, &[b"Exif\0\0", exif(6).as_slice()].concat()), segment(0xE2, PROFILE)]);
    assert_eq!(accepted_cuts(Format::Jpeg, &file), [0; 0]);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Jpeg, &with(&[segment(0xE1, &[b"Exif\0\0", exif(6).as_slice()].concat())]));
}
