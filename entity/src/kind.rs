//! The closed sets that rows are sorted into.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a document is, and so what kind of entry it becomes.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumIter,
    DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    #[sea_orm(string_value = "POST")]
    Post,
    #[sea_orm(string_value = "PAGE")]
    Page,
    #[sea_orm(string_value = "ROUTINE")]
    Routine,
}

/// What an account may do on the team's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    #[sea_orm(string_value = "OWNER")]
    Owner,
    #[sea_orm(string_value = "EDITOR")]
    Editor,
    #[sea_orm(string_value = "AUTHOR")]
    Author,
    #[sea_orm(string_value = "MODERATOR")]
    Moderator,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum AccountStatus {
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    #[sea_orm(string_value = "SUSPENDED")]
    Suspended,
}

/// What a link that works once is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum LinkPurpose {
    /// To make the first account.
    #[sea_orm(string_value = "SETUP")]
    Setup,
    /// To choose the first password of an account.
    #[sea_orm(string_value = "INVITATION")]
    Invitation,
    /// To choose another password.
    #[sea_orm(string_value = "RESET")]
    Reset,
}
