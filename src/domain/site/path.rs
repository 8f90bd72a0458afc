//! Where entries live on the frontend: one pattern per kind, read in both directions.
//!
//! A pattern holds `{slug}` and may hold `{locale}`. Where it does not, entries in the site's default locale have the
//! bare path and the others a first part with their locale: `/posts/x`, `/de/posts/x`.

use entity::Kind;
use sea_orm::Iterable;

use super::pattern::{LOCALE, Pattern, SLUG};
use super::settings::values::Settings;
use crate::domain::core::locale;
use crate::domain::core::slug::is_slug;

/// The path of an entry.
pub fn of(site: &Settings, kind: Kind, locale: &str, slug: &str) -> String {
    let pattern = pattern(site, kind);
    let path = pattern.0.replace(SLUG, slug);
    if pattern.0.contains(LOCALE) {
        path.replace(LOCALE, locale)
    } else if locale == site.default_locale() {
        path
    } else {
        format!("/{locale}{path}")
    }
}

/// What a path may lead to, in the order in which to look. Takes an absolute URL of the site too.
pub fn candidates(site: &Settings, path: &str) -> Vec<(Kind, String, String)> {
    let path = site.base_url.as_deref().and_then(|base| path.strip_prefix(base)).unwrap_or(path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.len() > 2_000 {
        return Vec::new();
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    for kind in Kind::iter() {
        let pattern = pattern(site, kind);
        let readings = match parts.split_first() {
            Some((first, rest)) if !pattern.0.contains(LOCALE) => {
                let prefixed = pattern.read(rest).map(|(slug, _)| (slug, Some(*first)));
                [pattern.read(&parts), prefixed]
            }
            _ => [pattern.read(&parts), None],
        };
        for (slug, locale) in readings.into_iter().flatten() {
            let locale = match locale {
                None => Some(site.default_locale().to_owned()),
                Some(text) => {
                    locale::parse(text).filter(|locale| locale == text && site.locales.contains(locale))
                }
            };
            if let Some(locale) = locale.filter(|_| is_slug(slug)) {
                found.push((kind, locale, slug.to_owned()));
            }
        }
    }
    found
}

/// Two kinds of which some path could be that of both.
pub fn overlap(site: &Settings) -> Option<(Kind, Kind)> {
    let kinds: Vec<Kind> = Kind::iter().collect();
    let pairs = kinds
        .iter()
        .enumerate()
        .flat_map(|(at, &one)| kinds[at + 1..].iter().map(move |&other| (one, other)));
    let meet = |&(one, other): &(Kind, Kind)| {
        let others = forms(site, other);
        forms(site, one).iter().any(|one| others.iter().any(|other| can_be_equal(site, one, other)))
    };
    pairs.into_iter().find(meet)
}

/// The parts of a kind's paths: in the default locale, and in the others where the pattern does not say where they stand.
fn forms(site: &Settings, kind: Kind) -> Vec<Vec<&str>> {
    let parts: Vec<&str> = pattern(site, kind).0.split('/').skip(1).collect();
    if parts.contains(&LOCALE) || site.locales.len() < 2 {
        return vec![parts];
    }
    let prefixed = std::iter::once(LOCALE).chain(parts.iter().copied()).collect();
    vec![parts, prefixed]
}

fn can_be_equal(site: &Settings, one: &[&str], other: &[&str]) -> bool {
    let is_locale = |part: &str| site.locales.iter().any(|locale| locale == part);
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (&SLUG, &SLUG) | (&LOCALE, &LOCALE) => true,
            (&SLUG, &LOCALE) | (&LOCALE, &SLUG) => site.locales.iter().any(|locale| is_slug(locale)),
            (&SLUG, plain) | (plain, &SLUG) => is_slug(plain),
            (&LOCALE, plain) | (plain, &LOCALE) => is_locale(plain),
            (one, other) => one == other,
        })
}

fn pattern(site: &Settings, kind: Kind) -> &Pattern {
    match kind {
        Kind::Post => &site.post_path,
        Kind::Page => &site.page_path,
        Kind::Routine => &site.routine_path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Settings {
        Settings {
            locales: vec!["en".to_owned(), "de".to_owned()],
            base_url: Some("https://steady.example".to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn paths_read_back() {
        let mut site = site();
        for pattern in ["/posts/{slug}", "/{locale}/p/{slug}", "/{slug}/read"] {
            site.post_path = Pattern::new(pattern).expect("a good pattern");
            for locale in ["en", "de"] {
                let path = of(&site, Kind::Post, locale, "weak-legs");
                let expected = (Kind::Post, locale.to_owned(), "weak-legs".to_owned());
                for form in [path.clone(), format!("{path}/"), format!("https://steady.example{path}?x=1#y")]
                {
                    assert!(candidates(&site, &form).contains(&expected), "{form} with {pattern}");
                }
            }
        }
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in [
            "",
            "/",
            "/posts",
            "/posts/UPPER",
            "/fr/posts/a",
            "/posts/a/b",
            "https://other.example/posts/a",
            "/../a",
        ] {
            assert!(candidates(&site(), path).iter().all(|(kind, _, _)| *kind != Kind::Post), "{path}");
        }
    }

    #[test]
    fn a_path_must_not_be_that_of_a_post_and_of_a_page() {
        let overlaps = |posts: &str, pages: &str, locales: &[&str]| {
            let pattern = |text: &str| Pattern::new(text).expect("a good pattern");
            let locales = locales.iter().map(|&locale| locale.to_owned()).collect();
            let site = Settings { post_path: pattern(posts), page_path: pattern(pages), locales, ..site() };
            overlap(&site) == Some((Kind::Post, Kind::Page))
        };
        for (posts, pages, locales, expected) in [
            ("/posts/{slug}", "/{slug}", &["en", "de"][..], false),
            ("/{slug}", "/{slug}", &["en"], true),
            ("/{locale}/{slug}", "/{slug}", &["en", "de"], true),
            ("/{locale}/{slug}", "/{slug}", &["en"], false),
            ("/{locale}/{slug}", "/p/{slug}", &["en", "de"], false),
            ("/{locale}/{slug}", "/de/{slug}", &["en", "de"], true),
            ("/{slug}/about", "/contact/{slug}", &["en"], true),
            ("/{slug}/about", "/{slug}", &["en"], false),
            ("/{slug}/about", "/{slug}", &["en", "de"], true),
            ("/posts/{slug}", "/Posts/{slug}", &["en", "de"], false),
        ] {
            assert_eq!(overlaps(posts, pages, locales), expected, "{posts} {pages} {locales:?}");
        }
    }

    #[test]
    fn patterns_need_one_slug() {
        for bad in [
            "",
            "/",
            "{slug}",
            "/posts",
            "/{slug}/{slug}",
            "/{slug}/..",
            "/x?{slug}",
            "/pre-{slug}",
            "//{slug}",
        ] {
            assert_eq!(Pattern::new(bad), None, "{bad}");
        }
    }
}
