//! Rewrites any html into tags that are known, bounded and closed where they end, before ammonia builds a tree of it.
//! Not the wall against scripts ([`super::policy`] is) but against bombs: html parsers copy every unclosed `<b>` into
//! every later paragraph and walk all open elements for each tag, quadratic work that a few kilobytes can order.

mod token;

use super::policy;
use token::{Attribute, Token};

/// Elements open at one place; a nested list takes two; deeper tags are dropped, words stay.
pub(super) const MAX_DEPTH: usize = 100;

/// html5ever's serialiser looks for the next `<` or `>` of a text anew for each `&`, no-break space and some other
/// characters, which is quadratic in a long text that has none. So long texts get some, and [`super::reading`] takes
/// them out. An author who spells one with character references loses it.
pub(super) const MILESTONE: &str = "\u{FDD3}&gt;";
const MILESTONE_EVERY: usize = 256;

/// For the same reason longer values are dropped with their attribute; addresses of more bytes break elsewhere too.
const MAX_VALUE_BYTES: usize = 2048;

/// Open elements of the kind that html parsers reopen after a wrong end.
const MAX_FORMATTING: usize = 8;

const FORMATTING: [&str; 8] = ["a", "b", "code", "em", "i", "s", "small", "strong"];
const VOID: [&str; 4] = ["br", "hr", "img", "input"];
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
const CELLS: [&str; 3] = ["td", "th", "caption"];
/// Elements that hold parts of a table only; a parser moves anything else out of them.
const TABLE_FRAME: [&str; 5] = ["table", "thead", "tbody", "tfoot", "tr"];
/// Elements that end an open paragraph (HTML standard, 13.2.6.4.7).
const ENDS_PARAGRAPH: [&str; 24] = [
    "blockquote",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "caption",
];

pub(super) fn balance(html: &str) -> String {
    let mut balancer = Balancer {
        html: String::with_capacity(html.len() + html.len() / 8),
        open: Vec::new(),
        since_milestone: 0,
    };
    for token in token::tokens(html) {
        match token {
            Token::Text(text) => balancer.text(text),
            Token::Start { name, attributes } => {
                if let Some(tag) = known(name) {
                    balancer.start(tag, &attributes);
                }
            }
            Token::End { name } => {
                if let Some(tag) = known(name) {
                    balancer.end(tag);
                }
            }
        }
    }
    balancer.close_to(0);
    balancer.html
}

fn known(name: &str) -> Option<&'static str> {
    policy::TAGS.into_iter().find(|tag| tag.eq_ignore_ascii_case(name))
}

struct Balancer {
    html: String,
    open: Vec<&'static str>,
    /// Bytes of text since the last milestone.
    since_milestone: usize,
}

impl Balancer {
    /// Copies text. The tokenizer leaves `<` in it only where it starts no tag.
    fn text(&mut self, text: &str) {
        let mut copied = 0;
        for (at, c) in text.char_indices() {
            let milestone_is_due =
                (c == '&' || !c.is_ascii()) && self.since_milestone + at - copied >= MILESTONE_EVERY;
            if c != '<' && !milestone_is_due {
                continue;
            }
            self.copy(&text[copied..at]);
            if c == '<' {
                self.copy("&lt;");
                copied = at + 1;
            } else {
                self.html.push_str(MILESTONE);
                self.since_milestone = 0;
                copied = at;
            }
        }
        self.copy(&text[copied..]);
    }

    fn copy(&mut self, text: &str) {
        self.html.push_str(text);
        self.since_milestone += text.len();
    }

    fn start(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        if !self.make_room(tag) {
            return;
        }
        if VOID.contains(&tag) {
            // A check box is the only input that says something without a form.
            let is_checkbox =
                attributes.iter().any(|a| a.is("type") && a.value.eq_ignore_ascii_case("checkbox"));
            if tag != "input" || is_checkbox {
                self.write_start(tag, attributes);
            }
        } else if self.open.len() < MAX_DEPTH {
            self.write_start(tag, attributes);
            self.open.push(tag);
        }
    }

    /// Closes what `tag` ends, as a parser would do silently; false when it cannot stand here.
    fn make_room(&mut self, tag: &str) -> bool {
        let parents: &[&str] = match tag {
            "li" => &["ul", "ol"],
            "dt" | "dd" => &["dl"],
            "tr" => &["table", "thead", "tbody", "tfoot"],
            "td" | "th" => &["tr"],
            "thead" | "tbody" | "tfoot" | "caption" => &["table"],
            _ => &[],
        };
        if !parents.is_empty() {
            let Some(parent) = self.innermost(tag, parents) else {
                return false;
            };
            self.close_to(parent + 1);
            return true;
        }
        if self.open.last().is_some_and(|top| TABLE_FRAME.contains(top)) {
            return false;
        }
        if ENDS_PARAGRAPH.contains(&tag)
            && let Some(paragraph) = self.innermost(tag, &["p"])
        {
            self.close_to(paragraph);
        }
        if HEADINGS.contains(&tag)
            && let Some(heading) = self.innermost(tag, &HEADINGS)
        {
            self.close_to(heading);
        }
        if FORMATTING.contains(&tag) {
            let formatting = self.open.iter().filter(|open| FORMATTING.contains(open)).count();
            return formatting < MAX_FORMATTING && !(tag == "a" && self.open.contains(&"a"));
        }
        true
    }

    fn end(&mut self, tag: &str) {
        if let Some(at) = self.innermost(tag, &[tag]) {
            self.close_to(at);
        }
    }

    /// The innermost open element of these names that `tag` can see: a cell hides what is outside of it, except from
    /// the parts of its own table.
    fn innermost(&self, tag: &str, names: &[&str]) -> Option<usize> {
        let sees_frame = TABLE_FRAME.contains(&tag) || CELLS.contains(&tag);
        for (at, open) in self.open.iter().enumerate().rev() {
            if names.contains(open) {
                return Some(at);
            }
            let hides = if sees_frame { *open == "table" } else { CELLS.contains(open) || *open == "table" };
            if hides {
                return None;
            }
        }
        None
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let tag = self.open.pop().expect("longer than the depth");
            self.html.extend(["</", tag, ">"]);
        }
    }

    fn write_start(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.html.extend(["<", tag]);
        for attribute in attributes {
            let name = attribute.name.to_ascii_lowercase();
            if policy::is_known_attribute(&name) && attribute.value.len() <= MAX_VALUE_BYTES {
                self.html.extend([" ", &name, "=\"", &attribute.value.replace('"', "&quot;"), "\""]);
            }
        }
        if tag == "a" && attributes.iter().any(|a| a.is("href") && leaves_site(a.value)) {
            self.html.push_str(" rel=\"noopener\"");
        }
        self.html.push('>');
    }
}

fn leaves_site(href: &str) -> bool {
    let mut chars = href.trim_start().chars();
    match chars.next() {
        Some('/') => matches!(chars.next(), Some('/' | '\\')),
        Some('#' | '?' | '.') | None => false,
        Some(_) => true,
    }
}
