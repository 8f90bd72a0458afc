//! What everybody reads of questions.

use entity::question::{Column, Entity, Model};
use entity::{DocumentId, QuestionCallId, QuestionId, TagId, me_too, question_answer, question_tag};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
};

use crate::db::Tx;
use crate::domain::access::policy::{PublicTables, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::keyset::{Direction, Key, Page, Position, Slice};
use crate::domain::core::query::scalar;
use crate::domain::core::sealed::Keyring;

/// Which questions. The fields are all that can be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub call: Option<QuestionCallId>,
    pub tag: Option<TagId>,
    pub is_answered: Option<bool>,
    pub locale: Option<String>,
}

fn scope(db: &impl PublicTables, filter: &Filter) -> Scope<Entity> {
    let mut all = Condition::all();
    if let Some(call) = filter.call {
        all = all.add(Column::CallId.eq(call));
    }
    if let Some(locale) = &filter.locale {
        all = all.add(Column::Locale.eq(locale));
    }
    if let Some(tag) = filter.tag {
        let tagged = question_tag::Entity::find()
            .select_only()
            .column(question_tag::Column::QuestionId)
            .filter(question_tag::Column::TagId.eq(tag));
        all = all.add(Column::Id.in_subquery(tagged.into_query()));
    }
    if let Some(is_answered) = filter.is_answered {
        let answered = question_answer::Entity::find()
            .select_only()
            .column(question_answer::Column::QuestionId)
            .into_query();
        all = all.add(if is_answered {
            Column::Id.in_subquery(answered)
        } else {
            Column::Id.not_in_subquery(answered)
        });
    }
    Scope::<Entity>::public(db).narrow(|select| select.filter(all))
}

/// A page of questions, those that were published last first.
pub async fn list(db: &impl PublicTables, filter: &Filter, page: &Page) -> Result<Slice<Visible<Model>>> {
    let rows = scope(db, filter).narrow(|mut select| {
        let key = Expr::col((Entity, Column::PublishedAt));
        let id = Expr::col((Entity, Column::Id));
        page.apply(QueryFilter::query(&mut select), key, id, Direction::Descending);
        select
    });
    Ok(page.slice(rows.all(db).await?))
}

pub fn position(row: &Model) -> Position {
    Position { key: Key::Int(row.published_at.0), id: row.id.0 }
}

pub async fn count(db: &impl PublicTables, filter: &Filter) -> Result<i64> {
    let found =
        scope(db, filter).narrow(|select| select.select_only().expr(Expr::col((Entity, Column::Id)).count()));
    scalar(db, &found.statement()).await
}

/// Those of these that are public.
pub async fn by_ids(db: &impl PublicTables, ids: &[QuestionId]) -> Result<Vec<Visible<Model>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Scope::<Entity>::public(db)
        .narrow(|select| select.filter(Column::Id.is_in(ids.iter().copied())))
        .all(db)
        .await
}

/// Which questions these entries answer, in the order of each entry's author. What a preview answers is its draft's.
pub async fn of_entries(
    db: &impl PublicTables,
    entries: &[DocumentId],
) -> Result<Vec<(DocumentId, QuestionId)>> {
    let rows = question_answer::Entity::find()
        .filter(question_answer::Column::EntryId.is_in(entries.iter().copied()))
        .order_by_asc(question_answer::Column::Position)
        .order_by_asc(question_answer::Column::QuestionId)
        .all(db)
        .await?;
    let mut found: Vec<_> = rows.into_iter().map(|row| (row.entry_id, row.question_id)).collect();
    if let Some(draft) = db.draft().filter(|draft| entries.contains(&draft.entry.id)) {
        found.retain(|(entry, _)| *entry != draft.entry.id);
        found.extend(draft.questions.iter().map(|&question| (draft.entry.id, question)));
    }
    Ok(found)
}

/// Which live entries answer these questions, oldest first. A preview's draft is among them as if it were live.
pub async fn answers_of(
    db: &impl PublicTables,
    questions: &[QuestionId],
) -> Result<Vec<(QuestionId, DocumentId)>> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = question_answer::Entity::find()
        .filter(question_answer::Column::QuestionId.is_in(questions.iter().copied()))
        .order_by_asc(question_answer::Column::EntryId)
        .all(db)
        .await?;
    let mut found: Vec<_> = rows.into_iter().map(|row| (row.question_id, row.entry_id)).collect();
    if let Some(draft) = db.draft() {
        let id = draft.entry.id;
        found.retain(|(_, entry)| *entry != id);
        let own = questions.iter().filter(|question| draft.questions.contains(question));
        found.extend(own.map(|&question| (question, id)));
    }
    Ok(found)
}

/// How long the word may be that a browser knows itself by.
const BROWSER_KEY: std::ops::RangeInclusive<usize> = 16..=128;

/// How many asked the same while a question was public before.
pub(super) async fn counted(tx: &Tx, question: QuestionId) -> Result<i64> {
    let rows = me_too::Entity::find().filter(me_too::Column::QuestionId.eq(question)).count(tx).await?;
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}

/// Forgets who asked the same as a question that does not come back: once it is hidden, nobody says so any more.
pub(super) async fn forget_counted(tx: &Tx, question: QuestionId) -> Result<()> {
    me_too::Entity::delete_many().filter(me_too::Column::QuestionId.eq(question)).exec(tx).await?;
    Ok(())
}

/// Counts that somebody asks the same, once for each browser. What is kept of the browser's key is a hash that is another one
/// for each question, so nobody can be followed from one question to the next.
pub async fn me_too(tx: &Tx, keys: &Keyring, question: QuestionId, browser_key: &str) -> Result<bool> {
    let mut refusals = Refusals::default();
    let is_plain = browser_key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain || !BROWSER_KEY.contains(&browser_key.len()) {
        let message =
            "a browser's key is 16 to 128 visible ASCII characters, made at random and kept by the browser";
        refusals.push(&["browserKey"], ErrorCode::Invalid, message);
    }
    refusals.finish()?;
    if Entity::find_by_id(question).lock_exclusive().one(tx).await?.is_none() {
        return refuse(&["question"], ErrorCode::NotFound, "there is no such question");
    }
    let said = [question.0.as_bytes(), browser_key.as_bytes()].concat();
    let known = keys.hashes("me too", &said);
    let before = me_too::Entity::find()
        .filter(me_too::Column::QuestionId.eq(question))
        .filter(me_too::Column::BrowserHash.is_in(known.iter().map(Vec::as_slice)))
        .one(tx)
        .await?;
    if before.is_some() {
        return Ok(false);
    }
    let row = me_too::ActiveModel {
        question_id: Set(question),
        browser_hash: Set(known.into_iter().next().unwrap_or_default()),
    };
    // The question is locked: nobody else counts for it meanwhile.
    me_too::Entity::insert(row).exec_without_returning(tx).await?;
    Entity::update_many()
        .col_expr(Column::MeToo, Expr::col(Column::MeToo).add(1))
        .filter(Column::Id.eq(question))
        .exec(tx)
        .await?;
    Ok(true)
}
