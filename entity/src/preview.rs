//! A preview of a document. Its token is never stored, only its SHA-256.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ApiTokenId, DocumentId, PreviewId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "preview")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PreviewId,
    pub document_id: DocumentId,
    /// The revision that is shown; without one, whichever is the newest.
    pub revision: Option<i32>,
    /// Who made it.
    pub account_id: AccountId,
    /// The API token that it was made with: it ends with it.
    pub token_id: Option<ApiTokenId>,
    #[sea_orm(unique)]
    pub hash: Vec<u8>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
