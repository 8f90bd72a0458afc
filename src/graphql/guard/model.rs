//! What each field of the schema costs, read from the schema's own SDL, so that a new type is priced without a line here.
//! Prices follow the answer's type: a scalar is free, an object is a row, a connection or list is as many rows as asked for.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, FieldDefinition, ServiceDocument, Type, TypeDefinition, TypeKind,
};
use async_graphql::parser::types::{OperationType, TypeSystemDefinition};
use async_graphql::parser::{Error as ParserError, parse_schema};
use async_graphql::{Positioned, Value};

use super::size::SchemaSize;

/// Page size assumed when neither the query nor the schema names one.
const DEFAULT_PAGE: u64 = 20;
/// The longest page; `first` and `last` beyond it are refused by the resolvers.
const MAX_PAGE: u64 = 100;

const OBJECT: u64 = 1;
const CONNECTION: u64 = 2;
const MUTATION: u64 = 10;
/// A statement that looks at more rows than it answers: a search, a count, a list below a row of another list.
pub(super) const SEARCH: u64 = 20;
/// A text that may be hundreds of kilobytes.
const LONG_TEXT: u64 = 1;
/// A blurred picture that is drawn when it is asked for.
const PICTURE: u64 = 2;
/// A text that is made from a routine when it is asked for.
const MADE: u64 = 2;
/// A text that is rendered when it is asked for.
const RENDERED: u64 = 100;
/// Two texts that are compared when it is asked for, for up to 200 ms: an operation has time for twenty.
const COMPARED: u64 = 500;

/// Prices of a schema.
///
/// The cost of an operation is an upper bound on the rows it can make the server load, in points of about one row each,
/// with surcharges for mutations and searches. It is not a time: it takes every page as full, every interface as its
/// dearest type and every `@skip` as not taken, and does not know caches, body lengths or indexes. That is what makes it
/// the same for the same query on every day and node, so that a client can budget with it. Two assumptions are below the
/// worst case: a plain list without an argument counts as 5, and rows that a resolver reads beyond its answer count only where
/// the table says so.
///
/// | field | points |
/// |---|---|
/// | scalar or enum | 0; under an alias 1, because it can stand there again and again |
/// | `markdown`, `html`, `text` of a public text | 1 |
/// | `text`, `printableHtml`, `chapters`, `calendar` of a routine's plan, made when asked | 2 |
/// | `html`, `problems` of a revision, rendered when asked | 100 |
/// | `difference` of two revisions | 500 |
/// | object | 1 + child |
/// | list of objects | n · (1 + child), n = `first`, `last` or `limit`, else the length of `ids`, else 5 |
/// | `steps`, `exercises` and `alternatives` of routines | the same with n = 10 |
/// | connection | 2 + n · (1 + what is below `nodes` and `edges { node }`), n = `first` or `last`; `totalCount` 20 |
/// | connection of a row (`Tag.entries`, `Document.revisions`) | 20 more, for a statement of its own |
/// | list with the filter `slugPrefix` or `text` | 20 more |
/// | top level of a mutation | 10 in place of the 1 or 2 |
/// | `search` | 20 in place of the 1 or 2 |
/// | `__schema`, `__type` | a 200th of the objects below, by the schema's average sizes, at least 50 |
/// | unknown to the schema | 1 |
///
/// A page size comes from the argument, a variable or its default, else the schema's default, else 20, within 1 to 100.
#[derive(Debug, Clone)]
pub struct CostModel {
    pub(super) types: Vec<TypeRule>,
    names: HashMap<String, TypeIndex>,
    query: TypeIndex,
    mutation: Option<TypeIndex>,
    subscription: Option<TypeIndex>,
    pub(super) size: SchemaSize,
}

/// The SDL cannot be used. It is the server's own, so this is a defect and not an answer to a client.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the schema does not parse")]
    Parse(#[from] ParserError),
    #[error("the schema has no query type `{0}`")]
    NoQueryType(String),
}

pub(super) type TypeIndex = usize;

/// An object, interface or union.
#[derive(Debug, Clone, Default)]
pub(super) struct TypeRule {
    pub(super) fields: HashMap<String, FieldRule>,
    /// The object types a value can have; an object has itself.
    pub(super) possible: Vec<TypeIndex>,
}

#[derive(Debug, Clone)]
pub(super) struct FieldRule {
    pub(super) base: u64,
    pub(super) child: Child,
}

/// How the cost below a field enters its own.
#[derive(Debug, Clone)]
pub(super) enum Child {
    /// A scalar or enum: nothing is below.
    None,
    /// One object, counted in the base.
    One(TypeIndex),
    /// `nodes` and `edges`: multiplied by the page of the connection above.
    PerRow(TypeIndex),
    List(TypeIndex, Rows),
    Connection(TypeIndex, Rows),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    /// `first`, `last` or `limit`, and what to take without them.
    Paged {
        default: u64,
    },
    /// As many as the `ids` argument has.
    Ids,
    Assumed,
    /// Lists that are longer than is usually assumed.
    Fixed(u64),
}

impl CostModel {
    /// Reads the prices from SDL as `Schema::sdl` prints it.
    pub fn from_sdl(sdl: &str) -> Result<Self, ModelError> {
        let document = parse_schema(sdl)?;
        let names = composite_names(&document);
        let root = |operation| {
            let name = root_name(&document, operation);
            names.get(&name).copied().ok_or(name)
        };
        let mut model = Self {
            types: vec![TypeRule::default(); names.len()],
            query: root(OperationType::Query).map_err(ModelError::NoQueryType)?,
            mutation: root(OperationType::Mutation).ok(),
            subscription: root(OperationType::Subscription).ok(),
            size: SchemaSize::of(&document),
            names,
        };
        for definition in type_definitions(&document) {
            model.add(definition);
        }
        Ok(model)
    }

    pub(super) fn index(&self, name: &str) -> Option<TypeIndex> {
        self.names.get(name).copied()
    }

    pub(super) fn root(&self, operation: OperationType) -> Option<TypeIndex> {
        match operation {
            OperationType::Query => Some(self.query),
            OperationType::Mutation => self.mutation,
            OperationType::Subscription => self.subscription,
        }
    }

    fn add(&mut self, definition: &TypeDefinition) {
        let name = definition.name.node.as_str();
        let Some(index) = self.index(name) else { return };
        let (fields, implements) = match &definition.kind {
            TypeKind::Object(object) => {
                self.add_possible(index, index);
                (&object.fields, &object.implements)
            }
            TypeKind::Interface(interface) => {
                self.add_fields(index, name, &interface.fields);
                return;
            }
            TypeKind::Union(union) => {
                for member in &union.members {
                    if let Some(member) = self.index(&member.node) {
                        self.add_possible(index, member);
                    }
                }
                return;
            }
            TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => return,
        };
        for interface in implements {
            if let Some(interface) = self.index(&interface.node) {
                self.add_possible(interface, index);
            }
        }
        self.add_fields(index, name, fields);
    }

    fn add_possible(&mut self, of: TypeIndex, object: TypeIndex) {
        if !self.types[of].possible.contains(&object) {
            self.types[of].possible.push(object);
        }
    }

    fn add_fields(&mut self, index: TypeIndex, type_name: &str, fields: &[Positioned<FieldDefinition>]) {
        for field in fields {
            let mut rule = self.price(type_name, &field.node);
            if self.mutation == Some(index) {
                rule.base = rule.base.max(MUTATION);
            }
            self.types[index].fields.insert(field.node.name.node.to_string(), rule);
        }
    }

    fn price(&self, parent: &str, field: &FieldDefinition) -> FieldRule {
        let name = field.name.node.as_str();
        let (answer, is_list) = unwrapped(&field.ty.node);
        let index = self.index(answer);
        let (base, child) = match (index, name) {
            (None, "totalCount") if is_connection(parent) => (SEARCH, Child::None),
            (None, "html") if parent == "Revision" => (RENDERED, Child::None),
            (None, "markdown" | "html" | "text") if parent == "RichText" => (LONG_TEXT, Child::None),
            (None, "transcript") if parent == "Asset" => (LONG_TEXT, Child::None),
            (None, "text" | "printableHtml" | "chapters" | "calendar") if parent == "RoutinePlan" => {
                (MADE, Child::None)
            }
            (None, "dataUrl") if parent == "Placeholder" => (PICTURE, Child::None),
            (None, "useCount") if parent == "DeskAsset" => (SEARCH, Child::None),
            (Some(index), "usedBy") if parent == "DeskAsset" => (SEARCH, Child::List(index, rows(field))),
            (None, _) => (0, Child::None),
            (Some(index), "nodes" | "edges") if is_connection(parent) => (0, Child::PerRow(index)),
            (Some(index), "pageInfo") if is_connection(parent) => (0, Child::One(index)),
            (Some(index), "node") if parent.ends_with("Edge") => (0, Child::One(index)),
            (Some(index), "problems") if parent == "Revision" => (RENDERED, Child::List(index, rows(field))),
            (Some(index), "steps" | "exercises" | "alternatives") if is_list => {
                (0, Child::List(index, Rows::Fixed(10)))
            }
            (Some(index), _) if is_list => (0, Child::List(index, rows(field))),
            (Some(index), _) if is_connection(answer) => {
                let own_statement = if ["Query", "Desk"].contains(&parent) { 0 } else { SEARCH };
                (CONNECTION + own_statement, Child::Connection(index, rows(field)))
            }
            (Some(index), "difference") if parent == "Document" => (COMPARED, Child::One(index)),
            (Some(index), _) => (OBJECT, Child::One(index)),
        };
        FieldRule { base: if name == "search" { base.max(SEARCH) } else { base }, child }
    }
}

/// The page a number asks for, within what the resolvers accept.
pub(super) fn page(size: i64) -> u64 {
    u64::try_from(size).unwrap_or(0).clamp(1, MAX_PAGE)
}

fn rows(field: &FieldDefinition) -> Rows {
    let is_connection = is_connection(unwrapped(&field.ty.node).0);
    let argument = |name: &str| field.arguments.iter().find(|argument| argument.node.name.node == name);
    let sizes: Vec<_> = ["first", "last", "limit"].into_iter().filter_map(argument).collect();
    if sizes.is_empty() && !is_connection {
        return if argument("ids").is_some() { Rows::Ids } else { Rows::Assumed };
    }
    let defaults = sizes.iter().filter_map(|size| match &size.node.default_value.as_ref()?.node {
        Value::Number(number) => number.as_i64().map(page),
        _ => None,
    });
    Rows::Paged { default: defaults.max().unwrap_or(DEFAULT_PAGE) }
}

fn is_connection(type_name: &str) -> bool {
    type_name.ends_with("Connection")
}

fn unwrapped(ty: &Type) -> (&str, bool) {
    let mut ty = ty;
    let mut is_list = false;
    loop {
        match &ty.base {
            BaseType::Named(name) => return (name, is_list),
            BaseType::List(inner) => (ty, is_list) = (inner, true),
        }
    }
}

fn composite_names(document: &ServiceDocument) -> HashMap<String, TypeIndex> {
    let mut names = HashMap::new();
    for definition in type_definitions(document) {
        if matches!(definition.kind, TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)) {
            let next = names.len();
            names.entry(definition.name.node.to_string()).or_insert(next);
        }
    }
    names
}

fn type_definitions(document: &ServiceDocument) -> impl Iterator<Item = &TypeDefinition> {
    document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(&definition.node),
        _ => None,
    })
}

/// The name in the `schema` definition, or the usual one.
fn root_name(document: &ServiceDocument, operation: OperationType) -> String {
    let declared = document.definitions.iter().find_map(|definition| match definition {
        TypeSystemDefinition::Schema(schema) => match operation {
            OperationType::Query => schema.node.query.as_ref(),
            OperationType::Mutation => schema.node.mutation.as_ref(),
            OperationType::Subscription => schema.node.subscription.as_ref(),
        },
        _ => None,
    });
    match (declared, operation) {
        (Some(name), _) => name.node.to_string(),
        (None, OperationType::Query) => "Query".to_owned(),
        (None, OperationType::Mutation) => "Mutation".to_owned(),
        (None, OperationType::Subscription) => "Subscription".to_owned(),
    }
}
