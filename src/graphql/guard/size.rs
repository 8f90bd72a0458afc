//! How large the schema is, on the average, for the price of asking for the schema itself.

use async_graphql::parser::types::{InputValueDefinition, ServiceDocument, TypeKind};
use async_graphql::{Positioned, parser::types::TypeSystemDefinition};

/// How many items the lists of introspection have: all types, and for the others the average where there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SchemaSize {
    pub(super) types: u64,
    pub(super) fields: u64,
    pub(super) arguments: u64,
    pub(super) input_fields: u64,
    pub(super) enum_values: u64,
    pub(super) interfaces: u64,
    pub(super) possible_types: u64,
}

/// A sum and how many it is of; the average is rounded up.
#[derive(Debug, Clone, Copy, Default)]
struct Average {
    sum: u64,
    of: u64,
}

impl Average {
    fn add(&mut self, items: usize) {
        if items > 0 {
            self.sum += u64::try_from(items).unwrap_or(u64::MAX);
            self.of += 1;
        }
    }

    fn rounded_up(self) -> u64 {
        self.sum.div_ceil(self.of.max(1)).max(1)
    }
}

impl SchemaSize {
    pub(super) fn of(document: &ServiceDocument) -> Self {
        let (mut types, mut fields, mut arguments, mut inputs) =
            (0, Average::default(), Average::default(), Average::default());
        let (mut values, mut interfaces, mut possible) =
            (Average::default(), Average::default(), Average::default());
        let (mut implementations, mut abstract_types) = (0_usize, 0_usize);
        for definition in &document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            types += 1;
            let of_type = match &definition.node.kind {
                TypeKind::Object(object) => {
                    interfaces.add(object.implements.len());
                    implementations += object.implements.len();
                    &object.fields
                }
                TypeKind::Interface(interface) => {
                    abstract_types += 1;
                    &interface.fields
                }
                TypeKind::Union(union) => {
                    possible.add(union.members.len());
                    continue;
                }
                TypeKind::Enum(cases) => {
                    values.add(cases.values.len());
                    continue;
                }
                TypeKind::InputObject(input) => {
                    inputs.add(input.fields.len());
                    continue;
                }
                TypeKind::Scalar => continue,
            };
            fields.add(of_type.len());
            for field in of_type {
                let list: &[Positioned<InputValueDefinition>] = &field.node.arguments;
                arguments.add(list.len());
            }
        }
        possible.add(implementations.div_ceil(abstract_types.max(1)));
        Self {
            types,
            fields: fields.rounded_up(),
            arguments: arguments.rounded_up(),
            input_fields: inputs.rounded_up(),
            enum_values: values.rounded_up(),
            interfaces: interfaces.rounded_up(),
            possible_types: possible.rounded_up(),
        }
    }

    /// How many objects a field of introspection answers. What is not a list answers one.
    pub(super) fn items(&self, field: &str) -> u64 {
        match field {
            "types" => self.types,
            "fields" => self.fields,
            "args" => self.arguments,
            "inputFields" => self.input_fields,
            "enumValues" => self.enum_values,
            "interfaces" => self.interfaces,
            "possibleTypes" => self.possible_types,
            "directives" => 5,
            _ => 1,
        }
    }
}
