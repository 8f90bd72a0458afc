//! Publishing: project a revision and write the projection, in the transaction of the caller.
//!
//! What publishes or withdraws answers an [`Effect`]; [`conclude`] ends the transaction with all of them: the files that are
//! shown in public from now on, then the change log.
//!
//! Adding a content type: extend `Content`, `projection::Detail` and the match in `write_detail`.

use std::collections::BTreeSet;

use entity::{
    AssetId, DocumentId, Kind, QuestionId, Timestamp, document, entry, entry_tag, post, redirect, rich_text,
    routine,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    SqlErr,
};

use super::document::row::lock;
use super::kinds::Content;
use super::projection::{Projected, Source, project};
use super::revision;
use crate::domain::access::draft::{Detail, Projection};
use crate::domain::access::policy::{ManageDocuments, Permit};
use crate::domain::core::error::{Error, ErrorCode, Refusals, Result, UserError, refuse};
use crate::domain::core::heavy::run_blocking;
use crate::domain::core::id as ids;
use crate::domain::journal::audit;
use crate::domain::journal::change::{self, Change};
use crate::domain::library::asset::shown::{self, Needed};
use crate::domain::library::asset::usage::{self, Use};
use crate::domain::questions::answer::{self, Answering};
use crate::domain::richtext::Place;
use crate::domain::routine::Routine;
use crate::domain::site::settings;

pub mod bulk;
pub mod routines;

use crate::db::Tx;
use routines::{Embedded, Embedding};

/// Makes a revision public: the newest one, or the one that is named.
pub async fn publish(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    number: Option<i32>,
    expected_revision: Option<i32>,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    let (document, effect) = make_public(tx, permit, now, document, number).await?;
    conclude(tx, now, effect).await?;
    Ok(document)
}

/// What becoming public or leaving the public changes beside the entry itself.
#[derive(Debug, Default)]
#[must_use = "the transaction ends with `conclude`"]
pub(in crate::domain) struct Effect {
    changes: Vec<Change>,
    /// Files that may be shown, or not be shown any more.
    touched: BTreeSet<AssetId>,
    /// Those of them that have to be.
    needed: BTreeSet<AssetId>,
    /// Texts that became public.
    embeddings: Vec<Embedding>,
    /// Routines that nothing public may miss.
    withdrawn: Vec<(DocumentId, String)>,
    /// Posts that became public, with the questions that they answer.
    answering: Vec<Answering>,
    /// Documents whose answers left the public.
    unanswered: Vec<DocumentId>,
    /// Posts that were written anew as they are.
    rewritten: Vec<DocumentId>,
}

impl Effect {
    fn and(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.touched.extend(other.touched);
        self.needed.extend(other.needed);
        self.embeddings.extend(other.embeddings);
        self.withdrawn.extend(other.withdrawn);
        self.answering.extend(other.answering);
        self.unanswered.extend(other.unanswered);
        self.rewritten.extend(other.rewritten);
    }
}

/// The end of a transaction that published or withdrew. Questions are locked in one order, then files, and the change log
/// after them.
pub(in crate::domain) async fn conclude(tx: &Tx, now: Timestamp, effect: Effect) -> Result<()> {
    let refused = conclude_each(tx, now, effect).await?;
    let errors: Vec<UserError> =
        refused.into_iter().flat_map(|(_, refusals)| refusals.into_errors()).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Refused(errors)) }
}

/// The same; what is refused in the end is told by document.
async fn conclude_each(tx: &Tx, now: Timestamp, effect: Effect) -> Result<Vec<(DocumentId, Refusals)>> {
    let Effect { mut changes, touched, needed, embeddings, withdrawn, answering, unanswered, rewritten } =
        effect;
    let settled = answer::settle(tx, now, &answering, &unanswered, &rewritten).await?;
    if !settled.refused.is_empty() {
        return Ok(settled.refused);
    }
    changes.extend(settled.changes);
    let needed = Needed { ids: needed, field: "document" };
    changes.extend(shown::refresh(tx, now, touched, &needed).await?);
    change::append(tx, now, changes).await?;
    routines::settle(tx, &embeddings, &withdrawn).await
}

/// Publishes a document that the caller has locked; nothing changes when the revision is live already.
pub(in crate::domain) async fn make_public(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    document: document::Model,
    number: Option<i32>,
) -> Result<(document::Model, Effect)> {
    if document.trashed_at.is_some() {
        return refuse(
            &["document"],
            ErrorCode::InvalidTransition,
            "the document is in the trash; restore it first",
        );
    }
    let number = number.unwrap_or(document.head_revision);
    if document.live_revision == Some(number) {
        return Ok((document, Effect::default()));
    }
    let first_published_at = document.first_published_at.unwrap_or(now);
    let Prepared { projection, uses, routines, questions } =
        prepare(tx, &document, number, first_published_at, now).await?;
    usage::record(tx, document.id, number, &uses).await?;
    let needed: BTreeSet<AssetId> = uses.into_iter().map(|one| one.asset).collect();
    let mut touched = needed.clone();
    if let Some(live) = document.live_revision {
        touched.extend(usage::of_revision(tx, document.id, live).await?);
    }
    let (locale, slug) = (projection.entry.locale.clone(), projection.entry.slug.clone());
    let before = write(tx, now, projection).await?.map(|entry| entry.slug);
    let change = Change::entry(document.kind, document.id, &locale, &slug, before);
    let embeddings = vec![Embedding { entry: document.id, locale, routines, may_lack: false }];
    audit::record(tx, now, permit.actor(), "publishEntry", Some(ids::format(document.id)), &[]).await?;

    let mut row = document.into_active_model();
    row.live_revision = Set(Some(number));
    row.last_live_revision = Set(Some(number));
    row.first_published_at = Set(Some(first_published_at));
    row.updated_at = Set(now);
    let row = row.update(tx).await?;
    let answers = (row.kind == Kind::Post).then_some(Answering { document: row.id, questions });
    let answering = answers.into_iter().collect();
    let effect =
        Effect { changes: vec![change], touched, needed, embeddings, answering, ..Effect::default() };
    Ok((row, effect))
}

/// What is going to be written, and what has to be looked at with it.
pub(in crate::domain) struct Prepared {
    pub projection: Projection,
    pub uses: Vec<Use>,
    pub routines: Vec<(String, Place)>,
    pub questions: Vec<QuestionId>,
}

/// What a revision would be if it became public at a moment, or why it must not.
pub(in crate::domain) async fn prepare(
    tx: &Tx,
    document: &document::Model,
    number: i32,
    first_published_at: Timestamp,
    moment: Timestamp,
) -> Result<Prepared> {
    if !(1..=document.head_revision).contains(&number) {
        let message = format!("the document has the revisions 1 to {}", document.head_revision);
        return refuse(&["revision"], ErrorCode::NotFound, message);
    }
    let content = revision::content(tx, document.id, number).await?;
    if content.entry().published_at.is_some_and(|date| date > moment) {
        let message = "publishedAt lies in the future; publish it then, or choose a date that has passed";
        return refuse(&["publishedAt"], ErrorCode::OutOfRange, message);
    }
    let source = source(document, number, first_published_at, moment);
    let mut refusals = Refusals::default();
    if let Content::Routine(content) = &content {
        check_routine(tx, &content.routine, &mut refusals).await?;
    }
    answer::check(tx, content.questions(), &mut refusals).await?;
    let projected = run_blocking(move || project(&source, &content)).await;
    let Projected { projection, faults, uses, routines, questions } = projected;
    for fault in faults {
        let message = format!("line {}, column {}: {}", fault.place.line, fault.place.column, fault.kind);
        refusals.push(&["body"], ErrorCode::UnknownDirective, message);
    }
    for problem in shown::problems(tx, &uses).await? {
        problem.note(&mut refusals);
    }
    refusals.finish()?;
    Ok(Prepared { projection, uses, routines, questions })
}

/// What a routine needs before anybody follows it.
async fn check_routine(tx: &Tx, routine: &Routine, refusals: &mut Refusals) -> Result<()> {
    let row = settings::row(tx).await?;
    let site = settings::read(&row)?;
    for (field, message) in routine.missing(&site) {
        refusals.push(&[field], ErrorCode::Required, message);
    }
    Ok(())
}

/// Takes a live document out of the public.
pub async fn unpublish(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    expected_revision: Option<i32>,
    embedded: Embedded,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    if document.live_revision.is_none() {
        return refuse(&["document"], ErrorCode::InvalidTransition, "the document is not public");
    }
    audit::record(tx, now, permit.actor(), "unpublishEntry", Some(ids::format(id)), &[]).await?;
    let (document, effect) = withdraw(tx, now, document, embedded).await?;
    conclude(tx, now, effect).await?;
    Ok(document)
}

/// Deletes the projection of a document that the caller has locked.
/// Its path is remembered: should the document come back under another slug, old links still find it.
pub(in crate::domain) async fn withdraw(
    tx: &Tx,
    now: Timestamp,
    document: document::Model,
    embedded: Embedded,
) -> Result<(document::Model, Effect)> {
    let is_kept = document.kind == Kind::Routine && embedded == Embedded::Kept;
    let withdrawn = is_kept.then(|| (document.id, document.locale.clone())).into_iter().collect();
    let changes = vec![Change::withdrawn(document.kind, document.id, &document.locale)];
    let touched = match document.live_revision {
        Some(live) => usage::of_revision(tx, document.id, live).await?,
        None => BTreeSet::new(),
    };
    remember_path(tx, now, document.id).await?;
    entry::Entity::delete_by_id(document.id).exec(tx).await?;
    let mut row = document.into_active_model();
    row.live_revision = Set(None);
    row.updated_at = Set(now);
    let row = row.update(tx).await?;
    let unanswered = vec![row.id];
    Ok((row, Effect { changes, touched, withdrawn, unanswered, ..Effect::default() }))
}

/// Projects every live revision again, after a change of the renderer. Dates stay as they are. An entry counts as
/// changed when the public sees another text or other facts than before.
pub async fn reproject(
    tx: &Tx,
    now: Timestamp,
    after: Option<DocumentId>,
    limit: u64,
) -> Result<Vec<DocumentId>> {
    let mut query = document::Entity::find()
        .filter(document::Column::LiveRevision.is_not_null())
        .order_by_asc(document::Column::Id)
        .limit(limit)
        .lock_exclusive();
    if let Some(after) = after {
        query = query.filter(document::Column::Id.gt(after));
    }
    let documents = query.all(tx).await?;
    let mut effect = Effect::default();
    for document in &documents {
        let Some(number) = document.live_revision else { continue };
        let content = revision::content(tx, document.id, number).await?;
        let updated_at = entry::Entity::find_by_id(document.id)
            .one(tx)
            .await?
            .map_or(document.updated_at, |entry| entry.updated_at);
        let first = document.first_published_at.unwrap_or(document.created_at);
        // A directive that has become unknown since stays visible text: taking the entry away would be worse.
        let source = source(document, number, first, updated_at);
        let Projected { projection, uses, routines, .. } =
            run_blocking(move || project(&source, &content)).await;
        effect.touched.extend(usage::replace(tx, document.id, number, &uses).await?);
        effect.touched.extend(uses.into_iter().map(|one| one.asset));
        let slug = projection.entry.slug.clone();
        let differs = stored(tx, document.id).await? != Some(projection.clone());
        let before = write(tx, updated_at, projection).await?.map(|entry| entry.slug);
        let locale = document.locale.clone();
        effect.embeddings.push(Embedding { entry: document.id, locale, routines, may_lack: true });
        if document.kind == Kind::Post {
            effect.rewritten.push(document.id);
        }
        if differs {
            let change = Change::entry(document.kind, document.id, &document.locale, &slug, before);
            effect.changes.push(change);
        }
    }
    conclude(tx, now, effect).await?;
    Ok(documents.into_iter().map(|document| document.id).collect())
}

/// What a projection needs to know beside the content.
pub(in crate::domain) fn source(
    document: &document::Model,
    revision: i32,
    published_at: Timestamp,
    updated_at: Timestamp,
) -> Source {
    Source {
        document: document.id,
        locale: document.locale.clone(),
        translation_group: document.translation_group,
        revision,
        published_at,
        updated_at,
    }
}

/// What is public of an entry now.
async fn stored(tx: &Tx, id: DocumentId) -> Result<Option<Projection>> {
    let Some(entry) = entry::Entity::find_by_id(id).one(tx).await? else { return Ok(None) };
    let Some(rich_text) = rich_text::Entity::find_by_id(id).one(tx).await? else { return Ok(None) };
    let detail = match entry.kind {
        Kind::Post => post::Entity::find_by_id(id).one(tx).await?.map(Detail::Post),
        Kind::Page => Some(Detail::Page),
        Kind::Routine => routine::Entity::find_by_id(id).one(tx).await?.map(Detail::Routine),
    };
    Ok(detail.map(|detail| Projection { entry, rich_text, detail }))
}

/// Replaces whatever is public of the entry by the projection; answers the entry that was.
async fn write(tx: &Tx, now: Timestamp, projection: Projection) -> Result<Option<entry::Model>> {
    let Projection { entry, rich_text, detail } = projection;
    let before = remember_path(tx, now, entry.id).await?;
    redirect::Entity::delete_by_id((entry.kind, entry.locale.clone(), entry.slug.clone())).exec(tx).await?;
    if before.is_some() {
        entry::Entity::delete_by_id(entry.id).exec(tx).await?;
    }
    let tags: Vec<_> = tag_rows(&entry).collect();
    entry.into_active_model().reset_all().insert(tx).await.map_err(slug_taken)?;
    rich_text.into_active_model().reset_all().insert(tx).await?;
    if !tags.is_empty() {
        entry_tag::Entity::insert_many(tags).exec(tx).await?;
    }
    write_detail(tx, detail).await?;
    Ok(before)
}

async fn write_detail(tx: &Tx, detail: Detail) -> Result<()> {
    match detail {
        Detail::Post(post) => {
            let post: post::ActiveModel = post.into_active_model();
            post.reset_all().insert(tx).await?;
        }
        Detail::Page => {}
        Detail::Routine(routine) => {
            let routine: routine::ActiveModel = routine.into_active_model();
            routine.reset_all().insert(tx).await?;
        }
    }
    Ok(())
}

fn tag_rows(entry: &entry::Model) -> impl Iterator<Item = entry_tag::ActiveModel> {
    entry.tag_ids.0.iter().map(|&tag_id| entry_tag::ActiveModel {
        tag_id: Set(tag_id),
        entry_id: Set(entry.id),
        locale: Set(entry.locale.clone()),
        published_at: Set(entry.published_at),
    })
}

/// Notes the path under which the entry is public now, if it is, and answers that entry.
async fn remember_path(tx: &Tx, now: Timestamp, id: DocumentId) -> Result<Option<entry::Model>> {
    let Some(live) = entry::Entity::find_by_id(id).one(tx).await? else { return Ok(None) };
    let row = redirect::ActiveModel {
        kind: Set(live.kind),
        locale: Set(live.locale.clone()),
        slug: Set(live.slug.clone()),
        entry_id: Set(id),
        created_at: Set(now),
    };
    let replace =
        OnConflict::columns([redirect::Column::Kind, redirect::Column::Locale, redirect::Column::Slug])
            .update_columns([redirect::Column::EntryId, redirect::Column::CreatedAt])
            .to_owned();
    redirect::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(Some(live))
}

fn slug_taken(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            let taken: Result<()> =
                refuse(&["slug"], ErrorCode::Taken, "another document is public under this revision's slug");
            taken.expect_err("a refusal")
        }
        _ => error.into(),
    }
}
