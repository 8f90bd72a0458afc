//! Erasing: the key of a question is destroyed, and with it the words wherever they were copied to.
//!
//! The database overwrites both; copies that were made before have them still, and open for who has the master key of
//! that time (`rotate` ends that). Restored, a copy brings the wrapped key back. So whoever erases also leaves a *tombstone* in the store of files,
//! under [`TOMBSTONES`] and outside the database; every start and every night applies them again, and nobody of the team
//! reads an original that has one. The stone is set before the row is changed: a crash between the two erases as well.

use entity::question_intake::{Column, Entity, Model, QuestionState};
use entity::{QuestionId, Timestamp, question, question_link, question_note};
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Set,
};

use super::original::{self, Original};
use super::{answer, lock, publication, read, tell, triage};
use crate::db::Tx;
use crate::domain::access::policy::{EraseQuestions, Permit, Scope};
use crate::domain::core::error::{Error, Result};
use crate::domain::core::id;
use crate::domain::core::sealed::Keyring;
use crate::domain::core::time::DAY;
use crate::domain::journal::audit;
use crate::domain::journal::change::{self, Change};
use crate::domain::site::settings::Retention;

/// Where tombstones lie in the store.
pub const TOMBSTONES: &str = "erased/";

/// The key of a question's tombstone.
pub fn tombstone(id: QuestionId) -> String {
    format!("{TOMBSTONES}{}", id::format(id))
}

/// The question that a tombstone is for.
pub fn of_tombstone(key: &str) -> Option<QuestionId> {
    id::parse(key.strip_prefix(TOMBSTONES)?).ok()
}

/// Erases a question that the caller has locked. Answers what changes in public.
pub(super) async fn erase(tx: &Tx, now: Timestamp, row: Model) -> Result<Vec<Change>> {
    let id = row.id;
    // Who wants nothing kept wants no answer either.
    let state = match row.state {
        QuestionState::Spam => row.state,
        _ => QuestionState::Withdrawn,
    };
    forget(tx, now, row, state).await?;
    triage::release(tx, now, id).await?;
    answer::leave_out(tx, id).await?;
    let changes = publication::hide(tx, id).await?;
    read::forget_counted(tx, id).await?;
    Ok(changes)
}

/// Destroys what is private of a question.
async fn forget(tx: &Tx, now: Timestamp, row: Model, state: QuestionState) -> Result<()> {
    let id = row.id;
    let changed_at = if state == row.state { row.changed_at } else { now };
    let mut row = row.into_active_model();
    (row.state, row.changed_at) = (Set(state), Set(changed_at));
    if state == QuestionState::Withdrawn {
        row.merged_into = Set(None);
    }
    (row.key_id, row.wrapped_key, row.sealed, row.address_hash) =
        (Set(None), Set(None), Set(None), Set(None));
    row.erased_at = Set(Some(now));
    row.update(tx).await?;
    question_note::Entity::delete_many().filter(question_note::Column::QuestionId.eq(id)).exec(tx).await?;
    question_link::Entity::delete_many().filter(question_link::Column::QuestionId.eq(id)).exec(tx).await?;
    tell::cancel(tx, id).await
}

/// Whether the team has a question with this id.
pub async fn is_there(
    db: &impl ConnectionTrait,
    permit: &Permit<EraseQuestions>,
    id: QuestionId,
) -> Result<bool> {
    let row =
        Scope::<Entity>::queue(permit).narrow(|select| select.filter(Column::Id.eq(id))).one(db).await?;
    Ok(row.is_some())
}

/// Erases a question for the team, such as for somebody who asked for it by mail.
pub async fn by_team(
    tx: &Tx,
    permit: &Permit<EraseQuestions>,
    now: Timestamp,
    id: QuestionId,
) -> Result<Model> {
    lock::with_answers(tx, id).await?;
    let row = lock::locked(tx, permit, id).await?;
    audit::record(tx, now, permit.actor(), "eraseOriginal", Some(id::format(id)), &[]).await?;
    let changes = erase(tx, now, row).await?;
    change::append(tx, now, changes).await?;
    super::by_id(tx, id).await
}

/// Erases the questions that have a tombstone and are here nevertheless, as after a backup was restored. Answers which.
pub async fn apply(tx: &Tx, now: Timestamp, tombstones: &[QuestionId]) -> Result<Vec<QuestionId>> {
    let is_back = Entity::find()
        .filter(Column::Id.is_in(tombstones.iter().copied()))
        .filter(Column::ErasedAt.is_null().or(Column::WrappedKey.is_not_null()));
    let back: Vec<QuestionId> = is_back.clone().all(tx).await?.into_iter().map(|row| row.id).collect();
    if back.is_empty() {
        return Ok(back);
    }
    lock::all_with_answers(tx, &back).await?;
    let rows = is_back.order_by_asc(Column::Id).all(tx).await?;
    let mut done = Vec::with_capacity(rows.len());
    let mut changes = Vec::new();
    for row in rows {
        done.push(row.id);
        changes.extend(erase(tx, now, row).await?);
    }
    change::append(tx, now, changes).await?;
    Ok(done)
}

/// The moment before which a question in this state must have changed last; `None` for those that somebody waits for.
fn oldest_kept(retention: Retention, now: Timestamp, state: QuestionState) -> Option<Timestamp> {
    let days = match state {
        QuestionState::Received | QuestionState::Accepted => return None,
        QuestionState::Spam => retention.spam_days,
        QuestionState::Declined | QuestionState::Duplicate | QuestionState::Withdrawn => {
            retention.closed_days
        }
        QuestionState::Answered => retention.answered_days,
    };
    Some(Timestamp(now.0 - i64::from(days) * DAY))
}

/// What came of some questions whose time was over.
#[derive(Debug, Default)]
pub struct Expired {
    /// How many originals are gone.
    pub gone: usize,
    /// The last question that was looked at; `None` when there are no more.
    pub last: Option<QuestionId>,
}

/// Destroys the originals of questions whose time is over: at most so many, those after `after` in the order of their ids.
/// What the author published in her own words stays, and with it, under another key, the consent to that and the link by
/// which its reader can take it back.
pub async fn expire(
    tx: &Tx,
    (keys, now): (&Keyring, Timestamp),
    retention: Retention,
    after: Option<QuestionId>,
    limit: u64,
) -> Result<Expired> {
    let mut is_over = Condition::any();
    for state in QuestionState::iter() {
        let Some(before) = oldest_kept(retention, now, state) else { continue };
        is_over = is_over.add(Column::State.eq(state).and(Column::ChangedAt.lt(before)));
    }
    // Of what is no longer public, the consent to that and the link are of no use either.
    let public = question::Entity::find().select_only().column(question::Column::Id).into_query();
    let linked =
        question_link::Entity::find().select_only().column(question_link::Column::QuestionId).into_query();
    let is_left_over = Condition::all()
        .add(Column::ErasedAt.is_not_null())
        .add(Column::Id.not_in_subquery(public))
        .add(Column::Id.in_subquery(linked));
    // Who repeats a question that waits for its answer waits for it too.
    let waiting = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.is_in([QuestionState::Received, QuestionState::Accepted]))
        .into_query();
    let waits = Column::MergedInto.in_subquery(waiting);
    let rows = Entity::find()
        .filter(is_over)
        .filter(Condition::any().add(Column::ErasedAt.is_null()).add(is_left_over))
        .filter(Column::MergedInto.is_null().or(waits.not()))
        .apply_if(after, |rows, after| rows.filter(Column::Id.gt(after)))
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut expired = Expired { gone: rows.len(), last: rows.last().map(|row| row.id) };
    for row in rows {
        if question::Entity::find_by_id(row.id).one(tx).await?.is_some() {
            if !keep_consent(tx, keys, now, row).await? {
                expired.gone -= 1;
            }
        } else {
            let (id, state) = (row.id, row.state);
            forget(tx, now, row, state).await?;
            read::forget_counted(tx, id).await?;
        }
    }
    Ok(expired)
}

/// Leaves of a public question what its reader agreed to, and nothing else of what is private. One that cannot be opened is left
/// as it is: the consent is in it, and its key may only be missing today. Answers whether it was done.
async fn keep_consent(tx: &Tx, keys: &Keyring, now: Timestamp, row: Model) -> Result<bool> {
    let id = row.id;
    let original = match original::open(keys, &row) {
        Err(Error::Fault(fault)) => {
            tracing::error!(question = id::format(id), error = %fault, "an original whose time is over cannot be opened: {fault}");
            return Ok(false);
        }
        opened => opened?,
    };
    let Some(original) = original else { return Ok(false) };
    let (key, wrapped) = keys.data_key(&original::row_name(id));
    let rest = Original { consents: original.consents, ..Original::default() };
    let mut row = row.into_active_model();
    row.sealed = Set(Some(original::seal(&key, id, &rest)));
    (row.key_id, row.wrapped_key) = (Set(Some(wrapped.key_id)), Set(Some(wrapped.key)));
    (row.address_hash, row.erased_at) = (Set(None), Set(Some(now)));
    row.update(tx).await?;
    question_note::Entity::delete_many().filter(question_note::Column::QuestionId.eq(id)).exec(tx).await?;
    tell::cancel(tx, id).await?;
    Ok(true)
}
