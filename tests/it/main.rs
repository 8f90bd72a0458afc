//! Every story in one binary, so that the crate is linked once. Each story of the product runs on both databases.

mod app;
mod architecture;
mod attacks;
mod bad_input;
mod catalog;
mod changes;
mod commands;
mod contract;
mod crash;
mod engine;
#[cfg(target_os = "linux")]
mod faults;
mod heavy;
mod idempotency;
mod installation;
mod interleavings;
mod jobs;
mod leaks;
mod limits;
mod listing;
mod mail;
mod media;
mod nodes;
mod operations;
mod postgres;
mod previews;
mod publishing;
mod questions;
mod quotas;
mod reading;
mod routines;
mod s3;
mod samples;
mod schedules;
mod server;
mod team;
mod transactions;
mod untouched;
mod upgrades;
mod visibility;
/// What the served structured data are held against, the same as in the unit tests.
#[path = "../../src/domain/vocabulary.rs"]
mod vocabulary;
