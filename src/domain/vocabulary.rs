//! Types and properties of schema.org, against which tests hold our structured data. The file says where they are from. The
//! stories include this module too, for what is served.

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
    let data = serde_json::json!({ "@type": "HowTo", "totalTime": "5 minutes", "dateModified": "2026-11-23T09:00:00",
        "datePublished": "yesterday", "url": "/routines/legs", "description": null, "video": "a film" });
    assert_eq!(faults(&data).len(), 6, "{:?}", faults(&data));
    let data = serde_json::json!({ "@type": "HowTo", "totalTime": "P1DT2H3.5S", "dateModified": "2026-11-23T09:00:00.5Z",
        "datePublished": "2026-11", "url": "https://steady.example/", "description": "", "name": "yesterday" });
    assert_eq!(faults(&data), [""; 0]);
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
                if !one.is_object() && !ranges.iter().any(|range| is_a(one, range)) {
                    wrong.push(format!("{property} is one of {ranges:?}, not {one}"));
                }
                self.check(one, &ranges, wrong);
            }
        }
    }
}

/// Whether a plain value has the form of a data type.
fn is_a(value: &Value, data_type: &str) -> bool {
    match (value, data_type) {
        (Value::String(_), "Text") | (Value::Number(_), "Number") | (Value::Bool(_), "Boolean") => true,
        (Value::Number(number), "Integer") => number.is_i64() || number.is_u64(),
        (Value::String(text), "URL") => {
            url::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
        }
        (Value::String(text), "Date") => is_date(text),
        (Value::String(text), "DateTime") => {
            text.split_once('T').is_some_and(|(date, _)| date.len() == 10 && is_date(date))
                && text.parse::<jiff::Timestamp>().is_ok()
        }
        (Value::String(text), "Duration") => is_duration(text),
        _ => false,
    }
}

/// A day, a month or a year (ISO 8601-1, 5.2.2).
fn is_date(text: &str) -> bool {
    let day = format!("{text}{}", "0000-01-01".get(text.len()..).unwrap_or_default());
    [4, 7, 10].contains(&text.len()) && day.parse::<jiff::civil::Date>().is_ok()
}

/// Such as `P1DT2H30M` (ISO 8601-1, 5.5.2): each unit at most once, and in this order.
fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else { return false };
    let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
    let parts = |text: &str, units: &str| {
        let mut left = units;
        let mut amounts = text.split_inclusive(|c: char| c.is_ascii_alphabetic());
        amounts.all(|part| {
            let unit = part.len().checked_sub(1).and_then(|at| left.find(part.get(at..)?));
            left = unit.and_then(|at| left.get(at + 1..)).unwrap_or_default();
            unit.is_some()
                && part.as_bytes()[0].is_ascii_digit()
                && part[..part.len() - 1].parse::<f64>().is_ok()
        })
    };
    let is_known = parts(date, "YMWD") && time.is_none_or(|time| !time.is_empty() && parts(time, "HMS"));
    is_known && !rest.is_empty()
}

fn names(value: &Value) -> Vec<String> {
    let list = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
    list.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
