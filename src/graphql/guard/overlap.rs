//! Refuses the first pair of fields that share a response key but not their name or arguments.
//! The library's rule reports every pair and every argument of it: 8 KB of query
//! made 226,000 errors and an answer of 48 MB.
//! The comparison is the library's own (key and innermost type condition), so nothing is refused here that it would accept.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned};

use super::Refusal;

pub(super) fn refuse_conflicts(document: &ExecutableDocument) -> Result<(), Refusal> {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let conflicts = operations.chain(fragments).filter_map(|set| refuse_in_set(document, set).err());
    // Definitions come out of a hash map; the first in the text is told.
    match conflicts.min_by_key(Refusal::position) {
        Some(conflict) => Err(conflict),
        None => Ok(()),
    }
}

/// This set and those below it. A fragment's own sets are checked where it is defined.
fn refuse_in_set(document: &ExecutableDocument, set: &SelectionSet) -> Result<(), Refusal> {
    Siblings { document, seen: HashMap::new(), spread: HashSet::new() }.collect(None, set)?;
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => refuse_in_set(document, &field.node.selection_set.node)?,
            Selection::InlineFragment(inline) => refuse_in_set(document, &inline.node.selection_set.node)?,
            Selection::FragmentSpread(_) => {}
        }
    }
    Ok(())
}

/// The fields that end up in one answer object, by type condition and response key.
struct Siblings<'a> {
    document: &'a ExecutableDocument,
    seen: HashMap<(Option<&'a str>, &'a str), &'a Field>,
    spread: HashSet<&'a str>,
}

impl<'a> Siblings<'a> {
    fn collect(&mut self, condition: Option<&'a str>, set: &'a SelectionSet) -> Result<(), Refusal> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => self.add(condition, &field.node, field.pos)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    self.collect(condition, &inline.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = self.document.fragments.get(name) else { continue };
                    if self.spread.insert(name) {
                        let condition = fragment.node.type_condition.node.on.node.as_str();
                        self.collect(Some(condition), &fragment.node.selection_set.node)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, condition: Option<&'a str>, field: &'a Field, at: Pos) -> Result<(), Refusal> {
        let key = field.response_key().node.as_str();
        let Some(first) = self.seen.insert((condition, key), field) else { return Ok(()) };
        if first.name.node == field.name.node && same_arguments(first, field) {
            return Ok(());
        }
        Err(Refusal::field_conflict(key, at))
    }
}

fn same_arguments(one: &Field, other: &Field) -> bool {
    let has_equal = |(name, value): &(Positioned<Name>, Positioned<_>)| {
        other.get_argument(&name.node).is_some_and(|other| other.node == value.node)
    };
    one.arguments.len() == other.arguments.len() && one.arguments.iter().all(has_equal)
}
