//! Whatever a client gets wrong has a typed answer that says what and where, changes nothing, and tells nothing about the
//! database or the program.

mod reads;
mod writes;

use serde_json::Value;

use crate::app::Reply;

/// Words that only the database, the program's text or a stack could have said.
const INNER_WORDS: [&str; 13] = [
    "sqlite",
    "sqlx",
    "sea_orm",
    "postgres",
    "select ",
    "insert ",
    "constraint",
    "utf8 encoding",
    "panicked",
    "backtrace",
    ".rs",
    "dberr",
    "relation \"",
];

/// Fails when an answer tells of what is inside.
fn assert_tells_nothing_inner(what: &str, answer: &Value) {
    let text = answer.to_string().to_lowercase();
    for word in INNER_WORDS {
        assert!(!text.contains(word), "{what}: {word:?} in {text}");
    }
}

/// The first error's code, path or argument, and message; fails when it is not what a client can work with.
fn fault(what: &str, reply: &Reply) -> (u16, String, String) {
    assert_tells_nothing_inner(what, &reply.body);
    let error = &reply.body["errors"][0];
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.len() > 10 && message.len() < 600, "{what}: {}", reply.text);
    (reply.status, reply.code().to_owned(), message.to_owned())
}
