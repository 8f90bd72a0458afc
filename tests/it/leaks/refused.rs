//! Every mutation of the schema, sent by somebody who may not change anything, with an input that would change something.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;

use super::plant::{Planted, plant};
use super::schema::{Field, Input, Schema};
use crate::app::{As, TestApp, stories};
use crate::untouched::state;

stories![no_mutation_is_open_to_strangers,];

/// What a stranger may send, and is told that a secret, a password or a token is wrong.
const OPEN: [&str; 8] = [
    "askQuestion",
    "changeQuestionConsents",
    "choosePassword",
    "eraseQuestion",
    "meToo",
    "setUp",
    "signIn",
    "withdrawQuestion",
];

/// What a stranger may send, and is never told anything of.
const SILENT: [&str; 1] = ["requestPasswordReset"];

/// What only a person does, after signing in.
const PERSONAL: [&str; 10] = [
    "changePassword",
    "createToken",
    "eraseOriginal",
    "inviteMember",
    "reinstateAccount",
    "revokeToken",
    "setRole",
    "signOut",
    "signOutEverywhere",
    "suspendAccount",
];

async fn no_mutation_is_open_to_strangers(app: TestApp) {
    let planted = plant(&app).await;
    let schema = Schema::read(&app).await;
    let mutations = schema.get(&schema.mutation).fields();
    let reader = app.token(&[TokenScope::ContentRead]).await;
    let drafts = app.token(&[TokenScope::ContentRead, TokenScope::DraftsRead]).await;
    let before = state(&app).await;
    // Whatever is changed from here on has another date.
    app.advance(60_000);
    for mutation in mutations {
        let query = mutation_with_input(&schema, &planted, mutation);
        if SILENT.contains(&mutation.name.as_str()) {
            continue;
        }
        if OPEN.contains(&mutation.name.as_str()) {
            let data = app.data(As::Anonymous, &query, json!({})).await;
            assert_eq!(data[&mutation.name]["userErrors"].as_array().map(Vec::len), Some(1), "{query}");
            continue;
        }
        let refusals = [
            (As::Anonymous, "UNAUTHENTICATED"),
            (As::Token(&reader), "FORBIDDEN"),
            (As::Token(&drafts), "FORBIDDEN"),
        ];
        for (viewer, code) in refusals {
            let reply = app.send(viewer, &query, json!({})).await;
            assert_eq!((reply.status, reply.code()), (200, code), "{query}\n{}", reply.text);
            assert_eq!(reply.body["data"], json!({ mutation.name.as_str(): null }));
            assert_eq!(reply.body["errors"].as_array().map(Vec::len), Some(1));
            assert_eq!(super::secrets(&reply.text, &reply.body), BTreeSet::new());
        }
    }
    assert_eq!(state(&app).await, before);
    for mutation in mutations.iter().filter(|mutation| SILENT.contains(&mutation.name.as_str())) {
        let query = mutation_with_input(&schema, &planted, mutation);
        let data = app.data(As::Anonymous, &query, json!({})).await;
        assert_eq!(data[&mutation.name], json!({ "userErrors": [] }), "{query}");
    }

    // The inputs are good: the owner changes something with each of them.
    for mutation in mutations.iter().filter(|mutation| !is_open(mutation)) {
        let query = mutation_with_input(&schema, &planted, mutation);
        let before = state(&app).await;
        if PERSONAL.contains(&mutation.name.as_str()) {
            // The story of each of these is in `team`. A token, whatever its scopes, does none of them.
            assert_eq!(app.send(As::Owner, &query, json!({})).await.code(), "FORBIDDEN", "{query}");
            continue;
        }
        app.advance(60_000);
        let data = app.data(As::Owner, &query, json!({})).await;
        assert_eq!(data[&mutation.name]["userErrors"], json!([]), "{query}");
        assert_ne!(state(&app).await, before, "{query}");
    }
}

fn is_open(mutation: &Field) -> bool {
    OPEN.iter().chain(&SILENT).any(|name| *name == mutation.name)
}

fn mutation_with_input(schema: &Schema, planted: &Planted, mutation: &Field) -> String {
    let arguments = mutation.arguments.iter().map(|input| {
        let literal = literal(schema, planted, &mutation.name, input).expect("mutations need their input");
        format!("{}: {literal}", input.name)
    });
    let arguments = match arguments.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        some => format!("({some})"),
    };
    format!("mutation {{ {}{arguments} {{ userErrors {{ path code message }} }} }}", mutation.name)
}

/// The smallest input that the mutation takes and that changes something.
fn literal(schema: &Schema, planted: &Planted, mutation: &str, input: &Input) -> Option<String> {
    let ty = schema.get(input.value.named());
    if ty.kind == "INPUT_OBJECT" {
        let fields = ty.inputs().iter().filter(|inner| inner.value.is_required() || names(inner));
        let fields = fields.filter_map(|inner| {
            Some(format!("{}: {}", inner.name, literal(schema, planted, mutation, inner)?))
        });
        return Some(format!("{{ {} }}", fields.collect::<Vec<_>>().join(", ")));
    }
    if ty.kind == "ENUM" {
        return ty.values().next().map(str::to_owned);
    }
    let special = format!("{mutation}.{}", input.name);
    let targets = &planted.targets;
    let target = targets.get(special.as_str()).or_else(|| targets.get(mutation));
    let document = target.unwrap_or(&planted.later);
    match (ty.name.as_str(), input.name.as_str()) {
        ("ID", _) if input.value.is_list() => Some(format!("[{}]", Value::from(document.as_str()))),
        ("ID", _) => Some(Value::from(document.as_str()).to_string()),
        ("DateTime", _) => Some("\"2027-06-01T00:00:00Z\"".to_owned()),
        ("Int", _) => Some("1".to_owned()),
        // Who agrees to an answer has to give an address.
        ("Boolean", name) => Some((name != "answerPrivately").to_string()),
        ("String", "mimeType") => Some("\"image/png\"".to_owned()),
        ("String", "sha256") => Some(format!("\"{}\"", "0".repeat(64))),
        ("String", name) => Some(format!("\"A new {name}\"")),
        _ => None,
    }
}

/// What new things cannot do without, though the schema lets it be left out.
fn names(input: &Input) -> bool {
    ["title", "name", "alt", "text"].contains(&input.name.as_str())
}
