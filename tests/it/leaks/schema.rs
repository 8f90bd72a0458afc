//! The schema as introspection tells it, which is all that a stranger knows of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use crate::app::{As, TestApp};

const INTROSPECTION: &str = "query Introspection {
    __schema { queryType { name } mutationType { name } types {
        kind name fields(includeDeprecated: true) { name args { name type { ...Reference } } type { ...Reference } }
        inputFields { name type { ...Reference } } enumValues(includeDeprecated: true) { name } possibleTypes { name }
    } }
}
fragment Reference on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

pub struct Schema {
    pub query: String,
    pub mutation: String,
    types: BTreeMap<String, Type>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Type {
    pub kind: String,
    pub name: String,
    fields: Option<Vec<Field>>,
    input_fields: Option<Vec<Input>>,
    enum_values: Option<Vec<Named>>,
    possible_types: Option<Vec<Named>>,
}

#[derive(Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(rename = "args")]
    pub arguments: Vec<Input>,
    #[serde(rename = "type")]
    pub answer: Reference,
}

/// An argument, or a field of an input object.
#[derive(Deserialize)]
pub struct Input {
    pub name: String,
    #[serde(rename = "type")]
    pub value: Reference,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<Self>>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Schema {
    pub async fn read(app: &TestApp) -> Self {
        let answer = app.data(As::Anonymous, INTROSPECTION, json!({})).await;
        let schema = &answer["__schema"];
        let root = |name: &str| schema[name]["name"].as_str().expect("a root type").to_owned();
        let types: Vec<Type> = serde_json::from_value(schema["types"].clone()).expect("types");
        Self {
            query: root("queryType"),
            mutation: root("mutationType"),
            types: types.into_iter().map(|ty| (ty.name.clone(), ty)).collect(),
        }
    }

    pub fn get(&self, name: &str) -> &Type {
        &self.types[name]
    }

    /// The object types that a value of this type can have.
    fn objects(&self, name: &str) -> Vec<&Type> {
        let ty = self.get(name);
        match &ty.possible_types {
            Some(possible) => possible.iter().map(|one| self.get(&one.name)).collect(),
            None => vec![ty],
        }
    }

    /// What can be asked of a value of this type: its own fields, and those that only some of its objects have.
    pub fn sides(&self, name: &str) -> Vec<(&Type, Vec<&Field>)> {
        let ty = self.get(name);
        let more = ty.possible_types.iter().flatten().map(|one| {
            let object = self.get(&one.name);
            let is_own = |field: &&Field| !ty.fields().iter().any(|common| common.name == field.name);
            (object, object.fields().iter().filter(is_own).collect())
        });
        std::iter::once((ty, ty.fields().iter().collect())).chain(more).collect()
    }

    pub fn is_leaf(&self, field: &Field) -> bool {
        ["SCALAR", "ENUM"].contains(&self.get(field.answer.named()).kind.as_str())
    }

    /// Every `Type.field` of every object type that queries lead to.
    pub fn reachable(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut types = vec![self.query.as_str()];
        let mut seen = BTreeSet::new();
        while let Some(name) = types.pop() {
            for object in self.objects(name).into_iter().filter(|object| seen.insert(&object.name)) {
                for field in object.fields() {
                    found.insert(format!("{}.{}", object.name, field.name));
                    types.push(field.answer.named());
                }
            }
        }
        found
    }
}

impl Type {
    pub fn fields(&self) -> &[Field] {
        self.fields.as_deref().unwrap_or_default()
    }

    pub fn inputs(&self) -> &[Input] {
        self.input_fields.as_deref().unwrap_or_default()
    }

    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.enum_values.iter().flatten().map(|value| value.name.as_str())
    }
}

impl Field {
    pub fn has(&self, argument: &str) -> bool {
        self.arguments.iter().any(|known| known.name == argument)
    }
}

impl Reference {
    /// The type without "not null" and "list of".
    pub fn named(&self) -> &str {
        match &self.of_type {
            Some(inner) => inner.named(),
            None => self.name.as_deref().expect("a named type"),
        }
    }

    pub fn is_required(&self) -> bool {
        self.kind == "NON_NULL"
    }

    pub fn is_list(&self) -> bool {
        self.kind == "LIST" || self.of_type.as_ref().is_some_and(|inner| inner.is_list())
    }
}
