//! What a live routine has beyond every entry.

use sea_orm::entity::prelude::*;

use crate::DocumentId;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routine")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: DocumentId,
    /// Exercises, steps and what belongs to them, as the revision has them.
    #[sea_orm(column_type = "JsonBinary")]
    pub routine: Json,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
