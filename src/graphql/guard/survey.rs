//! The survey: how deep, how wide and how heavy a document becomes once its fragments are put in place, without
//! putting them there. Fragments are visited in dependency order on an explicit stack and remembered, so the time is
//! linear in the text however often they spread each other, and a long chain of them uses no call stack.

use std::collections::HashMap;
use std::convert::Infallible;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Pos, Positioned, Value, Variables};

use super::{Limits, Refusal};

/// Estimated memory of one argument value without its text.
const VALUE_BYTES: usize = 32;

/// A selection set with its fragments in place. Sums saturate.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    pub(super) depth: usize,
    pub(super) selections: usize,
    nesting: usize,
    argument_bytes: usize,
}

/// Checks every operation and fragment, because the library walks all of them; answers the shape of the chosen operation.
pub(super) fn survey(
    document: &ExecutableDocument,
    chosen: &OperationDefinition,
    variables: &Variables,
    limits: &Limits,
) -> Result<Shape, Refusal> {
    let (operations, fragments) = (document.operations.iter().len(), document.fragments.len());
    if operations > limits.operations {
        return Err(Refusal::TooManyOperations { found: operations, limit: limits.operations });
    }
    if fragments > limits.fragments {
        return Err(Refusal::TooManyFragments { found: fragments, limit: limits.fragments });
    }
    let order = dependency_order(document)?;
    let mut surveyor =
        Surveyor { variables: variable_bytes(document, variables), fragments: HashMap::new(), aliases: 0 };
    for name in order {
        let fragment = &document.fragments[name];
        let shape = surveyor.shape(&fragment.node.selection_set.node);
        shape.check(fragment.pos, limits)?;
        surveyor.fragments.insert(name, shape);
    }
    let mut answer = Shape::default();
    for operation in operations_in_text_order(document) {
        let shape = surveyor.shape(&operation.node.selection_set.node);
        shape.check(operation.pos, limits)?;
        if std::ptr::eq(&raw const operation.node, chosen) {
            answer = shape;
        }
    }
    if surveyor.aliases > limits.aliases {
        return Err(Refusal::TooManyAliases { found: surveyor.aliases, limit: limits.aliases });
    }
    Ok(answer)
}

/// The size of each variable's value, or of the largest default that an operation gives it.
fn variable_bytes<'a>(document: &'a ExecutableDocument, variables: &'a Variables) -> HashMap<&'a str, usize> {
    let mut sizes = HashMap::new();
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let size = definition.node.default_value().map_or(0, value_bytes);
            let known: &mut usize = sizes.entry(definition.node.name.node.as_str()).or_default();
            *known = size.max(*known);
        }
    }
    sizes.extend(variables.iter().map(|(name, value)| (name.as_str(), value_bytes(value))));
    sizes
}

impl Shape {
    fn check(&self, at: Pos, limits: &Limits) -> Result<(), Refusal> {
        if self.depth > limits.depth {
            return Err(Refusal::QueryTooDeep { found: self.depth, limit: limits.depth, at });
        }
        if self.nesting > limits.nesting {
            return Err(Refusal::NestingTooDeep { limit: limits.nesting, at });
        }
        if self.selections > limits.selections {
            return Err(Refusal::TooManySelections { found: self.selections, limit: limits.selections, at });
        }
        if self.argument_bytes > limits.argument_bytes {
            let (found, limit) = (self.argument_bytes, limits.argument_bytes);
            return Err(Refusal::ArgumentsTooLarge { found, limit, at });
        }
        Ok(())
    }

    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            selections: self.selections.saturating_add(other.selections),
            nesting: self.nesting.max(other.nesting),
            argument_bytes: self.argument_bytes.saturating_add(other.argument_bytes),
        }
    }
}

struct Surveyor<'a> {
    /// The size of each variable's value.
    variables: HashMap<&'a str, usize>,
    fragments: HashMap<&'a str, Shape>,
    /// Aliases as written, over all definitions surveyed so far.
    aliases: usize,
}

impl Surveyor<'_> {
    /// Recursion goes through brackets only, so the scan has bounded it. Every fragment spread here is known already.
    fn shape(&mut self, set: &SelectionSet) -> Shape {
        let mut sum = Shape::default();
        for item in &set.items {
            let below = match &item.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.below(&field.node)
                }
                Selection::InlineFragment(inline) => self.shape(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    self.fragments.get(spread.node.fragment_name.node.as_str()).copied().unwrap_or_default()
                }
            };
            let argument_bytes = self.argument_bytes(&item.node);
            sum = sum.beside(below).beside(Shape { selections: 1, argument_bytes, ..Shape::default() });
        }
        sum.nesting = sum.nesting.saturating_add(1);
        sum
    }

    fn below(&mut self, field: &Field) -> Shape {
        if field.selection_set.node.items.is_empty() {
            return Shape { depth: 1, ..Shape::default() };
        }
        let shape = self.shape(&field.selection_set.node);
        Shape { depth: shape.depth.saturating_add(1), ..shape }
    }

    /// The literal parts by their size and each variable by the size of its value. Cloning the literals is the
    /// only way to look inside: the library does not export the type of a value that has variables.
    fn argument_bytes(&self, selection: &Selection) -> usize {
        let arguments = match selection {
            Selection::Field(field) => field.node.arguments.as_slice(),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => &[],
        };
        let of_directives = selection.directives().iter().flat_map(|directive| &directive.node.arguments);
        let mut bytes: usize = 0;
        for (_, value) in arguments.iter().chain(of_directives) {
            let Ok(literal) = value.node.clone().into_const_with(|variable| {
                let size = self.variables.get(variable.as_str()).copied().unwrap_or_default();
                bytes = bytes.saturating_add(size);
                Ok::<_, Infallible>(Value::Null)
            });
            bytes = bytes.saturating_add(value_bytes(&literal));
        }
        bytes
    }
}

fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => VALUE_BYTES.saturating_add(text.len()),
        Value::Binary(bytes) => VALUE_BYTES.saturating_add(bytes.len()),
        Value::List(items) => sum(items.iter().map(value_bytes)),
        Value::Object(fields) => sum(fields.values().map(value_bytes)),
        _ => VALUE_BYTES,
    }
}

fn sum(items: impl Iterator<Item = usize>) -> usize {
    items.fold(VALUE_BYTES, usize::saturating_add)
}

enum Step<'a> {
    Enter(&'a str, Pos),
    Leave(&'a str),
}

/// All fragments, each behind those it spreads. Refuses unknown fragments and cycles, wherever they are.
fn dependency_order(document: &ExecutableDocument) -> Result<Vec<&str>, Refusal> {
    let mut order = Vec::new();
    let mut finished: HashMap<&str, bool> = HashMap::new();
    let mut steps = Vec::new();
    // The last pushed comes first: operations before fragments that none of them uses, in the order of the text.
    let mut fragments: Vec<_> = document.fragments.iter().collect();
    fragments.sort_by_key(|(_, fragment)| std::cmp::Reverse(fragment.pos));
    steps.extend(fragments.into_iter().map(|(name, fragment)| Step::Enter(name.as_str(), fragment.pos)));
    for operation in operations_in_text_order(document).into_iter().rev() {
        push_spreads(&operation.node.selection_set.node, &mut steps);
    }
    while let Some(step) = steps.pop() {
        let (name, at) = match step {
            Step::Enter(name, at) => (name, at),
            Step::Leave(name) => {
                finished.insert(name, true);
                order.push(name);
                continue;
            }
        };
        match finished.get(name) {
            Some(true) => continue,
            // Entered and not left: this spread stands inside the fragment it spreads.
            Some(false) => return Err(Refusal::fragment_cycle(name, at)),
            None => {}
        }
        let Some(fragment) = document.fragments.get(name) else {
            return Err(Refusal::unknown_fragment(name, at));
        };
        finished.insert(name, false);
        steps.push(Step::Leave(name));
        push_spreads(&fragment.node.selection_set.node, &mut steps);
    }
    Ok(order)
}

fn push_spreads<'a>(set: &'a SelectionSet, steps: &mut Vec<Step<'a>>) {
    for item in set.items.iter().rev() {
        match &item.node {
            Selection::Field(field) => push_spreads(&field.node.selection_set.node, steps),
            Selection::InlineFragment(inline) => push_spreads(&inline.node.selection_set.node, steps),
            Selection::FragmentSpread(spread) => {
                steps.push(Step::Enter(&spread.node.fragment_name.node, spread.pos));
            }
        }
    }
}

/// The parser keeps definitions in hash maps; refusals should not depend on their order.
fn operations_in_text_order(document: &ExecutableDocument) -> Vec<&Positioned<OperationDefinition>> {
    let mut operations: Vec<_> = document.operations.iter().map(|(_, operation)| operation).collect();
    operations.sort_by_key(|operation| operation.pos);
    operations
}
