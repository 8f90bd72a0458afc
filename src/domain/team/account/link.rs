//! Links that work once: the first account, an invitation, another password.

use entity::{AccountId, LinkPurpose, Timestamp, account_link};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::db::Tx;
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::id::new_uuid;
use crate::domain::core::secret::{Purpose, Secret, hash_of};
use crate::domain::core::time::{DAY, HOUR};

/// How long a link can be used.
pub fn lifetime(purpose: LinkPurpose) -> i64 {
    match purpose {
        LinkPurpose::Setup => DAY,
        LinkPurpose::Invitation => 7 * DAY,
        LinkPurpose::Reset => HOUR,
    }
}

/// Makes a link. Earlier ones go on working until one of them is used: a letter that comes late must not be a dead end.
pub async fn make(
    tx: &Tx,
    now: Timestamp,
    account: Option<AccountId>,
    purpose: LinkPurpose,
) -> Result<Secret> {
    account_link::Entity::delete_many().filter(account_link::Column::ExpiresAt.lt(now)).exec(tx).await?;
    let secret = Secret::generate(Purpose::Link);
    account_link::ActiveModel {
        id: Set(new_uuid(now)),
        account_id: Set(account),
        purpose: Set(purpose),
        hash: Set(secret.hash()),
        created_at: Set(now),
        expires_at: Set(Timestamp(now.0 + lifetime(purpose))),
    }
    .insert(tx)
    .await?;
    Ok(secret)
}

/// The address of the page for a link. The secret stands behind `#`, so it is sent to no server and is in no log.
pub fn url(base_url: &str, purpose: LinkPurpose, secret: &Secret) -> String {
    let purpose = match purpose {
        LinkPurpose::Setup => "setup",
        LinkPurpose::Invitation => "invitation",
        LinkPurpose::Reset => "reset",
    };
    format!("{base_url}/account#{purpose}={}", secret.reveal())
}

/// Uses a link up, and answers whose account it is for. It is used up even when somebody else has it at the same moment.
pub(super) async fn take(
    tx: &Tx,
    now: Timestamp,
    purposes: &[LinkPurpose],
    secret: &str,
) -> Result<account_link::Model> {
    let found = match hash_of(Purpose::Link, secret) {
        None => None,
        Some(hash) => {
            account_link::Entity::find()
                .filter(account_link::Column::Hash.eq(hash))
                .filter(account_link::Column::Purpose.is_in(purposes.iter().copied()))
                .lock_exclusive()
                .one(tx)
                .await?
        }
    };
    let message = "this link has expired, was used before, or is not whole; ask for another";
    let Some(link) = found.filter(|link| now < link.expires_at) else {
        return refuse(&["token"], ErrorCode::Expired, message);
    };
    let taken = account_link::Entity::delete_by_id(link.id).exec(tx).await?;
    if taken.rows_affected == 0 {
        return refuse(&["token"], ErrorCode::Expired, message);
    }
    Ok(link)
}

/// Withdraws every link of an account.
pub(super) async fn withdraw(tx: &Tx, account: AccountId) -> Result<()> {
    account_link::Entity::delete_many().filter(account_link::Column::AccountId.eq(account)).exec(tx).await?;
    Ok(())
}
