//! One saved state of a document. Rows are only ever added.

use sea_orm::entity::prelude::*;

use crate::{AccountId, DocumentId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: DocumentId,
    /// 1, 2, 3 … within the document, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The typed content, see `wellspring::domain::content`.
    pub content: Json,
    pub editor_id: AccountId,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
