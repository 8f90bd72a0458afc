//! The words to which readers gave their consent. Rows are never changed.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_wording")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// SHA-256 of both texts.
    pub hash: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub answer_privately: String,
    #[sea_orm(column_type = "Text")]
    pub publish_paraphrase: String,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
