//! Accounts: who stands behind a revision or a token. Nothing of an account is public.

use std::collections::HashMap;

use entity::{AccountId, Role, Timestamp, account};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, Set,
};

use super::error::Result;
use super::id::PublicId;
use super::policy::{Permit, ReadDocuments, Scope, Visible};

/// The first owner, made on the spot in a new database: somebody has to stand behind the first token.
pub async fn first_owner(tx: &DatabaseTransaction, now: Timestamp) -> Result<account::Model> {
    let found = account::Entity::find()
        .filter(account::Column::Role.eq(Role::Owner))
        .order_by_asc(account::Column::Id)
        .one(tx)
        .await?;
    match found {
        Some(owner) => Ok(owner),
        None => create(tx, now, "Owner", None, Role::Owner).await,
    }
}

pub async fn create(
    tx: &DatabaseTransaction,
    now: Timestamp,
    name: &str,
    email: Option<&str>,
    role: Role,
) -> Result<account::Model> {
    let row = account::ActiveModel {
        id: Set(AccountId::generate(now)),
        name: Set(name.to_owned()),
        email: Set(email.map(str::to_owned)),
        role: Set(role),
        created_at: Set(now),
    };
    Ok(row.insert(tx).await?)
}

/// The accounts behind some revisions.
pub async fn by_ids(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, Visible<account::Model>>> {
    let rows = Scope::<account::Entity>::team(permit)
        .narrow(|select| select.filter(account::Column::Id.is_in(ids.iter().copied())))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
