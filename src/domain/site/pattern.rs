//! The pattern of a path on the frontend.

use serde::{Deserialize, Serialize};

/// A path with places for the slug and perhaps the locale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(pub(super) String);

pub(super) const SLUG: &str = "{slug}";
pub(super) const LOCALE: &str = "{locale}";

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
    pub(super) fn read<'a>(&self, parts: &[&'a str]) -> Option<(&'a str, Option<&'a str>)> {
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
