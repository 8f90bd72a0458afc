//! Previews end with what they were made with: an account, its session, or its token.

use entity::preview::{Column, Entity};
use entity::{AccountId, ApiTokenId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::db::Tx;
use crate::domain::core::error::Result;

/// Whose previews end together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum MadeBy {
    /// An account, itself or through its API tokens.
    Account(AccountId),
    /// An account itself, after signing in.
    Session(AccountId),
    Token(ApiTokenId),
}

/// Ends every preview that somebody has made. Leaves alone what is over by its time: `create` deletes that meanwhile, and
/// two transactions that lock the same rows in different orders would wait for each other.
pub(in crate::domain) async fn revoke_all(tx: &Tx, now: Timestamp, made_by: MadeBy) -> Result<()> {
    let is_theirs = match made_by {
        MadeBy::Account(account) => Column::AccountId.eq(account),
        MadeBy::Session(account) => Column::AccountId.eq(account).and(Column::TokenId.is_null()),
        MadeBy::Token(token) => Column::TokenId.eq(token),
    };
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::val(now))
        .filter(is_theirs)
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
