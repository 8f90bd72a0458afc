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
mod idempotency;
mod interleavings;
mod jobs;
mod leaks;
mod limits;
mod listing;
mod mail;
mod nodes;
mod postgres;
mod previews;
mod publishing;
mod reading;
mod schedules;
mod server;
mod team;
mod untouched;
