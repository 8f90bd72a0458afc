//! Sessions: somebody of the team who has signed in. They are looked up at every request, so one that has ended is over at
//! once on every node.
//!
//! A session ends a week after its last use, thirty days after its beginning, and when the password, role or status of its
//! account changes.

use entity::{AccountId, AccountStatus, SessionId, Timestamp, account, session};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use sea_orm::sea_query::Condition;

use crate::db::Tx;
use crate::domain::access::policy::Viewer;
use crate::domain::core::error::Result;
use crate::domain::core::id::new_uuid;
use crate::domain::core::secret::{Purpose, Secret, hash_of};
use crate::domain::core::time::{DAY, HOUR};

pub const IDLE: i64 = 7 * DAY;
pub const LONGEST: i64 = 30 * DAY;
/// How exactly the last use is known: a write for every read would be dear.
pub const NOTED_EVERY: i64 = HOUR;

/// What was made when somebody signed in.
#[derive(Debug)]
pub struct Begun {
    pub secret: Secret,
    pub id: SessionId,
    pub expires_at: Timestamp,
}

pub async fn begin(tx: &Tx, now: Timestamp, account: AccountId) -> Result<Begun> {
    let old = Condition::any()
        .add(session::Column::CreatedAt.lt(now.0 - LONGEST))
        .add(session::Column::LastUsedAt.lt(now.0 - IDLE));
    session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account))
        .filter(old)
        .exec(tx)
        .await?;
    let secret = Secret::generate(Purpose::Session);
    let id = SessionId(new_uuid(now));
    session::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        hash: Set(secret.hash()),
        created_at: Set(now),
        last_used_at: Set(now),
    }
    .insert(tx)
    .await?;
    Ok(Begun { secret, id, expires_at: Timestamp(now.0 + LONGEST) })
}

/// Whose session a secret is for, and whether its use should be noted. `None` when it is malformed, unknown or over.
pub async fn viewer(
    db: &impl ConnectionTrait,
    now: Timestamp,
    secret: &str,
) -> Result<Option<(Viewer, Option<SessionId>)>> {
    let Some(hash) = hash_of(Purpose::Session, secret) else { return Ok(None) };
    let row = session::Entity::find().filter(session::Column::Hash.eq(hash)).one(db).await?;
    let Some(row) = row.filter(|row| now.0 - row.created_at.0 < LONGEST && now.0 - row.last_used_at.0 < IDLE)
    else {
        return Ok(None);
    };
    let account = account::Entity::find_by_id(row.account_id).one(db).await?;
    let Some(account) = account.filter(|account| account.status == AccountStatus::Active) else {
        return Ok(None);
    };
    let viewer = Viewer::Team { account: account.id, role: account.role, session: row.id };
    Ok(Some((viewer, (now.0 - row.last_used_at.0 >= NOTED_EVERY).then_some(row.id))))
}

/// Notes that a session was used, so that it does not end.
pub async fn used(tx: &Tx, now: Timestamp, id: SessionId) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, now.into())
        .filter(session::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub async fn end(tx: &Tx, id: SessionId) -> Result<()> {
    session::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Ends every session of an account.
pub async fn end_all(tx: &Tx, account: AccountId) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::AccountId.eq(account)).exec(tx).await?;
    Ok(())
}
