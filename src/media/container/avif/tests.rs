//! AVIF: items, boxes and what is in them that must not stay.

use super::super::{
    Facts, Format,
    tests::{
        CANARY, accepted_cuts, atom, cleaned, exif, flip_bits, full, has, malformed, run, truncated,
        unsupported, words,
    },
};

const PICTURE: &[u8] = b"coded picture";

fn item(id: u8, kind: [u8; 4], name: &[u8]) -> Vec<u8> {
    let body = [&[2, 0, 0, 0, 0, id, 0, 0], &kind[..], name, b"\0"].concat();
    atom(*b"infe", &body)
}

/// One item of `iloc` version 1 with one extent.
fn place(id: u8, method: u8, offset: usize, len: usize) -> Vec<u8> {
    let numbers = words(&[u32::try_from(offset).unwrap(), u32::try_from(len).unwrap()]);
    [&[0, id, 0, method, 0, 0, 0, 1][..], &numbers].concat()
}

/// A picture of 12 × 8 with an EXIF block in the media and XMP in the index, turned by a quarter.
/// `exif_at` counts from the start of the media.
fn file(exif_at: usize) -> Vec<u8> {
    let kind = atom(*b"ftyp", b"avif\0\0\0\0avifmif1miaf");
    let exif = exif(6);
    let build = |media: usize| {
        let items = [
            item(1, *b"av01", b""),
            item(2, *b"Exif", CANARY),
            item(3, *b"mime", &[CANARY, b"\0application/rdf+xml"].concat()),
        ];
        let places = [
            place(1, 0, media, PICTURE.len()),
            place(2, 0, media + exif_at, exif.len()),
            place(3, 1, 4, CANARY.len()),
        ];
        let properties = [
            full(*b"ispe", 0, &words(&[12, 8])),
            atom(*b"colr", b"profa colour profile"),
            atom(*b"irot", &[1]),
            full(*b"udes", 0, CANARY),
        ];
        let associations = full(*b"ipma", 0, &[&words(&[1])[..], &[0, 1, 4, 1, 2, 0x83, 4]].concat());
        let index = [
            full(*b"hdlr", 0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            full(*b"pitm", 0, &[0, 1]),
            full(*b"iinf", 0, &[&[0, 3][..], &items.concat()].concat()),
            atom(*b"iloc", &[&[1, 0, 0, 0, 0x44, 0, 0, 3][..], &places.concat()].concat()),
            atom(*b"iprp", &[atom(*b"ipco", &properties.concat()), associations].concat()),
            atom(*b"idat", &[b"grid", CANARY].concat()),
            atom(*b"uuid", CANARY),
        ];
        [kind.clone(), full(*b"meta", 0, &index.concat()), atom(*b"free", CANARY)].concat()
    };
    let before = build(build(0).len() + 8);
    [before, atom(*b"mdat", &[PICTURE, &exif, CANARY].concat())].concat()
}

fn good() -> Vec<u8> {
    file(PICTURE.len())
}

#[test]
fn only_the_picture_and_its_properties_stay() {
    let (facts, out) = cleaned(Format::Avif, &good());
    assert_eq!(facts, Facts { width: Some(8), height: Some(12), ..Facts::default() });
    assert_eq!(out.len(), good().len());
    assert!(has(&out, PICTURE));
    assert!(has(&out, b"a colour profile"));
    assert!(!has(&out, b"Exif"));
    assert!(!has(&out, b"MM\0*"));
    assert!(!has(&out, b"rdf"));
}

#[test]
fn metadata_inside_of_the_picture_is_rejected() {
    assert_eq!(run(Format::Avif, &file(1)).unwrap_err(), malformed("its parts overlap"));
}

#[test]
fn what_no_decoder_would_show_is_rejected() {
    let reject = |file: &[u8]| run(Format::Avif, file).unwrap_err();
    let kind = atom(*b"ftyp", b"avif\0\0\0\0");
    assert_eq!(reject(&kind), malformed("it has no index"));
    assert_eq!(reject(&atom(*b"ftyp", b"avif\0\0\0\0avis")), unsupported("an AVIF with an image sequence"));
    assert_eq!(reject(&atom(*b"ftyp", b"heic\0\0\0\0mif1")), malformed("it does not say that it is an AVIF"));
    assert_eq!(reject(&[kind.clone(), full(*b"meta", 0, b"")].concat()), malformed("its index lacks a part"));
    assert_eq!(reject(&[kind, atom(*b"moov", b"")].concat()), unsupported("an AVIF with an image sequence"));
    assert_eq!(reject(&good()[..good().len() - 1]), truncated("a box"));
    let replace = |from: &[u8], to: &[u8]| {
        let mut file = good();
        let at = file.windows(from.len()).position(|bytes| bytes == from).unwrap();
        file[at..at + to.len()].copy_from_slice(to);
        file
    };
    assert_eq!(reject(&replace(b"av01", b"hvc1")), malformed("its main picture is missing"));
    assert_eq!(reject(&replace(b"ispe", b"abcd")), malformed("the picture has no size"));
    assert_eq!(reject(&replace(b"mdat", b"mda_")), malformed("a picture lies outside of the media"));
}

#[test]
fn a_picture_that_is_cut_anywhere_is_rejected() {
    assert_eq!(accepted_cuts(Format::Avif, &good()), [0; 0]);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Avif, &good());
}
