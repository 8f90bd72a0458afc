//! Leaf directives: `::post[slug]`, `::page[slug]`, `::routine[slug]`, `::image[asset]`, `::audio[asset]`, `::video[asset or URL, poster]`, alone on
//! a line of a paragraph.
//! A directive is recognised in the source line and not in comrak's text, so that escapes, entities and reference
//! links cannot change its meaning. What looks like one and cannot be published stays text and becomes a fault.

mod fault;
mod meaning;

use std::collections::HashSet;

use comrak::nodes::{Ast, LineColumn, Node, NodeValue};
use comrak::{Arena, node_matches};

use super::embed::Embed;
use super::reserved::{OWN, is_reserved};

/// Lines looked through for one directive. Reached only where a thousand link definitions stand right above it.
const MAX_DRIFT: usize = 1_000;

/// A place in the Markdown source, both from 1. Columns count Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

pub use fault::DirectiveFaultKind;
use fault::MAX_FILES;

/// A directive that cannot be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveFault {
    pub place: Place,
    pub kind: DirectiveFaultKind,
}

pub(super) struct Directives {
    pub(super) embeds: Vec<Embed>,
    /// Where each of them stands.
    pub(super) places: Vec<Place>,
    pub(super) faults: Vec<DirectiveFault>,
}

/// Replaces the directives of the tree by slots. `source` is what comrak read, `original` what the author wrote.
pub(super) fn extract<'a>(arena: &'a Arena<'a>, root: Node<'a>, source: &str, original: &str) -> Directives {
    let mut found = Directives { embeds: Vec::new(), places: Vec::new(), faults: Vec::new() };
    if !source.contains("::") {
        return found;
    }
    let mut lines = Lines { source: lines(source), original: lines(original), taken: HashSet::new() };
    // Collected first: the tree changes under way.
    let mut candidates = Vec::new();
    let mut drift = 0;
    for node in root.descendants() {
        if node_matches!(node, NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableCell) {
            drift = line_drift(node);
        } else if starts_line_with_colons(node) {
            candidates.extend(lines.candidate(node, drift).map(|candidate| (node, candidate)));
        }
    }
    let mut files = 0;
    for (node, candidate) in candidates {
        files += usize::from(candidate.meaning.as_ref().is_ok_and(|embed| embed.entry().is_none()));
        let kind = match candidate.meaning {
            Ok(embed) if is_line_of_paragraph(node) && (files <= MAX_FILES || embed.entry().is_some()) => {
                put_slot(arena, node, found.embeds.len());
                found.embeds.push(embed);
                found.places.push(candidate.place);
                continue;
            }
            Ok(_) if files > MAX_FILES => DirectiveFaultKind::TooManyFiles,
            Ok(_) => DirectiveFaultKind::Malformed,
            Err(kind) => kind,
        };
        found.faults.push(DirectiveFault { place: candidate.place, kind });
    }
    found
}

struct Candidate {
    place: Place,
    meaning: Result<Embed, DirectiveFaultKind>,
}

struct Lines<'s> {
    source: Vec<&'s str>,
    original: Vec<&'s str>,
    taken: HashSet<usize>,
}

impl Lines<'_> {
    /// The directive that the author's line has where comrak has the text `start`; `None` for prose, and for a line
    /// whose first colons are escaped.
    fn candidate(&mut self, start: Node<'_>, drift: usize) -> Option<Candidate> {
        let data = start.data();
        let text = data.value.text()?;
        let in_cell = node_matches!(start.parent()?, NodeValue::TableCell);
        let first = data.sourcepos.start.line;
        (first..=first + drift).find_map(|line| {
            let raw = self.source.get(line.checked_sub(1)?)?;
            let offset = raw.find("::")?;
            let prefix = &raw[..offset];
            if !prefix.is_empty() && !prefix.ends_with([' ', '\t', '>', '\u{FEFF}']) {
                return None;
            }
            // A cell of a table with bars is not a line; a line that a table swallowed for want of a blank line is.
            if in_cell && raw.contains('|') {
                return None;
            }
            let written = raw[offset..].trim_end();
            let literal = written.find(['\\', '&']).map_or(written, |end| &written[..end]);
            if !(written.starts_with(text) || text.starts_with(literal)) {
                return None;
            }
            let meaning = parse(written)?;
            let place = Place {
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: self.original_column(line, prefix.chars().count()),
            };
            self.taken.insert(line).then_some(Candidate { place, meaning })
        })
    }

    fn original_column(&self, line: usize, kept_before: usize) -> u32 {
        let original = self.original[line - 1];
        let mut kept = (1u32..).zip(original.chars()).filter(|&(_, c)| !is_reserved(c));
        kept.nth(kept_before).map_or(1, |(column, _)| column)
    }
}

/// The meaning of a line that begins with `::`, or `None` when it is prose: a name and a bracket, or one of
/// our names alone, show that a directive is meant.
fn parse(written: &str) -> Option<Result<Embed, DirectiveFaultKind>> {
    let rest = written.strip_prefix("::")?;
    let name_end =
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(name_end);
    if rest.is_empty() && meaning::is_known(name) {
        return Some(Err(DirectiveFaultKind::Malformed));
    }
    if name.is_empty() || !rest.starts_with('[') {
        return None;
    }
    let argument = rest[1..].strip_suffix(']').filter(|inner| !inner.contains(']'));
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    Some(match argument {
        Some(argument) if meaning::is_known(name) => meaning::embed(name, argument),
        Some(_) if is_name => Err(DirectiveFaultKind::UnknownDirective { name: name.to_owned() }),
        _ => Err(DirectiveFaultKind::Malformed),
    })
}

/// How many lines comrak counts too few within a block: it forgets link definitions at the start of a paragraph and
/// line breaks in the titles of links. The true line is at most so many lines further on.
fn line_drift(block: Node<'_>) -> usize {
    let counted = block.last_child().map_or(usize::MAX, |last| last.data().sourcepos.end.line);
    block.data().sourcepos.end.line.saturating_sub(counted).min(MAX_DRIFT)
}

fn starts_line_with_colons(node: Node<'_>) -> bool {
    node.data().value.text().is_some_and(|text| text.starts_with("::"))
        && node.previous_sibling().is_none_or(is_break)
}

fn is_break(node: Node<'_>) -> bool {
    node_matches!(node, NodeValue::SoftBreak | NodeValue::LineBreak)
}

fn is_line_of_paragraph(start: Node<'_>) -> bool {
    start.parent().is_some_and(|parent| node_matches!(parent, NodeValue::Paragraph))
}

/// Splits the paragraph around the line of `start`: what came before keeps its lines in a paragraph of its own, what
/// comes after stays, so that a paragraph of many directives is still walked once.
fn put_slot<'a>(arena: &'a Arena<'a>, start: Node<'a>, index: usize) {
    let paragraph = start.parent().expect("the caller saw the paragraph");
    if let Some(line_break) = start.previous_sibling() {
        line_break.detach();
    }
    if start.previous_sibling().is_some()
        || paragraph.first_child().is_some_and(|first| !first.same_node(start))
    {
        let before = arena.alloc(Ast::new(NodeValue::Paragraph, LineColumn { line: 0, column: 0 }).into());
        while let Some(first) = paragraph.first_child().filter(|first| !first.same_node(start)) {
            before.append(first);
        }
        paragraph.insert_before(before);
    }
    while let Some(first) = paragraph.first_child() {
        let ends_line = is_break(first);
        first.detach();
        if ends_line {
            break;
        }
    }
    let slot = NodeValue::Raw(format!("<hr {OWN}=\"{index}\">\n"));
    paragraph.insert_before(arena.alloc(Ast::new(slot, LineColumn { line: 0, column: 0 }).into()));
    if paragraph.first_child().is_none() {
        paragraph.detach();
    }
}

/// Lines as Markdown ends them: LF, CR LF or CR.
fn lines(source: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = source;
    while let Some(end) = rest.find(['\n', '\r']) {
        lines.push(&rest[..end]);
        let ending = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[end + ending..];
    }
    lines.push(rest);
    lines
}
