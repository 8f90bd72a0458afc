//! What somebody of the team did: names of things and fields, never what was in them.

use sea_orm::entity::prelude::*;

use crate::{AccountId, ApiTokenId, Timestamp};

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: Timestamp,
    /// Who did it; none is kept for what the server does by itself.
    pub account_id: Option<AccountId>,
    /// The API token that was used, if one was.
    pub token_id: Option<ApiTokenId>,
    /// The name of the mutation.
    pub action: String,
    /// The public id of what it was done to.
    pub subject: Option<String>,
    /// Names of the fields that were changed.
    pub fields: Json,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
