//! Files that lie, end early or are damaged are refused or shown in part; nothing panics, hangs or grows.

use std::panic::catch_unwind;

use super::super::{Bounds, Rejection, Source, decode, measure};
use super::samples::{
    BOUNDS, Extra, GREEN, RED, animated_webp, avif, exif, gif, jpeg, lossless_webp, lossy_webp, quarters,
    rgb_png, rgba_png,
};

/// One of each kind, small, with whatever a file may carry.
fn everything() -> Vec<(Source, Vec<u8>)> {
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let extra = Extra { exif: Some(exif(6)), icc: Some(icc) };
    let rgb = quarters(40, 24);
    let rgba: Vec<u8> = (0..=255).flat_map(|index| [index, 7, 255 - index, index]).collect();
    let pixels: Vec<_> =
        rgba.as_chunks::<4>().0.iter().map(|[r, g, b, a]| ravif::RGBA8::new(*r, *g, *b, *a)).collect();
    let clear = ravif::Encoder::new()
        .with_speed(10)
        .with_num_threads(Some(1))
        .encode_rgba(imgref::Img::new(&pixels, 16, 16))
        .unwrap();
    vec![
        (Source::Jpeg, jpeg(40, 24, &rgb, &extra, false)),
        (Source::Jpeg, jpeg(40, 24, &rgb, &extra, true)),
        (Source::Png, rgb_png(40, 24, &rgb, &extra)),
        (Source::Png, rgba_png(16, 16, &rgba)),
        (Source::Webp, lossless_webp(40, 24, &rgb, &extra)),
        (Source::Webp, lossy_webp(40, 24, &rgb)),
        (Source::Webp, animated_webp(16, 16, &[RED, GREEN])),
        (Source::Gif, gif(16, 16, &[0, 1, 2])),
        (Source::Avif, avif(40, 24, &rgb)),
        (Source::Avif, clear.avif_file),
    ]
}

/// Small bounds, so that a damaged size cannot make a test slow.
const NARROW: Bounds = Bounds { max_pixels: 250_000, max_side: 2000 };

/// Every one of the first bytes, where sizes are, and some of the rest.
fn places(file: &[u8]) -> impl Iterator<Item = usize> {
    let length = file.len();
    (0..length.min(40)).chain((40..length).step_by((length / 40).max(1)))
}

#[track_caller]
fn survives(source: Source, file: &[u8], what: &str) {
    let outcome = catch_unwind(|| decode(source, file, &NARROW, Some(16)));
    let Ok(result) = outcome else { panic!("{source:?} panics: {what}") };
    if let Ok(picture) = result {
        assert!(picture.width().max(picture.height()) <= 16);
    }
}

#[test]
fn files_cut_anywhere_do_no_harm() {
    for (source, file) in everything() {
        assert!(decode(source, &file, &NARROW, None).is_ok(), "{source:?}");
        for length in places(&file) {
            survives(source, &file[..length], &format!("cut to {length}"));
        }
    }
}

#[test]
fn flipped_bits_do_no_harm() {
    for (source, file) in everything() {
        for place in places(&file) {
            let bit = place % 8;
            let mut damaged = file.clone();
            damaged[place] ^= 1 << bit;
            survives(source, &damaged, &format!("bit {bit} of byte {place}"));
        }
    }
}

#[test]
fn bytes_made_large_or_zero_do_no_harm() {
    for (source, file) in everything() {
        for place in places(&file[4..]) {
            let value = [[0xff; 4], [0; 4], [0x7f, 0xff, 0xff, 0xff]][place % 3];
            let mut damaged = file.clone();
            damaged[place..place + 4].copy_from_slice(&value);
            survives(source, &damaged, &format!("{value:?} at byte {place}"));
        }
    }
}

#[test]
fn a_file_of_another_format_is_refused() {
    let files = everything();
    for (claimed, _) in &files {
        for (source, file) in files.iter().filter(|(source, _)| source != claimed) {
            let refused = decode(*claimed, file, &BOUNDS, None);
            assert_eq!(refused, Err(Rejection::Malformed), "{source:?} as {claimed:?}");
        }
        for file in [&b""[..], b"\0", &[0xff; 64]] {
            assert_eq!(decode(*claimed, file, &BOUNDS, None), Err(Rejection::Malformed));
        }
    }
}

#[test]
fn an_enormous_png_is_refused_by_its_header() {
    let mut file = rgb_png(8, 8, &quarters(8, 8), &Extra::default());
    file[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]);
    let refused = measure(Source::Png, &file, &BOUNDS).unwrap_err();
    assert_eq!(refused, Rejection::TooManyPixels { width: 50_000, height: 50_000, max: 100_000_000 });
    assert_eq!(refused.to_string(), "the picture has 50000 × 50000 pixels, more than 100000000 in all");
    assert_eq!(decode(Source::Png, &file, &BOUNDS, Some(10)), Err(refused));

    file[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0, 1]);
    let refused = measure(Source::Png, &file, &BOUNDS).unwrap_err();
    assert_eq!(refused, Rejection::TooLong { side: 50_000, max: 16_383 });
}

#[test]
fn every_format_keeps_to_the_bounds() {
    for (source, file) in everything() {
        let size = measure(source, &file, &BOUNDS).unwrap();
        let (width, height) = (size.width, size.height);
        let pixels = u64::from(width) * u64::from(height);
        let exact = Bounds { max_pixels: pixels, max_side: width.max(height) };
        assert_eq!(measure(source, &file, &exact), Ok(size));
        let fewer = Bounds { max_pixels: pixels - 1, ..exact };
        let refused = Rejection::TooManyPixels { width, height, max: pixels - 1 };
        assert_eq!(measure(source, &file, &fewer), Err(refused));
        let shorter = Bounds { max_side: width.max(height) - 1, ..exact };
        assert!(matches!(measure(source, &file, &shorter), Err(Rejection::TooLong { .. })));
    }
}

#[test]
fn a_frame_larger_than_its_canvas_is_refused() {
    // The canvas says 16 × 16; the stream in the frame says 16,384 × 16,384.
    let mut file = animated_webp(16, 16, &[RED]);
    let stream = file.windows(4).position(|window| window == b"VP8L").unwrap() + 9;
    file[stream..stream + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(measure(Source::Webp, &file, &BOUNDS), Err(Rejection::Malformed));
}
