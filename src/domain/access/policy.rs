//! Who asks, and what they may have.
//!
//! Reads start from a [`Scope`], which has the policy inside, and yield [`Visible`] rows; nothing else makes one.
//! Team-side functions take a [`Permit`], and the only way to get one is [`Viewer::permit`]. So a check that was
//! forgotten does not compile.

mod action;
mod overlay;
mod permit;
mod scope;
mod token_scope;

pub use action::{
    Action, EraseQuestions, ManageAccounts, ManageDocuments, ManageJobs, ManageMedia, ManageQuestions,
    ManageSite, ManageTemplates, ManageTokens, OnQuestions, PublishQuestions, ReadDocuments, ReadJobs,
    ReadMedia, ReadOriginals, ReadQuestions, Writes,
};
pub use overlay::PublicTables;
pub use permit::{Actor, Permit, Viewer};
pub use scope::{NamedByUrl, Public, Scope, Visible};
pub(in crate::domain) use scope::{of_asker, own};
pub use token_scope::{Scopes, TokenScope};
