//! The last part of an entry's path: lower-case ASCII letters, digits and single hyphens, at most 120 characters.
//!
//! ASCII alone, because look-alike letters and percent signs in links cost readers more than they give.

use super::error::{ErrorCode, Refusals};

pub const MAX_LENGTH: usize = 120;

/// Checks a slug that somebody chose.
pub fn check(slug: &str, path: &[&str], refusals: &mut Refusals) -> Option<String> {
    if is_slug(slug) {
        return Some(slug.to_owned());
    }
    let (code, message) = if slug.is_empty() {
        (ErrorCode::Required, "must not be empty".to_owned())
    } else if slug.chars().count() > MAX_LENGTH {
        (ErrorCode::TooLong, format!("at most {MAX_LENGTH} characters"))
    } else {
        (
            ErrorCode::Invalid,
            "lower-case letters a-z, digits and single hyphens between them, such as weak-legs-2".to_owned(),
        )
    };
    refusals.push(path, code, message);
    None
}

pub fn is_slug(text: &str) -> bool {
    let words_are_good = text
        .split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    text.len() <= MAX_LENGTH && words_are_good
}

/// A slug made from a title: `Was tun bei müden Beinen?` becomes `was-tun-bei-muden-beinen`.
pub fn from_title(title: &str) -> String {
    let mut slug = String::new();
    for c in deunicode::deunicode(title).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if c != '\'' && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    // Room is left for the number that tells two alike titles apart.
    slug.truncate(MAX_LENGTH - 8);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "untitled".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_plain() {
        for good in ["a", "weak-legs", "2026-in-review", &"a".repeat(120)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "A",
            "a/b",
            "a b",
            "a.b",
            "ä",
            "а",
            "a\u{200b}b",
            "%61",
            &"a".repeat(121),
        ] {
            assert!(!is_slug(bad), "{bad:?}");
        }
    }

    #[test]
    fn titles_become_slugs() {
        assert_eq!(from_title("Why won’t my legs work?"), "why-wont-my-legs-work");
        assert_eq!(from_title("Müde Beine — was nun?"), "mude-beine-was-nun");
        assert_eq!(from_title("🤷"), "shrug");
        assert_eq!(from_title("!!!"), "untitled");
    }

    proptest! {
        #[test]
        fn every_title_gives_a_slug(title in ".{0,400}") {
            prop_assert!(is_slug(&from_title(&title)));
        }
    }
}
