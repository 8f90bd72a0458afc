//! What markup may reach a reader: the tags, attributes, classes and addresses that are allowed, enforced by ammonia.
//! No ids, names or styles of the author's: ids come from [`super::reading`] alone, so nothing can shadow the globals
//! of a page (DOM clobbering).

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;

use super::reserved::{OWN, is_reserved};

/// Allowed elements. The names of tables and forms that need care are in [`super::balance`].
pub(super) const TAGS: [&str; 61] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
];

const GENERIC_ATTRIBUTES: [&str; 6] = ["title", "lang", "dir", "class", "aria-label", "aria-hidden"];

const TAG_ATTRIBUTES: [(&str, &[&str]); 11] = [
    ("a", &["href"]),
    ("img", &["src", "alt", "width", "height", "loading"]),
    ("input", &["type", "checked"]),
    ("ol", &["start", "reversed"]),
    ("li", &["value"]),
    ("td", &["align", "colspan", "rowspan"]),
    ("th", &["align", "colspan", "rowspan", "scope"]),
    ("time", &["datetime"]),
    ("del", &["datetime"]),
    ("ins", &["datetime"]),
    ("details", &["open"]),
];

const CLASSES: [&str; 6] = [
    "footnotes",
    "footnote-ref",
    "footnote-backref",
    "contains-task-list",
    "task-list-item",
    "task-list-item-checkbox",
];

/// Tags that carry an id or a slot of this module.
const OWN_TAGS: [&str; 3] = ["a", "hr", "li"];

static POLICY: LazyLock<Builder<'static>> = LazyLock::new(builder);

pub(super) fn clean(html: &str) -> String {
    let clean = POLICY.clean(html).to_string();
    // Of a carriage return, which only `&#13;` can be here, every browser makes a line feed when it reads the HTML.
    if clean.contains('\r') { clean.replace("\r\n", "\n").replace('\r', "\n") } else { clean }
}

/// Whether any tag may have the attribute: a cheap first sieve, ammonia decides per tag.
pub(super) fn is_known_attribute(name: &str) -> bool {
    name.chars().eq([OWN])
        || GENERIC_ATTRIBUTES.contains(&name)
        || TAG_ATTRIBUTES.iter().any(|(_, attributes)| attributes.contains(&name))
}

pub(super) fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .generic_attributes(HashSet::from(GENERIC_ATTRIBUTES))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(None)
        .add_tag_attribute_values("a", "rel", ["noopener"])
        .set_tag_attribute_value("input", "type", "checkbox")
        .set_tag_attribute_value("input", "disabled", "")
        .attribute_filter(|tag, attribute, value| match attribute {
            "class" => allowed_classes(tag, value),
            // Out of character references. Stripped later they would uncover what was judged with them, like a scheme.
            _ if value.contains(is_reserved) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    for (tag, attributes) in TAG_ATTRIBUTES {
        builder.add_tag_attributes(tag, attributes);
    }
    for tag in OWN_TAGS {
        builder.add_tag_attributes(tag, ["\u{FDD0}"]);
    }
    builder
}

fn allowed_classes<'v>(tag: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let allowed = |class: &str| CLASSES.contains(&class) || (tag == "code" && is_language(class));
    let kept: Vec<&str> = value.split_ascii_whitespace().filter(|class| allowed(class)).collect();
    (!kept.is_empty()).then(|| Cow::Owned(kept.join(" ")))
}

fn is_language(class: &str) -> bool {
    class.strip_prefix("language-").is_some_and(|name| {
        (1..=40).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'#' | b'.'))
    })
}
