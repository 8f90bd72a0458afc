//! Anchors of headings: readable, unique within the document, and safe as ids beside the globals of a page.

use std::collections::{HashMap, HashSet};

use unicode_segmentation::UnicodeSegmentation as _;

const MAX_ANCHOR_CHARS: usize = 80;

/// Anchors given so far. The prefix keeps a heading like "Location" from shadowing a global of the page.
#[derive(Default)]
pub(super) struct Anchors {
    given: HashSet<String>,
    /// Where to go on counting, so that a thousand equal headings do not try a thousand numbers each.
    next: HashMap<String, usize>,
}

impl Anchors {
    pub(super) fn unique(&mut self, heading: &str) -> String {
        let slug = format!("h-{}", slug(heading));
        let next = self.next.entry(slug.clone()).or_insert(1);
        loop {
            let anchor = if *next == 1 { slug.clone() } else { format!("{slug}-{next}") };
            *next += 1;
            if self.given.insert(anchor.clone()) {
                return anchor;
            }
        }
    }
}

/// Lower-case letters and digits of any script, hyphens between words. Whole graphemes, so that no mark loses its letter.
fn slug(heading: &str) -> String {
    let mut slug = String::new();
    let mut chars = 0;
    for grapheme in heading.graphemes(true) {
        let first = grapheme.chars().next().expect("a grapheme has a character");
        if first.is_alphanumeric() {
            chars += grapheme.chars().count();
            if chars > MAX_ANCHOR_CHARS {
                break;
            }
            slug.extend(grapheme.chars().flat_map(char::to_lowercase));
        } else if !matches!(first, '\'' | '\u{2019}') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
            chars += 1;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() { "section".to_owned() } else { slug }
}
