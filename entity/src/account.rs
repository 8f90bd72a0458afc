//! An account of the team. Private: nothing of it is ever public; the public profile is an `author`.

use sea_orm::entity::prelude::*;

use crate::{AccountId, AccountStatus, Role, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    pub name: String,
    /// In lower case.
    #[sea_orm(unique)]
    pub email: Option<String>,
    pub role: Role,
    pub created_at: Timestamp,
    pub status: AccountStatus,
    /// Argon2id in PHC format; none until a password was chosen.
    pub password_hash: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
