//! What the public reads of a question: the author's words, and a name that the author chose.

use sea_orm::entity::prelude::*;

use crate::{QuestionCallId, QuestionId, TagIds, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "question")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuestionId,
    pub locale: String,
    /// Written by the author.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    pub display_name: Option<String>,
    pub call_id: Option<QuestionCallId>,
    /// In which it was asked, such as 2026-11: a day would tell more than anybody needs.
    pub asked_month: String,
    pub tag_ids: TagIds,
    /// How many have said that they ask themselves the same.
    pub me_too: i64,
    pub published_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
