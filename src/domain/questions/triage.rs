//! The desk's work on questions: taking them on, putting them aside, handing them out, and writing about them.

use entity::question_intake::{Column, DeclineReason, Entity, Model, QuestionState};
use entity::{AccountId, AccountStatus, QuestionId, Timestamp, account, question_note};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set,
};

use super::original::{self, Reply};
use super::state::{Transition, moved, words};
use super::{lock, publication, tell};
use crate::db::Tx;
use crate::domain::access::policy::{ManageQuestions, Permit};
use crate::domain::core::error::{Error, ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id::{format, new_uuid};
use crate::domain::core::sealed::Keyring;
use crate::domain::core::text;
use crate::domain::journal::{audit, change};

/// How often the team may write to one reader about one question.
const MAX_REPLIES: usize = 50;
/// How many notes a question may have.
const MAX_NOTES: usize = 100;

/// Lets go of the questions that repeat one which is not going to be answered: somebody has to decide about them again.
pub(super) async fn release(tx: &Tx, now: Timestamp, id: QuestionId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(QuestionState::Received))
        .col_expr(Column::MergedInto, Expr::value(None::<QuestionId>))
        .col_expr(Column::ChangedAt, Expr::value(now))
        .filter(Column::MergedInto.eq(id))
        .filter(Column::State.eq(QuestionState::Duplicate))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes a question on.
pub async fn accept(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    now: Timestamp,
    id: QuestionId,
) -> Result<Model> {
    let row = lock::locked(tx, permit, id).await?;
    let state = moved(row.state, Transition::Accept, &["question"])?;
    // Of another question's answer its reader may have heard by a letter about another one still.
    let told_at = if tell::may_have_left(tx, &row).await? { row.told_at } else { None };
    let mut row = row.into_active_model();
    (row.state, row.changed_at, row.told_at) = (Set(state), Set(now), Set(told_at));
    (row.decline_reason, row.merged_into) = (Set(None), Set(None));
    let row = row.update(tx).await?;
    audit::record(tx, now, permit.actor(), "acceptQuestion", Some(format(id)), &[]).await?;
    Ok(row)
}

/// Says that a question is not going to be answered, perhaps with words for its reader.
pub async fn decline(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    (keys, now): (&Keyring, Timestamp),
    id: QuestionId,
    reason: DeclineReason,
    reply: Option<&str>,
) -> Result<Model> {
    lock::with_answers(tx, id).await?;
    let row = lock::locked(tx, permit, id).await?;
    let state = moved(row.state, Transition::Decline, &["question"])?;
    let reply = reply.map(|reply| check_reply(reply, "reply")).transpose()?.flatten();
    let row = match reply {
        Some(text) => write_to_reader(tx, keys, now, row, text, "reply").await?,
        None => row,
    };
    let mut row = row.into_active_model();
    (row.state, row.changed_at, row.decline_reason) = (Set(state), Set(now), Set(Some(reason)));
    release(tx, now, id).await?;
    put_aside(tx, permit, now, row, "declineQuestion").await
}

/// Marks a question as spam.
pub async fn mark_spam(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    now: Timestamp,
    id: QuestionId,
) -> Result<Model> {
    lock::with_answers(tx, id).await?;
    let row = lock::locked(tx, permit, id).await?;
    let state = moved(row.state, Transition::MarkSpam, &["question"])?;
    let mut row = row.into_active_model();
    (row.state, row.changed_at) = (Set(state), Set(now));
    release(tx, now, id).await?;
    put_aside(tx, permit, now, row, "markQuestionSpam").await
}

/// Says that a question repeats another one: its reader is told when that is answered. Questions that repeat this one go
/// along.
pub async fn merge(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    now: Timestamp,
    id: QuestionId,
    into: QuestionId,
) -> Result<Model> {
    if id == into {
        return refuse(&["into"], ErrorCode::Invalid, "a question does not repeat itself");
    }
    lock::all_with_answers(tx, &[id, into]).await?;
    let row = lock::locked(tx, permit, id).await?;
    let target = match lock::locked(tx, permit, into).await {
        Ok(target) => target,
        Err(Error::Refused(_)) => return refuse(&["into"], ErrorCode::NotFound, "there is no such question"),
        Err(error) => return Err(error),
    };
    let state = moved(row.state, Transition::Merge, &["question"])?;
    if !matches!(target.state, QuestionState::Received | QuestionState::Accepted | QuestionState::Answered) {
        let message = format!("a question cannot be merged into one that {}", words(target.state));
        return refuse(&["into"], ErrorCode::InvalidTransition, message);
    }
    let mut merged = row.into_active_model();
    (merged.state, merged.changed_at, merged.merged_into) = (Set(state), Set(now), Set(Some(into)));
    merged.update(tx).await?;
    // Whoever looks after them, they go along.
    Entity::update_many()
        .col_expr(Column::MergedInto, Expr::value(into))
        .col_expr(Column::ChangedAt, Expr::value(now))
        .filter(Column::MergedInto.eq(id))
        .exec(tx)
        .await?;
    if target.state == QuestionState::Answered {
        tell::of_answer(tx, now, target).await?;
    }
    let merged = super::by_id(tx, id).await?;
    put_aside(tx, permit, now, merged.into_active_model(), "mergeQuestion").await
}

/// Stores a question that is going to have no answer of its own; what is public of it leaves the public.
async fn put_aside(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    now: Timestamp,
    row: entity::question_intake::ActiveModel,
    action: &'static str,
) -> Result<Model> {
    let row = if row.is_changed() { row.update(tx).await? } else { row.try_into()? };
    audit::record(tx, now, permit.actor(), action, Some(format(row.id)), &[]).await?;
    let hidden = publication::hide(tx, row.id).await?;
    change::append(tx, now, hidden).await?;
    Ok(row)
}

/// Hands a question to somebody of the team, or to nobody.
pub async fn assign(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    now: Timestamp,
    id: QuestionId,
    assignee: Option<AccountId>,
) -> Result<Model> {
    let row = lock::locked(tx, permit, id).await?;
    if let Some(assignee) = assignee {
        let account = account::Entity::find_by_id(assignee).one(tx).await?;
        if account.is_none_or(|account| account.status != AccountStatus::Active) {
            return refuse(&["assignee"], ErrorCode::NotFound, "nobody of the team has this id");
        }
    }
    let mut row = row.into_active_model();
    row.assignee_id = Set(assignee);
    let row = row.update(tx).await?;
    audit::record(tx, now, permit.actor(), "assignQuestion", Some(format(id)), &["assignee"]).await?;
    Ok(row)
}

/// Adds a note that only the team reads. It is sealed with the question and erased with it.
pub async fn note(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    (keys, now): (&Keyring, Timestamp),
    id: QuestionId,
    written: &str,
) -> Result<Model> {
    let row = lock::locked(tx, permit, id).await?;
    let mut refusals = Refusals::default();
    let text = text::require(written, text::DESCRIPTION, &["text"], &mut refusals);
    let notes = question_note::Entity::find().filter(question_note::Column::QuestionId.eq(id));
    if notes.count(tx).await? >= MAX_NOTES as u64 {
        let message = format!("a question has at most {MAX_NOTES} notes");
        refusals.push(&["question"], ErrorCode::TooMany, message);
    }
    let key = if row.erased_at.is_none() { original::data_key(keys, &row)? } else { None };
    if key.is_none() {
        let message = "this question was erased, and its key with it: a note could not be sealed";
        refusals.push(&["question"], ErrorCode::InvalidTransition, message);
    }
    refusals.finish()?;
    if let (Some(key), Some(text)) = (key, text) {
        let note = question_note::ActiveModel {
            id: Set(new_uuid(now)),
            question_id: Set(id),
            account_id: Set(permit.account()),
            sealed: Set(key.seal(&original::row_name(id), text.into_bytes())),
            created_at: Set(now),
        };
        note.insert(tx).await?;
    }
    audit::record(tx, now, permit.actor(), "addQuestionNote", Some(format(id)), &[]).await?;
    Ok(row)
}

/// Writes to the reader, on the page behind the reader's link. A letter only says that there is something to read.
pub async fn reply(
    tx: &Tx,
    permit: &Permit<ManageQuestions>,
    (keys, now): (&Keyring, Timestamp),
    id: QuestionId,
    written: &str,
) -> Result<Model> {
    let row = lock::locked(tx, permit, id).await?;
    let Some(text) = check_reply(written, "text")? else {
        return refuse(&["text"], ErrorCode::Required, "must not be empty");
    };
    if matches!(row.state, QuestionState::Withdrawn | QuestionState::Spam) {
        let message = format!("nobody is written to about a question that {}", words(row.state));
        return refuse(&["question"], ErrorCode::InvalidTransition, message);
    }
    let row = write_to_reader(tx, keys, now, row, text, "question").await?;
    audit::record(tx, now, permit.actor(), "replyToQuestion", Some(format(id)), &[]).await?;
    Ok(row)
}

fn check_reply(written: &str, field: &str) -> Result<Option<String>> {
    let mut refusals = Refusals::default();
    let text = text::check(written, text::DESCRIPTION, &[field], &mut refusals);
    refusals.finish()?;
    Ok(text)
}

async fn write_to_reader(
    tx: &Tx,
    keys: &Keyring,
    now: Timestamp,
    row: Model,
    text: String,
    field: &str,
) -> Result<Model> {
    let Some(mut original) = original::open(keys, &row)?.filter(|_| row.erased_at.is_none()) else {
        let message = "this question was erased: nobody is left to write to";
        return refuse(&[field], ErrorCode::InvalidTransition, message);
    };
    if original.replies.len() >= MAX_REPLIES {
        let message = format!("a question has at most {MAX_REPLIES} replies");
        return refuse(&[field], ErrorCode::TooMany, message);
    }
    original.replies.push(Reply { at: now, text });
    let mut changed = row.clone().into_active_model();
    original::reseal(keys, &row, &original, &mut changed)?;
    let row = changed.update(tx).await?;
    if original.allows_answer() {
        tell::of_reply(tx, now, row.id).await?;
    }
    Ok(row)
}
