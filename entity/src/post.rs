//! What a live post has beyond every entry.

use sea_orm::entity::prelude::*;

use crate::DocumentId;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "post")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: DocumentId,
    #[sea_orm(column_type = "Text", nullable)]
    pub video_url: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
