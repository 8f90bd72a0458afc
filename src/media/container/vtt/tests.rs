//! WebVTT: cues, and lines that are none.

use super::{
    super::{
        Facts, Format, Rejection,
        tests::{accepted_cuts, cleaned, flip_bits, malformed, run},
    },
    Cue, parse,
};

const FILE: &str = "\u{FEFF}WEBVTT - GPS-CANARY 48.8584N 2.2945E\r\nKind: captions\r\n\r\n\
    NOTE GPS-CANARY 48.8584N 2.2945E\r\n\r\n\
    STYLE\r\n::cue { background: url(https://example.org/GPS-CANARY) }\r\n\r\n\
    REGION\r\nid:bottom\r\nwidth:40%\r\n\r\n\
    first\r\n00:01.000 -->  00:02.500 line:0 future:yes align:start\r\n- Hello <b>you</b>\r\n- Здравствуй\r\n\r\n\r\n\
    1:00:03.000 --> 100:00:04.000\r\nBye\r\n";

const CLEANED: &str = "WEBVTT\n\nREGION\nid:bottom\nwidth:40%\n\n\
    first\n00:00:01.000 --> 00:00:02.500 line:0 align:start\n- Hello <b>you</b>\n- Здравствуй\n\n\
    01:00:03.000 --> 100:00:04.000\nBye\n";

/// The file with hours as the standard wants them: two digits or more.
fn file() -> String {
    FILE.replace("1:00:03.000", "01:00:03.000")
}

fn line(line: u32, what: &'static str) -> Rejection {
    Rejection::Line { line, what }
}

#[test]
fn comments_and_styles_go_and_cues_stay() {
    let (facts, out) = cleaned(Format::Vtt, file().as_bytes());
    assert_eq!(facts, Facts { duration_ms: Some(360_004_000), ..Facts::default() });
    assert_eq!(String::from_utf8(out).unwrap(), CLEANED);
}

#[test]
fn cues_can_be_read() {
    assert_eq!(
        parse(&file()).unwrap(),
        [
            Cue {
                id: Some("first".to_owned()),
                start_ms: 1000,
                end_ms: 2500,
                settings: "line:0 align:start".to_owned(),
                text: "- Hello <b>you</b>\n- Здравствуй".to_owned(),
            },
            Cue {
                id: None,
                start_ms: 3_603_000,
                end_ms: 360_004_000,
                settings: String::new(),
                text: "Bye".to_owned(),
            },
        ]
    );
}

#[test]
fn mistakes_are_named_with_their_line() {
    let cases = [
        ("", line(1, "it does not begin with WEBVTT")),
        ("WEBVTTX\n\n", line(1, "it does not begin with WEBVTT")),
        ("\nWEBVTT\n\n", line(1, "it does not begin with WEBVTT")),
        ("WEBVTT\n\n", malformed("it has no cues")),
        ("WEBVTT\n00:01.000 --> 00:02.000\nHi", line(2, "an empty line must stand before the first cue")),
        ("WEBVTT\n\nHi\n", line(3, "it is neither a cue nor a comment")),
        ("WEBVTT\n\n00:01 --> 00:02\nHi", line(3, "a time is not written like 00:01:02.345")),
        ("WEBVTT\n\nid\n00:01,000 --> 00:02,000\nHi", line(4, "a time is not written like 00:01:02.345")),
        ("WEBVTT\n\n00:61.000 --> 01:02.000\nHi", line(3, "a time is not written like 00:01:02.345")),
        ("WEBVTT\n\n1:00:01.000 --> 2:00:02.000\nHi", line(3, "a time is not written like 00:01:02.345")),
        (
            "WEBVTT\n\n00:01.000-->00:02.000\nHi",
            line(3, "the arrow between the times needs spaces around it"),
        ),
        ("WEBVTT\n\n00:02.000 --> 00:02.000\nHi", line(3, "the cue ends before it begins")),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n-->\n", line(5, "an arrow stands in a cue's text")),
        ("WEBVTT\n\nNOTE a --> b\n", line(3, "an arrow stands outside of a cue's times")),
        ("WEBVTT\n\na\nb\n00:01.000 --> 00:02.000\n", line(5, "an arrow stands outside of a cue's times")),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nH\0i", line(4, "it has a zero byte")),
        (
            "WEBVTT\r\r00:05.000 --> 00:06.000\rHi\r\r00:04.000 --> 00:06.000\rHo",
            line(6, "the cue begins before the one above it"),
        ),
    ];
    for (text, rejection) in cases {
        assert_eq!(parse(text), Err(rejection), "{text:?}");
    }
}

#[test]
fn only_text_of_a_sane_size_is_read() {
    let not_text = b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xFF\n";
    assert_eq!(run(Format::Vtt, not_text).unwrap_err(), line(4, "the text is not UTF-8"));
    let long = vec![b'x'; (1 << 20) + 1];
    assert_eq!(run(Format::Vtt, &long).unwrap_err(), Rejection::TooLarge { what: "the caption file" });
}

#[test]
fn captions_that_are_cut_are_rejected_or_shorter() {
    let file = file();
    let first = file.find("100:00").unwrap();
    let accepted = accepted_cuts(Format::Vtt, file.as_bytes());
    // From the first cue's times on only a second one that has begun, or half a letter, is a mistake.
    let whole = file.find("line:0").unwrap() - 1;
    assert_eq!(accepted.iter().min(), Some(&whole));
    assert!(accepted.contains(&(first - 18)));
    assert!(!accepted.contains(&first));
    assert!(accepted.contains(&(file.len() - 1)));
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Vtt, file().as_bytes());
}
