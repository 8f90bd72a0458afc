//! The audit log: who did what to which thing, in the transaction that did it. It holds names of things and fields, never
//! what was written into them.

use entity::{Timestamp, audit};
use sea_orm::{ActiveModelTrait, ConnectionTrait, QueryFilter, Set};

use crate::db::Tx;
use crate::domain::access::policy::{Actor, ManageAccounts, Permit, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::id::new_uuid;
use crate::domain::core::keyset::{Direction, Key, Page, Position, Slice};

/// Notes what an actor did. `action` is the name of the mutation, `subject` a public id.
pub async fn record(
    tx: &Tx,
    now: Timestamp,
    actor: Actor,
    action: &'static str,
    subject: Option<String>,
    fields: &[&str],
) -> Result<()> {
    audit::ActiveModel {
        id: Set(new_uuid(now)),
        at: Set(now),
        account_id: Set(Some(actor.account)),
        token_id: Set(actor.token),
        action: Set(action.to_owned()),
        subject: Set(subject),
        fields: Set(fields.into()),
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// What was done, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ManageAccounts>,
    page: &Page,
) -> Result<Slice<Visible<audit::Model>>> {
    use sea_orm::sea_query::Expr;
    let rows = Scope::<audit::Entity>::audit(permit)
        .narrow(|mut select| {
            let key = Expr::col((audit::Entity, audit::Column::At));
            let id = Expr::col((audit::Entity, audit::Column::Id));
            page.apply(QueryFilter::query(&mut select), key, id, Direction::Descending);
            select
        })
        .all(db)
        .await?;
    Ok(page.slice(rows))
}

pub fn position(row: &audit::Model) -> Position {
    Position { key: Key::Int(row.at.0), id: row.id }
}
