//! Changing the master key while the server runs: the data keys of all questions are wrapped anew, a few at a time. Texts
//! stay as they are.

use entity::QuestionId;
use entity::question_intake::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Set,
};

use super::ask::ADDRESS;
use super::original::{self, row_name};
use crate::db::Tx;
use crate::domain::core::error::{Error, Result};
use crate::domain::core::id as ids;
use crate::domain::core::sealed::{Keyring, Wrapped};

/// What came of some questions.
#[derive(Debug, Default)]
pub struct Rotated {
    /// How many have their keys under the newest master key now.
    pub done: usize,
    /// How many cannot be opened with the master keys that are here.
    pub closed: usize,
    /// The last one that was looked at; `None` when there are no more.
    pub last: Option<QuestionId>,
}

/// Wraps the keys of at most so many questions anew, those after `after` in the order of their ids. One that cannot be opened
/// is left as it is, and stands in nobody's way.
pub async fn rotate(tx: &Tx, keys: &Keyring, after: Option<QuestionId>, limit: u64) -> Result<Rotated> {
    let rows = Entity::find()
        .filter(Column::KeyId.is_not_null())
        .filter(Column::KeyId.ne(keys.newest_id()))
        .apply_if(after, |rows, after| rows.filter(Column::Id.gt(after)))
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut rotated = Rotated { last: rows.last().map(|row| row.id), ..Rotated::default() };
    for row in rows {
        let id = row.id;
        match under_the_newest_key(keys, row) {
            Ok(Some(row)) => {
                row.update(tx).await?;
                rotated.done += 1;
            }
            Ok(None) => {}
            Err(Error::Fault(fault)) => {
                tracing::error!(question = ids::format(id), error = %fault, "a question stays under its master key: {fault}");
                rotated.closed += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(rotated)
}

/// A question with its key under the newest master key.
fn under_the_newest_key(keys: &Keyring, row: Model) -> Result<Option<ActiveModel>> {
    let (Some(key_id), Some(key)) = (&row.key_id, &row.wrapped_key) else { return Ok(None) };
    let wrapped = Wrapped { key_id: key_id.clone(), key: key.clone() };
    let Some(fresh) = keys.rewrap(&row_name(row.id), &wrapped)? else { return Ok(None) };
    let email = original::open(keys, &row)?.and_then(|original| original.email);
    let mut row = row.into_active_model();
    (row.key_id, row.wrapped_key) = (Set(Some(fresh.key_id)), Set(Some(fresh.key)));
    row.address_hash = Set(email.map(|email| keys.hash(ADDRESS, email.as_bytes())));
    Ok(Some(row))
}

/// How many questions are sealed under each master key, by its name.
pub async fn sealed_under(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>> {
    let counted = Entity::find()
        .select_only()
        .column(Column::KeyId)
        .column_as(Column::Id.count(), "questions")
        .filter(Column::KeyId.is_not_null())
        .group_by(Column::KeyId)
        .order_by_asc(Column::KeyId)
        .into_tuple();
    Ok(counted.all(db).await?)
}
