//! Reads sanitised html once, from start to end: anchors for headings, slots for embeds, and the text.
//! Relies on ammonia's form of html: every `<`, `>` and quote that is not a tag's own is escaped.

mod anchor;

use unicode_segmentation::UnicodeSegmentation as _;

use anchor::Anchors;

use super::balance::MILESTONE;
use super::embed::{Embed, push_escaped, push_slot};
use super::reserved::{OWN, is_reserved};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    pub text: String,
    /// The `id` in the html, unique within the document, always with the prefix `h-`.
    pub anchor: String,
}

pub(super) struct Reading {
    pub(super) html: String,
    pub(super) text: String,
    pub(super) outline: Vec<Heading>,
}

pub(super) fn read(html: &str, embeds: &[Embed]) -> Reading {
    let mut reader = Reader { html: String::with_capacity(html.len()), embeds, ..Reader::default() };
    let mut rest = html.trim_end();
    while let Some(start) = rest.find('<') {
        reader.words(&rest[..start]);
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        reader.tag(&rest[start..end]);
        rest = &rest[end..];
    }
    reader.words(rest);
    reader.finish()
}

pub(super) fn count_words(text: &str) -> u32 {
    u32::try_from(text.unicode_words().count()).unwrap_or(u32::MAX)
}

/// The white space that is due before the next word.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Tab,
    Line,
    Blank,
}

#[derive(Default)]
struct Reader<'e> {
    html: String,
    text: String,
    outline: Vec<Heading>,
    embeds: &'e [Embed],
    anchors: Anchors,
    /// Ids to write into `html`, by position: the anchor of a heading is known only at its end.
    ids: Vec<(usize, String)>,
    heading: Option<OpenHeading>,
    gap: Gap,
    lists: usize,
    preformatted: usize,
    /// Open elements since the start of a footnote link, whose words are for the eye only.
    unread: usize,
}

struct OpenHeading {
    level: u8,
    id_at: usize,
    text_at: usize,
}

impl Reader<'_> {
    fn words(&mut self, escaped: &str) {
        for piece in escaped.split(MILESTONE) {
            self.html.extend(piece.chars().filter(|&c| !is_reserved(c)));
            if self.unread == 0 {
                self.say(piece);
            }
        }
    }

    fn tag(&mut self, tag: &str) {
        let inner = tag.trim_start_matches('<').trim_end_matches('>');
        if let Some(name) = inner.strip_prefix('/') {
            self.html.push_str(tag);
            self.end(name);
            return;
        }
        let name = inner.split(' ').next().unwrap_or(inner);
        match own_value(inner) {
            Some((_, value, _)) if name == "hr" => {
                if let Some((index, embed)) =
                    value.parse().ok().and_then(|i: usize| Some((i, self.embeds.get(i)?)))
                {
                    push_slot(&mut self.html, index, embed);
                }
                self.due(Gap::Blank);
                return;
            }
            Some((before, id, after)) => {
                self.html.extend(["<", before, " id=\"", id, "\"", after, ">"]);
            }
            None => self.html.push_str(tag),
        }
        self.start(name, inner);
    }

    fn start(&mut self, name: &str, tag: &str) {
        if self.unread > 0 || is_footnote_link(name, tag) {
            self.unread += usize::from(!matches!(name, "br" | "hr" | "img" | "input"));
            return;
        }
        self.due(gap_around(name, self.lists));
        match name {
            "ul" | "ol" => self.lists += 1,
            "pre" => self.preformatted += 1,
            "img" => {
                if let Some(alt) = attribute(tag, "alt") {
                    self.say(alt);
                }
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.heading = Some(OpenHeading {
                    level: name.as_bytes()[1] - b'0',
                    id_at: self.html.len() - 1,
                    text_at: self.text.len(),
                });
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if self.unread > 0 {
            self.unread -= 1;
            return;
        }
        match name {
            "ul" | "ol" => self.lists = self.lists.saturating_sub(1),
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.end_heading(),
            _ => {}
        }
        self.due(gap_around(name, self.lists));
    }

    fn end_heading(&mut self) {
        let Some(open) = self.heading.take() else {
            return;
        };
        let text: Vec<&str> = self.text[open.text_at..].split_whitespace().collect();
        let text = text.join(" ");
        let anchor = self.anchors.unique(&text);
        self.ids.push((open.id_at, anchor.clone()));
        self.outline.push(Heading { level: open.level, text, anchor });
    }

    fn due(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn say(&mut self, escaped: &str) {
        let mut rest = escaped;
        while let Some(start) = rest.find('&') {
            self.say_plain(&rest[..start]);
            let end = rest[start..].find(';').map_or(rest.len(), |end| start + end + 1);
            match &rest[start..end] {
                "&amp;" => self.say_plain("&"),
                "&lt;" => self.say_plain("<"),
                "&gt;" => self.say_plain(">"),
                "&quot;" => self.say_plain("\""),
                "&nbsp;" => self.say_plain(" "),
                other => self.say_plain(other),
            }
            rest = &rest[end..];
        }
        self.say_plain(rest);
    }

    fn say_plain(&mut self, words: &str) {
        for c in words.chars().filter(|&c| !is_reserved(c)) {
            if c.is_whitespace() && (self.preformatted == 0 || self.text.is_empty()) {
                self.due(Gap::Space);
            } else {
                self.close_gap();
                self.text.push(c);
            }
        }
    }

    fn close_gap(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if gap >= Gap::Line {
            self.text.truncate(self.text.trim_end().len());
        }
        if !self.text.is_empty() {
            self.text.push_str(match gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Tab => "\t",
                Gap::Line => "\n",
                Gap::Blank => "\n\n",
            });
        }
    }

    fn finish(mut self) -> Reading {
        let mut html = String::with_capacity(
            self.html.len() + self.ids.iter().map(|(_, id)| id.len() + 6).sum::<usize>(),
        );
        let mut copied = 0;
        for (at, id) in &self.ids {
            html.push_str(&self.html[copied..*at]);
            html.push_str(" id=\"");
            push_escaped(&mut html, id);
            html.push('"');
            copied = *at;
        }
        html.push_str(&self.html[copied..]);
        self.text.truncate(self.text.trim_end().len());
        Reading { html, text: self.text, outline: self.outline }
    }
}

/// What an element puts before and after itself.
fn gap_around(name: &str, lists: usize) -> Gap {
    match name {
        "li" | "br" | "tr" | "dt" | "dd" | "caption" | "summary" | "figcaption" => Gap::Line,
        "td" | "th" => Gap::Tab,
        "ul" | "ol" if lists > 0 => Gap::Line,
        "blockquote" | "details" | "div" | "dl" | "figure" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
        | "hr" | "ol" | "p" | "pre" | "section" | "table" | "ul" => Gap::Blank,
        _ => Gap::None,
    }
}

fn is_footnote_link(name: &str, tag: &str) -> bool {
    let class = match name {
        "sup" => "footnote-ref",
        "a" => "footnote-backref",
        _ => return false,
    };
    attribute(tag, "class") == Some(class)
}

/// The value of this module's own attribute, between what is before and after it in the tag.
fn own_value(tag: &str) -> Option<(&str, &str, &str)> {
    let at = tag.find(OWN)?;
    let before = tag[..at].strip_suffix(' ')?;
    let (value, after) = tag[at + OWN.len_utf8()..].strip_prefix("=\"")?.split_once('"')?;
    Some((before, value, after))
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut parts = tag.split('"');
    while let (Some(before), Some(value)) = (parts.next(), parts.next()) {
        if before.trim_start().strip_suffix('=').is_some_and(|key| key.rsplit(' ').next() == Some(name)) {
            return Some(value);
        }
    }
    None
}
