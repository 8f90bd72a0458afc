//! A round of questions: what is asked for, and when it is open. Public by being there.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{QuestionCallId, SeriesId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "question_call")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuestionCallId,
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub text: Option<String>,
    pub opens_at: Timestamp,
    /// Null while nobody has said when it ends.
    pub closes_at: Option<Timestamp>,
    pub series_id: Option<SeriesId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
