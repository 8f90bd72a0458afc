//! Routines and the texts that embed them: a text becomes public only with all of its routines, and a routine leaves the
//! public only when no text would miss it, or when somebody insists.
//!
//! Both are looked at when the change log is held, at the end of a transaction. From then on nobody else publishes or
//! withdraws until it is over, so neither can slip in between, and routines need no locks of their own.

use std::collections::{HashMap, HashSet};

use entity::routine_embed::{Column, Entity};
use entity::schedule::{self, ScheduleAction, ScheduleState};
use entity::{DocumentId, Kind, Timestamp, document, entry, redirect, routine_embed};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::domain::error::{ErrorCode, Refusals, Result};
use crate::domain::id;
use crate::domain::richtext::Place;

/// How many of the texts that embed a routine are named.
const NAMED: u64 = 10;

/// What happens to a routine that public texts embed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embedded {
    /// It stays public.
    Kept,
    /// It goes, and leaves a gap in them.
    Withdrawn,
}

/// A text that becomes public, with the slugs of its routines.
#[derive(Debug)]
pub(in crate::domain) struct Embedding {
    pub entry: DocumentId,
    pub locale: String,
    pub routines: Vec<(String, Place)>,
}

/// Notes which routines the texts embed, and refuses what would leave a gap. Refusals are by document.
pub(super) async fn settle(
    tx: &DatabaseTransaction,
    embeddings: &[Embedding],
    withdrawn: &[DocumentId],
) -> Result<Vec<(DocumentId, Refusals)>> {
    let mut refused = Vec::new();
    for one in embeddings.iter().filter(|one| !one.routines.is_empty()) {
        let found = live(tx, &one.locale, &one.routines).await?;
        let mut refusals = Refusals::default();
        note_missing(&one.routines, |slug| found.contains_key(slug), &mut refusals);
        if !refusals.is_empty() {
            refused.push((one.entry, refusals));
            continue;
        }
        let mut ids: Vec<DocumentId> = found.into_values().collect();
        ids.sort();
        ids.dedup();
        let rows = ids
            .into_iter()
            .map(|routine| routine_embed::ActiveModel { entry_id: Set(one.entry), routine_id: Set(routine) });
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    for &routine in withdrawn {
        let users = users(tx, routine).await?;
        if !users.is_empty() {
            let mut refusals = Refusals::default();
            refusals.push(&["document"], ErrorCode::InUse, in_use(&users));
            refused.push((routine, refusals));
        }
    }
    Ok(refused)
}

/// Names what a text embeds and is not there.
fn note_missing(routines: &[(String, Place)], is_there: impl Fn(&str) -> bool, refusals: &mut Refusals) {
    for (slug, place) in routines.iter().filter(|(slug, _)| !is_there(slug)) {
        let message = format!("line {}, column {}: {}", place.line, place.column, missing(slug));
        refusals.push(&["body"], ErrorCode::NotPublished, message);
    }
}

/// In a sentence.
pub fn missing(slug: &str) -> String {
    format!("the routine “{slug}” is not published")
}

/// Which of these slugs lead to public routines in the language of a document.
pub async fn live_beside(
    db: &impl ConnectionTrait,
    document: DocumentId,
    routines: &[(String, Place)],
) -> Result<HashSet<String>> {
    if routines.is_empty() {
        return Ok(HashSet::new());
    }
    let Some(document) = document::Entity::find_by_id(document).one(db).await? else {
        return Ok(HashSet::new());
    };
    Ok(live(db, &document.locale, routines).await?.into_keys().collect())
}

/// Public titles and ids.
fn in_use(users: &[entry::Model]) -> String {
    let names =
        users.iter().map(|entry| format!("“{}” ({})", entry.title, id::format_entry(entry.kind, entry.id)));
    let names: Vec<String> = names.collect();
    format!("it is embedded in {}; with force it goes all the same, and leaves a gap there", names.join(", "))
}

/// Which of these slugs are those of public routines, or were before they changed.
pub(super) async fn live(
    db: &impl ConnectionTrait,
    locale: &str,
    routines: &[(String, Place)],
) -> Result<HashMap<String, DocumentId>> {
    let slugs: Vec<&str> = routines.iter().map(|(slug, _)| slug.as_str()).collect();
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let now = entry::Entity::find()
        .filter(entry::Column::Kind.eq(Kind::Routine))
        .filter(entry::Column::Locale.eq(locale))
        .filter(entry::Column::Slug.is_in(slugs.iter().copied()))
        .all(db)
        .await?;
    let moved = redirect::Entity::find()
        .filter(redirect::Column::Kind.eq(Kind::Routine))
        .filter(redirect::Column::Locale.eq(locale))
        .filter(redirect::Column::Slug.is_in(slugs.iter().copied()))
        .all(db)
        .await?;
    let targets = moved.iter().map(|row| row.entry_id);
    let there = entry::Entity::find().filter(entry::Column::Id.is_in(targets)).all(db).await?;
    let moved = moved.into_iter().filter(|row| there.iter().any(|entry| entry.id == row.entry_id));
    let moved = moved.map(|row| (row.slug, row.entry_id));
    Ok(moved.chain(now.into_iter().map(|entry| (entry.slug, entry.id))).collect())
}

/// The public texts that embed a routine, by title.
async fn users(tx: &DatabaseTransaction, routine: DocumentId) -> Result<Vec<entry::Model>> {
    let embeds = Entity::find().filter(Column::RoutineId.eq(routine)).limit(NAMED).all(tx).await?;
    Ok(entry::Entity::find()
        .filter(entry::Column::Id.is_in(embeds.into_iter().map(|row| row.entry_id)))
        .order_by_asc(entry::Column::SortTitle)
        .all(tx)
        .await?)
}

/// What a publication that is planned for a moment would be refused for, as far as it is known.
pub(in crate::domain) async fn check_planned(
    tx: &DatabaseTransaction,
    locale: &str,
    routines: &[(String, Place)],
    at: Timestamp,
) -> Result<()> {
    let live = live(tx, locale, routines).await?;
    let slugs = routines.iter().map(|(slug, _)| slug.as_str()).filter(|slug| !live.contains_key(*slug));
    let documents = document::Entity::find()
        .filter(document::Column::Kind.eq(Kind::Routine))
        .filter(document::Column::Locale.eq(locale))
        .filter(document::Column::Slug.is_in(slugs))
        .all(tx)
        .await?;
    let planned = schedule::Entity::find()
        .filter(schedule::Column::DocumentId.is_in(documents.iter().map(|document| document.id)))
        .filter(schedule::Column::Action.eq(ScheduleAction::Publish))
        .filter(schedule::Column::State.eq(ScheduleState::Pending))
        .filter(schedule::Column::At.lte(at))
        .all(tx)
        .await?;
    let is_planned = |slug: &str| {
        let of_slug = documents.iter().find(|document| document.slug == slug);
        of_slug.is_some_and(|document| planned.iter().any(|one| one.document_id == document.id))
    };
    let mut refusals = Refusals::default();
    note_missing(routines, |slug| live.contains_key(slug) || is_planned(slug), &mut refusals);
    refusals.finish()
}

/// Refuses to plan what would leave a gap now.
pub(in crate::domain) async fn check_withdrawal(tx: &DatabaseTransaction, routine: DocumentId) -> Result<()> {
    let users = users(tx, routine).await?;
    let mut refusals = Refusals::default();
    if !users.is_empty() {
        refusals.push(&["document"], ErrorCode::InUse, in_use(&users));
    }
    refusals.finish()
}
