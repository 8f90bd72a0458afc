//! What a text embeds, its slots in stored html, and what readers see in their place.
//! A slot is U+FDD0 (a post), U+FDD2 (a page), U+FDD4 (a file or a video elsewhere) or U+FDD6 (a routine), the decimal index of the embed,
//! U+FDD1. [`super::render`] lets no other character of U+FDD0..U+FDEF into its html.

use entity::AssetId;
use html_escape::encode_double_quoted_attribute;
use serde::{Deserialize, Serialize};

use super::player::Player;

const POST: char = '\u{FDD0}';
const PAGE: char = '\u{FDD2}';
const MEDIA: char = '\u{FDD4}';
const ROUTINE: char = '\u{FDD6}';
const END: char = '\u{FDD1}';

/// What one directive puts into a text. Stored as JSON and read back for ever, so variants are only added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "target", rename_all = "UPPERCASE")]
pub enum Embed {
    /// A link to the post with this slug.
    Post {
        slug: String,
    },
    /// A link to the page with this slug.
    Page {
        slug: String,
    },
    /// The routine with this slug.
    Routine {
        slug: String,
    },
    Image {
        asset: AssetId,
    },
    Audio {
        asset: AssetId,
    },
    /// A video of the library, and an image to show until it plays.
    Video {
        asset: AssetId,
        poster: Option<AssetId>,
    },
    /// A video that somebody else serves, and an image to show instead of it.
    Player {
        player: Player,
        poster: Option<AssetId>,
    },
}

/// Which kind of entry an embed links to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmbedTarget {
    Post,
    Page,
    Routine,
}

impl Embed {
    /// The entry that it links to.
    pub fn entry(&self) -> Option<(EmbedTarget, &str)> {
        match self {
            Self::Post { slug } => Some((EmbedTarget::Post, slug)),
            Self::Page { slug } => Some((EmbedTarget::Page, slug)),
            Self::Routine { slug } => Some((EmbedTarget::Routine, slug)),
            Self::Image { .. } | Self::Audio { .. } | Self::Video { .. } | Self::Player { .. } => None,
        }
    }

    /// The files that it shows.
    pub fn assets(&self) -> impl Iterator<Item = AssetId> + use<> {
        let assets = match self {
            Self::Post { .. } | Self::Page { .. } | Self::Routine { .. } => [None, None],
            Self::Image { asset } | Self::Audio { asset } => [Some(*asset), None],
            Self::Video { asset, poster } => [Some(*asset), *poster],
            Self::Player { poster, .. } => [*poster, None],
        };
        assets.into_iter().flatten()
    }
}

/// What a public entry shows where it is embedded: plain text, escaped here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedLink {
    pub target: EmbedTarget,
    pub path: String,
    pub title: String,
    pub excerpt: Option<String>,
}

impl EmbedLink {
    pub fn html(&self) -> String {
        let class = match self.target {
            EmbedTarget::Post => "embed-post",
            EmbedTarget::Page => "embed-page",
            EmbedTarget::Routine => "embed-routine",
        };
        let mut html = format!("<aside class=\"embed {class}\"><a href=\"");
        push_escaped(&mut html, &self.path);
        html.push_str("\">");
        push_escaped(&mut html, &self.title);
        html.push_str("</a>");
        if let Some(excerpt) = &self.excerpt {
            html.push_str("<p>");
            push_escaped(&mut html, excerpt);
            html.push_str("</p>");
        }
        html.push_str("</aside>");
        html
    }
}

/// Fills the embed slots of stored html, in one pass. `resolve(index)` answers the html of the embed as it is now, or
/// `None` when there is nothing public to show: the slot then disappears without a trace.
pub fn fill_embeds(html: &str, mut resolve: impl FnMut(usize) -> Option<String>) -> String {
    let mut filled = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find([POST, PAGE, MEDIA, ROUTINE]) {
        filled.push_str(&rest[..start]);
        // They have the same length.
        rest = &rest[start + POST.len_utf8()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let index = rest[..digits].parse().ok();
        let Some((index, after)) = index.zip(rest[digits..].strip_prefix(END)) else {
            continue;
        };
        match resolve(index) {
            Some(shown) => {
                filled.push_str(&shown);
                rest = after;
            }
            None => rest = after.strip_prefix('\n').unwrap_or(after),
        }
    }
    filled.push_str(rest);
    filled
}

pub(super) fn push_slot(html: &mut String, index: usize, embed: &Embed) {
    html.push(match embed {
        Embed::Post { .. } => POST,
        Embed::Page { .. } => PAGE,
        Embed::Routine { .. } => ROUTINE,
        Embed::Image { .. } | Embed::Audio { .. } | Embed::Video { .. } | Embed::Player { .. } => MEDIA,
    });
    html.push_str(&index.to_string());
    html.push(END);
}

/// Plain text as HTML has it, in text and in attributes.
pub fn escaped(text: &str) -> String {
    encode_double_quoted_attribute(text).into_owned()
}

pub(super) fn push_escaped(html: &mut String, text: &str) {
    html.push_str(&encode_double_quoted_attribute(text));
}
