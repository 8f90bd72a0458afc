//! Locks around a question, in the one order of the house: documents, then questions, each in the order of their ids.

use entity::question_intake::Model;
use entity::{DocumentId, QuestionId, document, question_answering, question_intake};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::Tx;
use crate::domain::access::policy::{OnQuestions, Permit, Scope};
use crate::domain::core::error::{Error, ErrorCode, Result, refuse};

/// Locks the documents that answer a question, the question, and those that repeat it: for whoever changes what is public of
/// it. Publishing takes its locks in the same order, so neither waits for the other in a circle.
pub(super) async fn with_answers(tx: &Tx, id: QuestionId) -> Result<()> {
    all_with_answers(tx, &[id]).await
}

/// The same for several.
pub(super) async fn all_with_answers(tx: &Tx, ids: &[QuestionId]) -> Result<()> {
    let documents = answering(tx, ids).await?;
    if !documents.is_empty() {
        document::Entity::find()
            .filter(document::Column::Id.is_in(documents.iter().copied()))
            .order_by_asc(document::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
    }
    questions(tx, ids).await?;
    // Something was published between the two: whoever tries again meets it.
    if answering(tx, ids).await?.iter().any(|id| !documents.contains(id)) {
        return Err(Error::Unavailable);
    }
    Ok(())
}

/// Locks questions and those that repeat them, for whoever has locked the documents; answers the questions themselves.
pub(super) async fn questions(tx: &Tx, ids: &[QuestionId]) -> Result<Vec<Model>> {
    let is_one = question_intake::Column::Id.is_in(ids.iter().copied());
    let repeats_one = question_intake::Column::MergedInto.is_in(ids.iter().copied());
    let rows = question_intake::Entity::find()
        .filter(is_one.or(repeats_one))
        .order_by_asc(question_intake::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().filter(|row| ids.contains(&row.id)).collect())
}

async fn answering(tx: &Tx, ids: &[QuestionId]) -> Result<Vec<DocumentId>> {
    let rows = question_answering::Entity::find()
        .filter(question_answering::Column::QuestionId.is_in(ids.iter().copied()))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.document_id).collect())
}

/// The question, which nobody else changes until this transaction ends.
pub(super) async fn locked<A: OnQuestions>(tx: &Tx, permit: &Permit<A>, id: QuestionId) -> Result<Model> {
    let row = Scope::<question_intake::Entity>::queue(permit)
        .narrow(|select| select.filter(question_intake::Column::Id.eq(id)).lock_exclusive())
        .one(tx)
        .await?;
    match row {
        Some(row) => Ok(row.into_inner()),
        None => refuse(&["question"], ErrorCode::NotFound, "there is no such question"),
    }
}
