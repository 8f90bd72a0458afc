//! What everything else is written in: ids, texts, times, errors and secrets.

pub mod client;
pub mod error;
pub mod heavy;
pub mod id;
pub mod keyset;
pub mod locale;
pub mod patch;
pub mod query;
pub mod queue;
pub mod sealed;
pub mod secret;
pub mod site_row;
pub mod slug;
pub mod text;
pub mod time;
