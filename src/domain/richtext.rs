//! Markdown in, safe HTML, plain text, outline and embeds out: pure, and the same input always gives the same output.
//! The way of a source: [`directive`], [`footnote`] and [`table`] reshape comrak's tree, [`balance`] bounds and closes every tag,
//! [`policy`] (ammonia) decides what is safe, [`reading`] makes anchors, slots and text from what was left.
//! Links and files of embeds are not known here: stored html has slots, and [`fill_embeds`] fills them when it is read, with
//! what [`figure`] and [`EmbedLink`] make of their targets as they are then.

mod balance;
mod directive;
mod embed;
pub mod figure;
mod footnote;
mod player;
mod policy;
mod reading;
mod reserved;
mod table;
#[cfg(test)]
mod tests;

use comrak::{Arena, Options};
use reserved::is_reserved;
use serde::{Deserialize, Serialize};

pub use directive::{DirectiveFault, DirectiveFaultKind, Place};
pub use embed::{Embed, EmbedLink, EmbedTarget, escaped, fill_embeds};
pub use player::{Player, Service};
pub use reading::Heading;

/// Silent reading of English non-fiction: Brysbaert 2019, <https://doi.org/10.1016/j.jml.2019.104047>.
const WORDS_PER_MINUTE: u32 = 238;

/// One Markdown source, rendered once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RichText {
    /// Sanitised HTML with embed slots. Goes through [`fill_embeds`] before anybody sees it.
    pub html: String,
    /// Readable words without markup; blocks are separated by a blank line, list items and table rows by a line break.
    pub text: String,
    pub outline: Vec<Heading>,
    /// In document order; the index is the number of the slot.
    pub embeds: Vec<Embed>,
    /// Words of `text` by the word boundaries of Unicode (UAX #29).
    pub word_count: u32,
}

/// A source with faults renders all the same, with the faulty lines as text; whether it may be published is the caller's rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub rich_text: RichText,
    /// In document order, which is the order of lines except that footnotes come last.
    pub faults: Vec<DirectiveFault>,
    /// Where each of the embeds stands.
    pub places: Vec<Place>,
}

/// Renders `CommonMark` with tables, strikethrough, autolinks, task lists, footnotes, embedded raw HTML and directives.
///
/// Time and memory are linear in the source. Callers cap the source at 512 KiB. What is nested more deeply than
/// [`balance::MAX_DEPTH`] elements loses its tags and keeps its words.
#[must_use]
pub fn render(markdown: &str) -> Rendered {
    let source = readable(markdown);
    let options = options();
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, &source, &options);
    let directives = directive::extract(&arena, root, &source, markdown);
    footnote::write_out(&arena, root);
    table::thin_out(root);
    let mut html = String::with_capacity(source.len() * 2);
    comrak::format_html(root, &options, &mut html).expect("writing to a string does not fail");

    let safe = policy::clean(&balance::balance(&html));
    let reading = reading::read(&safe, &directives.embeds);
    Rendered {
        rich_text: RichText {
            html: reading.html,
            word_count: reading::count_words(&reading.text),
            text: reading.text,
            outline: reading.outline,
            embeds: directives.embeds,
        },
        faults: directives.faults,
        places: directives.places,
    }
}

/// What a text embeds and where, without rendering it.
#[must_use]
pub fn embeds(markdown: &str) -> (Vec<Embed>, Vec<Place>) {
    if !markdown.contains("::") {
        return (Vec::new(), Vec::new());
    }
    let source = readable(markdown);
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, &source, &options());
    let directives = directive::extract(&arena, root, &source, markdown);
    (directives.embeds, directives.places)
}

/// Whole minutes, rounded up: 0 for no words, otherwise at least 1.
#[must_use]
pub fn reading_minutes(word_count: u32) -> u32 {
    word_count.div_ceil(WORDS_PER_MINUTE)
}

/// NUL is replaced as `CommonMark` (2.3) asks, here and not in comrak, so that its text equals the source.
fn readable(markdown: &str) -> String {
    let kept = markdown.chars().filter(|&c| !is_reserved(c));
    kept.map(|c| if c == '\0' { '\u{FFFD}' } else { c }).collect()
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.render.tasklist_classes = true;
    // Raw HTML is not trusted by this: everything goes through `policy`.
    options.render.r#unsafe = true;
    options
}
