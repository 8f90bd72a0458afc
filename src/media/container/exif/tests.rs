//! EXIF: the one number that is read.

use super::{minimal, orientation};

#[test]
fn the_minimal_block_says_what_it_was_made_for() {
    for value in 1..=8 {
        assert_eq!(orientation(&minimal(value)), value);
    }
}

#[test]
fn little_endian_and_a_jpeg_marker_are_understood() {
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    assert_eq!(orientation(tiff), 6);
}

#[test]
fn damage_means_upright() {
    let whole = minimal(6);
    for end in 0..20 {
        assert_eq!(orientation(&whole[..end]), 1, "{end}");
    }
    assert_eq!(orientation(&minimal(9)), 1);
    assert_eq!(orientation(b"MM\0*\xff\xff\xff\xff"), 1);
}
