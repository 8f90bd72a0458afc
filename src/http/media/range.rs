//! What a request wants of a file: nothing because it has it, all of it, or a range (RFC 9110, sections 13 and 14).

use std::ops::Range;

use axum::http::{HeaderMap, header};

#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It has the file.
    Nothing,
    All,
    /// From the first byte to before the second.
    Part(Range<u64>),
    /// A range that begins after the end.
    Impossible,
}

/// `tag` is the file's strong entity tag with its quotes, `size` in bytes.
pub fn wanted(headers: &HeaderMap, tag: &str, size: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| names(tags, tag)) {
        return Wanted::Nothing;
    }
    // A range of another file than the client thinks of is of no use to it. Dates are not given, so none can match.
    if text(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::All;
    }
    text(header::RANGE).map_or(Wanted::All, |range| part(range, size))
}

/// Weak comparison: for GET they are the same bytes.
fn names(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|given| given == "*" || given.trim_start_matches("W/") == tag)
}

/// One range; several at once, or what cannot be read, are answered with everything, as a server may.
fn part(text: &str, size: u64) -> Wanted {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::All;
    };
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    match (first, last) {
        ("", last) => match number(last) {
            None => Wanted::All,
            Some(0) => Wanted::Impossible,
            Some(_) if size == 0 => Wanted::Impossible,
            Some(length) => Wanted::Part(size.saturating_sub(length)..size),
        },
        (first, last) => {
            let end = if last.is_empty() { Some(u64::MAX) } else { number(last) };
            match (number(first), end) {
                (Some(first), Some(last)) if last < first => Wanted::All,
                (Some(first), Some(_)) if first >= size => Wanted::Impossible,
                (Some(first), Some(last)) => Wanted::Part(first..last.saturating_add(1).min(size)),
                _ => Wanted::All,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &'static str, value: &str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        wanted(&headers, "\"abc\"", 10)
    }

    #[test]
    fn a_range_is_what_the_standard_says() {
        for (range, expected) in [
            ("bytes=0-3", Wanted::Part(0..4)),
            ("bytes=4-", Wanted::Part(4..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=9-9", Wanted::Part(9..10)),
            ("bytes=5-99999999999999999999", Wanted::All),
            ("bytes=5-18446744073709551615", Wanted::Part(5..10)),
            ("bytes=10-", Wanted::Impossible),
            ("bytes=-0", Wanted::Impossible),
            ("bytes=3-1", Wanted::All),
            ("bytes=0-1,4-5", Wanted::All),
            ("bytes=+1-3", Wanted::All),
            ("lines=0-3", Wanted::All),
            ("bytes=", Wanted::All),
            ("bytes=-", Wanted::All),
        ] {
            assert_eq!(asked("range", range), expected, "{range}");
        }
    }

    #[test]
    fn whoever_has_it_gets_nothing() {
        for (tags, expected) in [
            ("\"abc\"", Wanted::Nothing),
            ("W/\"abc\"", Wanted::Nothing),
            ("\"x\", \"abc\"", Wanted::Nothing),
            ("*", Wanted::Nothing),
            ("\"x\"", Wanted::All),
            ("abc", Wanted::All),
        ] {
            assert_eq!(asked("if-none-match", tags), expected, "{tags}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("range", "bytes=0-3".parse().unwrap());
        headers.insert("if-range", "\"old\"".parse().unwrap());
        assert_eq!(wanted(&headers, "\"abc\"", 10), Wanted::All);
        headers.insert("if-range", "\"abc\"".parse().unwrap());
        assert_eq!(wanted(&headers, "\"abc\"", 10), Wanted::Part(0..4));
    }
}
