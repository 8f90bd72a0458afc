//! Who may do what, how often, and how much of it.

pub mod budget;
pub mod draft;
pub mod form;
pub mod idempotency;
pub mod limit;
pub mod policy;
pub mod quota;
pub mod view;
