//! API tokens: secrets that let a program act for an account, within scopes.

use entity::{AccountId, AccountStatus, ApiTokenId, Timestamp, account, api_token};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use super::previews::MadeBy;
use crate::db::Tx;
use crate::domain::access::policy::{ManageTokens, Permit, Scope, Scopes, Viewer, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::secret::{Purpose, Secret, hash_of};
use crate::domain::core::text;
use crate::domain::core::time::DAY;
use crate::domain::journal::audit;
use crate::domain::team::previews;

/// How long a token may be made for, in days.
pub const MAX_DAYS: i32 = 3_650;
/// How many tokens the desk lists.
const LISTED: u64 = 500;

/// A token for an account, without asking who makes it: for the command line and for tests.
pub async fn create(
    tx: &Tx,
    now: Timestamp,
    account: AccountId,
    name: &str,
    scopes: &Scopes,
    expires_at: Option<Timestamp>,
) -> Result<Secret> {
    Ok(insert(tx, now, account, name, scopes, expires_at).await?.1)
}

/// What to make.
#[derive(Debug, Clone)]
pub struct Make {
    pub name: String,
    pub scopes: Scopes,
    pub expires_in_days: Option<i32>,
}

/// A token for whoever asks.
pub async fn make(
    tx: &Tx,
    permit: &Permit<ManageTokens>,
    now: Timestamp,
    make: Make,
) -> Result<(api_token::Model, Secret)> {
    let mut refusals = Refusals::default();
    let name = text::require(&make.name, text::NAME, &["name"], &mut refusals).unwrap_or_default();
    if make.scopes == Scopes::default() {
        refusals.push(&["scopes"], ErrorCode::Required, "a token needs at least one scope");
    }
    if make.expires_in_days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
        refusals.push(&["expiresInDays"], ErrorCode::OutOfRange, format!("1 to {MAX_DAYS} days"));
    }
    refusals.finish()?;
    super::account::still_may(tx, permit).await?;
    let end = make.expires_in_days.map(|days| Timestamp(now.0 + i64::from(days) * DAY));
    let (row, secret) = insert(tx, now, permit.account(), &name, &make.scopes, end).await?;
    let subject = Some(id::format(row.id));
    audit::record(tx, now, permit.actor(), "createToken", subject, &["name", "scopes"]).await?;
    Ok((row, secret))
}

pub async fn revoke(
    tx: &Tx,
    permit: &Permit<ManageTokens>,
    now: Timestamp,
    id: ApiTokenId,
) -> Result<Visible<api_token::Model>> {
    let found = Scope::<api_token::Entity>::tokens(permit)
        .narrow(|select| select.filter(api_token::Column::Id.eq(id)).lock_exclusive())
        .one(tx)
        .await?;
    let Some(row) = found else {
        return refuse(&["token"], ErrorCode::NotFound, "there is no such token");
    };
    if row.revoked_at.is_some() {
        return Ok(row);
    }
    let mut row = row.into_inner().into_active_model();
    row.revoked_at = Set(Some(now));
    let row = row.update(tx).await?;
    previews::revoke_all(tx, now, MadeBy::Token(id)).await?;
    audit::record(tx, now, permit.actor(), "revokeToken", Some(id::format(id)), &[]).await?;
    Ok(permit.wrote(row))
}

/// Revokes every token of an account.
pub(in crate::domain) async fn revoke_all(tx: &Tx, now: Timestamp, account: AccountId) -> Result<()> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, now.into())
        .filter(api_token::Column::AccountId.eq(account))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// All tokens, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ManageTokens>,
) -> Result<Vec<Visible<api_token::Model>>> {
    Scope::<api_token::Entity>::tokens(permit)
        .narrow(|select| select.order_by_desc(api_token::Column::Id).limit(LISTED))
        .all(db)
        .await
}

/// Who holds this token, and whether its use should be noted. `None` when it is malformed, unknown, revoked or expired, or
/// its account is suspended.
pub async fn viewer(
    db: &impl ConnectionTrait,
    now: Timestamp,
    token: &str,
) -> Result<Option<(Viewer, Option<ApiTokenId>)>> {
    let Some(hash) = hash_of(Purpose::ApiToken, token) else { return Ok(None) };
    let row = api_token::Entity::find().filter(api_token::Column::Hash.eq(hash)).one(db).await?;
    let Some(row) = row.filter(|row| works(row, now)) else { return Ok(None) };
    let account = account::Entity::find_by_id(row.account_id).one(db).await?;
    if account.is_none_or(|account| account.status != AccountStatus::Active) {
        return Ok(None);
    }
    // A scope that this version does not know was written by a newer one; the token is refused rather than guessed at.
    let Ok(scopes) = row.scopes.parse() else { return Ok(None) };
    let viewer = Viewer::Token { account: row.account_id, token: row.id, scopes };
    Ok(Some((viewer, (row.last_used_on != Some(day(now))).then_some(row.id))))
}

/// Whether a token is neither revoked nor expired.
pub(in crate::domain) fn works(token: &api_token::Model, now: Timestamp) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|end| now < end)
}

/// Notes the day on which a token was used.
pub async fn used(tx: &Tx, now: Timestamp, id: ApiTokenId) -> Result<()> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::LastUsedOn, day(now).into())
        .filter(api_token::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The beginning of the day in UTC.
fn day(now: Timestamp) -> Timestamp {
    Timestamp(now.0.div_euclid(DAY) * DAY)
}

async fn insert(
    tx: &Tx,
    now: Timestamp,
    account: AccountId,
    name: &str,
    scopes: &Scopes,
    expires_at: Option<Timestamp>,
) -> Result<(api_token::Model, Secret)> {
    let secret = Secret::generate(Purpose::ApiToken);
    let row = api_token::ActiveModel {
        id: Set(ApiTokenId::generate(now)),
        account_id: Set(account),
        name: Set(name.to_owned()),
        hash: Set(secret.hash()),
        scopes: Set(scopes.to_string()),
        created_at: Set(now),
        expires_at: Set(expires_at),
        last_used_on: Set(None),
        revoked_at: Set(None),
    }
    .insert(tx)
    .await?;
    Ok((row, secret))
}
