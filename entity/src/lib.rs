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
pub mod consent_wording;
pub mod document;
pub mod entry;
pub mod entry_tag;
pub mod entry_term;
pub mod idempotency;
pub mod ids;
pub mod installation;
pub mod job;
pub mod kind;
pub mod me_too;
pub mod media_object;
pub mod post;
pub mod preview;
pub mod question;
pub mod question_answer;
pub mod question_answering;
pub mod question_call;
pub mod question_intake;
pub mod question_link;
pub mod question_note;
pub mod question_tag;
pub mod redirect;
pub mod rendition;
pub mod reply_template;
pub mod revision;
pub mod rich_text;
pub mod routine;
pub mod routine_embed;
pub mod saved_bytes;
pub mod schedule;
pub mod series;
pub mod session;
pub mod shown_asset;
pub mod site;
pub mod tag;
pub mod text_track;
pub mod timestamp;
pub mod upload;
pub mod used_token;

pub use ids::{
    AccountId, ApiTokenId, AssetId, AuthorId, DocumentId, JobId, MediaObjectId, PreviewId, QuestionCallId,
    QuestionId, ReplyTemplateId, ScheduleId, SeriesId, SessionId, TagId, TagIds, UploadId,
};
pub use kind::{AccountStatus, Kind, LinkPurpose, Role};
pub use timestamp::Timestamp;
