//! What the collector asks about uploads: which are over, and whose the bytes in quarantine are.

use entity::upload::{Column, Entity, Model, UploadState};
use entity::{Timestamp, UploadId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::Tx;
use crate::domain::core::error::Result;
use crate::domain::core::time::DAY;

/// How long an upload that was completed may wait for the job that looks at it, however often that fails.
const PATIENCE: i64 = 7 * DAY;
/// How long the row of an upload stays that is over.
const MEMORY: i64 = 30 * DAY;

/// Uploads that nobody completes any more, and those that nobody looked at in a week.
pub async fn expired(
    db: &impl ConnectionTrait,
    now: Timestamp,
    after: Option<UploadId>,
    limit: u64,
) -> Result<Vec<Model>> {
    let is_late = |state, since: i64| Column::State.eq(state).and(Column::ExpiresAt.lte(Timestamp(since)));
    let mut query = Entity::find()
        .filter(is_late(UploadState::Open, now.0).or(is_late(UploadState::Completed, now.0 - PATIENCE)))
        .order_by_asc(Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    Ok(query.all(db).await?)
}

/// Ends an upload that was never completed. False when it was meanwhile.
pub async fn end(tx: &Tx, id: UploadId) -> Result<bool> {
    let ended = Entity::update_many()
        .col_expr(Column::State, Expr::val(UploadState::Ended))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(UploadState::Open))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Which of these are still to be sent or looked at, so that their bytes are needed.
pub async fn needed(db: &impl ConnectionTrait, ids: &[UploadId]) -> Result<Vec<UploadId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::State.ne(UploadState::Ended))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Deletes the rows of uploads that are long over.
pub async fn forget(tx: &Tx, now: Timestamp) -> Result<u64> {
    let gone = Entity::delete_many()
        .filter(Column::State.eq(UploadState::Ended))
        .filter(Column::CreatedAt.lt(Timestamp(now.0 - MEMORY)))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}
