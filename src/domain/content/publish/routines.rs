//! Routines and the texts that embed them: a text becomes public only with all of its routines, and a routine leaves the
//! public only when no text would miss it, or when somebody insists.
//!
//! Both are looked at when the change log is held, at the end of a transaction. From then on nobody else publishes or
//! withdraws until it is over, so neither can slip in between, and routines need no locks of their own.

use std::collections::{BTreeSet, HashSet};

use entity::routine_embed::{Column, Entity};
use entity::schedule::{self, ScheduleAction, ScheduleState};
use entity::{DocumentId, Kind, Timestamp, document, entry, redirect, routine_embed};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Set,
};

use crate::db::Tx;
use crate::domain::content::revision;
use crate::domain::core::error::{ErrorCode, Refusals, Result};
use crate::domain::core::id;
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
    /// Whether it may be public without some of them: what has a gap already is not taken away for it.
    pub may_lack: bool,
}

/// Notes which routines the texts embed, and refuses what would leave a gap. Refusals are by document.
pub(super) async fn settle(
    tx: &Tx,
    embeddings: &[Embedding],
    withdrawn: &[(DocumentId, String)],
) -> Result<Vec<(DocumentId, Refusals)>> {
    let mut refused = Vec::new();
    for one in embeddings.iter().filter(|one| !one.routines.is_empty()) {
        let mut refusals = Refusals::default();
        if !one.may_lack {
            let live = live(tx, &one.locale, &one.routines).await?;
            note_missing(&one.routines, |slug| live.contains(slug), &mut refusals);
        }
        if !refusals.is_empty() {
            refused.push((one.entry, refusals));
            continue;
        }
        let slugs: BTreeSet<&String> = one.routines.iter().map(|(slug, _)| slug).collect();
        let rows = slugs.into_iter().map(|slug| routine_embed::ActiveModel {
            entry_id: Set(one.entry),
            slug: Set(slug.clone()),
            locale: Set(one.locale.clone()),
        });
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    for (routine, locale) in withdrawn {
        let refusals = held(tx, *routine, locale).await?;
        if !refusals.is_empty() {
            refused.push((*routine, refusals));
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
    live(db, &document.locale, routines).await
}

/// What holds a routine in the public: the texts that embed it, in a sentence.
async fn held(tx: &Tx, routine: DocumentId, locale: &str) -> Result<Refusals> {
    let mut refusals = Refusals::default();
    let slugs = slugs(tx, routine, locale).await?;
    let embedding = routine_embed::Entity::find()
        .select_only()
        .column(Column::EntryId)
        .filter(Column::Locale.eq(locale))
        .filter(Column::Slug.is_in(slugs))
        .into_query();
    let found = entry::Entity::find().filter(entry::Column::Id.in_subquery(embedding));
    let users = found.clone().order_by_asc(entry::Column::SortTitle).limit(NAMED).all(tx).await?;
    if users.is_empty() {
        return Ok(refusals);
    }
    let names =
        users.iter().map(|entry| format!("“{}” ({})", entry.title, id::format_entry(entry.kind, entry.id)));
    let mut names: Vec<String> = names.collect();
    let more = found.count(tx).await?.saturating_sub(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    let names = names.join(", ");
    let message =
        format!("it is embedded in {names}; with force it goes all the same, and leaves a gap there");
    refusals.push(&["document"], ErrorCode::InUse, message);
    Ok(refusals)
}

/// The slugs that lead to a routine: its own, and those that it had before and that no other one has now.
async fn slugs(tx: &Tx, routine: DocumentId, locale: &str) -> Result<Vec<String>> {
    let own = entry::Entity::find_by_id(routine).one(tx).await?.map(|entry| entry.slug);
    let before = redirect::Entity::find()
        .filter(redirect::Column::Kind.eq(Kind::Routine))
        .filter(redirect::Column::Locale.eq(locale))
        .filter(redirect::Column::EntryId.eq(routine))
        .all(tx)
        .await?;
    let all: Vec<String> = before.into_iter().map(|row| row.slug).chain(own).collect();
    let others = routines(locale)
        .filter(entry::Column::Slug.is_in(all.iter().map(String::as_str)))
        .filter(entry::Column::Id.ne(routine))
        .all(tx)
        .await?;
    Ok(all.into_iter().filter(|slug| !others.iter().any(|other| other.slug == *slug)).collect())
}

fn routines(locale: &str) -> Select<entry::Entity> {
    entry::Entity::find()
        .filter(entry::Column::Kind.eq(Kind::Routine))
        .filter(entry::Column::Locale.eq(locale))
}

/// Which of these slugs are those of public routines, or were before they changed.
async fn live(
    db: &impl ConnectionTrait,
    locale: &str,
    embedded: &[(String, Place)],
) -> Result<HashSet<String>> {
    let slugs: Vec<&str> = embedded.iter().map(|(slug, _)| slug.as_str()).collect();
    if slugs.is_empty() {
        return Ok(HashSet::new());
    }
    let now = routines(locale).filter(entry::Column::Slug.is_in(slugs.iter().copied())).all(db).await?;
    let moved = redirect::Entity::find()
        .filter(redirect::Column::Kind.eq(Kind::Routine))
        .filter(redirect::Column::Locale.eq(locale))
        .filter(redirect::Column::Slug.is_in(slugs.iter().copied()))
        .all(db)
        .await?;
    let targets = moved.iter().map(|row| row.entry_id);
    let there = entry::Entity::find().filter(entry::Column::Id.is_in(targets)).all(db).await?;
    let moved = moved.into_iter().filter(|row| there.iter().any(|entry| entry.id == row.entry_id));
    Ok(moved.map(|row| row.slug).chain(now.into_iter().map(|entry| entry.slug)).collect())
}

/// What a publication that is planned for a moment would be refused for, as far as it is known.
pub(in crate::domain) async fn check_planned(
    tx: &Tx,
    locale: &str,
    routines: &[(String, Place)],
    at: Timestamp,
) -> Result<()> {
    let live = live(tx, locale, routines).await?;
    let mut planned = HashSet::new();
    if routines.iter().any(|(slug, _)| !live.contains(slug)) {
        for schedule in planned_before(tx, locale, at).await? {
            let Some(number) = schedule.revision else { continue };
            let content = revision::content(tx, schedule.document_id, number).await?;
            planned.insert(content.entry().slug.clone());
        }
    }
    let mut refusals = Refusals::default();
    note_missing(routines, |slug| live.contains(slug) || planned.contains(slug), &mut refusals);
    refusals.finish()
}

/// The routines that are going to be published before a moment. Of two at the same one, either may be the first.
async fn planned_before(tx: &Tx, locale: &str, at: Timestamp) -> Result<Vec<schedule::Model>> {
    let routines = document::Entity::find()
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::Kind.eq(Kind::Routine))
        .filter(document::Column::Locale.eq(locale))
        .into_query();
    Ok(schedule::Entity::find()
        .filter(schedule::Column::DocumentId.in_subquery(routines))
        .filter(schedule::Column::Action.eq(ScheduleAction::Publish))
        .filter(schedule::Column::State.eq(ScheduleState::Pending))
        .filter(schedule::Column::At.lt(at))
        .all(tx)
        .await?)
}

/// Refuses to plan what would leave a gap now.
pub(in crate::domain) async fn check_withdrawal(tx: &Tx, routine: DocumentId, locale: &str) -> Result<()> {
    held(tx, routine, locale).await?.finish()
}
