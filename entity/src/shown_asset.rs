//! What the public reads of a file: the projection of an asset that something public shows. A row here is public by being
//! here.

use sea_orm::entity::prelude::*;

use crate::asset::AssetKind;
use crate::{AssetId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shown_asset")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssetId,
    pub kind: AssetKind,
    /// What the file is called in its URL.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Which bytes it shows, in a few digits.
    pub version: String,
    pub mime_type: String,
    pub byte_size: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub is_animated: bool,
    /// None where nobody said it, and for an image that only decorates.
    #[sea_orm(column_type = "Text", nullable)]
    pub alt: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub caption: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub transcript: Option<String>,
    /// Of the width, in thousandths from the left.
    pub focal_x: i32,
    /// Of the height, in thousandths from the top.
    pub focal_y: i32,
    pub thumbhash: Option<Vec<u8>>,
    /// Dominant colour, as 0xRRGGBB.
    pub color: Option<i32>,
    /// Samples of one pixel of an image, 1 to 4; none for what is no image, and for images of before migration 18.
    pub samples: Option<i32>,
    /// What decoding an image holds at once, in bytes; none like `samples`.
    pub decoding: Option<i64>,
    /// Its text tracks in order, see `wellspring::domain::asset::track`.
    pub tracks: Json,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
