//! A link that can be used once: to set up the first account, to accept an invitation, to choose a new password. The
//! secret in it is never stored, only its SHA-256.

use sea_orm::entity::prelude::*;

use crate::{AccountId, LinkPurpose, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// None for the link that makes the first account.
    pub account_id: Option<AccountId>,
    pub purpose: LinkPurpose,
    #[sea_orm(unique)]
    pub hash: Vec<u8>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
