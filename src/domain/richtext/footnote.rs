//! Writes footnotes out as HTML of our own: comrak builds their ids from the author's labels, which can collide with
//! one another, so ids here are `fn-1` for a note and `fnref-1`, `fnref-1-2`… for the places that refer to it.

use std::collections::HashMap;
use std::fmt::Write as _;

use comrak::Arena;
use comrak::nodes::{Ast, LineColumn, Node, NodeValue};

use super::reserved::OWN;

/// A note links back to this many of the places that refer to it.
const MAX_BACK_LINKS: u32 = 20;

pub(super) fn write_out<'a>(arena: &'a Arena<'a>, root: Node<'a>) {
    let raw = |html: String| -> Node<'a> {
        arena.alloc(Ast::new(NodeValue::Raw(html), LineColumn { line: 0, column: 0 }).into())
    };
    let mut references: HashMap<u32, u32> = HashMap::new();
    for node in root.descendants() {
        let mut data = node.data_mut();
        if let NodeValue::FootnoteReference(reference) = &data.value {
            let note = reference.ix;
            let count = references.entry(note).or_default();
            *count += 1;
            let id = reference_id(note, *count);
            data.value = NodeValue::Raw(format!(
                "<sup class=\"footnote-ref\"><a href=\"#fn-{note}\" {OWN}=\"{id}\">{note}</a></sup>"
            ));
        }
    }

    let definitions: Vec<Node<'a>> = root
        .children()
        .filter(|node| matches!(node.data().value, NodeValue::FootnoteDefinition(_)))
        .collect();
    if definitions.is_empty() {
        return;
    }
    root.append(raw("<section class=\"footnotes\">\n<ol>\n".to_owned()));
    for (note, definition) in (1u32..).zip(definitions) {
        root.append(raw(format!("<li {OWN}=\"fn-{note}\">\n")));
        let back = raw(back_links(note, references.get(&note).copied().unwrap_or(0)));
        let last = definition.last_child();
        while let Some(child) = definition.first_child() {
            root.append(child);
        }
        definition.detach();
        match last {
            Some(last) if matches!(last.data().value, NodeValue::Paragraph) => last.append(back),
            _ => root.append(back),
        }
        root.append(raw("</li>\n".to_owned()));
    }
    root.append(raw("</ol>\n</section>\n".to_owned()));
}

fn back_links(note: u32, references: u32) -> String {
    let mut html = String::new();
    for count in 1..=references.min(MAX_BACK_LINKS) {
        let id = reference_id(note, count);
        let label = &id["fnref-".len()..];
        write!(
            html,
            " <a href=\"#{id}\" class=\"footnote-backref\" aria-label=\"Back to reference {label}\">\u{21A9}</a>"
        )
        .expect("writing to a string does not fail");
    }
    html
}

fn reference_id(note: u32, count: u32) -> String {
    if count == 1 { format!("fnref-{note}") } else { format!("fnref-{note}-{count}") }
}
