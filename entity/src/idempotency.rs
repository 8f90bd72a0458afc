//! What was done under an idempotency key. Nothing in it can be read by who does not know the key.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// A digest of the key and of whoever sent it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    /// A digest of the request.
    pub request: Vec<u8>,
    /// What was done, sealed. Null only inside the transaction that does it.
    pub result: Option<Vec<u8>>,
    /// The bytes that were answered, sealed. Null until there is an answer without errors.
    pub answer: Option<Vec<u8>>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
