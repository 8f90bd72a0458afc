//! Pictures come out as their cameras were held.

use super::super::Source;
use super::samples::{
    BLUE, Extra, GREEN, RED, WHITE, assert_near, avif, boxed, corners, decoded, exif, jpeg, lossless_webp,
    oriented, quarters, rewrapped, rgb_png,
};

/// Corners in reading order, for the values 1 to 8 of EXIF (CIPA DC-008, table 10).
const UPRIGHT: [[[u8; 3]; 4]; 8] = [
    [RED, GREEN, BLUE, WHITE],
    [GREEN, RED, WHITE, BLUE],
    [WHITE, BLUE, GREEN, RED],
    [BLUE, WHITE, RED, GREEN],
    [RED, BLUE, GREEN, WHITE],
    [BLUE, RED, WHITE, GREEN],
    [WHITE, GREEN, BLUE, RED],
    [GREEN, WHITE, RED, BLUE],
];

#[track_caller]
fn assert_upright(source: Source, file: &[u8], orientation: u8, distance: u8) {
    let picture = decoded(source, file);
    let size = if orientation < 5 { (48, 16) } else { (16, 48) };
    assert_eq!((picture.width(), picture.height()), size, "{source:?}, orientation {orientation}");
    for (found, wanted) in corners(&picture).iter().zip(UPRIGHT[usize::from(orientation) - 1]) {
        assert_near(found, &wanted, distance);
    }
}

#[test]
fn exif_turns_and_mirrors() {
    let rgb = quarters(48, 16);
    for orientation in 1..=8 {
        let extra = oriented(orientation);
        assert_upright(Source::Jpeg, &jpeg(48, 16, &rgb, &extra, false), orientation, 2);
        assert_upright(Source::Png, &rgb_png(48, 16, &rgb, &extra), orientation, 0);
        assert_upright(Source::Webp, &lossless_webp(48, 16, &rgb, &extra), orientation, 0);
    }
}

#[test]
fn alpha_turns_along() {
    let rgba: Vec<u8> = (0..2 * 3).flat_map(|index| [index, 0, 0, 100 + index]).collect();
    let extra = oriented(6);
    let file = super::samples::png((2, 3), png::ColorType::Rgba, png::BitDepth::Eight, &rgba, &extra);
    let picture = decoded(Source::Png, &file);
    assert_eq!((picture.width(), picture.height()), (3, 2));
    let reds: Vec<(u8, u8)> = picture.pixels.chunks_exact(4).map(|pixel| (pixel[0], pixel[3])).collect();
    assert_eq!(reds, [(4, 104), (2, 102), (0, 100), (5, 105), (3, 103), (1, 101)]);
}

#[test]
fn senseless_exif_leaves_the_picture_as_it_is() {
    let rgb = quarters(48, 16);
    for data in [exif(0), exif(9), b"MM".to_vec(), b"II\x2a\0\xff\xff\xff\xff".to_vec(), vec![0; 40]] {
        let file = rgb_png(48, 16, &rgb, &Extra { exif: Some(data), icc: None });
        assert_upright(Source::Png, &file, 1, 0);
    }
}

#[test]
fn avif_turns_by_its_own_properties() {
    let file = avif(48, 16, &quarters(48, 16));
    // Quarter turns against the clock, then the axis to mirror at, if any; and the same in EXIF's words.
    let cases: [(u8, Option<u8>, u8); 12] = [
        (0, None, 1),
        (0, Some(0), 4),
        (0, Some(1), 2),
        (1, None, 8),
        (1, Some(0), 5),
        (1, Some(1), 7),
        (2, None, 3),
        (2, Some(0), 2),
        (2, Some(1), 4),
        (3, None, 6),
        (3, Some(0), 7),
        (3, Some(1), 5),
    ];
    for (turns, axis, orientation) in cases {
        let mut properties = vec![boxed(b"irot", &[turns])];
        properties.extend(axis.map(|axis| boxed(b"imir", &[axis])));
        assert_upright(Source::Avif, &rewrapped(&file, &properties), orientation, 8);
    }
}
