//! The people behind the site, and what they sign in with.

pub mod account;
pub mod password;
pub mod previews;
pub mod session;
pub mod token;
