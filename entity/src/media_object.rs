//! Bytes in the store, once, however many assets show them. The row is there before the bytes and after them, so that no
//! two processes store and remove the same object at once.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{MediaObjectId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "media_object")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaObjectId,
    /// SHA-256 of the bytes as they were uploaded.
    #[sea_orm(unique)]
    pub sha256: Vec<u8>,
    pub state: ObjectState,
    pub mime_type: String,
    /// Of the bytes as they are stored, without what is private in them.
    pub byte_size: i64,
    /// SHA-256 of the bytes as they are stored; none until they are.
    pub digest: Option<Vec<u8>>,
    /// As it is shown, in pixels.
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub is_animated: bool,
    pub has_sound: bool,
    /// <https://evanw.github.io/thumbhash/>
    pub thumbhash: Option<Vec<u8>>,
    /// Dominant colour, as 0xRRGGBB.
    pub color: Option<i32>,
    /// Samples of one pixel of an image, 1 to 4; none for what is no image, and for images of before migration 18.
    pub samples: Option<i32>,
    /// What decoding an image holds at once, in bytes; none like `samples`.
    pub decoding: Option<i64>,
    pub created_at: Timestamp,
    /// When its state changed last.
    pub touched_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ObjectState {
    /// Somebody is about to write the bytes.
    #[sea_orm(string_value = "STORING")]
    Storing,
    #[sea_orm(string_value = "STORED")]
    Stored,
    /// Somebody is about to remove the bytes.
    #[sea_orm(string_value = "REMOVING")]
    Removing,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
