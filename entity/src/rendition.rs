//! An image in another size or format. The row is there before its bytes, held by whoever makes them.

use sea_orm::entity::prelude::*;

use crate::{MediaObjectId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rendition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub object_id: MediaObjectId,
    /// Size, crop and format, such as `640x360-c500-500.webp`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub spec: String,
    /// None until it is made.
    pub byte_size: Option<i64>,
    /// SHA-256 of the bytes; none until they are made.
    pub digest: Option<Vec<u8>>,
    /// Whoever makes it. Another one may take over at `lease_until`.
    pub maker: Uuid,
    pub lease_until: Timestamp,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
