//! Letters to members of the team. A job writes each when it is sent: its arguments hold no address and no secret, and the
//! link in a letter is made at that moment.

use entity::{AccountId, AccountStatus, LinkPurpose, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::link;
use crate::db::Tx;
use crate::domain::core::error::Result;
use crate::domain::core::secret::Secret;
use crate::domain::job::{self, NewJob, Occasion, Task};

/// What a letter says, beside the site's name.
#[derive(Debug)]
pub struct Content {
    pub name: String,
    pub email: String,
    /// Who invited, for an invitation.
    pub by: String,
    /// The secret of the link, where the letter has one that works once.
    pub link: Option<(LinkPurpose, Secret)>,
}

/// Asks for a letter, in the transaction that is the reason for it.
pub(super) async fn enqueue(tx: &Tx, now: Timestamp, to: AccountId, occasion: Occasion) -> Result<()> {
    let task = Task::Letter { to, occasion };
    job::enqueue(tx, now, NewJob { task, run_at: now, key: None, lane: None }).await?;
    Ok(())
}

/// Sends a link for another password to whoever has this address. For an address that nobody has the same is written, about
/// nobody, so that neither the answer nor its time tells the two apart.
pub async fn request_reset(tx: &Tx, now: Timestamp, email: &str) -> Result<()> {
    let nobody = AccountId(Uuid::nil());
    let email = if email.contains('\0') { "" } else { email };
    let account = super::by_address(tx, email).await?.unwrap_or(nobody);
    enqueue(tx, now, account, Occasion::Reset).await
}

/// What to write now. `None` when there is nobody to write to any more.
pub async fn compose(tx: &Tx, now: Timestamp, to: AccountId, occasion: Occasion) -> Result<Option<Content>> {
    let account = entity::account::Entity::find_by_id(to)
        .filter(entity::account::Column::Status.eq(AccountStatus::Active))
        .one(tx)
        .await?;
    let Some((account, email)) =
        account.and_then(|account| account.email.clone().map(|email| (account, email)))
    else {
        return Ok(None);
    };
    let (purpose, by) = match occasion {
        Occasion::Invitation { by } => {
            // Who has chosen a password has had the invitation by another way.
            if account.password_hash.is_some() {
                return Ok(None);
            }
            let by = entity::account::Entity::find_by_id(by).one(tx).await?;
            (Some(LinkPurpose::Invitation), by.map_or_else(String::new, |by| by.name))
        }
        Occasion::Reset => (Some(LinkPurpose::Reset), String::new()),
        Occasion::PasswordChanged { .. } => (None, String::new()),
    };
    let link = match purpose {
        Some(purpose) => Some((purpose, link::make(tx, now, Some(to), purpose).await?)),
        None => None,
    };
    Ok(Some(Content { name: account.name, email, by, link }))
}
