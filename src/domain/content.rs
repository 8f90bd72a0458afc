//! Documents of the team and the entries that the public reads of them.

pub mod document;
pub mod entry;
pub mod kinds;
pub mod preview;
pub mod projection;
pub mod publish;
pub mod related;
pub mod revision;
pub mod schedule;
pub mod uses;
