//! Types and properties of schema.org, against which tests hold our structured data. The file says where they are from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

const SCHEMA_ORG: &str = include_str!("vocabulary/schema_org.json");

/// What schema.org does not know of these data, or knows otherwise.
pub fn faults(data: &Value) -> Vec<String> {
    let vocabulary: Vocabulary = serde_json::from_str(SCHEMA_ORG).expect("a vocabulary");
    let mut wrong = Vec::new();
    vocabulary.check(data, &[], &mut wrong);
    wrong
}

/// A check that finds nothing would be none.
#[test]
fn what_schema_org_does_not_have_is_found() {
    let data = serde_json::json!({ "@type": "HowToStep", "steps": 1, "tool": { "@type": "Clip" } });
    assert_eq!(faults(&data), ["steps is no property of HowToStep", "tool is no property of HowToStep"]);
    let data = serde_json::json!({ "@type": "Question", "acceptedAnswer": { "@type": "Person" } });
    assert_eq!(faults(&data).len(), 1);
}

#[derive(Deserialize)]
struct Vocabulary {
    types: BTreeMap<String, Type>,
}

#[derive(Deserialize)]
struct Type {
    parents: Vec<String>,
    /// What a property may be.
    properties: BTreeMap<String, Vec<String>>,
}

impl Vocabulary {
    /// A type and all that it is a kind of.
    fn kinds(&self, name: &str) -> BTreeSet<String> {
        let mut kinds = BTreeSet::from([name.to_owned()]);
        if let Some(found) = self.types.get(name) {
            kinds.extend(found.parents.iter().flat_map(|parent| self.kinds(parent)));
        }
        kinds
    }

    fn ranges(&self, types: &[String], property: &str) -> Option<BTreeSet<String>> {
        let kinds = types.iter().flat_map(|name| self.kinds(name));
        let found = kinds.filter_map(|kind| self.types.get(&kind)?.properties.get(property).cloned());
        let found: Vec<_> = found.collect();
        (!found.is_empty()).then(|| found.into_iter().flatten().collect())
    }

    /// `expected` is what the property above may be; nothing is said of the outermost.
    fn check(&self, value: &Value, expected: &[String], wrong: &mut Vec<String>) {
        let Value::Object(fields) = value else { return };
        let types = names(&fields["@type"]);
        for name in types.iter().filter(|name| !self.types.contains_key(*name)) {
            wrong.push(format!("{name} is no type"));
        }
        let is_expected = types.iter().flat_map(|name| self.kinds(name)).any(|kind| expected.contains(&kind));
        if !expected.is_empty() && !is_expected {
            wrong.push(format!("{types:?} is none of {expected:?}"));
        }
        for (property, value) in fields.iter().filter(|(name, _)| !name.starts_with('@')) {
            let Some(ranges) = self.ranges(&types, property) else {
                wrong.push(format!("{property} is no property of {}", types.join(", ")));
                continue;
            };
            let ranges: Vec<String> = ranges.into_iter().collect();
            for one in value.as_array().map_or_else(|| vec![value], |list| list.iter().collect()) {
                let plain = match one {
                    Value::String(_) => &["Text", "URL", "Date", "DateTime", "Duration"][..],
                    Value::Number(_) => &["Number", "Integer"],
                    Value::Bool(_) => &["Boolean"],
                    _ => &[],
                };
                if !one.is_object() && !plain.iter().any(|kind| ranges.iter().any(|range| range == kind)) {
                    wrong.push(format!("{property} is one of {ranges:?}, not {one}"));
                }
                self.check(one, &ranges, wrong);
            }
        }
    }
}

fn names(value: &Value) -> Vec<String> {
    let list = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
    list.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
