//! Making an image in another size or format once: whoever comes first makes it, others wait for it.
//!
//! The row is there before the bytes, with a lease, so that processes that share a database do not make the same rendition
//! beside each other, and one that dies in the middle leaves it to the next.

use entity::rendition::{ActiveModel, Column, Entity, Model};
use entity::{MediaObjectId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::object::{self, Blob};
use crate::db::Tx;
use crate::domain::core::error::Result;
use crate::domain::core::time::MINUTE;

/// How long somebody may take to make one. It is a matter of seconds.
pub const LEASE: i64 = 2 * MINUTE;

/// Who makes a rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It is there.
    Made(Model),
    /// Whoever asks, under this name.
    Mine(Uuid),
    /// Somebody else, who is at it.
    Theirs,
    /// Its object is not there any more.
    Gone,
}

/// A rendition that is made.
pub async fn find(db: &impl ConnectionTrait, object: MediaObjectId, spec: &str) -> Result<Option<Model>> {
    let found = Entity::find_by_id((object, spec.to_owned())).one(db).await?;
    Ok(found.filter(|row| row.byte_size.is_some()))
}

/// Asks for the right to make a rendition.
pub async fn claim(tx: &Tx, now: Timestamp, object: MediaObjectId, spec: &str) -> Result<Turn> {
    if object::stored_and_locked(tx, object).await?.is_none() {
        return Ok(Turn::Gone);
    }
    let maker = Uuid::new_v4();
    let until = Timestamp(now.0 + LEASE);
    let row = ActiveModel {
        object_id: Set(object),
        spec: Set(spec.to_owned()),
        byte_size: Set(None),
        digest: Set(None),
        maker: Set(maker),
        lease_until: Set(until),
        created_at: Set(now),
    };
    let known = OnConflict::columns([Column::ObjectId, Column::Spec]).do_nothing().to_owned();
    if Entity::insert(row).on_conflict(known).exec_without_returning(tx).await? == 1 {
        return Ok(Turn::Mine(maker));
    }
    let taken_over = Entity::update_many()
        .col_expr(Column::Maker, Expr::val(maker))
        .col_expr(Column::LeaseUntil, Expr::val(until))
        .filter(Column::ObjectId.eq(object))
        .filter(Column::Spec.eq(spec))
        .filter(Column::ByteSize.is_null())
        .filter(Column::LeaseUntil.lte(now).or(Column::LeaseUntil.gt(until)))
        .exec(tx)
        .await?;
    if taken_over.rows_affected == 1 {
        return Ok(Turn::Mine(maker));
    }
    Ok(find(tx, object, spec).await?.map_or(Turn::Theirs, Turn::Made))
}

/// Notes that a rendition is made and stored. False when somebody else has taken over, or its object is gone.
pub async fn made(tx: &Tx, object: MediaObjectId, spec: &str, maker: Uuid, blob: &Blob) -> Result<bool> {
    if object::stored_and_locked(tx, object).await?.is_none() {
        return Ok(false);
    }
    let done = Entity::update_many()
        .col_expr(Column::ByteSize, Expr::val(i64::try_from(blob.byte_size).unwrap_or(i64::MAX)))
        .col_expr(Column::Digest, Expr::val(blob.digest.to_vec()))
        .filter(Column::ObjectId.eq(object))
        .filter(Column::Spec.eq(spec))
        .filter(Column::Maker.eq(maker))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Leaves a rendition to others that could not be made.
pub async fn give_up(tx: &Tx, object: MediaObjectId, spec: &str, maker: Uuid) -> Result<()> {
    Entity::delete_many()
        .filter(Column::ObjectId.eq(object))
        .filter(Column::Spec.eq(spec))
        .filter(Column::Maker.eq(maker))
        .filter(Column::ByteSize.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets a rendition whose bytes are not there, so that it is made again.
pub async fn forget(tx: &Tx, object: MediaObjectId, spec: &str) -> Result<()> {
    Entity::delete_many().filter(Column::ObjectId.eq(object)).filter(Column::Spec.eq(spec)).exec(tx).await?;
    Ok(())
}
