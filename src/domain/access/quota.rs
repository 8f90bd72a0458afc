//! How much one account may write, so that none fills the disk that all share.

use entity::saved_bytes::{ActiveModel, Column, Entity};
use entity::{AccountId, Timestamp};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict};
use sea_orm::{EntityTrait, Set};

use crate::db::Tx;
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::time::DAY;

/// Bytes of revisions that one account may save in a day, which begins at midnight in UTC: 40,000 posts of 100,000 characters,
/// which is an autosave every two seconds all day and night.
const REVISIONS: i64 = 4 * 1024 * 1024 * 1024;

/// Counts bytes of a revision. Refused when the account has saved too many today.
///
/// The account's row stays locked until the transaction ends, so this comes last.
pub async fn count_revision(tx: &Tx, now: Timestamp, account: AccountId, bytes: usize) -> Result<()> {
    let day = i32::try_from(now.0.div_euclid(DAY)).unwrap_or(i32::MAX);
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let row = ActiveModel { account_id: Set(account), day: Set(day), bytes: Set(bytes) };
    let stored = |column| Expr::col((Entity, column));
    let today = stored(Column::Bytes).add(bytes);
    // The clock of another node may be a moment behind, on the day before.
    let is_later = stored(Column::Day).lt(day);
    let sum = CaseStatement::new().case(is_later.clone(), bytes).finally(today.clone());
    let latest = CaseStatement::new().case(is_later.clone(), day).finally(stored(Column::Day));
    let count = OnConflict::column(Column::AccountId)
        .value(Column::Bytes, sum)
        .value(Column::Day, latest)
        .action_and_where(is_later.or(today.lte(REVISIONS)))
        .to_owned();
    if Entity::insert(row).on_conflict(count).exec_without_returning(tx).await? == 1 {
        return Ok(());
    }
    let message = "this account has saved 4 GiB of revisions today; it may go on after midnight UTC";
    refuse(&[], ErrorCode::TooMany, message)
}
