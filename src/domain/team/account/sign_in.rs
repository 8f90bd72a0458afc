//! Signing in and choosing passwords. Unknown and known addresses are answered alike, in time too.

use entity::{AccountId, AccountStatus, LinkPurpose, Role, Timestamp, account};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Set,
};

use super::{address_taken, check_address, create, letter, link, lock};
use crate::db::Tx;
use crate::domain::access::policy::{Actor, Visible, own};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::{id, site_row, text};
use crate::domain::job::Occasion;
use crate::domain::journal::audit;
use crate::domain::team::password::{self, Passwords};
use crate::domain::team::previews::{self, MadeBy};
use crate::domain::team::session::{self, Begun};

/// An account whose password was given rightly, and the hash that it had then.
#[derive(Debug)]
pub struct Proved {
    account: AccountId,
    hash: String,
}

/// Compares the password of whoever has this address.
pub async fn prove(
    db: &impl ConnectionTrait,
    passwords: &Passwords,
    email: &str,
    password: String,
) -> Result<Option<Proved>> {
    let email = email.trim().to_lowercase();
    let found = if email.contains('\0') {
        None
    } else {
        account::Entity::find().filter(account::Column::Email.eq(email)).one(db).await?
    };
    prove_account(passwords, found, password).await
}

/// Compares the password of an account that has signed in.
pub async fn prove_own(
    db: &impl ConnectionTrait,
    passwords: &Passwords,
    account: AccountId,
    password: String,
) -> Result<Option<Proved>> {
    let found = account::Entity::find_by_id(account).one(db).await?;
    prove_account(passwords, found, password).await
}

async fn prove_account(
    passwords: &Passwords,
    found: Option<account::Model>,
    password: String,
) -> Result<Option<Proved>> {
    // A password that is too long was never chosen; it is cut so that it does not take longer either.
    let password: String = password.chars().take(password::MAX + 1).collect();
    let found = found.filter(|account| account.status == AccountStatus::Active);
    let hash = found.as_ref().and_then(|account| account.password_hash.clone());
    let right = passwords.verify(password, hash.clone()).await?;
    Ok(found.zip(hash).filter(|_| right).map(|(account, hash)| Proved { account: account.id, hash }))
}

/// Begins a session, unless the password or the account has changed since it was proved.
pub async fn sign_in(
    tx: &Tx,
    now: Timestamp,
    proved: Option<Proved>,
) -> Result<(Visible<account::Model>, Begun)> {
    let Some(account) = still(tx, proved).await? else {
        return refuse(&[], ErrorCode::Invalid, "the address or the password is wrong");
    };
    let begun = session::begin(tx, now, account.id).await?;
    audit::record(tx, now, itself(account.id), "signIn", Some(id::format(account.id)), &[]).await?;
    Ok((own(account), begun))
}

/// Puts another password in place, ends every session, and begins a new one.
pub async fn change_password(
    tx: &Tx,
    now: Timestamp,
    proved: Option<Proved>,
    hash: String,
) -> Result<(Visible<account::Model>, Begun)> {
    let Some(account) = still(tx, proved).await? else {
        return refuse(&["currentPassword"], ErrorCode::Invalid, "this is not your password");
    };
    letter::enqueue(tx, now, account.id, Occasion::PasswordChanged { at: now }).await?;
    renew(tx, now, account, hash, "changePassword").await
}

/// The first account, an owner, with everything about it checked.
#[derive(Debug, Clone)]
pub struct SetUp {
    name: String,
    email: String,
}

impl SetUp {
    /// Notes everything that is wrong, with the password too, before that is hashed.
    pub fn check(name: &str, email: &str, password: &str, refusals: &mut Refusals) -> Self {
        let name = text::require(name, text::NAME, &["name"], refusals).unwrap_or_default();
        let email = check_address(email, &["email"], refusals).unwrap_or_default();
        password::check(password, &email, &["password"], refusals);
        Self { name, email }
    }
}

/// Makes the first owner who can sign in. One of several who try at once succeeds.
pub async fn set_up(
    tx: &Tx,
    now: Timestamp,
    token: &str,
    SetUp { name, email }: SetUp,
    hash: String,
) -> Result<(Visible<account::Model>, Begun)> {
    site_row::lock(tx).await?;
    link::take(tx, now, &[LinkPurpose::Setup], token).await?;
    if somebody_can_sign_in(tx).await? {
        return refuse(&["token"], ErrorCode::Expired, "this site has an owner already");
    }
    let account = create(tx, now, &name, Some(&email), Role::Owner).await?;
    renew(tx, now, account, hash, "setUp").await
}

/// Chooses a password with the link of an invitation or a reset.
pub async fn choose_password(
    tx: &Tx,
    now: Timestamp,
    token: &str,
    hash: String,
) -> Result<(Visible<account::Model>, Begun)> {
    let link = link::take(tx, now, &[LinkPurpose::Invitation, LinkPurpose::Reset], token).await?;
    let account = match link.account_id {
        Some(id) => lock(tx, id).await?,
        None => None,
    };
    match account.filter(|account| account.status == AccountStatus::Active) {
        Some(account) => {
            if link.purpose == LinkPurpose::Reset {
                letter::enqueue(tx, now, account.id, Occasion::PasswordChanged { at: now }).await?;
            }
            renew(tx, now, account, hash, "choosePassword").await
        }
        None => refuse(&["token"], ErrorCode::Expired, "this account is suspended"),
    }
}

/// Whether there is an owner with a password. Until there is one, the server shows a link to make one.
pub async fn somebody_can_sign_in(db: &impl ConnectionTrait) -> Result<bool> {
    let owner = account::Entity::find()
        .filter(account::Column::Role.eq(Role::Owner))
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .filter(account::Column::PasswordHash.is_not_null());
    Ok(owner.one(db).await?.is_some())
}

/// The account, locked, if its password is still the one that was proved.
async fn still(tx: &Tx, proved: Option<Proved>) -> Result<Option<account::Model>> {
    let Some(proved) = proved else { return Ok(None) };
    let account = lock(tx, proved.account).await?;
    Ok(account.filter(|account| {
        account.status == AccountStatus::Active && account.password_hash.as_deref() == Some(&proved.hash)
    }))
}

async fn renew(
    tx: &Tx,
    now: Timestamp,
    account: account::Model,
    hash: String,
    action: &'static str,
) -> Result<(Visible<account::Model>, Begun)> {
    sign_out_everywhere(tx, now, account.id).await?;
    link::withdraw(tx, account.id).await?;
    let mut row = account.into_active_model();
    row.password_hash = Set(Some(hash));
    let account = row.update(tx).await.map_err(address_taken)?;
    let begun = session::begin(tx, now, account.id).await?;
    audit::record(tx, now, itself(account.id), action, Some(id::format(account.id)), &[]).await?;
    Ok((own(account), begun))
}

/// Ends every session of an account, and the previews that were made in them: a session may have been stolen.
pub async fn sign_out_everywhere(tx: &Tx, now: Timestamp, account: AccountId) -> Result<()> {
    session::end_all(tx, account).await?;
    previews::revoke_all(tx, now, MadeBy::Session(account)).await
}

fn itself(account: AccountId) -> Actor {
    Actor { account, token: None }
}
