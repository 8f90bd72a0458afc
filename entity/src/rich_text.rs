//! The body of a live entry, rendered when it was published.

use sea_orm::entity::prelude::*;

use crate::DocumentId;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rich_text")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: DocumentId,
    #[sea_orm(column_type = "Text")]
    pub markdown: String,
    /// Sanitised HTML with slots for embeds, see `wellspring::domain::richtext`.
    #[sea_orm(column_type = "Text")]
    pub html: String,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    pub outline: Json,
    pub embeds: Json,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
