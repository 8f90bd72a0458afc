//! Where entries live on the frontend: one pattern per kind, read in both directions.
//!
//! A pattern holds `{slug}` and may hold `{locale}`. Where it does not, entries in the site's default locale have the
//! bare path and the others a first part with their locale: `/posts/x`, `/de/posts/x`.

use entity::Kind;
use sea_orm::Iterable;
use serde::{Deserialize, Serialize};

use super::locale;
use super::site::Settings;
use super::slug::is_slug;

/// A path with places for the slug and perhaps the locale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

const SLUG: &str = "{slug}";
const LOCALE: &str = "{locale}";

impl Pattern {
    pub fn new(text: &str) -> Option<Self> {
        let parts = text.strip_prefix('/')?;
        let plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
                && part != ".."
        };
        let good = text.len() <= 200
            && parts.split('/').all(|part| part == SLUG || part == LOCALE || plain(part))
            && parts.split('/').filter(|&part| part == SLUG).count() == 1
            && parts.split('/').filter(|&part| part == LOCALE).count() <= 1;
        good.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slug and locale that a path holds. `parts` has no empty first part.
    fn read<'a>(&self, parts: &[&'a str]) -> Option<(&'a str, Option<&'a str>)> {
        let pattern: Vec<_> = self.0.split('/').skip(1).collect();
        if pattern.len() != parts.len() {
            return None;
        }
        let (mut slug, mut locale) = (None, None);
        for (&expected, &found) in pattern.iter().zip(parts) {
            match expected {
                SLUG => slug = Some(found),
                LOCALE => locale = Some(found),
                plain if plain == found => {}
                _ => return None,
            }
        }
        Some((slug?, locale))
    }
}

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

fn pattern(site: &Settings, kind: Kind) -> &Pattern {
    match kind {
        Kind::Post => &site.post_path,
        Kind::Page => &site.page_path,
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
