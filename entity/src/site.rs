//! The site's settings, one row, and the generation of everything that is kept in memory.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "site")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Goes up by one in every transaction that changes the site, a tag, a series or an author.
    pub generation: i64,
    pub settings: Json,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
