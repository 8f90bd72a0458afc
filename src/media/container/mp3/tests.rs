//! MP3: frames, tags and what is cut off.

use super::super::{
    Facts, Format,
    tests::{CANARY, accepted_cuts, cleaned, flip_bits, malformed, run, truncated, unsupported},
};

/// A frame of MPEG-1 layer III, 32 kbit/s at 32 kHz, 144 bytes of 36 ms.
fn frame(content: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 144];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x18, 0xC0]);
    frame[40..40 + content.len()].copy_from_slice(content);
    frame
}

fn song(frames: usize) -> Vec<u8> {
    (0..frames).flat_map(|number| frame(&[u8::try_from(number).unwrap()])).collect()
}

fn facts(duration_ms: u64) -> Facts {
    Facts { duration_ms: Some(duration_ms), has_audio: true, ..Facts::default() }
}

fn id3(footer: bool) -> Vec<u8> {
    let len = u8::try_from(CANARY.len()).unwrap();
    let sizes = [4, 0, if footer { 0x10 } else { 0 }, 0, 0, 0, len];
    let end = if footer { [&b"3DI"[..], &sizes].concat() } else { Vec::new() };
    [b"ID3", &sizes[..], CANARY, &end].concat()
}

fn ape() -> Vec<u8> {
    let len = u32::try_from(CANARY.len() + 32).unwrap().to_le_bytes();
    let mark =
        |flags: u8| [b"APETAGEX\xD0\x07\0\0", &len[..], &[1, 0, 0, 0, 0, 0, 0, flags], &[0; 8]].concat();
    [mark(0xA0), CANARY.to_vec(), mark(0x80)].concat()
}

fn lyrics() -> Vec<u8> {
    let text = [b"LYRICSBEGIN", CANARY].concat();
    [&text[..], format!("{:06}", text.len()).as_bytes(), b"LYRICS200"].concat()
}

fn id3v1() -> Vec<u8> {
    let mut tag = vec![0; 128];
    tag[..3].copy_from_slice(b"TAG");
    tag[3..3 + CANARY.len()].copy_from_slice(CANARY);
    tag
}

#[test]
fn a_song_without_tags_stays_what_it_is() {
    let (found, out) = run(Format::Mp3, &song(10)).unwrap();
    assert_eq!(found, facts(360));
    assert_eq!(out, song(10));
}

#[test]
fn tags_go_wherever_they_are() {
    let old = [b"LYRICSBEGIN", CANARY, b"LYRICSEND"].concat();
    for file in [
        [id3(false), song(10)].concat(),
        [id3(true), id3(false), song(10)].concat(),
        [ape(), song(10), ape()].concat(),
        [id3(false), song(10), ape(), lyrics(), id3v1()].concat(),
        [song(10), old, id3v1()].concat(),
        [song(10), id3(true)].concat(),
        [song(10), id3(false)].concat(),
        [&song(10)[..144 * 5], &id3(false), &song(10)[144 * 5..]].concat(),
    ] {
        let (found, out) = cleaned(Format::Mp3, &file);
        assert_eq!(found, facts(360));
        assert_eq!(out, song(10));
    }
}

#[test]
fn stray_bytes_and_half_frames_go() {
    let file =
        [CANARY, &song(10)[..144 * 3], b"\xFF\xFA stray", &song(10)[144 * 3..], &frame(b"")[..143]].concat();
    let (found, out) = cleaned(Format::Mp3, &file);
    assert_eq!(found, facts(360));
    assert_eq!(out, song(10));
}

#[test]
fn a_frame_that_is_only_an_index_is_kept_and_not_counted() {
    let mut index = frame(b"");
    index[21..25].copy_from_slice(b"Info");
    let file = [index, song(10)].concat();
    assert_eq!(run(Format::Mp3, &file).unwrap(), (facts(360), file));
}

#[test]
fn older_versions_have_shorter_frames() {
    let mut frame = vec![0; 208];
    // MPEG-2, 64 kbit/s at 22.05 kHz.
    frame[..4].copy_from_slice(&[0xFF, 0xF3, 0x80, 0xC0]);
    assert_eq!(run(Format::Mp3, &frame.repeat(100)).unwrap().0, facts(100 * 576 * 1000 / 22050));
}

#[test]
fn what_no_player_would_play_is_rejected() {
    let reject = |file: &[u8]| run(Format::Mp3, file).unwrap_err();
    let no_frames = || malformed("it has no two frames of sound in a row");
    assert_eq!(reject(&song(1)), no_frames());
    assert_eq!(reject(b"nothing to hear"), no_frames());
    assert_eq!(reject(&vec![b'x'; 70_000]), malformed("it has too many bytes that are no sound"));
    assert_eq!(reject(b"\xFF\xFD\x18\xC0 layer two"), unsupported("MPEG sound of layer I or II"));
    assert_eq!(reject(b"\xFF\xFB\x08\xC0 free"), unsupported("an MP3 without a fixed set of rates"));
    assert_eq!(reject(&id3(false)[..20]), truncated("a tag"));
}

#[test]
fn a_song_that_is_cut_ends_with_its_last_whole_frame() {
    let file = [id3(false), song(4)].concat();
    let tag = id3(false).len();
    assert_eq!(accepted_cuts(Format::Mp3, &file), (tag + 288..file.len()).collect::<Vec<_>>());
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Mp3, &[id3(false), song(4), ape(), lyrics(), id3v1()].concat());
}
