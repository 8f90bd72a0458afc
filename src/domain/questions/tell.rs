//! Telling a reader, by a letter that says nothing of the question: a job writes it when it is sent, with a link that is made
//! at that moment.
//!
//! Of an answer each reader is told once, however often the post is published and taken back, and however many questions of
//! theirs it answers at once: `told_at` is set in the transaction of the first publication. When the answer is gone again
//! before the letter left, nobody is told and `told_at` is empty again. A letter that may have left has left: its link is a
//! row that is removed only where the letter certainly did not.

use std::collections::HashSet;

use entity::question_intake::{Column, Entity, Model, QuestionState};
use entity::{QuestionId, Timestamp, question_link};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};

use super::{ask, lock, original};
use crate::db::Tx;
use crate::domain::core::error::Result;
use crate::domain::core::id;
use crate::domain::core::sealed::Keyring;
use crate::domain::core::secret::Secret;
use crate::domain::job::{self, NewJob, News, Task};

/// What a letter needs.
#[derive(Debug)]
pub struct Content {
    pub name: Option<String>,
    pub email: String,
    /// Leads to the reader's page.
    pub secret: Secret,
}

/// While a letter waits, there is no other one with the same news.
fn job_key(id: QuestionId, news: News) -> String {
    let news = match news {
        News::Answered => "answered",
        News::Reply => "reply",
    };
    format!("{news}:{}", id::format(id))
}

/// Takes back what is not on its way yet.
pub async fn cancel(tx: &Tx, id: QuestionId) -> Result<()> {
    job::cancel(tx, &job_key(id, News::Answered)).await?;
    job::cancel(tx, &job_key(id, News::Reply)).await
}

async fn enqueue(tx: &Tx, now: Timestamp, question: QuestionId, news: News) -> Result<()> {
    let (task, key) = (Task::QuestionNews { question, news }, Some(job_key(question, news)));
    job::enqueue(tx, now, NewJob { task, run_at: now, key, lane: None }).await?;
    Ok(())
}

/// Asks for the letters about the answer to a question: to its reader and to those whose questions repeat it, each of them once
/// and nobody whom an earlier answer to it was told. The caller has locked all of these questions.
pub(super) async fn of_answer(tx: &Tx, now: Timestamp, answered: Model) -> Result<()> {
    let repeating = Entity::find()
        .filter(Column::MergedInto.eq(answered.id))
        .filter(Column::State.eq(QuestionState::Duplicate))
        .all(tx)
        .await?;
    let all: Vec<Model> = std::iter::once(answered).chain(repeating).collect();
    let is_told = all.iter().filter(|row| row.told_at.is_some());
    let mut told: HashSet<Vec<u8>> = is_told.filter_map(|row| row.address_hash.clone()).collect();
    for row in all.into_iter().filter(|row| row.told_at.is_none()) {
        let Some(address) = row.address_hash.clone() else { continue };
        let id = row.id;
        let mut row = row.into_active_model();
        row.told_at = Set(Some(now));
        row.update(tx).await?;
        if told.insert(address) {
            enqueue(tx, now, id, News::Answered).await?;
        }
    }
    Ok(())
}

pub(super) async fn of_reply(tx: &Tx, now: Timestamp, question: QuestionId) -> Result<()> {
    enqueue(tx, now, question, News::Reply).await
}

/// What to write now, for a letter that was asked for at `asked_at`. `None` when there is nothing to tell any more, or nobody to
/// tell it to.
pub async fn compose(
    tx: &Tx,
    keys: &Keyring,
    (now, asked_at): (Timestamp, Timestamp),
    question: QuestionId,
    news: News,
) -> Result<Option<Content>> {
    let Some(row) = locked(tx, question).await? else { return Ok(None) };
    if matches!(row.state, QuestionState::Withdrawn | QuestionState::Spam) {
        return Ok(None);
    }
    if news == News::Answered {
        if !is_answered(tx, &row).await? {
            take_back(tx, &row).await?;
            return Ok(None);
        }
        // It had been given up and somebody has it tried again, when another letter had told the same.
        if row.told_at.is_some_and(|told_at| told_at > asked_at) && may_have_left(tx, &row).await? {
            return Ok(None);
        }
    }
    let Some(original) = original::open(keys, &row)?.filter(original::Original::allows_answer) else {
        return Ok(None);
    };
    let Some(email) = original.email else { return Ok(None) };
    if news == News::Answered && row.told_at.is_none() {
        // As before it was given up.
        let mut row = row.into_active_model();
        row.told_at = Set(Some(asked_at));
        row.update(tx).await?;
    }
    let secret = ask::link_for_letter(tx, now, question).await?;
    Ok(Some(Content { name: original.display_name, email, secret }))
}

/// The question, locked with the one that it repeats and those that repeat either.
async fn locked(tx: &Tx, question: QuestionId) -> Result<Option<Model>> {
    let Some(row) = Entity::find_by_id(question).one(tx).await? else { return Ok(None) };
    let ids: Vec<QuestionId> = std::iter::once(question).chain(row.merged_into).collect();
    let rows = lock::questions(tx, &ids).await?;
    Ok(rows.into_iter().find(|row| row.id == question))
}

/// Notes that a letter does not leave, unless it may have left already: its reader is told of the next answer.
async fn take_back(tx: &Tx, row: &Model) -> Result<()> {
    if may_have_left(tx, row).await? {
        return Ok(());
    }
    // It was to tell of all questions of this reader that the same answer answers.
    let main = row.merged_into.unwrap_or(row.id);
    let same_answer = Column::Id.is_in([row.id, main]).or(Column::MergedInto.eq(main));
    Entity::update_many()
        .col_expr(Column::ToldAt, Expr::value(None::<Timestamp>))
        .filter(same_answer)
        .filter(Column::Id.eq(row.id).or(Column::AddressHash.eq(row.address_hash.clone())))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether a letter is perhaps in somebody's inbox since its question counts as told.
pub(super) async fn may_have_left(tx: &Tx, row: &Model) -> Result<bool> {
    let Some(told_at) = row.told_at else { return Ok(false) };
    let links = question_link::Entity::find()
        .filter(question_link::Column::QuestionId.eq(row.id))
        .order_by_asc(question_link::Column::CreatedAt)
        .all(tx)
        .await?;
    // The first is that of the form.
    Ok(links.iter().skip(1).any(|link| link.created_at >= told_at))
}

/// Notes that a letter was given up.
pub async fn email_abandoned(tx: &Tx, question: QuestionId, news: News) -> Result<()> {
    if news == News::Answered
        && let Some(row) = locked(tx, question).await?
    {
        take_back(tx, &row).await?;
    }
    Ok(())
}

/// Forgets the link of a letter that certainly did not leave.
pub async fn forget_link(tx: &Tx, secret: &Secret) -> Result<()> {
    question_link::Entity::delete_by_id(secret.hash()).exec(tx).await?;
    Ok(())
}

/// Whether there is an answer: to this question, or to the one that it repeats.
async fn is_answered(tx: &Tx, row: &Model) -> Result<bool> {
    match (row.state, row.merged_into) {
        (QuestionState::Answered, _) => Ok(true),
        (QuestionState::Duplicate, Some(target)) => {
            let target = Entity::find_by_id(target).one(tx).await?;
            Ok(target.is_some_and(|target| target.state == QuestionState::Answered))
        }
        _ => Ok(false),
    }
}
