//! GIF: blocks, frames and what follows them.

use image::ImageFormat;

use super::super::{
    Facts, Format, Rejection,
    tests::{CANARY, accepted_cuts, cleaned, flip_bits, malformed, pixels, run, truncated},
};

const LOOP: &[u8] = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0";
const CONTROL: &[u8] = b"\x21\xF9\x04\0\x0A\0\0\0";
const END: &[u8] = b"\x3B";

/// Four by two pixels in two colours.
fn head() -> Vec<u8> {
    b"GIF89a\x04\0\x02\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec()
}

/// A frame at `x` that is `width` wide and two high; its data are of eight pixels.
fn frame(x: u8, width: u8) -> Vec<u8> {
    [&[0x2C, x, 0, 0, 0, width, 0, 2, 0, 0][..], b"\x02\x03\x84\x51\x05\0"].concat()
}

fn blocks(label: u8, content: &[u8]) -> Vec<u8> {
    let len = u8::try_from(content.len()).unwrap();
    [&[0x21, label, len][..], content, &[0]].concat()
}

fn animation() -> Vec<u8> {
    [&head(), LOOP, CONTROL, &frame(0, 4), CONTROL, &frame(0, 4), END].concat()
}

#[test]
fn an_animation_stays_what_it_is() {
    let (facts, out) = run(Format::Gif, &animation()).unwrap();
    assert_eq!(facts, Facts { width: Some(4), height: Some(2), animated: true, ..Facts::default() });
    assert_eq!(out, animation());
}

#[test]
fn a_picture_of_an_encoder_shows_the_same() {
    let mut file = std::io::Cursor::new(Vec::new());
    super::super::tests::picture().write_to(&mut file, ImageFormat::Gif).unwrap();
    let file = file.into_inner();
    let (facts, out) = run(Format::Gif, &file).unwrap();
    assert_eq!(facts, Facts { width: Some(12), height: Some(8), ..Facts::default() });
    assert_eq!(pixels(&out), pixels(&file));
}

#[test]
fn comments_text_and_other_applications_go() {
    let xmp = [b"\x21\xFF\x0BXMP DataXMP\x1B", CANARY, b"\0"].concat();
    let looping = [b"\x21\xFF\x0BNETSCAPE2.0\x1B", CANARY, b"\x03\x01\0\0\x1B", CANARY, b"\0"].concat();
    let file = [
        &head()[..],
        &blocks(0xFE, CANARY),
        &xmp,
        &looping,
        // The control block belongs to the text that goes.
        b"\x21\xF9\x04\x01\x0B\0\x07\0",
        &[b"\x21\x01\x0C\0\0\0\0\0\0\0\0\0\0\0\0\x1B", CANARY, b"\0"].concat(),
        CONTROL,
        &frame(0, 4),
        CONTROL,
        &frame(0, 4),
        END,
        b"<html><script>",
        CANARY,
    ]
    .concat();
    let (_, out) = cleaned(Format::Gif, &file);
    assert_eq!(out, animation());
}

/// Archives, pages and documents behind the picture.
#[test]
fn everything_behind_the_picture_goes() {
    for trailer in [&b"<html><script>"[..], b"PK\x03\x04", b"%PDF-1.7"] {
        assert_eq!(cleaned(Format::Gif, &[&animation()[..], trailer, CANARY].concat()).1, animation());
    }
}

#[test]
fn a_thousand_frames_are_enough() {
    let of = |count| [&head(), &frame(0, 4).repeat(count)[..], END].concat();
    assert!(run(Format::Gif, &of(1000)).is_ok());
    assert_eq!(run(Format::Gif, &of(1001)).unwrap_err(), Rejection::TooManyFrames);
}

#[test]
fn pixels_of_all_frames_are_bounded() {
    let large = b"GIF89a\xFF\xFF\xFF\xFF\0\0\0";
    let frame = b"\x2C\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x01\x2C\0";
    assert_eq!(
        run(Format::Gif, &[&large[..], frame, END].concat()).unwrap_err(),
        Rejection::TooLarge { what: "the animation" }
    );
}

#[test]
fn what_no_decoder_would_show_is_rejected() {
    let reject = |parts: &[&[u8]]| run(Format::Gif, &parts.concat()).unwrap_err();
    assert_eq!(reject(&[&head(), END]), malformed("it has no picture"));
    assert_eq!(reject(&[&head(), &frame(1, 4), END]), malformed("a frame lies outside of the picture"));
    assert_eq!(reject(&[&head(), &frame(0, 0), END]), malformed("a frame lies outside of the picture"));
    assert_eq!(reject(&[&head(), &frame(0, 4), b"\0"]), malformed("it has an unknown block"));
    assert_eq!(reject(&[&head(), &frame(0, 4)]), truncated("a block"));
    assert_eq!(reject(&[b"GIF89a\0\0\x02\0\0\0\0"]), malformed("the picture has no size"));
}

#[test]
fn a_picture_that_is_cut_anywhere_is_rejected() {
    assert_eq!(accepted_cuts(Format::Gif, &animation()), [0; 0]);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Gif, &[&head()[..], &blocks(0xFE, CANARY), &animation()[head().len()..]].concat());
}
