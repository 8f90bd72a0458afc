//! PNG: chunks, checksums and animations.

use image::ImageFormat;

use super::{
    super::{
        Facts, Format, Rejection,
        tests::{
            CANARY, accepted_cuts, cleaned, encode, exif, flip_bits, has, malformed, pixels, run, truncated,
            words,
        },
    },
    crc::Crc,
};

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap();
    let crc = Crc::of(kind).with(data).value();
    [&len.to_be_bytes()[..], &kind, data, &crc.to_be_bytes()].concat()
}

/// The generated picture with chunks put in after its header and before its end.
fn with(early: &[Vec<u8>], late: &[Vec<u8>]) -> Vec<u8> {
    let plain = encode(ImageFormat::Png);
    let end = plain.len() - 12;
    [&plain[..33], &early.concat(), &plain[33..end], &late.concat(), &plain[end..]].concat()
}

fn frame_control(sequence: u32, width: u32, x: u32) -> Vec<u8> {
    chunk(*b"fcTL", &[words(&[sequence, width, 8, x, 0]), vec![0, 1, 0, 10, 0, 0]].concat())
}

/// An animation that shows the picture, then its own first row again.
fn animation(announced: u32) -> Vec<u8> {
    let data = chunk(*b"fdAT", &[&words(&[2])[..], b"compressed"].concat());
    with(
        &[chunk(*b"acTL", &words(&[announced, 0])), frame_control(0, 12, 0)],
        &[frame_control(1, 6, 6), data],
    )
}

#[test]
fn a_plain_picture_stays_what_it_is() {
    let file = encode(ImageFormat::Png);
    let (facts, out) = run(Format::Png, &file).unwrap();
    assert_eq!(facts, Facts { width: Some(12), height: Some(8), ..Facts::default() });
    assert_eq!(out, file);
}

#[test]
fn private_chunks_go_and_orientation_and_profile_stay() {
    let profile = chunk(*b"iCCP", b"sRGB\0\0compressed");
    let file = with(
        &[
            profile.clone(),
            chunk(*b"tEXt", CANARY),
            chunk(*b"zTXt", CANARY),
            chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", CANARY].concat()),
            chunk(*b"gAMA", &words(&[45455])),
            chunk(*b"teSt", CANARY),
        ],
        &[chunk(*b"eXIf", &exif(8)), chunk(*b"tIME", &[7, 0, 1, 1, 1, 1, 1])],
    );
    let file = [&file[..], b"PK\x03\x04", CANARY].concat();
    let (facts, out) = cleaned(Format::Png, &file);
    assert_eq!(facts, Facts { width: Some(8), height: Some(12), orientation: 8, ..Facts::default() });
    assert_eq!(
        out,
        with(&[profile, chunk(*b"gAMA", &words(&[45455]))], &[chunk(*b"eXIf", &super::exif::minimal(8))])
    );
    assert!(!has(&out, b"tIME"));
    assert_eq!(pixels(&out), pixels(&file));
}

/// Archives, pages and documents behind the picture.
#[test]
fn everything_behind_the_picture_goes() {
    let plain = encode(ImageFormat::Png);
    for trailer in [&b"<html><script>"[..], b"PK\x03\x04", b"%PDF-1.7"] {
        assert_eq!(cleaned(Format::Png, &[&plain[..], trailer, CANARY].concat()).1, plain);
    }
}

#[test]
fn an_animation_is_counted() {
    let (facts, out) = run(Format::Png, &animation(2)).unwrap();
    assert_eq!(facts, Facts { width: Some(12), height: Some(8), animated: true, ..Facts::default() });
    assert_eq!(out, animation(2));
}

#[test]
fn animations_that_lie_are_rejected() {
    let reject = |file: &[u8]| run(Format::Png, file).unwrap_err();
    assert_eq!(reject(&animation(3)), malformed("it has another number of frames than it says"));
    assert_eq!(reject(&animation(0)), malformed("an animation has no frames"));
    assert_eq!(reject(&animation(1001)), Rejection::TooManyFrames);
    let begin = chunk(*b"acTL", &words(&[1, 0]));
    assert_eq!(
        reject(&with(&[begin.clone(), frame_control(0, 12, 1)], &[])),
        malformed("a frame lies outside of the picture")
    );
    assert_eq!(
        reject(&with(&[begin.clone(), frame_control(7, 12, 0)], &[])),
        malformed("the frames are not in sequence")
    );
    assert_eq!(reject(&with(&[], &[begin])), malformed("the animation header is misplaced"));
}

/// Frames without an announcement are shown by nobody, so they only hide something.
#[test]
fn frames_without_an_animation_go() {
    let hidden = chunk(*b"fdAT", &[&words(&[1])[..], CANARY].concat());
    let (_, out) = cleaned(Format::Png, &with(&[frame_control(0, 12, 0)], &[hidden]));
    assert_eq!(out, encode(ImageFormat::Png));
}

#[test]
fn what_no_decoder_would_show_is_rejected() {
    let plain = encode(ImageFormat::Png);
    let reject = |file: &[u8]| run(Format::Png, file).unwrap_err();
    let mut wrong = plain.clone();
    wrong[30] ^= 1;
    assert_eq!(reject(&wrong), malformed("a checksum is wrong"));
    assert_eq!(
        reject(&[&plain[..8], &plain[33..]].concat()),
        malformed("the header must come first, and once")
    );
    assert_eq!(
        reject(&[&plain[..33], &plain[8..]].concat()),
        malformed("the header must come first, and once")
    );
    assert_eq!(reject(&[&plain[..33], &chunk(*b"IEND", b"")].concat()), malformed("it has no picture"));
    assert_eq!(
        reject(&with(&[chunk(*b"CgBI", b"abcd")], &[])),
        malformed("it has an unknown critical chunk")
    );
    assert_eq!(
        reject(&with(&[chunk(*b"iCCP", &vec![0; (4 << 20) + 1])], &[])),
        Rejection::TooLarge { what: "a chunk of the picture" }
    );
    assert_eq!(reject(&plain[..plain.len() - 1]), truncated("a chunk"));
    let empty = chunk(*b"IHDR", &[words(&[0, 8]), vec![8, 2, 0, 0, 0]].concat());
    assert_eq!(
        reject(&[&plain[..8], &empty, &plain[33..]].concat()),
        malformed("the picture has no possible size")
    );
}

#[test]
fn a_picture_that_is_cut_anywhere_is_rejected() {
    assert_eq!(accepted_cuts(Format::Png, &animation(2)), [0; 0]);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Png, &with(&[chunk(*b"eXIf", &exif(6))], &[]));
    flip_bits(Format::Png, &animation(2));
}
