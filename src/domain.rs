//! The rules: what may be written, what becomes public, who may see what.
//!
//! Adding a content type (the recipe):
//! 1. `entity`: a kind in `kind.rs`, a file for what only it has; `migration`: a step that makes the table.
//! 2. `content.rs`: a variant with its fields; `projection.rs`: its `Detail`; `publish.rs`: the match that writes it.
//! 3. `graphql`: a file with its type, and the variant in the `Entry` interface.
//! 4. `tests/it/`: a story; the leak crawl and the schema check find the rest.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, TryGetable};

pub mod account;
pub mod asset;
pub mod audit;
pub mod author;
pub mod budget;
pub mod catalog;
pub mod change;
pub mod client;
pub mod content;
pub mod credential;
pub mod document;
pub mod entry;
pub mod error;
pub mod form;
pub mod heavy;
pub mod id;
pub mod idempotency;
pub mod installation;
pub mod job;
pub mod keyset;
pub mod limit;
pub mod locale;
mod named;
pub mod password;
pub mod path;
pub mod policy;
pub mod preview;
pub mod projection;
pub mod publish;
pub mod question;
pub mod question_call;
pub mod queue;
pub mod quota;
pub mod related;
pub mod reply_template;
pub mod revision;
pub mod richtext;
pub mod routine;
pub mod schedule;
pub mod sealed;
pub mod secret;
pub mod series;
pub mod session;
pub mod site;
pub mod slug;
pub mod tag;
pub mod text;
pub mod time;
pub mod token;
pub mod upload;
pub mod view;
#[cfg(test)]
mod vocabulary;

/// How much of a text decides its place; the id decides the rest. An index entry of PostgreSQL has at most 2,704 bytes, and
/// a title of emoji becomes 20 letters for each.
const SORT_KEY_BYTES: usize = 400;

/// What text is ordered by: without case and accents.
pub fn sort_key(text: &str) -> String {
    let mut key = deunicode::deunicode(text).to_lowercase();
    key.truncate(key.floor_char_boundary(SORT_KEY_BYTES));
    key
}

/// What the desk's search compares: without case.
fn search_key(text: &str) -> String {
    text.to_lowercase()
}

/// A LIKE pattern that finds `text` anywhere, its own wildcards escaped by a backslash.
fn like_contains(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Does work that takes long on a thread that may be taken up: texts of 200,000 characters take a second when they are
/// hostile, and other requests must not wait for them.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => unreachable!("nobody cancels it, and the runtime outlives its requests"),
        },
    }
}

/// The one value of a statement that answers one row of one column.
async fn scalar<T: TryGetable>(db: &impl ConnectionTrait, statement: &SelectStatement) -> error::Result<T> {
    let row = db.query_one(statement).await?;
    let row = row
        .ok_or_else(|| sea_orm::DbErr::RecordNotFound("a statement that always answers a row".to_owned()))?;
    Ok(row.try_get_by_index(0)?)
}
