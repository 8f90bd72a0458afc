//! Renditions have the size, the part and the transparency that were asked for.

use super::super::{Channels, Crop, Fit, Output, Picture, Rejection, Rendering, Source, thumbhash_png};
use super::samples::{
    BLUE, GREEN, RED, WHITE, assert_near, corners, decoded, filled, pixel, quarters, rgba_png,
};

const TEAL: [u8; 3] = [0, 128, 128];

fn picture(width: u32, height: u32, pixels: Vec<u8>) -> Picture {
    Picture { width, height, channels: Channels::Rgb, pixels }
}

fn rendered(picture: &Picture, width: u32, height: u32, fit: Fit, format: Output) -> Picture {
    let file = picture.clone().render(&Rendering { width, height, fit, format }).unwrap();
    let source = match format {
        Output::Webp => Source::Webp,
        Output::Avif => Source::Avif,
        Output::Jpeg => Source::Jpeg,
        Output::Png => Source::Png,
    };
    decoded(source, &file)
}

#[test]
fn every_output_has_the_size_and_the_colours() {
    let source = picture(96, 64, quarters(96, 64));
    for (format, distance) in [(Output::Png, 0), (Output::Webp, 8), (Output::Jpeg, 8), (Output::Avif, 12)] {
        let result = rendered(&source, 48, 32, Fit::Contain, format);
        assert_eq!((result.width(), result.height(), result.has_alpha()), (48, 32, false), "{format:?}");
        for (found, wanted) in corners(&result).iter().zip([RED, GREEN, BLUE, WHITE]) {
            assert_near(found, &wanted, distance);
        }
    }
}

#[test]
fn every_output_takes_the_smallest_and_the_longest() {
    for (width, height) in [(1, 1), (1, 2), (3, 1), (1, 8_192), (8_192, 1), (15, 17), (8_192, 3), (3, 8_192)]
    {
        for alpha in [false, true] {
            let count = if alpha { 4 } else { 3 };
            let pixels = vec![128; width as usize * height as usize * count];
            let channels = if alpha { Channels::Rgba } else { Channels::Rgb };
            let source = Picture { width, height, channels, pixels };
            for format in Output::ALL {
                let result = rendered(&source, width, height, Fit::Contain, format);
                assert_eq!((result.width(), result.height()), (width, height), "{format:?}");
            }
        }
    }
}

#[test]
fn outputs_carry_nothing_but_pixels() {
    let source = picture(16, 16, quarters(16, 16));
    for format in [Output::Png, Output::Webp, Output::Jpeg, Output::Avif] {
        let file =
            source.clone().render(&Rendering { width: 16, height: 16, fit: Fit::Contain, format }).unwrap();
        for mark in [&b"Exif"[..], b"eXIf", b"EXIF", b"ICC", b"iCCP", b"tEXt", b"XMP"] {
            assert!(!file.windows(mark.len()).any(|window| window == mark), "{format:?} has {mark:?}");
        }
    }
}

#[test]
fn cover_keeps_the_corner_it_is_told() {
    let source = picture(90, 60, quarters(90, 60));
    let focus = [((0.0, 0.0), RED), ((1.0, 0.0), GREEN), ((0.0, 1.0), BLUE), ((1.0, 1.0), WHITE)];
    for ((focal_x, focal_y), colour) in focus {
        let fit = Fit::Cover(Crop { focal_x, focal_y });
        // A square keeps 60 of 90 columns, a strip 15 of 60 rows: both hold the focal corner.
        let index = focus.iter().position(|(_, other)| *other == colour).unwrap();
        let square = rendered(&source, 30, 30, fit, Output::Png);
        assert_eq!((square.width(), square.height()), (30, 30));
        assert_eq!(corners(&square)[index], colour);
        let strip = rendered(&source, 60, 10, fit, Output::Png);
        assert_eq!(corners(&strip)[index], colour);
        assert_eq!(corners(&strip)[index ^ 2], colour, "only the upper or the lower half is left");
    }
    let nowhere = Fit::Cover(Crop { focal_x: f32::NAN, focal_y: 7.0 });
    let square = rendered(&source, 30, 30, nowhere, Output::Png);
    assert_eq!(corners(&square)[2], BLUE);
    assert_eq!(corners(&square)[3], WHITE);
}

#[test]
fn the_focal_point_comes_to_the_middle() {
    // One green column of ten at 60 of 200; the crop is 50 wide, so it lies in the middle of it.
    let mut pixels = filled(200, 50, BLUE);
    for row in pixels.chunks_exact_mut(600) {
        row[180..210].copy_from_slice(&GREEN.repeat(10));
    }
    let fit = Fit::Cover(Crop { focal_x: 0.325, focal_y: 0.5 });
    let result = rendered(&picture(200, 50, pixels), 50, 50, fit, Output::Png);
    assert_eq!(pixel(&result, 25, 25), GREEN);
    assert_eq!(pixel(&result, 10, 25), BLUE);
    assert_eq!(pixel(&result, 40, 25), BLUE);
}

#[test]
fn alpha_is_kept_or_flattened_on_white() {
    let mut rgba = filled(32, 32, [255, 0, 0, 255]);
    rgba[..16 * 32 * 4].copy_from_slice(&filled(32, 16, [255, 0, 0, 0]));
    let source = decoded(Source::Png, &rgba_png(32, 32, &rgba));
    assert!(source.has_alpha());
    for format in [Output::Webp, Output::Avif, Output::Png] {
        let result = rendered(&source, 16, 16, Fit::Contain, format);
        assert!(result.has_alpha(), "{format:?}");
        assert_near(&pixel(&result, 8, 1)[3..], &[0], 3);
        assert_near(&pixel(&result, 8, 14), &[255, 0, 0, 255], 8);
    }
    let flat = rendered(&source, 16, 16, Fit::Contain, Output::Jpeg);
    assert_near(&pixel(&flat, 8, 1), &WHITE, 3);
    assert_near(&pixel(&flat, 8, 14), &RED, 8);
}

#[test]
fn what_is_transparent_does_not_bleed() {
    // Green that nobody sees beside red that everybody sees.
    let rgba: Vec<u8> = (0..64 * 64)
        .flat_map(|index| if index % 2 == 0 { [255, 0, 0, 255] } else { [0, 255, 0, 0] })
        .collect();
    let source = decoded(Source::Png, &rgba_png(64, 64, &rgba));
    let result = rendered(&source, 16, 16, Fit::Contain, Output::Png);
    assert_near(&pixel(&result, 8, 8), &[255, 0, 0, 128], 2);
}

#[test]
fn odd_sizes_are_made_or_refused() {
    let source = picture(3, 2, filled(3, 2, TEAL));
    for format in [Output::Webp, Output::Avif, Output::Jpeg, Output::Png] {
        let result = rendered(&source, 1, 1, Fit::Cover(Crop { focal_x: 0.0, focal_y: 0.0 }), format);
        assert_eq!((result.width(), result.height()), (1, 1));
        let wider = rendered(&source, 40, 3, Fit::Contain, format);
        assert_eq!((wider.width(), wider.height()), (40, 3));
        assert_near(&pixel(&wider, 20, 1), &TEAL, 6);
        for (width, height) in [(0, 5), (5, 0), (16_384, 5), (5, u32::MAX)] {
            let refused = source.clone().render(&Rendering { width, height, fit: Fit::Contain, format });
            assert_eq!(refused, Err(Rejection::Unwritable { what: "a file of this size" }));
        }
    }
}

#[test]
fn the_dominant_colour_is_one_of_the_picture() {
    let mut pixels = filled(100, 100, TEAL);
    pixels[..40 * 300].copy_from_slice(&filled(100, 40, [250, 240, 20]));
    let source = picture(100, 100, pixels);
    assert_near(&source.clone().placeholder().color, &TEAL, 1);
    let unseen = decoded(Source::Png, &rgba_png(8, 8, &filled(8, 8, [1, 2, 3, 0])));
    assert_eq!(unseen.placeholder().color, WHITE);
}

#[test]
fn a_thumbhash_gives_a_small_blur() {
    let source = picture(300, 200, quarters(300, 200));
    let hash = source.clone().placeholder().thumbhash;
    assert!((5..=25).contains(&hash.len()), "{} bytes", hash.len());
    let blur = decoded(Source::Png, &thumbhash_png(&hash).unwrap());
    assert_eq!((blur.width(), blur.height(), blur.has_alpha()), (32, 23, false));
    let [red, green, blue, white] = corners(&blur);
    assert!(red[0] > 160 && red[2] < 120, "{red:?}");
    assert!(green[1] > 160 && green[0] < 140, "{green:?}");
    assert!(blue[2] > 160 && blue[1] < 140, "{blue:?}");
    assert!(white.iter().all(|sample| *sample > 160), "{white:?}");
    for length in 0..5 {
        assert_eq!(thumbhash_png(&hash[..length]), None);
    }
    assert_eq!(thumbhash_png(&[]), None);
}

#[test]
fn any_bytes_are_a_thumbhash_or_none() {
    let mut seed = 7_u32;
    for length in (0..40).cycle().take(2000) {
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed.to_be_bytes()[0]
            })
            .collect();
        if let Some(file) = thumbhash_png(&bytes) {
            let blur = decoded(Source::Png, &file);
            assert!(blur.width() <= 32 && blur.height() <= 32);
        }
    }
}

#[test]
fn bands_join_without_a_seam() {
    use fast_image_resize::images::ImageRef;
    use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image};
    let (width, height) = (400, 900);
    let mut seed: u32 = 1;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    });
    let source = picture(width, height, noise.take(400 * 900 * 3).collect());
    for (wide, high) in [(97, 219), (150, 338), (399, 898), (400, 200), (123, 900), (500, 1_100)] {
        let made = super::super::resize::fit(source.clone(), wide, high, Fit::Contain).unwrap();
        let whole = ImageRef::new(width, height, &source.pixels, PixelType::U8x3).unwrap();
        let mut at_once = Image::new(wide, high, PixelType::U8x3);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        Resizer::new().resize(&whole, &mut at_once, &options).unwrap();
        let apart = made.pixels.iter().zip(at_once.buffer()).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(apart <= Some(1), "{wide} × {high}: {apart:?}");
    }
}
