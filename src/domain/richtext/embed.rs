//! Embed slots in stored html, and what readers see in their place.
//! A slot is U+FDD0 (a post) or U+FDD2 (a page), the decimal index of the embed, U+FDD1. [`super::render`] lets no
//! other character of U+FDD0..U+FDEF into its html.

use super::{Embed, EmbedTarget};

const POST: char = '\u{FDD0}';
const PAGE: char = '\u{FDD2}';
const END: char = '\u{FDD1}';

/// What a public entry shows where it is embedded: plain text, escaped here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedLink {
    pub path: String,
    pub title: String,
    pub excerpt: Option<String>,
}

/// Fills the embed slots of stored html, in one pass. `resolve(index)` answers the public link of the target as it is
/// now, or `None` when it is not public: the slot then disappears without a trace.
pub fn fill_embeds(html: &str, mut resolve: impl FnMut(usize) -> Option<EmbedLink>) -> String {
    let mut filled = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find([POST, PAGE]) {
        filled.push_str(&rest[..start]);
        let class = if rest[start..].starts_with(POST) { "embed-post" } else { "embed-page" };
        rest = &rest[start + POST.len_utf8()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let index = rest[..digits].parse().ok();
        let Some((index, after)) = index.zip(rest[digits..].strip_prefix(END)) else {
            continue;
        };
        match resolve(index) {
            Some(link) => {
                push_aside(&mut filled, class, &link);
                rest = after;
            }
            None => rest = after.strip_prefix('\n').unwrap_or(after),
        }
    }
    filled.push_str(rest);
    filled
}

pub(super) fn push_slot(html: &mut String, index: usize, embed: &Embed) {
    html.push(match embed.target {
        EmbedTarget::Post => POST,
        EmbedTarget::Page => PAGE,
    });
    html.push_str(&index.to_string());
    html.push(END);
}

pub(super) fn push_escaped(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(c),
        }
    }
}

fn push_aside(html: &mut String, class: &str, link: &EmbedLink) {
    html.push_str("<aside class=\"embed ");
    html.push_str(class);
    html.push_str("\"><a href=\"");
    push_escaped(html, &link.path);
    html.push_str("\">");
    push_escaped(html, &link.title);
    html.push_str("</a>");
    if let Some(excerpt) = &link.excerpt {
        html.push_str("<p>");
        push_escaped(html, excerpt);
        html.push_str("</p>");
    }
    html.push_str("</aside>");
}
