//! A question as a reader sent it in. What is private of it is sealed, and gone once the key is.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, QuestionCallId, QuestionId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "question_intake")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuestionId,
    pub state: QuestionState,
    pub call_id: Option<QuestionCallId>,
    /// In which the reader wrote.
    pub locale: String,
    pub received_at: Timestamp,
    /// When the state changed last.
    pub changed_at: Timestamp,
    /// The master key that `wrapped_key` needs; null once the original is erased.
    pub key_id: Option<String>,
    pub wrapped_key: Option<Vec<u8>>,
    /// The original words, names, addresses and consents.
    pub sealed: Option<Vec<u8>>,
    /// A keyed hash of the address; null without one.
    pub address_hash: Option<Vec<u8>>,
    /// Who of the team looks after it.
    pub assignee_id: Option<AccountId>,
    pub decline_reason: Option<DeclineReason>,
    /// The question that this one repeats.
    pub merged_into: Option<QuestionId>,
    /// When the asker was told of an answer, or was about to be: nobody is told twice.
    pub told_at: Option<Timestamp>,
    pub erased_at: Option<Timestamp>,
}

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum QuestionState {
    #[sea_orm(string_value = "RECEIVED")]
    Received,
    #[sea_orm(string_value = "ACCEPTED")]
    Accepted,
    #[sea_orm(string_value = "ANSWERED")]
    Answered,
    #[sea_orm(string_value = "DECLINED")]
    Declined,
    #[sea_orm(string_value = "DUPLICATE")]
    Duplicate,
    #[sea_orm(string_value = "WITHDRAWN")]
    Withdrawn,
    #[sea_orm(string_value = "SPAM")]
    Spam,
}

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeclineReason {
    #[sea_orm(string_value = "OFF_TOPIC")]
    OffTopic,
    #[sea_orm(string_value = "NEEDS_A_DOCTOR")]
    NeedsADoctor,
    #[sea_orm(string_value = "ALREADY_ANSWERED")]
    AlreadyAnswered,
    #[sea_orm(string_value = "TOO_PERSONAL")]
    TooPersonal,
    #[sea_orm(string_value = "OTHER")]
    Other,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
