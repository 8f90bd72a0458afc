//! Colours come out as sRGB, whatever they were stored as.

use moxcms::ColorProfile;

use super::super::{Picture, Source};
use super::samples::{
    Extra, RED, assert_near, avif, boxed, decoded, filled, jpeg, lossless_webp, pixel, rewrapped, rgb_png,
};

fn wide() -> Extra {
    Extra { exif: None, icc: Some(ColorProfile::new_display_p3().encode().unwrap()) }
}

/// Display P3's red lies outside of sRGB and is clipped; (200, 100, 100) there is (214, 96, 97) in sRGB.
#[test]
fn display_p3_becomes_srgb() {
    let red = filled(16, 16, RED);
    let brick = filled(16, 16, [200, 100, 100]);
    for extra in [wide()] {
        assert_near(&pixel(&decoded(Source::Png, &rgb_png(16, 16, &red, &extra)), 8, 8), &RED, 1);
        for (source, file) in [
            (Source::Png, rgb_png(16, 16, &brick, &extra)),
            (Source::Jpeg, jpeg(16, 16, &brick, &extra, false)),
            (Source::Webp, lossless_webp(16, 16, &brick, &extra)),
        ] {
            assert_near(&pixel(&decoded(source, &file), 8, 8), &[214, 94, 96], 3);
        }
    }
    let file = rgb_png(16, 16, &brick, &Extra::default());
    assert_eq!(pixel(&decoded(Source::Png, &file), 8, 8), [200, 100, 100]);
}

#[test]
fn code_points_count_like_profiles() {
    let brick = filled(16, 16, [200, 100, 100]);
    let plain = rgb_png(16, 16, &brick, &Extra::default());
    // After the header, which ends at byte 33: length, type, P3 with sRGB's curve, checksum.
    let chunk = b"cICP\x0c\x0d\0\x01";
    let checksum = crc(chunk).to_be_bytes();
    let tagged = [&plain[..33], &[0, 0, 0, 4], chunk, &checksum, &plain[33..]].concat();
    assert_near(&pixel(&decoded(Source::Png, &tagged), 8, 8), &[214, 94, 96], 3);

    let file = avif(16, 16, &brick);
    let shown = |primaries: u8| -> Picture {
        let nclx = [b"nclx", &[0, primaries, 0, 13][..], &[0, 6, 0x80]].concat();
        decoded(Source::Avif, &rewrapped(&file, &[boxed(b"colr", &nclx)]))
    };
    assert_near(&pixel(&shown(1), 8, 8), &[200, 100, 100], 4);
    assert_near(&pixel(&shown(12), 8, 8), &[214, 94, 96], 6);
}

#[test]
fn a_profile_that_makes_no_sense_counts_as_none() {
    let brick = filled(16, 16, [200, 100, 100]);
    let whole = ColorProfile::new_display_p3().encode().unwrap();
    for icc in [vec![0; 200], whole[..130].to_vec(), vec![0xff; 4000]] {
        let file = rgb_png(16, 16, &brick, &Extra { exif: None, icc: Some(icc) });
        assert_eq!(pixel(&decoded(Source::Png, &file), 8, 8), [200, 100, 100]);
    }
}

/// CRC-32 as PNG wants it (annex D), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
