//! Where the frontend shows previews: one pattern per kind. Known to the team, not to the public.

use entity::Kind;
use serde::{Deserialize, Serialize};

use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::text;

/// What is put in; all of it is made of characters that a URL may have anywhere after its host.
const PLACES: [&str; 4] = ["{token}", "{path}", "{slug}", "{locale}"];

/// An absolute URL, or a path on the site, with places for what a preview has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PreviewUrl(String);

impl PreviewUrl {
    /// `None` when the text is refused.
    pub fn check(text: &str, path: &[&str], refusals: &mut Refusals) -> Option<Self> {
        let text = text::require(text, text::URL, path, refusals)?;
        let good = {
            let filled = Self(text.clone()).fill("https://site.example", "t", "/p", "s", "en");
            let is_url = text::check_url(&filled, path, &mut Refusals::default()).is_some();
            is_url && !filled.contains(['{', '}']) && text.contains(PLACES[0]) && host_is_fixed(&text)
        };
        if !good {
            let message = "expected an http or https URL, or a path, with {token} and perhaps {path}, {slug} and {locale}, \
                           such as /api/preview?token={token}&path={path}";
            refusals.push(path, ErrorCode::Invalid, message);
        }
        good.then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn fill(&self, base_url: &str, token: &str, path: &str, slug: &str, locale: &str) -> String {
        let filled = PLACES
            .into_iter()
            .zip([token, path, slug, locale])
            .fold(self.0.clone(), |url, (place, value)| url.replace(place, value));
        if self.0.starts_with('/') { format!("{base_url}{filled}") } else { filled }
    }
}

/// Whether nothing is put in before the path. `//host` is another site's address, not a path.
fn host_is_fixed(text: &str) -> bool {
    let after_scheme = match text.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '{']) => rest,
        _ => return text::is_site_path(text),
    };
    let host = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    // A path begins with a slash, so it may follow the host.
    let host = host.split_once("{path}").map_or(host, |(host, _)| host);
    !host.is_empty() && !host.contains('{')
}

/// The pattern of each kind that has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreviewUrls {
    pub post: Option<PreviewUrl>,
    pub page: Option<PreviewUrl>,
    pub routine: Option<PreviewUrl>,
}

impl PreviewUrls {
    pub fn of(&self, kind: Kind) -> Option<&PreviewUrl> {
        match kind {
            Kind::Post => self.post.as_ref(),
            Kind::Page => self.page.as_ref(),
            Kind::Routine => self.routine.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Option<PreviewUrl> {
        PreviewUrl::check(text, &["postPreviewUrl"], &mut Refusals::default())
    }

    #[test]
    fn a_link_is_filled_in() {
        for (pattern, expected) in [
            (
                "/api/preview?token={token}&path={path}",
                "https://site.example/api/preview?token=wsv_1&path=/de/p/x",
            ),
            ("https://preview.example{path}#{token}", "https://preview.example/de/p/x#wsv_1"),
            ("http://localhost:3000/{locale}/{slug}/{token}", "http://localhost:3000/de/x/wsv_1"),
        ] {
            let url = check(pattern).expect(pattern);
            assert_eq!(url.fill("https://site.example", "wsv_1", "/de/p/x", "x", "de"), expected);
        }
    }

    #[test]
    fn what_leads_elsewhere_or_nowhere_is_refused() {
        for bad in [
            "",
            "/preview",
            "preview?token={token}",
            "//elsewhere.example/{token}",
            "/\\elsewhere.example/{token}",
            "https:\\\\elsewhere.example/{token}",
            "https://site.\"example/{token}",
            "https://{slug}.example/{token}",
            "https://site.example{token}",
            "https://{path}/{token}",
            "https://site.example@{token}",
            "javascript:alert('{token}')",
            "ftp://site.example/{token}",
            "https://user:secret@site.example/{token}",
            "/preview?token={token}&id={id}",
            "/preview?token={token}}",
        ] {
            assert_eq!(check(bad), None, "{bad}");
        }
    }
}
