//! The desk's queue: what was sent in, without what is private of it.

use entity::question_intake::{Column, Entity, Model, QuestionState};
use entity::{AccountId, DocumentId, QuestionCallId, QuestionId, question, question_answering};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::ask::ADDRESS;
use crate::domain::access::policy::{Permit, ReadQuestions, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::keyset::{Direction, Key, Page, Position, Slice};
use crate::domain::core::query::scalar;
use crate::domain::core::sealed::Keyring;

/// Which questions. The fields are all that can be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub states: Vec<QuestionState>,
    pub call: Option<QuestionCallId>,
    pub locale: Option<String>,
    pub assignee: Option<Assigned>,
    pub is_published: Option<bool>,
    /// Keyed hashes of the address from which they were sent.
    pub address: Option<Vec<Vec<u8>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    To(AccountId),
    ToNobody,
}

/// What finds the questions of an address, whatever its case.
pub fn address_hashes(keys: &Keyring, address: &str) -> Vec<Vec<u8>> {
    keys.hashes(ADDRESS, address.trim().to_lowercase().as_bytes())
}

fn scope(permit: &Permit<ReadQuestions>, filter: &Filter) -> Scope<Entity> {
    let mut all = Condition::all();
    if !filter.states.is_empty() {
        all = all.add(Column::State.is_in(filter.states.iter().copied()));
    }
    if let Some(call) = filter.call {
        all = all.add(Column::CallId.eq(call));
    }
    if let Some(locale) = &filter.locale {
        all = all.add(Column::Locale.eq(locale));
    }
    all = match filter.assignee {
        None => all,
        Some(Assigned::To(account)) => all.add(Column::AssigneeId.eq(account)),
        Some(Assigned::ToNobody) => all.add(Column::AssigneeId.is_null()),
    };
    if let Some(is_published) = filter.is_published {
        let public = question::Entity::find().select_only().column(question::Column::Id).into_query();
        all = all.add(if is_published {
            Column::Id.in_subquery(public)
        } else {
            Column::Id.not_in_subquery(public)
        });
    }
    if let Some(hashes) = &filter.address {
        all = all.add(Column::AddressHash.is_in(hashes.iter().map(Vec::as_slice)));
    }
    Scope::<Entity>::queue(permit).narrow(|select| select.filter(all))
}

/// A page of the queue.
pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadQuestions>,
    filter: &Filter,
    direction: Direction,
    page: &Page,
) -> Result<Slice<Visible<Model>>> {
    let rows = scope(permit, filter).narrow(|mut select| {
        let key = Expr::col((Entity, Column::ReceivedAt));
        let id = Expr::col((Entity, Column::Id));
        page.apply(QueryFilter::query(&mut select), key, id, direction);
        select
    });
    Ok(page.slice(rows.all(db).await?))
}

pub fn position(row: &Model) -> Position {
    Position { key: Key::Int(row.received_at.0), id: row.id.0 }
}

/// How many there are.
pub async fn count(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadQuestions>,
    filter: &Filter,
) -> Result<i64> {
    let found = scope(permit, filter)
        .narrow(|select| select.select_only().expr(Expr::col((Entity, Column::Id)).count()));
    scalar(db, &found.statement()).await
}

/// One question of the queue.
pub async fn by_id(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadQuestions>,
    id: QuestionId,
) -> Result<Option<Visible<Model>>> {
    Scope::<Entity>::queue(permit).narrow(|select| select.filter(Column::Id.eq(id))).one(db).await
}

/// The documents whose live revisions answer these questions.
pub async fn answering(
    db: &impl ConnectionTrait,
    questions: &[QuestionId],
) -> Result<Vec<(QuestionId, DocumentId)>> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = question_answering::Entity::find()
        .filter(question_answering::Column::QuestionId.is_in(questions.iter().copied()))
        .order_by_asc(question_answering::Column::DocumentId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.question_id, row.document_id)).collect())
}
