//! A file on its way into the store: what was announced, and what became of it.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, AssetId, Timestamp, UploadId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UploadId,
    pub account_id: AccountId,
    pub state: UploadState,
    pub filename: String,
    pub mime_type: String,
    pub byte_size: i64,
    pub sha256: Vec<u8>,
    pub is_private: bool,
    /// The asset that gets a new file by it.
    pub replaces: Option<AssetId>,
    /// The store's id of an upload in parts.
    #[sea_orm(column_type = "Text", nullable)]
    pub multipart_id: Option<String>,
    /// Of every part but the last, in bytes; the whole file's when it comes in one.
    pub part_size: i64,
    /// What became of it.
    pub asset_id: Option<AssetId>,
    /// Why nothing became of it, in words for the team.
    #[sea_orm(column_type = "Text", nullable)]
    pub rejection: Option<String>,
    pub created_at: Timestamp,
    /// When what was not completed is given up.
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum UploadState {
    /// The client sends.
    #[sea_orm(string_value = "OPEN")]
    Open,
    /// Everything arrived; a job looks at it.
    #[sea_orm(string_value = "COMPLETED")]
    Completed,
    /// Nothing of it is left in quarantine.
    #[sea_orm(string_value = "ENDED")]
    Ended,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
