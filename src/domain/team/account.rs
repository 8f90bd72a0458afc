//! Accounts: who is on the team. Nothing of an account is public; the public profile is an `author`.
//!
//! Passwords are compared and hashed before a transaction begins, because they take long, and the transaction looks again.

use std::collections::HashMap;

use entity::{AccountId, AccountStatus, Role, Timestamp, account};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    SqlErr,
};

use crate::db::Tx;
use crate::domain::access::policy::{
    Action, ManageAccounts, Permit, ReadDocuments, ReadQuestions, Scope, Visible,
};
use crate::domain::core::error::{Denied, Error, ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id::PublicId;

pub mod letter;
pub mod link;
pub mod member;
pub mod sign_in;

/// How many accounts the desk lists.
const LISTED: u64 = 500;

/// The first owner, made on the spot in a new database: somebody has to stand behind the first token.
pub async fn first_owner(tx: &Tx, now: Timestamp) -> Result<account::Model> {
    let found = account::Entity::find()
        .filter(account::Column::Role.eq(Role::Owner))
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .order_by_asc(account::Column::Id)
        .one(tx)
        .await?;
    match found {
        Some(owner) => Ok(owner),
        None => create(tx, now, "Owner", None, Role::Owner).await,
    }
}

/// An account without a password, without asking who makes it: for the command line, the demo and tests.
pub async fn create(
    tx: &Tx,
    now: Timestamp,
    name: &str,
    email: Option<&str>,
    role: Role,
) -> Result<account::Model> {
    let row = account::ActiveModel {
        id: Set(AccountId::generate(now)),
        name: Set(name.to_owned()),
        email: Set(email.map(str::to_lowercase)),
        role: Set(role),
        created_at: Set(now),
        status: Set(AccountStatus::Active),
        password_hash: Set(None),
    };
    row.insert(tx).await.map_err(address_taken)
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

/// Who can be handed a question.
pub async fn team(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadQuestions>,
) -> Result<Vec<Visible<account::Model>>> {
    Scope::<account::Entity>::teammates(permit).all(db).await
}

/// The active account with an address, without asking who wants to know: for the command line and for mails.
pub async fn by_address(tx: &Tx, email: &str) -> Result<Option<AccountId>> {
    let found = account::Entity::find()
        .filter(account::Column::Email.eq(email.trim().to_lowercase()))
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .one(tx)
        .await?;
    Ok(found.map(|account| account.id))
}

/// Everybody on the team, in the order in which they came.
pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ManageAccounts>,
) -> Result<Vec<Visible<account::Model>>> {
    Scope::<account::Entity>::accounts(permit)
        .narrow(|select| select.order_by_asc(account::Column::Id).limit(LISTED))
        .all(db)
        .await
}

pub async fn by_id(
    db: &impl ConnectionTrait,
    permit: &Permit<ManageAccounts>,
    id: AccountId,
) -> Result<Option<Visible<account::Model>>> {
    Scope::<account::Entity>::accounts(permit)
        .narrow(|select| select.filter(account::Column::Id.eq(id)))
        .one(db)
        .await
}

/// One's own account.
pub async fn own(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Visible<account::Model>>> {
    Scope::<account::Entity>::own_account(id).one(db).await
}

/// The form of an address that is stored and compared: lower case, one `@`, plain characters before it, a name of a host
/// behind it. Whether somebody reads it, only a
/// mail can tell.
pub fn check_address(text: &str, path: &[&str], refusals: &mut Refusals) -> Option<String> {
    let address = text.trim().to_lowercase();
    let good = address.len() <= 254
        && address.split_once('@').is_some_and(|(user, host)| {
            let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
            let is_plain = user.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
            user.len() <= 64 && is_plain && is_host(host)
        });
    if !good {
        refusals.push(path, ErrorCode::Invalid, "expected an address such as ann@example.org");
        return None;
    }
    Some(address)
}

/// The name of a host, in any script.
fn is_host(text: &str) -> bool {
    let Ok(url::Host::Domain(name)) = url::Host::parse(text) else { return false };
    let is_label = |label: &str| {
        let letters = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (1..=63).contains(&label.len()) && letters && !label.starts_with('-') && !label.ends_with('-')
    };
    !text.contains('%') && name.split('.').all(is_label)
}

/// Refuses whoever has lost the right meanwhile, and keeps it from being taken until the transaction ends: for what
/// outlives the request, and would outlive the revoking of everything that there was.
pub(in crate::domain) async fn still_may<A: Action>(tx: &Tx, permit: &Permit<A>) -> Result<()> {
    let account = lock(tx, permit.account()).await?;
    if account.is_some_and(|account| permit.is_still_good(&account)) {
        Ok(())
    } else {
        Err(Denied::Role.into())
    }
}

/// The account, locked until the transaction ends.
pub(super) async fn lock(tx: &Tx, id: AccountId) -> Result<Option<account::Model>> {
    Ok(account::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

pub(super) fn address_taken(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            let taken: Result<()> = refuse(&["email"], ErrorCode::Taken, "another account has this address");
            taken.expect_err("a refusal")
        }
        _ => error.into(),
    }
}
