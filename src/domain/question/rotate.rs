//! Changing the master key while the server runs: the data keys of all questions are wrapped anew, a few at a time. Texts
//! stay as they are.

use entity::question_intake::{Column, Entity};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Set,
};

use super::ask::ADDRESS;
use super::original::{self, row_name};
use crate::domain::error::Result;
use crate::domain::sealed::{Keyring, Wrapped};

/// Wraps the keys of at most so many questions anew; answers how many those were. Zero when all are under the newest key.
pub async fn rotate(tx: &DatabaseTransaction, keys: &Keyring, limit: u64) -> Result<usize> {
    let rows = Entity::find()
        .filter(Column::KeyId.is_not_null())
        .filter(Column::KeyId.ne(keys.newest_id()))
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut done = 0;
    for row in rows {
        let (Some(key_id), Some(key)) = (&row.key_id, &row.wrapped_key) else { continue };
        let wrapped = Wrapped { key_id: key_id.clone(), key: key.clone() };
        let Some(fresh) = keys.rewrap(&row_name(row.id), &wrapped)? else { continue };
        let email = original::open(keys, &row)?.and_then(|original| original.email);
        let mut row = row.into_active_model();
        (row.key_id, row.wrapped_key) = (Set(Some(fresh.key_id)), Set(Some(fresh.key)));
        row.address_hash = Set(email.map(|email| keys.hash(ADDRESS, email.as_bytes())));
        row.update(tx).await?;
        done += 1;
    }
    Ok(done)
}
