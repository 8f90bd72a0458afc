//! The estimate: one walk over the chosen operation with a memo per selection set and concrete type.
//! A fragment spread a thousand times is priced once per type, so the time is at most sets times types. Sums saturate.
//! The survey has bounded the recursion: selection sets nest at most [`Limits::nesting`](super::Limits) levels, fragments included.

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Value, Variables};

use super::CostModel;
use super::model::{Child, Rows, SEARCH, TypeIndex, page};

/// Rows assumed for a list of objects whose length the query does not say.
const ASSUMED_LIST: u64 = 5;
/// The least price of asking for the schema, and how many objects of its description make a point beyond it.
const INTROSPECTION: u64 = 50;
const OBJECTS_PER_POINT: u64 = 200;
const UNKNOWN: u64 = 1;

pub(super) fn estimate(
    model: &CostModel,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> u64 {
    let (memo, schema_memo) = (HashMap::new(), HashMap::new());
    let mut walk = Walk { model, document, operation, variables, memo, schema_memo };
    match model.root(operation.ty) {
        Some(root) => walk.set(&operation.selection_set.node, root).once,
        None => UNKNOWN,
    }
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
    /// The objects below a selection set that asks for the schema.
    schema_memo: HashMap<*const SelectionSet, u64>,
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
            "__schema" | "__type" => {
                let objects = self.schema_objects(&field.selection_set.node);
                return Cost::once(objects.div_ceil(OBJECTS_PER_POINT).max(INTROSPECTION));
            }
            _ => {}
        }
        let Some(rule) = self.model.types[of].fields.get(field.name.node.as_str()) else {
            return Cost::once(UNKNOWN);
        };
        let below = &field.selection_set.node;
        let times = |rows: u64, child: u64| rows.saturating_mul(child.saturating_add(1));
        let child = match &rule.child {
            // Under an alias it can stand there any number of times, and every one makes the answer longer.
            Child::None => return Cost::once(rule.base.max(u64::from(field.alias.is_some()))),
            Child::One(answer) => self.set(below, *answer).once,
            Child::PerRow(answer) => return Cost { once: rule.base, per_row: self.set(below, *answer).once },
            Child::List(answer, rows) => times(self.rows(*rows, field), self.set(below, *answer).once),
            Child::Connection(answer, rows) => {
                let cost = self.set(below, *answer);
                times(self.rows(*rows, field), cost.per_row).saturating_add(cost.once)
            }
        };
        let search = if self.searches(field) { SEARCH } else { 0 };
        Cost::once(rule.base.saturating_add(child).saturating_add(search))
    }

    /// Whether a list is filtered by part of a text, which looks at more rows than it answers.
    fn searches(&self, field: &Field) -> bool {
        let Some(filter) = self.given(field, "filter") else { return false };
        let Value::Object(fields) = &*filter else { return false };
        ["slugPrefix", "text"].into_iter().any(|name| fields.contains_key(name))
    }

    /// The survey has bounded the nesting; fragments that spread each other are counted once and remembered.
    fn schema_objects(&mut self, set: &'a SelectionSet) -> u64 {
        let key = std::ptr::from_ref(set);
        if let Some(known) = self.schema_memo.get(&key) {
            return *known;
        }
        let mut sum: u64 = 0;
        for item in &set.items {
            let below = match &item.node {
                Selection::Field(field) if field.node.selection_set.node.items.is_empty() => 0,
                Selection::Field(field) => {
                    let child = self.schema_objects(&field.node.selection_set.node).saturating_add(1);
                    self.model.size.items(&field.node.name.node).saturating_mul(child)
                }
                Selection::InlineFragment(inline) => self.schema_objects(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get(&spread.node.fragment_name.node) {
                        Some(fragment) => self.schema_objects(&fragment.node.selection_set.node),
                        None => 0,
                    }
                }
            };
            sum = sum.saturating_add(below);
        }
        self.schema_memo.insert(key, sum);
        sum
    }

    fn rows(&self, rows: Rows, field: &Field) -> u64 {
        match rows {
            Rows::Assumed => ASSUMED_LIST,
            Rows::Fixed(rows) => rows,
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
