//! Posts and the questions that they answer: publishing a post makes its questions answered and tells each asker once, in
//! the transaction of the publication; taking the last answer back makes them accepted again.
//!
//! Questions are locked after documents and before files, in the order of their ids. What a reader withdrew or erased
//! meanwhile stands in nobody's way: the post becomes public without it.

use std::collections::BTreeSet;

use entity::question_answering::{Column, Entity};
use entity::question_intake::{self, QuestionState};
use entity::{
    DocumentId, QuestionId, Timestamp, entry, question, question_answer, question_answering, rich_text,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait, Set,
};

use super::state::{Transition, moved, words};
use super::{lock, similar, tell};
use crate::db::Tx;
use crate::domain::access::policy::{ManageQuestions, Permit, Scope};
use crate::domain::core::error::{ErrorCode, Refusals, Result};
use crate::domain::core::id;
use crate::domain::journal::change::Change;

/// How many questions one post may answer.
pub const MAX_QUESTIONS: usize = 20;

/// A document whose live revision answers these from now on.
#[derive(Debug)]
pub(in crate::domain) struct Answering {
    pub document: DocumentId,
    pub questions: Vec<QuestionId>,
}

/// Why a question cannot be answered by a post, for a refusal.
pub(in crate::domain) fn why_it_cannot_be_answered(
    row: Option<&question_intake::Model>,
) -> Option<(ErrorCode, String)> {
    let Some(row) = row else { return Some((ErrorCode::NotFound, "there is no such question".to_owned())) };
    match row.state {
        // The reader decides, and the author need not even notice.
        QuestionState::Accepted | QuestionState::Answered | QuestionState::Withdrawn => None,
        QuestionState::Duplicate => {
            let target = row.merged_into.map(id::format).unwrap_or_default();
            let message = format!("a question that was merged is answered with the other one, {target}");
            Some((ErrorCode::InvalidTransition, message))
        }
        state => {
            let message = format!("a question that {} cannot be answered; accept it first", words(state));
            Some((ErrorCode::InvalidTransition, message))
        }
    }
}

/// Notes what stands in the way of a publication, as far as it is known.
pub(in crate::domain) async fn check(
    db: &impl ConnectionTrait,
    questions: &[QuestionId],
    refusals: &mut Refusals,
) -> Result<()> {
    if questions.is_empty() {
        return Ok(());
    }
    let rows = question_intake::Entity::find()
        .filter(question_intake::Column::Id.is_in(questions.iter().copied()))
        .all(db)
        .await?;
    note(questions, &rows, refusals);
    Ok(())
}

/// Which of these questions are new and do not exist, as far as whoever names them may know.
pub(in crate::domain) async fn missing(
    db: &impl ConnectionTrait,
    permit: Option<&Permit<ManageQuestions>>,
    before: &[QuestionId],
    questions: &[QuestionId],
) -> Result<Vec<QuestionId>> {
    let new: Vec<QuestionId> = questions.iter().copied().filter(|id| !before.contains(id)).collect();
    let Some(permit) = permit.filter(|_| !new.is_empty()) else { return Ok(new) };
    let known = Scope::<question_intake::Entity>::queue(permit)
        .narrow(|select| select.filter(question_intake::Column::Id.is_in(new.iter().copied())))
        .all(db)
        .await?;
    Ok(new.into_iter().filter(|id| !known.iter().any(|row| row.id == *id)).collect())
}

fn note(questions: &[QuestionId], rows: &[question_intake::Model], refusals: &mut Refusals) {
    for (index, id) in questions.iter().enumerate() {
        let row = rows.iter().find(|row| row.id == *id);
        if let Some((code, message)) = why_it_cannot_be_answered(row) {
            refusals.push(&["questions", &index.to_string()], code, message);
        }
    }
}

/// What came of [`settle`].
#[derive(Debug, Default)]
pub(in crate::domain) struct Settled {
    /// What is different in public.
    pub changes: Vec<Change>,
    /// What must not become public, by document. Then nothing was done.
    pub refused: Vec<(DocumentId, Refusals)>,
}

/// Brings questions in line with what became public, what left the public, and what was written anew as it is.
pub(in crate::domain) async fn settle(
    tx: &Tx,
    now: Timestamp,
    answering: &[Answering],
    withdrawn: &[DocumentId],
    rewritten: &[DocumentId],
) -> Result<Settled> {
    let public: Vec<DocumentId> = answering.iter().map(|one| one.document).collect();
    let changed: Vec<DocumentId> = public.iter().chain(withdrawn).copied().collect();
    let all = changed.iter().chain(rewritten).copied();
    let before = Entity::find().filter(Column::DocumentId.is_in(all)).all(tx).await?;
    let named = answering.iter().flat_map(|one| one.questions.iter().copied());
    let touched: BTreeSet<QuestionId> = before.iter().map(|row| row.question_id).chain(named).collect();
    let touched: Vec<QuestionId> = touched.into_iter().collect();
    let rows = if touched.is_empty() { Vec::new() } else { lock::questions(tx, &touched).await? };
    let mut settled = Settled::default();
    for one in answering {
        let mut refusals = Refusals::default();
        note(&one.questions, &rows, &mut refusals);
        if !refusals.is_empty() {
            settled.refused.push((one.document, refusals));
        }
    }
    if !settled.refused.is_empty() {
        return Ok(settled);
    }
    let was = pairs(before.iter().filter(|row| changed.contains(&row.document_id)));
    if !was.is_empty() {
        Entity::delete_many().filter(Column::DocumentId.is_in(changed.iter().copied())).exec(tx).await?;
    }
    write_answering(tx, answering, &rows).await?;
    let after = Entity::find().filter(Column::DocumentId.is_in(changed)).all(tx).await?;
    // Whose answers are others than before: the public reads that of the question.
    let differs: BTreeSet<QuestionId> =
        was.symmetric_difference(&pairs(after.iter())).map(|(question, _)| *question).collect();
    for &document in public.iter().chain(rewritten) {
        if !touched.is_empty() {
            show(tx, document).await?;
        }
    }
    for row in rows {
        let id = row.id;
        let is_answered = Entity::find().filter(Column::QuestionId.eq(id)).one(tx).await?.is_some();
        settle_one(tx, now, row, is_answered).await?;
        if differs.contains(&id) && question::Entity::find_by_id(id).one(tx).await?.is_some() {
            settled.changes.push(Change::question(id, false));
        }
    }
    for &document in public.iter().chain(rewritten) {
        index(tx, document).await?;
    }
    Ok(settled)
}

fn pairs<'a>(
    rows: impl Iterator<Item = &'a question_answering::Model>,
) -> BTreeSet<(QuestionId, DocumentId)> {
    rows.map(|row| (row.question_id, row.document_id)).collect()
}

/// Notes which questions the documents answer from now on. Those that were withdrawn meanwhile are left out.
async fn write_answering(tx: &Tx, answering: &[Answering], rows: &[question_intake::Model]) -> Result<()> {
    let is_there =
        |id: QuestionId| rows.iter().any(|row| row.id == id && row.state != QuestionState::Withdrawn);
    for one in answering {
        let there = one.questions.iter().copied().filter(|&id| is_there(id));
        let new = there.zip(0..).map(|(question_id, position)| question_answering::ActiveModel {
            document_id: Set(one.document),
            question_id: Set(question_id),
            position: Set(position),
        });
        let new: Vec<_> = new.collect();
        if !new.is_empty() {
            Entity::insert_many(new).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}

/// Moves a question to where its answers put it, and tells its askers if that is news to them.
async fn settle_one(tx: &Tx, now: Timestamp, row: question_intake::Model, is_answered: bool) -> Result<()> {
    let transition = match (row.state, is_answered) {
        (QuestionState::Accepted | QuestionState::Answered, true) => Transition::Answer,
        (QuestionState::Answered, false) => Transition::TakeBack,
        _ => return Ok(()),
    };
    let state = moved(row.state, transition, &["questions"])?;
    if state == row.state {
        return Ok(());
    }
    let id = row.id;
    let mut row = row.into_active_model();
    (row.state, row.changed_at) = (Set(state), Set(now));
    let row = row.update(tx).await?;
    if state != QuestionState::Answered {
        return Ok(());
    }
    // Those that repeat it have their answer too, from now on.
    question_intake::Entity::update_many()
        .col_expr(question_intake::Column::ChangedAt, Expr::value(now))
        .filter(question_intake::Column::MergedInto.eq(id))
        .filter(question_intake::Column::State.eq(QuestionState::Duplicate))
        .exec(tx)
        .await?;
    tell::of_answer(tx, now, row).await
}

/// Forgets that anything answers a question whose reader wants no answer. The posts stay.
pub(super) async fn leave_out(tx: &Tx, question: QuestionId) -> Result<()> {
    Entity::delete_many().filter(Column::QuestionId.eq(question)).exec(tx).await?;
    Ok(())
}

/// Writes which public questions a live entry answers, as after it was written anew.
async fn show(tx: &Tx, document: DocumentId) -> Result<()> {
    question_answer::Entity::delete_many()
        .filter(question_answer::Column::EntryId.eq(document))
        .exec(tx)
        .await?;
    let rows = Entity::find()
        .filter(Column::DocumentId.eq(document))
        .filter(Column::QuestionId.in_subquery(ids(question::Entity::find())))
        .all(tx)
        .await?;
    insert(tx, rows).await
}

/// The same for a question that became public just now.
pub(super) async fn show_for(tx: &Tx, question: QuestionId) -> Result<Vec<Change>> {
    question_answer::Entity::delete_many()
        .filter(question_answer::Column::QuestionId.eq(question))
        .exec(tx)
        .await?;
    let rows = Entity::find().filter(Column::QuestionId.eq(question)).all(tx).await?;
    let entries: Vec<DocumentId> = rows.iter().map(|row| row.document_id).collect();
    insert(tx, rows).await?;
    index_all(tx, &entries).await
}

fn ids(questions: sea_orm::Select<question::Entity>) -> sea_orm::sea_query::SelectStatement {
    questions.select_only().column(question::Column::Id).into_query()
}

async fn insert(tx: &Tx, rows: Vec<question_answering::Model>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(|row| question_answer::ActiveModel {
        entry_id: Set(row.document_id),
        question_id: Set(row.question_id),
        position: Set(row.position),
    });
    question_answer::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// The live entries that answer a question.
pub(super) async fn entries_of(tx: &Tx, question: QuestionId) -> Result<Vec<DocumentId>> {
    let rows = question_answer::Entity::find()
        .filter(question_answer::Column::QuestionId.eq(question))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.entry_id).collect())
}

/// Writes anew what hangs on the words of a question, for the live entries that answer it: the public reads them differently.
pub(super) async fn index_all(tx: &Tx, entries: &[DocumentId]) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for &entry in entries {
        index(tx, entry).await?;
        if let Some(row) = entry::Entity::find_by_id(entry).one(tx).await? {
            changes.push(Change::entry(row.kind, row.id, &row.locale, &row.slug, Some(row.slug.clone())));
        }
    }
    Ok(changes)
}

/// Writes by which words a live entry is found when somebody asks something alike.
async fn index(tx: &Tx, entry: DocumentId) -> Result<()> {
    let Some(row) = entry::Entity::find_by_id(entry).one(tx).await? else { return Ok(()) };
    let body = rich_text::Entity::find_by_id(entry).one(tx).await?;
    let answered = question_answer::Entity::find()
        .select_only()
        .column(question_answer::Column::QuestionId)
        .filter(question_answer::Column::EntryId.eq(entry))
        .into_query();
    let questions =
        question::Entity::find().filter(question::Column::Id.in_subquery(answered)).all(tx).await?;
    similar::write(tx, &row, body.as_ref(), &questions).await
}
