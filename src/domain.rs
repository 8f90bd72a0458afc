//! The rules: what may be written, what becomes public, who may see what.
//!
//! The modules stand in rooms: `core`, `access`, `journal`, `job`, `team`, `richtext`, `library`, `site`, `routine`, `questions`,
//! `content`, then `credential` and `installation`. A room uses only those before it, and no module is part of a circle of
//! imports (`tests/it/architecture/circles.rs`). So a module that others share their small parts through has a file for them:
//! a parent either re-exports its children or is imported by them.
//!
//! Adding a content type (the recipe):
//! 1. `entity`: a kind in `kind.rs`, a file for what only it has; `migration`: a step that makes the table.
//! 2. `content/kinds.rs`: a variant with its fields; `content/projection.rs`: its `Detail`; `content/publish.rs`: the match that
//!    writes it.
//! 3. `graphql`: a file with its type, and the variant in the `Entry` interface.
//! 4. `tests/it/`: a story; the leak crawl and the schema check find the rest.

pub mod access;
pub mod content;
pub mod core;
pub mod credential;
pub mod installation;
pub mod job;
pub mod journal;
pub mod library;
pub mod questions;
pub mod richtext;
pub mod routine;
pub mod site;
pub mod team;
#[cfg(test)]
mod vocabulary;
