//! The estimate: one walk over the chosen operation with a memo per selection set and concrete type.
//! A fragment spread a thousand times is priced once per type, so the time is at most sets times types. Sums saturate.
//! The survey has bounded the recursion: selection sets nest at most [`Limits::nesting`](super::Limits) levels, fragments included.

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Value, Variables};

use super::CostModel;
use super::model::{Child, Rows, TypeIndex, page};

/// Rows assumed for a list of objects whose length the query does not say.
const ASSUMED_LIST: u64 = 5;
const INTROSPECTION: u64 = 50;
const UNKNOWN: u64 = 1;

pub(super) struct Estimate {
    pub(super) cost: u64,
    pub(super) introspection_only: bool,
}

pub(super) fn estimate(
    model: &CostModel,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Estimate {
    let set = &operation.selection_set.node;
    let mut walk = Walk { model, document, operation, variables, memo: HashMap::new() };
    let cost = match model.root(operation.ty) {
        Some(root) => walk.set(set, root).once,
        None => UNKNOWN,
    };
    Estimate { cost, introspection_only: asks_only_for_schema(document, set) }
}

/// The cost of a selection set: `per_row` is what stands below `nodes` and `edges`, to be multiplied by the page.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    once: u64,
    per_row: u64,
}

impl Cost {
    fn once(once: u64) -> Self {
        Self { once, per_row: 0 }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            once: self.once.saturating_add(other.once),
            per_row: self.per_row.saturating_add(other.per_row),
        }
    }

    fn dearer(self, other: Self) -> Self {
        Self { once: self.once.max(other.once), per_row: self.per_row.max(other.per_row) }
    }
}

struct Walk<'a> {
    model: &'a CostModel,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// A selection set is known by its address: the document is borrowed for the whole walk.
    memo: HashMap<(*const SelectionSet, TypeIndex), Cost>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet, of: TypeIndex) -> Cost {
        let key = (std::ptr::from_ref(set), of);
        if let Some(known) = self.memo.get(&key) {
            return *known;
        }
        let model = self.model;
        let possible = &model.types[of].possible;
        let is_concrete = possible.is_empty() || possible.contains(&of);
        let cost = if is_concrete {
            set.items.iter().fold(Cost::default(), |sum, item| sum.plus(self.selection(&item.node, of)))
        } else {
            // An object has every field of its interfaces, so the maximum over the objects holds the shared fields too.
            possible.iter().fold(Cost::default(), |dearest, object| dearest.dearer(self.set(set, *object)))
        };
        self.memo.insert(key, cost);
        cost
    }

    fn selection(&mut self, selection: &'a Selection, of: TypeIndex) -> Cost {
        let (condition, set) = match selection {
            Selection::Field(field) => return self.field(&field.node, of),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                (condition, &inline.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                match self.document.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => {
                        (Some(&fragment.node.type_condition.node.on.node), &fragment.node.selection_set.node)
                    }
                    None => return Cost::once(UNKNOWN),
                }
            }
        };
        let Some(condition) = condition else { return self.set(set, of) };
        match self.model.index(condition) {
            Some(condition) if condition == of || self.model.types[condition].possible.contains(&of) => {
                self.set(set, of)
            }
            Some(_) => Cost::default(),
            None => Cost::once(UNKNOWN),
        }
    }

    fn field(&mut self, field: &'a Field, of: TypeIndex) -> Cost {
        match field.name.node.as_str() {
            "__typename" => return Cost::default(),
            "__schema" | "__type" => return Cost::once(INTROSPECTION),
            _ => {}
        }
        let Some(rule) = self.model.types[of].fields.get(field.name.node.as_str()) else {
            return Cost::once(UNKNOWN);
        };
        let below = &field.selection_set.node;
        let times = |rows: u64, child: u64| rows.saturating_mul(child.saturating_add(1));
        let child = match &rule.child {
            Child::None => 0,
            Child::One(answer) => self.set(below, *answer).once,
            Child::PerRow(answer) => return Cost { once: rule.base, per_row: self.set(below, *answer).once },
            Child::List(answer, rows) => times(self.rows(*rows, field), self.set(below, *answer).once),
            Child::Connection(answer, rows) => {
                let cost = self.set(below, *answer);
                times(self.rows(*rows, field), cost.per_row).saturating_add(cost.once)
            }
        };
        Cost::once(rule.base.saturating_add(child))
    }

    fn rows(&self, rows: Rows, field: &Field) -> u64 {
        match rows {
            Rows::Assumed => ASSUMED_LIST,
            Rows::Ids => match self.given(field, "ids").as_deref() {
                Some(Value::List(ids)) => u64::try_from(ids.len()).unwrap_or(u64::MAX),
                // One value stands for a list of one.
                Some(_) => 1,
                None => ASSUMED_LIST,
            },
            Rows::Paged { default } => {
                let asked = ["first", "last", "limit"].into_iter().filter_map(|name| self.given(field, name));
                let pages = asked.map(|value| match &*value {
                    Value::Number(number) => page(number.as_i64().unwrap_or(i64::MAX)),
                    // Of a wrong type: validation refuses it, until then it is the dearest.
                    _ => page(i64::MAX),
                });
                pages.max().unwrap_or(default)
            }
        }
    }

    /// The value of an argument; nothing where it is left out or null. A variable's value is not copied: it may be
    /// large. Variables inside a list only count as items.
    fn given(&self, field: &Field, name: &str) -> Option<Cow<'a, Value>> {
        let mut variable = None;
        let Ok(literal) = field.get_argument(name)?.node.clone().into_const_with(|name| {
            variable = Some(name);
            Ok::<_, Infallible>(Value::Null)
        });
        let value = match (literal, variable) {
            (Value::Null, Some(variable)) => Cow::Borrowed(self.variable(&variable)?),
            (literal, _) => Cow::Owned(literal),
        };
        Some(value).filter(|value| **value != Value::Null)
    }

    fn variable(&self, name: &str) -> Option<&'a Value> {
        let mut definitions = self.operation.variable_definitions.iter();
        self.variables.get(name).or_else(|| {
            let definition = definitions.find(|definition| definition.node.name.node == name)?;
            definition.node.default_value()
        })
    }
}

/// The survey has bounded the expanded selections, so this needs no memo.
fn asks_only_for_schema(document: &ExecutableDocument, set: &SelectionSet) -> bool {
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => {
            matches!(field.node.name.node.as_str(), "__schema" | "__type" | "__typename")
        }
        Selection::InlineFragment(inline) => asks_only_for_schema(document, &inline.node.selection_set.node),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .is_some_and(|fragment| asks_only_for_schema(document, &fragment.node.selection_set.node)),
    })
}
