//! Which files a revision uses, and where. Rows are only ever added, like revisions.

use sea_orm::entity::prelude::*;

use crate::{AssetId, DocumentId};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_use")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: DocumentId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// The file may be gone by now.
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: AssetId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: UsePlace,
}

/// Where a revision shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum UsePlace {
    #[sea_orm(string_value = "COVER")]
    Cover,
    #[sea_orm(string_value = "BODY")]
    Body,
    /// A video of a routine, or a clip of an exercise.
    #[sea_orm(string_value = "CLIP")]
    Clip,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
