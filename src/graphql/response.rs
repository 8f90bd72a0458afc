//! The bytes of an answer.

use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

/// An answer to what began to run.
pub fn with_data(response: &Response) -> Vec<u8> {
    json(response)
}

/// An answer to what did not begin to run: by the specification (section 7.1) it has no `data`, not even null.
pub fn without_data(response: &Response) -> Vec<u8> {
    #[derive(Serialize)]
    struct Refusal<'a> {
        errors: &'a [ServerError],
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        extensions: &'a BTreeMap<String, Value>,
    }
    json(&Refusal { errors: &response.errors, extensions: &response.extensions })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("names and plain values can be written")
}
