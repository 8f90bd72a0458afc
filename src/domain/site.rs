//! The settings of the site, and what its entries share: tags, series, authors and addresses.

pub mod author;
pub mod catalog;
pub(in crate::domain) mod named;
pub mod path;
pub mod pattern;
pub mod series;
pub mod settings;
pub mod tag;
pub mod wording;
