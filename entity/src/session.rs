//! Somebody of the team who has signed in. The secret itself is never stored, only its SHA-256.

use sea_orm::entity::prelude::*;

use crate::{AccountId, SessionId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub account_id: AccountId,
    #[sea_orm(unique)]
    pub hash: Vec<u8>,
    pub created_at: Timestamp,
    /// To the hour.
    pub last_used_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
