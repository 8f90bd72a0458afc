//! WebM: elements of every size, and what is made void.

use super::super::{
    Facts, Format,
    tests::{CANARY, accepted_cuts, cleaned, flip_bits, has, malformed, run, truncated, unsupported},
};

/// An element with a size of two bytes.
fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len()).unwrap() | 0x4000;
    [name(id), len.to_be_bytes().to_vec(), content.to_vec()].concat()
}

fn unknown(id: u32, content: &[u8]) -> Vec<u8> {
    [name(id), vec![0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], content.to_vec()].concat()
}

fn name(id: u32) -> Vec<u8> {
    id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

fn header(kind: &[u8]) -> Vec<u8> {
    element(0x1A45_DFA3, &[element(0x4286, &[1]), element(0x4282, kind)].concat())
}

fn info(duration: Option<f64>) -> Vec<u8> {
    let duration = duration.map_or(Vec::new(), |ticks| element(0x4489, &ticks.to_be_bytes()));
    let fields = [
        element(0xBF, &[1, 2, 3, 4]),
        element(0x2AD7B1, &1_000_000_u32.to_be_bytes()),
        duration,
        element(0x7BA9, CANARY),
        element(0x4461, CANARY),
        element(0x4D80, b"muxer"),
        element(0x5741, b"writer"),
    ];
    element(super::INFO, &fields.concat())
}

fn track(kind: u8, codec: &[u8], video: &[u8]) -> Vec<u8> {
    element(
        0xAE,
        &[
            element(0xD7, &[kind]),
            element(0x83, &[kind]),
            element(0x86, codec),
            element(0x536E, CANARY),
            video.to_vec(),
        ]
        .concat(),
    )
}

fn tracks() -> Vec<u8> {
    let size = [element(0xB0, &[2, 128]), element(0xBA, &[1, 224]), element(0x54B0, &[3, 85])].concat();
    element(super::TRACKS, &[track(1, b"V_VP9", &element(0xE0, &size)), track(2, b"A_OPUS", b"")].concat())
}

/// A cluster that begins at `time` with a block half a second later.
fn cluster(time: u8) -> Vec<u8> {
    [
        element(0xE7, &[time, 0]),
        element(0xA3, &[0x81, 0, 0, 0x80, 1, 2, 3]),
        element(0xA0, &element(0xA1, &[0x81, 0x01, 0xF4, 0, 4, 5, 6])),
        element(0xEC, CANARY),
    ]
    .concat()
}

fn private() -> Vec<u8> {
    [element(super::TAGS, &CANARY.repeat(9)), element(super::ATTACHMENTS, CANARY), element(0xEC, CANARY)]
        .concat()
}

fn seek_head() -> Vec<u8> {
    let entry = |id: u32| element(0x4DBB, &[element(0x53AB, &name(id)), element(0x53AC, &[50])].concat());
    element(super::SEEK_HEAD, &[entry(super::TAGS), entry(super::INFO)].concat())
}

fn file(duration: Option<f64>) -> Vec<u8> {
    let parts = [
        seek_head(),
        info(duration),
        tracks(),
        element(super::CLUSTER, &cluster(0)),
        element(super::CLUSTER, &cluster(4)),
        element(super::CUES, b"\xEC\x80"),
        private(),
    ];
    [header(b"webm"), element(super::SEGMENT, &parts.concat())].concat()
}

/// As a browser records it: sizes are not known while it is written.
fn live() -> Vec<u8> {
    let parts =
        [info(None), tracks(), unknown(super::CLUSTER, &cluster(0)), unknown(super::CLUSTER, &cluster(4))];
    [header(b"webm"), unknown(super::SEGMENT, &parts.concat())].concat()
}

fn facts(duration_ms: u64) -> Facts {
    Facts {
        width: Some(853),
        height: Some(480),
        duration_ms: Some(duration_ms),
        has_audio: true,
        has_video: true,
        ..Facts::default()
    }
}

#[test]
fn tags_titles_and_what_follows_go() {
    let file = [&file(Some(2000.4))[..], b"PK\x03\x04", CANARY].concat();
    let (found, out) = cleaned(Format::Webm, &file);
    assert_eq!(found, facts(2000));
    assert_eq!(out.len(), file.len() - 4 - CANARY.len());
    for kept in [&b"muxer"[..], b"writer", b"V_VP9", &[0x81, 0, 0, 0x80, 1, 2, 3]] {
        assert!(has(&out, kept));
    }
    for gone in [super::TAGS, super::ATTACHMENTS] {
        assert!(has(&file, &gone.to_be_bytes()));
        assert!(!has(&out, &gone.to_be_bytes()));
    }
}

#[test]
fn the_last_block_tells_the_length_when_nothing_else_does() {
    assert_eq!(run(Format::Webm, &file(None)).unwrap().0, facts(1024 + 500));
    assert_eq!(run(Format::Webm, &file(Some(f64::NAN))).unwrap().0, facts(1024 + 500));
}

#[test]
fn recordings_without_sizes_are_understood() {
    let (found, out) = cleaned(Format::Webm, &live());
    assert_eq!(found, facts(1024 + 500));
    assert_eq!(out.len(), live().len());
}

#[test]
fn a_void_element_fills_every_length() {
    for len in [0, 1, 2, 124, 125, 126, 127, 128, 300] {
        let tags = element(super::TAGS, &vec![b'x'; len]);
        let parts = [info(None), tracks(), element(super::CLUSTER, &cluster(1)), tags].concat();
        let file = [header(b"webm"), element(super::SEGMENT, &parts)].concat();
        let (found, out) = cleaned(Format::Webm, &file);
        assert_eq!(found, facts(256 + 500));
        assert_eq!(out.len(), file.len());
    }
}

#[test]
fn what_no_browser_would_play_is_rejected() {
    let reject = |file: &[u8]| run(Format::Webm, file).unwrap_err();
    let with = |parts: &[Vec<u8>]| [header(b"webm"), element(super::SEGMENT, &parts.concat())].concat();
    let block = || element(super::CLUSTER, &cluster(0));
    assert_eq!(reject(&header(b"matroska")), unsupported("a Matroska file"));
    assert_eq!(reject(&header(b"webm")), malformed("it has no content"));
    assert_eq!(reject(&with(&[info(None), tracks()])), malformed("it has no content"));
    assert_eq!(reject(&with(&[info(None), block()])), malformed("it has no tracks"));
    let other = element(super::TRACKS, &track(1, b"V_MPEG4/ISO/AVC", b""));
    assert_eq!(reject(&with(&[other, block()])), unsupported("a WebM with this kind of track"));
    let sound = element(super::TRACKS, &track(2, b"A_OPUS", b""));
    assert_eq!(reject(&with(&[sound, block()])), unsupported("a video file without a video"));
    let whole = file(None);
    assert_eq!(reject(&whole[..whole.len() - 1]), truncated("an element"));
    assert_eq!(
        reject(&with(&[element(super::CLUSTER, b"\xA3\x8F\x81"), private()])),
        malformed("an element is longer than the one around it")
    );
}

#[test]
fn a_film_that_is_cut_is_rejected() {
    assert_eq!(accepted_cuts(Format::Webm, &file(Some(2000.0))), [0; 0]);
    // Without sizes a film may end after any whole element from its first cluster on.
    let live = live();
    let [first, second] = [0, 1].map(|number| {
        let all = live.windows(4).enumerate().filter(|(_, bytes)| *bytes == super::CLUSTER.to_be_bytes());
        all.map(|(at, _)| at).nth(number).unwrap()
    });
    let ends = |start: usize| [0, 5, 15, 28].map(|end| start + 12 + end);
    let expected: Vec<usize> = ends(first).into_iter().chain([second]).chain(ends(second)).collect();
    assert_eq!(accepted_cuts(Format::Webm, &live), expected);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Webm, &file(Some(2000.0)));
    flip_bits(Format::Webm, &live());
}
