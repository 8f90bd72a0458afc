//! What the tests of all formats share: running `clean` in memory, cutting files short and flipping bits.

use std::io::Cursor;

use super::{Facts, Fault, Format, Rejection, clean, exif};

/// Stands for everything private; put in as metadata, it must never come out.
pub(super) const CANARY: &[u8] = b"GPS-CANARY 48.8584N 2.2945E";

pub(super) fn run(format: Format, file: &[u8]) -> Result<(Facts, Vec<u8>), Rejection> {
    let mut out = Cursor::new(Vec::new());
    match clean(format, &mut Cursor::new(file), &mut out) {
        Ok(facts) => {
            let out = out.into_inner();
            assert!(out.len() <= file.len() + 64, "{} bytes became {}", file.len(), out.len());
            Ok((facts, out))
        }
        Err(Fault::Rejected(rejection)) => Err(rejection),
        Err(Fault::Io(error)) => panic!("memory does not fail: {error}"),
    }
}

/// Cleans a file that holds the canary; the copy has none of it, and cleaning it again changes nothing.
pub(super) fn cleaned(format: Format, file: &[u8]) -> (Facts, Vec<u8>) {
    let (facts, out) = run(format, file).unwrap();
    assert!(has(file, CANARY), "the test is to put the canary in");
    assert!(!has(&out, b"GPS-CANARY"));
    assert!(!has(&out, b"48.8584N"));
    assert_eq!(run(format, &out).unwrap(), (facts.clone(), out.clone()));
    (facts, out)
}

pub(super) fn malformed(what: &'static str) -> Rejection {
    Rejection::Malformed { what }
}

pub(super) fn truncated(what: &'static str) -> Rejection {
    Rejection::Truncated { what }
}

pub(super) fn unsupported(what: &'static str) -> Rejection {
    Rejection::Unsupported { what }
}

pub(super) fn has(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Cuts the file at every offset; returns the lengths at which a shorter file is still well formed.
pub(super) fn accepted_cuts(format: Format, file: &[u8]) -> Vec<usize> {
    (0..file.len()).filter(|end| survives(format, &file[..*end])).collect()
}

/// Changes a few bytes, a thousand times with the same seed.
pub(super) fn flip_bits(format: Format, file: &[u8]) {
    let mut state: u64 = 0x5EED_0F0F_1234_5678;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..1_000 {
        let mut file = file.to_vec();
        for _ in 0..=random(4) {
            let at = random(file.len());
            file[at] = match random(4) {
                0 => 0,
                1 => 0xFF,
                _ => file[at] ^ (1 << random(8)),
            };
        }
        survives(format, &file);
    }
}

/// Whether a damaged file is accepted; when it is, the copy must be well formed.
fn survives(format: Format, file: &[u8]) -> bool {
    let Ok((_, out)) = run(format, file) else { return false };
    let again = run(format, &out);
    // What is left of a broken tag may pass for sound once and for a tag the next time.
    if format != Format::Mp3 {
        let (_, again) = again.expect("what was accepted once is accepted again");
        assert!(again == out, "cleaning a copy changes it");
    }
    true
}

/// An EXIF block of an orientation, with the canary as the maker of the camera.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = exif::minimal(orientation).to_vec();
    tiff.extend_from_slice(CANARY);
    tiff
}

/// A picture whose pixels differ.
pub(super) fn picture() -> image::RgbImage {
    image::RgbImage::from_fn(12, 8, |x, y| {
        image::Rgb([x, y * 9, x * y].map(|value| u8::try_from(value).unwrap()))
    })
}

pub(super) fn encode(format: image::ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture().write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub(super) fn pixels(file: &[u8]) -> Vec<u8> {
    image::load_from_memory(file).unwrap().to_rgb8().into_raw()
}

/// A box of ISO media files.
pub(super) fn atom(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes()[..], &kind, content].concat()
}

/// A box with version 0 and the given last byte of flags.
pub(super) fn full(kind: [u8; 4], flags: u8, content: &[u8]) -> Vec<u8> {
    atom(kind, &[&[0, 0, 0, flags], content].concat())
}

pub(super) fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

#[test]
fn nothing_is_a_file_of_no_format() {
    for format in Format::ALL {
        assert!(run(format, b"").is_err(), "{format:?}");
        assert!(run(format, &[0; 300]).is_err(), "{format:?}");
    }
}

#[test]
fn rejections_can_be_shown_to_people() {
    assert_eq!(truncated("a segment").to_string(), "the file ends in the middle of a segment");
    assert_eq!(malformed("it has no picture").to_string(), "the file is damaged: it has no picture");
    assert_eq!(Rejection::TooManyFrames.to_string(), "the picture has more than 1000 frames");
    assert_eq!(
        Rejection::Line { line: 3, what: "a cue has no times" }.to_string(),
        "line 3: a cue has no times"
    );
    assert_eq!(unsupported("a Matroska file").to_string(), "a Matroska file cannot be used here");
}

/// Reads at most seven bytes at a time, as a slow disk may, and is interrupted in between.
struct Slow<'a>(Cursor<&'a [u8]>, bool);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let count = buffer.len().min(7);
        self.0.read(&mut buffer[..count])
    }
}

impl std::io::Seek for Slow<'_> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_source_may_give_its_bytes_in_small_pieces() {
    let file = encode(image::ImageFormat::Jpeg);
    let mut out = Cursor::new(Vec::new());
    clean(Format::Jpeg, &mut Slow(Cursor::new(&file), false), &mut out).unwrap();
    assert_eq!(out.into_inner(), run(Format::Jpeg, &file).unwrap().1);
}
