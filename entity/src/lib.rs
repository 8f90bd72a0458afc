//! The rows of the database: one sea-orm entity per file, id newtypes and closed enums.
//!
//! No logic lives here. A row says what is stored; `wellspring::domain` says what it means and who may see it.

pub mod account;
pub mod account_link;
pub mod api_token;
pub mod asset;
pub mod asset_use;
pub mod audit;
pub mod author;
pub mod change;
pub mod document;
pub mod entry;
pub mod entry_tag;
pub mod idempotency;
pub mod ids;
pub mod job;
pub mod kind;
pub mod media_object;
pub mod post;
pub mod preview;
pub mod redirect;
pub mod rendition;
pub mod revision;
pub mod rich_text;
pub mod routine;
pub mod routine_embed;
pub mod schedule;
pub mod series;
pub mod session;
pub mod shown_asset;
pub mod site;
pub mod tag;
pub mod text_track;
pub mod timestamp;
pub mod upload;

pub use ids::{
    AccountId, ApiTokenId, AssetId, AuthorId, DocumentId, JobId, MediaObjectId, PreviewId, ScheduleId,
    SeriesId, SessionId, TagId, TagIds, UploadId,
};
pub use kind::{AccountStatus, Kind, LinkPurpose, Role};
pub use timestamp::Timestamp;
