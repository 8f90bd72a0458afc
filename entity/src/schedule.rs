//! A document that becomes public or leaves it at a time.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, DocumentId, ScheduleId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ScheduleId,
    pub document_id: DocumentId,
    pub action: ScheduleAction,
    /// The revision that was approved; null when the document leaves the public.
    pub revision: Option<i32>,
    /// The revision that was public when the schedule was made.
    pub live_when_made: Option<i32>,
    pub at: Timestamp,
    pub state: ScheduleState,
    /// Who approved it.
    pub account_id: AccountId,
    /// Why it failed, in words for the team.
    #[sea_orm(column_type = "Text", nullable)]
    pub failure: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Whether a routine goes although public texts embed it.
    #[serde(default)]
    pub force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ScheduleAction {
    #[sea_orm(string_value = "PUBLISH")]
    Publish,
    #[sea_orm(string_value = "UNPUBLISH")]
    Unpublish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ScheduleState {
    #[sea_orm(string_value = "PENDING")]
    Pending,
    #[sea_orm(string_value = "DONE")]
    Done,
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    #[sea_orm(string_value = "FAILED")]
    Failed,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
