//! Which live entries carry a tag, with what a list by tag is ordered by.

use sea_orm::entity::prelude::*;

use crate::{DocumentId, TagId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entry_tag")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tag_id: TagId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: DocumentId,
    pub locale: String,
    pub published_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
