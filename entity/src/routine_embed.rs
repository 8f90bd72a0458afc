//! Which live entries embed which routine, as it was when they were published. The routine may be gone by now.

use sea_orm::entity::prelude::*;

use crate::DocumentId;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routine_embed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: DocumentId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub routine_id: DocumentId,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
