//! Each format comes in, in the shapes that people upload.

use super::super::{Picture, Rejection, Source, decode, measure};
use super::samples::{
    BLUE, BOUNDS, Extra, GREEN, RED, WHITE, animated_webp, assert_near, avif, boxed, corners, decoded,
    filled, gif, jpeg, lossless_webp, lossy_webp, pixel, png, quarters, rewrapped, rgb_png,
};

fn assert_quarters(picture: &Picture, distance: u8) {
    assert_eq!((picture.width(), picture.height(), picture.has_alpha()), (64, 32, false));
    for (found, wanted) in corners(picture).iter().zip([RED, GREEN, BLUE, WHITE]) {
        assert_near(found, &wanted, distance);
    }
}

#[test]
fn every_format_gives_the_same_picture() {
    let rgb = quarters(64, 32);
    let plain = Extra::default();
    for progressive in [false, true] {
        assert_quarters(&decoded(Source::Jpeg, &jpeg(64, 32, &rgb, &plain, progressive)), 2);
    }
    assert_quarters(&decoded(Source::Png, &rgb_png(64, 32, &rgb, &plain)), 0);
    assert_quarters(&decoded(Source::Webp, &lossless_webp(64, 32, &rgb, &plain)), 0);
    assert_quarters(&decoded(Source::Webp, &lossy_webp(64, 32, &rgb)), 8);
    assert_quarters(&decoded(Source::Avif, &avif(64, 32, &rgb)), 8);
}

#[test]
fn a_target_shrinks_to_the_longest_side() {
    let file = rgb_png(64, 32, &quarters(64, 32), &Extra::default());
    let picture = decode(Source::Png, &file, &BOUNDS, Some(20)).unwrap();
    assert_eq!((picture.width(), picture.height()), (20, 10));
    for (found, wanted) in corners(&picture).iter().zip([RED, GREEN, BLUE, WHITE]) {
        assert_near(found, &wanted, 1);
    }
    let picture = decode(Source::Png, &file, &BOUNDS, Some(1000)).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 32));
}

#[test]
fn png_comes_in_all_depths_and_colours() {
    use png::{BitDepth, ColorType};
    let plain = Extra::default();
    let one = |colour, depth, data: &[u8]| decoded(Source::Png, &png((1, 1), colour, depth, data, &plain));
    assert_eq!(
        pixel(&one(ColorType::Rgb, BitDepth::Sixteen, &[200, 9, 100, 9, 50, 9]), 0, 0),
        [200, 100, 50]
    );
    assert_eq!(pixel(&one(ColorType::Grayscale, BitDepth::Sixteen, &[77, 3]), 0, 0), [77; 3]);
    assert_eq!(pixel(&one(ColorType::Grayscale, BitDepth::One, &[0x80]), 0, 0), [255; 3]);
    assert_eq!(pixel(&one(ColorType::GrayscaleAlpha, BitDepth::Eight, &[9, 8]), 0, 0), [9, 9, 9, 8]);
    let opaque = one(ColorType::Rgba, BitDepth::Eight, &[1, 2, 3, 255]);
    assert_eq!((pixel(&opaque, 0, 0), opaque.has_alpha()), (vec![1, 2, 3], false));
    let palette =
        decoded(Source::Png, &png((4, 1), ColorType::Indexed, BitDepth::Two, &[0b0001_1011], &plain));
    assert_eq!(pixel(&palette, 1, 0), [0, 255, 0, 255]);
    assert_eq!(pixel(&palette, 3, 0), [255, 255, 255, 0]);
}

#[test]
fn grey_and_ink_jpegs_become_rgb() {
    let encoded = |data: &[u8], colour| {
        let mut file = Vec::new();
        jpeg_encoder::Encoder::new(&mut file, 100).encode(data, 16, 16, colour).unwrap();
        decoded(Source::Jpeg, &file)
    };
    let grey = encoded(&filled(16, 16, [90]), jpeg_encoder::ColorType::Luma);
    assert_near(&pixel(&grey, 8, 8), &[90; 3], 1);
    // No cyan, all magenta and yellow, no black: red. The encoder inverts, as Adobe does.
    for colour in [jpeg_encoder::ColorType::Cmyk, jpeg_encoder::ColorType::CmykAsYcck] {
        let ink = encoded(&filled(16, 16, [0, 255, 255, 0]), colour);
        assert_near(&pixel(&ink, 8, 8), &RED, 3);
    }
}

#[test]
fn a_baseline_jpeg_in_several_scans_is_refused() {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    // This encoder writes one scan for each component when it makes its own tables.
    encoder.set_optimized_huffman_tables(true);
    encoder.encode(&quarters(64, 32), 64, 32, jpeg_encoder::ColorType::Rgb).unwrap();
    let what = "a baseline JPEG file in several scans";
    assert_eq!(measure(Source::Jpeg, &file, &BOUNDS), Err(Rejection::Unsupported { what }));
}

#[test]
fn animations_show_their_first_frame() {
    let picture = decoded(Source::Webp, &animated_webp(20, 10, &[GREEN, RED, BLUE]));
    assert_eq!((picture.width(), picture.height(), picture.has_alpha()), (20, 10, false));
    assert_eq!(picture.pixels, filled(20, 10, GREEN));

    let picture = decoded(Source::Gif, &gif(20, 10, &[2, 0, 1]));
    assert_eq!((picture.width(), picture.height(), picture.has_alpha()), (20, 10, false));
    assert_eq!(picture.pixels, filled(20, 10, BLUE));

    let picture = decoded(Source::Gif, &gif(3, 2, &[3]));
    assert_eq!(picture.pixels, filled(3, 2, [0, 0, 0, 0]));
}

#[test]
fn a_second_frame_that_is_broken_does_no_harm() {
    let mut file = gif(20, 10, &[2, 0]);
    let length = file.len();
    file[length - 12..].fill(0);
    assert_eq!(decoded(Source::Gif, &file).pixels, filled(20, 10, BLUE));
}

#[test]
fn tiled_avif_is_named_and_refused() {
    let file = rewrapped(&avif(16, 16, &quarters(16, 16)), &[boxed(b"free", &[])]);
    assert_eq!(measure(Source::Avif, &file, &BOUNDS).map(|measure| measure.width), Ok(16));
    let kind = file.windows(4).rposition(|window| window == b"av01").unwrap();
    let mut tiled = file;
    tiled[kind..kind + 4].copy_from_slice(b"grid");
    let refused = measure(Source::Avif, &tiled, &BOUNDS).unwrap_err();
    assert_eq!(refused, Rejection::Unsupported { what: "an AVIF file made of tiles" });
    assert_eq!(refused.to_string(), "an AVIF file made of tiles cannot be read");
}
