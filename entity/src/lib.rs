//! The rows of the database: one sea-orm entity per file, id newtypes and closed enums.
//!
//! No logic lives here. A row says what is stored; `wellspring::domain` says what it means and who may see it.

pub mod account;
pub mod api_token;
pub mod author;
pub mod document;
pub mod entry;
pub mod entry_tag;
pub mod idempotency;
pub mod ids;
pub mod kind;
pub mod post;
pub mod redirect;
pub mod revision;
pub mod rich_text;
pub mod series;
pub mod site;
pub mod tag;
pub mod timestamp;

pub use ids::{AccountId, ApiTokenId, AuthorId, DocumentId, SeriesId, TagId, TagIds};
pub use kind::{Kind, Role};
pub use timestamp::Timestamp;
