//! A file that entries show or give away, with what the team says about it. Its bytes are a `media_object`.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, AssetId, MediaObjectId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "asset")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetId,
    /// Who uploaded it.
    pub owner_id: AccountId,
    pub kind: AssetKind,
    pub state: AssetState,
    /// Why it was rejected, in words for the team.
    #[sea_orm(column_type = "Text", nullable)]
    pub rejection: Option<String>,
    pub filename: String,
    /// What the desk's search compares.
    pub search_key: String,
    pub mime_type: String,
    /// Of the file as it is served, in bytes; as it was announced until it is ready.
    pub byte_size: i64,
    /// What it shows; none until it is ready.
    pub object_id: Option<MediaObjectId>,
    /// Served by signed URLs that end, and by no others.
    pub is_private: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub alt: Option<String>,
    pub is_decorative: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub caption: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub transcript: Option<String>,
    pub has_no_speech: bool,
    /// Of the width, in thousandths from the left.
    pub focal_x: i32,
    /// Of the height, in thousandths from the top.
    pub focal_y: i32,
    /// Goes up with every change.
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum AssetKind {
    #[sea_orm(string_value = "IMAGE")]
    Image,
    #[sea_orm(string_value = "VIDEO")]
    Video,
    #[sea_orm(string_value = "AUDIO")]
    Audio,
    #[sea_orm(string_value = "DOCUMENT")]
    Document,
    #[sea_orm(string_value = "TEXT_TRACK")]
    TextTrack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum AssetState {
    #[sea_orm(string_value = "PROCESSING")]
    Processing,
    #[sea_orm(string_value = "READY")]
    Ready,
    #[sea_orm(string_value = "REJECTED")]
    Rejected,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
