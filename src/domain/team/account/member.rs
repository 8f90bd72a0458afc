//! Who is on the team, and as what. There is always an active owner.

use entity::{AccountId, AccountStatus, LinkPurpose, Role, Timestamp, account};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::{check_address, create, letter, link, lock, still_may};
use crate::db::Tx;
use crate::domain::access::policy::{ManageAccounts, Permit, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::secret::Secret;
use crate::domain::core::{id, site_row, text};
use crate::domain::job::Occasion;
use crate::domain::journal::audit;
use crate::domain::team::previews::{self, MadeBy};
use crate::domain::team::{session, token};

/// Makes an account, and the secret of a link with which its owner chooses a password.
pub async fn invite(
    tx: &Tx,
    permit: &Permit<ManageAccounts>,
    now: Timestamp,
    name: &str,
    email: &str,
    role: Role,
) -> Result<(Visible<account::Model>, Secret)> {
    let mut refusals = Refusals::default();
    let name = text::require(name, text::NAME, &["name"], &mut refusals).unwrap_or_default();
    let email = check_address(email, &["email"], &mut refusals).unwrap_or_default();
    refusals.finish()?;
    still_may(tx, permit).await?;
    let row = create(tx, now, &name, Some(&email), role).await?;
    let secret = link::make(tx, now, Some(row.id), LinkPurpose::Invitation).await?;
    letter::enqueue(tx, now, row.id, Occasion::Invitation { by: permit.account() }).await?;
    noted(tx, permit, now, "inviteMember", row.id, &["name", "email", "role"]).await?;
    Ok((permit.wrote(row), secret))
}

/// Gives an account another role. Its sessions end, and its tokens and previews are revoked, because they were made for
/// the old one.
pub async fn set_role(
    tx: &Tx,
    permit: &Permit<ManageAccounts>,
    now: Timestamp,
    id: AccountId,
    role: Role,
) -> Result<Visible<account::Model>> {
    let row = locked(tx, permit, id).await?;
    if row.role == role {
        return Ok(permit.wrote(row));
    }
    if row.role == Role::Owner {
        another_owner_stays(tx, id).await?;
    }
    let mut row = row.into_active_model();
    row.role = Set(role);
    let row = row.update(tx).await?;
    locked_out(tx, now, id).await?;
    noted(tx, permit, now, "setRole", id, &["role"]).await?;
    Ok(permit.wrote(row))
}

/// Keeps an account from doing anything, or lets it sign in again. What it wrote stays, its old tokens stay revoked.
pub async fn set_status(
    tx: &Tx,
    permit: &Permit<ManageAccounts>,
    now: Timestamp,
    id: AccountId,
    status: AccountStatus,
) -> Result<Visible<account::Model>> {
    let row = locked(tx, permit, id).await?;
    let (action, already) = match status {
        AccountStatus::Active => ("reinstateAccount", "the account is not suspended"),
        AccountStatus::Suspended => ("suspendAccount", "the account is suspended already"),
    };
    if row.status == status {
        return refuse(&["account"], ErrorCode::InvalidTransition, already);
    }
    if status == AccountStatus::Suspended {
        if row.role == Role::Owner {
            another_owner_stays(tx, id).await?;
        }
        locked_out(tx, now, id).await?;
    }
    let mut row = row.into_active_model();
    row.status = Set(status);
    let row = row.update(tx).await?;
    noted(tx, permit, now, action, id, &["status"]).await?;
    Ok(permit.wrote(row))
}

/// The account, with everybody who changes the team waiting: two owners who demote each other must not both succeed.
async fn locked(tx: &Tx, permit: &Permit<ManageAccounts>, id: AccountId) -> Result<account::Model> {
    site_row::lock(tx).await?;
    still_may(tx, permit).await?;
    match lock(tx, id).await? {
        Some(row) => Ok(row),
        None => refuse(&["account"], ErrorCode::NotFound, "there is no such account"),
    }
}

async fn another_owner_stays(tx: &Tx, id: AccountId) -> Result<()> {
    let another = account::Entity::find()
        .filter(account::Column::Id.ne(id))
        .filter(account::Column::Role.eq(Role::Owner))
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .filter(account::Column::PasswordHash.is_not_null())
        .one(tx)
        .await?;
    match another {
        Some(_) => Ok(()),
        None => refuse(
            &["account"],
            ErrorCode::InvalidTransition,
            "this is the last owner who can sign in; make another one first",
        ),
    }
}

async fn locked_out(tx: &Tx, now: Timestamp, id: AccountId) -> Result<()> {
    session::end_all(tx, id).await?;
    link::withdraw(tx, id).await?;
    token::revoke_all(tx, now, id).await?;
    previews::revoke_all(tx, now, MadeBy::Account(id)).await
}

async fn noted(
    tx: &Tx,
    permit: &Permit<ManageAccounts>,
    now: Timestamp,
    action: &'static str,
    account: AccountId,
    fields: &[&str],
) -> Result<()> {
    audit::record(tx, now, permit.actor(), action, Some(id::format(account)), fields).await
}
