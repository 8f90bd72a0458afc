//! Telling a reader, by a letter that says nothing of the question: a job writes it when it is sent, with a link that is made
//! at that moment.
//!
//! Of an answer each reader is told once, however often the post is published and taken back: `told_at` is set in the
//! transaction of the first publication. When the answer is gone again before the letter left, nobody is told and `told_at`
//! is empty again.

use entity::question_intake::{Column, Entity, Model, QuestionState};
use entity::{QuestionId, Timestamp, question_link};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Set,
};
use serde::{Deserialize, Serialize};

use super::{ask, original};
use crate::domain::error::Result;
use crate::domain::id;
use crate::domain::job::{self, NewJob, Task};
use crate::domain::sealed::Keyring;
use crate::domain::secret::Secret;

/// Why a reader is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A post that answers the question is public.
    Answered,
    /// The team wrote something that is for this reader alone.
    Reply,
}

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
pub async fn cancel(tx: &DatabaseTransaction, id: QuestionId) -> Result<()> {
    job::cancel(tx, &job_key(id, News::Answered)).await?;
    job::cancel(tx, &job_key(id, News::Reply)).await
}

async fn enqueue(tx: &DatabaseTransaction, now: Timestamp, question: QuestionId, news: News) -> Result<()> {
    let (task, key) = (Task::QuestionNews { question, news }, Some(job_key(question, news)));
    job::enqueue(tx, now, NewJob { task, run_at: now, key, lane: None }).await?;
    Ok(())
}

/// Asks for the letter about an answer, unless this reader was told before. The caller has locked the question.
pub(super) async fn of_answer(tx: &DatabaseTransaction, now: Timestamp, row: Model) -> Result<Model> {
    if row.told_at.is_some() || row.address_hash.is_none() {
        return Ok(row);
    }
    let question = row.id;
    let mut row = row.into_active_model();
    row.told_at = Set(Some(now));
    let row = row.update(tx).await?;
    enqueue(tx, now, question, News::Answered).await?;
    Ok(row)
}

pub(super) async fn of_reply(tx: &DatabaseTransaction, now: Timestamp, question: QuestionId) -> Result<()> {
    enqueue(tx, now, question, News::Reply).await
}

/// What to write now. `None` when there is nothing to tell any more, or nobody to tell it to.
pub async fn compose(
    tx: &DatabaseTransaction,
    keys: &Keyring,
    now: Timestamp,
    question: QuestionId,
    news: News,
) -> Result<Option<Content>> {
    let row = Entity::find().filter(Column::Id.eq(question)).lock_exclusive().one(tx).await?;
    let Some(row) = row else { return Ok(None) };
    if matches!(row.state, QuestionState::Withdrawn | QuestionState::Spam) {
        return Ok(None);
    }
    if news == News::Answered && !is_answered(tx, &row).await? {
        let mut row = row.into_active_model();
        row.told_at = Set(None);
        row.update(tx).await?;
        return Ok(None);
    }
    let Some(original) = original::open(keys, &row)?.filter(original::Original::allows_answer) else {
        return Ok(None);
    };
    let Some(email) = original.email else { return Ok(None) };
    let secret = ask::link_for_letter(tx, now, question).await?;
    Ok(Some(Content { name: original.display_name, email, secret }))
}

/// Forgets the link of a letter that did not leave.
pub async fn forget_link(tx: &DatabaseTransaction, secret: &Secret) -> Result<()> {
    question_link::Entity::delete_by_id(secret.hash()).exec(tx).await?;
    Ok(())
}

/// Whether there is an answer: to this question, or to the one that it repeats.
async fn is_answered(tx: &DatabaseTransaction, row: &Model) -> Result<bool> {
    match (row.state, row.merged_into) {
        (QuestionState::Answered, _) => Ok(true),
        (QuestionState::Duplicate, Some(target)) => {
            let target = Entity::find_by_id(target).one(tx).await?;
            Ok(target.is_some_and(|target| target.state == QuestionState::Answered))
        }
        _ => Ok(false),
    }
}
