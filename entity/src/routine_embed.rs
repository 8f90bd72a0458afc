//! Which routines live entries embed, by the slugs that their texts say. Where a slug leads is decided when it is read.

use sea_orm::entity::prelude::*;

use crate::DocumentId;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routine_embed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: DocumentId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    /// The entry's, and so the routine's.
    pub locale: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
