//! Every story in one binary, so that the crate is linked once. Each story of the product runs on both databases.

mod app;
mod architecture;
mod engine;
mod postgres;
mod reading;
mod server;
