//! Wellspring: a headless CMS for people who answer questions.
//!
//! `domain` holds the rules, `graphql` the face, `http` the wire, `db` the databases. `docs/architecture.md` walks
//! through a request and a publication.

pub mod app;
pub mod cli;
pub mod config;
pub mod ctx;
pub mod db;
mod demo;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod media;
mod private;
pub mod store;
pub mod telemetry;
