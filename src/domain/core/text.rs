//! Text that somebody typed: trimmed, measured and free of characters that only cause harm.
//!
//! NUL, other control characters and noncharacters are refused everywhere; line breaks and tabs are kept where text has
//! several lines. Lengths count Unicode characters.

use super::error::{ErrorCode, Refusals};

/// How much of something there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub characters: usize,
    pub lines: Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    One,
    Many,
}

pub const TITLE: Limit = Limit { characters: 300, lines: Lines::One };
pub const NAME: Limit = Limit { characters: 120, lines: Lines::One };
pub const EXCERPT: Limit = Limit { characters: 1_000, lines: Lines::Many };
pub const DESCRIPTION: Limit = Limit { characters: 4_000, lines: Lines::Many };
pub const NOTE: Limit = Limit { characters: 500, lines: Lines::Many };
/// Markdown source of a body.
pub const BODY: Limit = Limit { characters: 200_000, lines: Lines::Many };
pub const URL: Limit = Limit { characters: 2_000, lines: Lines::One };

/// The text if it fits; otherwise what is wrong is noted under `path`. Blank text is `None`.
pub fn check(text: &str, limit: Limit, path: &[&str], refusals: &mut Refusals) -> Option<String> {
    let found = text.chars().count();
    if found > limit.characters {
        let message = format!("at most {} characters, found {found}", limit.characters);
        refusals.push(path, ErrorCode::TooLong, message);
        return None;
    }
    if let Some((position, bad)) = text.chars().enumerate().find(|&(_, c)| is_harmful(c, limit.lines)) {
        let message =
            format!("the character U+{:04X} at position {} is not allowed", u32::from(bad), position + 1);
        refusals.push(path, ErrorCode::Invalid, message);
        return None;
    }
    let text = match limit.lines {
        Lines::One => text.trim(),
        Lines::Many => text.trim_end(),
    };
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// Like [`check`], and blank text is an error too.
pub fn require(text: &str, limit: Limit, path: &[&str], refusals: &mut Refusals) -> Option<String> {
    if text.trim().is_empty() {
        refusals.push(path, ErrorCode::Required, "must not be empty");
        return None;
    }
    check(text, limit, path, refusals)
}

/// An absolute http or https URL.
pub fn check_url(text: &str, path: &[&str], refusals: &mut Refusals) -> Option<String> {
    let text = require(text, URL, path, refusals)?;
    if !is_web_url(&text) {
        refusals.push(path, ErrorCode::Invalid, "expected a URL such as https://example.org/video.mp4");
        return None;
    }
    Some(text)
}

/// Whether it is an absolute http or https URL to everything that reads URLs. The parser mends more than that: it takes
/// `https:\\host` and `https:host` for what browsers make of them, and quotes for letters of a host.
fn is_web_url(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    let is_plain = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    ["http", "https"].contains(&scheme.as_str())
        && !text.contains('\\')
        && url::Url::parse(text).is_ok_and(|url| {
            let is_host = match url.host() {
                Some(url::Host::Domain(name)) => !name.is_empty() && is_plain(name),
                Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => true,
                None => false,
            };
            is_host && url.username().is_empty() && url.password().is_none()
        })
}

/// Whether it begins like a path of a site. Browsers take `//host` and `/\host` for the address of another one.
pub fn is_site_path(text: &str) -> bool {
    text.starts_with('/') && !text.starts_with("//") && !text.contains('\\')
}

/// What nobody sees and what hides words from a search: zero-width spaces and their like. The joiners that Persian and emoji
/// are written with are not among them, nor are the few tags that make the flag of a region out of a black one.
pub fn find_invisible(text: &str) -> Option<(usize, char)> {
    let mut tags_left = 0;
    text.chars().enumerate().find(|&(_, c)| {
        if !matches!(c, '\u{E0020}'..='\u{E007F}') {
            tags_left = if c == '\u{1F3F4}' { MAX_FLAG_TAGS } else { 0 };
            return is_invisible(c);
        }
        let is_hidden = tags_left == 0;
        tags_left = tags_left.saturating_sub(1);
        is_hidden
    })
}

/// A code of a region, and the tag that ends it (<https://www.unicode.org/reports/tr51/#flag-emoji-tag-sequences>).
const MAX_FLAG_TAGS: usize = 7;

/// Refuses such a character; answers whether there was none.
pub fn check_visible(text: &str, path: &[&str], refusals: &mut Refusals) -> bool {
    let Some((position, bad)) = find_invisible(text) else { return true };
    let message = format!(
        "the invisible character U+{:04X} at position {} is not allowed",
        u32::from(bad),
        position + 1
    );
    refusals.push(path, ErrorCode::Invalid, message);
    false
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'
        | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}' | '\u{E0001}')
}

fn is_harmful(c: char, lines: Lines) -> bool {
    let wanted = lines == Lines::Many && matches!(c, '\n' | '\r' | '\t');
    // Bidirectional overrides make text read as what it is not ("Trojan Source", CVE-2021-42574).
    let override_ = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let nonchar = matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE;
    (c.is_control() && !wanted) || override_ || nonchar
}

/// How much of a text decides its place; the id decides the rest. An index entry of PostgreSQL has at most 2,704 bytes, and
/// a title of emoji becomes 20 letters for each.
const SORT_KEY_BYTES: usize = 400;

/// What text is ordered by: without case and accents.
pub fn sort_key(text: &str) -> String {
    let mut key = deunicode::deunicode(text).to_lowercase();
    key.truncate(key.floor_char_boundary(SORT_KEY_BYTES));
    key
}

/// What the desk's search compares: without case.
pub(in crate::domain) fn search_key(text: &str) -> String {
    text.to_lowercase()
}

/// A LIKE pattern that finds `text` anywhere, its own wildcards escaped by a backslash.
pub(in crate::domain) fn like_contains(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_everything_reads_alike_is_a_url() {
        for good in [
            "https://example.org",
            "HTTP://example.org:8080/a?b=\"c\"#d",
            "https://bücher.example/",
            "http://127.0.0.1",
            "http://[::1]:3000/x",
            "https://my_host.example",
        ] {
            assert!(is_web_url(good), "{good}");
        }
        for bad in [
            "/\\example.org",
            "//example.org",
            "https:example.org",
            "https:/example.org",
            "https:\\\\example.org",
            "https://example.org\\@elsewhere.example",
            "https://exa\"mple.org",
            "https://exa'mple.org",
            "https://exa`mple.org",
            "https://a{b}.example",
            "https://a,b.example",
            "https://user@example.org",
            "https://:secret@example.org",
            "https://",
            "ftp://example.org",
            "javascript://example.org/%0aalert(1)",
        ] {
            assert!(!is_web_url(bad), "{bad}");
        }
        assert!(is_site_path("/a/b") && is_site_path("/"));
        for bad in ["//host", "/\\host", "/a\\b", "a", ""] {
            assert!(!is_site_path(bad), "{bad}");
        }
    }

    #[test]
    fn tags_are_seen_as_a_flag_and_hide_nothing_elsewhere() {
        let wales = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}";
        assert_eq!(find_invisible(&format!("Helo {wales}, why {wales}{wales}?")), None);
        assert_eq!(find_invisible("why\u{E0061}"), Some((3, '\u{E0061}')));
        let hidden: String = "\u{1F3F4}".chars().chain(std::iter::repeat_n('\u{E0061}', 8)).collect();
        assert_eq!(find_invisible(&hidden), Some((8, '\u{E0061}')));
        assert_eq!(find_invisible("so\u{200B}me"), Some((2, '\u{200B}')));
    }

    fn refused(text: &str, limit: Limit) -> Vec<ErrorCode> {
        let mut refusals = Refusals::default();
        require(text, limit, &["title"], &mut refusals);
        match refusals.finish() {
            Err(super::super::error::Error::Refused(errors)) => {
                errors.into_iter().map(|error| error.code).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn text_is_trimmed_and_measured_in_characters() {
        assert_eq!(refused(&"ü".repeat(300), TITLE), []);
        assert_eq!(refused(&"ü".repeat(301), TITLE), [ErrorCode::TooLong]);
        let mut refusals = Refusals::default();
        assert_eq!(check("  Hello ", TITLE, &[], &mut refusals).as_deref(), Some("Hello"));
        assert_eq!(check(" \n ", EXCERPT, &[], &mut refusals), None);
    }

    #[test]
    fn harmful_characters_are_refused_and_line_breaks_only_in_a_single_line() {
        for text in ["a\0b", "a\u{1b}[31m", "safe\u{202E}txt.exe", "a\u{FDD0}", "a\u{FFFF}", "two\nlines"] {
            assert_eq!(refused(text, TITLE), [ErrorCode::Invalid], "{text:?}");
        }
        assert_eq!(refused("two\nlines\twith a tab", EXCERPT), []);
    }
}
