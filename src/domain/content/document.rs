//! Documents on the team's side: saving revisions, the trash, and reading them back.
//!
//! Every change locks the document's row first, so two editors are served one after the other; the second one's
//! `expected_revision` then no longer fits and is refused, with nothing lost.

use entity::{DocumentId, Timestamp, document};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Set,
};

use super::publish::routines::Embedded;
use super::publish::{self, Effect};
use super::{revision as revisions, schedule};
use crate::db::Tx;
use crate::domain::access::policy::{ManageDocuments, Permit, ReadDocuments, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id as ids;
use crate::domain::journal::audit;

mod list;
mod save;

pub use list::{Filter, Order, count, key_kind, list, position};
pub use save::save;

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Not public.
    Draft,
    /// Public, and its newest revision is the live one.
    Published,
    /// Public, with a newer revision that is not.
    Changed,
    /// In the trash: not public, nothing lost.
    Trashed,
}

pub fn state(document: &document::Model) -> State {
    match (document.trashed_at, document.live_revision) {
        (Some(_), _) => State::Trashed,
        (None, None) => State::Draft,
        (None, Some(live)) if live == document.head_revision => State::Published,
        (None, Some(_)) => State::Changed,
    }
}

pub async fn by_id(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    id: DocumentId,
) -> Result<Option<Visible<document::Model>>> {
    Scope::<document::Entity>::team(permit)
        .narrow(|select| select.filter(document::Column::Id.eq(id)))
        .one(db)
        .await
}

/// Several documents, in no order.
pub async fn by_ids(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    ids: &[DocumentId],
) -> Result<Vec<Visible<document::Model>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Scope::<document::Entity>::team(permit)
        .narrow(|select| select.filter(document::Column::Id.is_in(ids.iter().copied())))
        .all(db)
        .await
}

/// Whether nothing was ever written here.
pub async fn none_exist(tx: &Tx) -> Result<bool> {
    Ok(document::Entity::find().limit(1).one(tx).await?.is_none())
}

/// The document, locked until the transaction ends, at the revision that the editor saw.
pub(in crate::domain) async fn lock(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    id: DocumentId,
    expected_revision: Option<i32>,
    path: &[&str],
) -> Result<document::Model> {
    let found = Scope::<document::Entity>::write(permit)
        .narrow(|select| select.filter(document::Column::Id.eq(id)).lock_exclusive())
        .one(tx)
        .await?;
    let Some(document) = found else {
        return refuse(path, ErrorCode::NotFound, "there is no such document");
    };
    let document = document.into_inner();
    if let Some(expected) = expected_revision.filter(|&expected| expected != document.head_revision) {
        let message = format!(
            "the newest revision is {}, not {expected}: somebody saved in between; read it, merge, and save again",
            document.head_revision
        );
        return refuse(&["expectedRevision"], ErrorCode::Conflict, message);
    }
    Ok(document)
}

/// Takes a document out of the public and the working lists. Everything of it is kept, but what was scheduled for it is
/// cancelled.
pub async fn trash(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    expected_revision: Option<i32>,
    embedded: Embedded,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    if document.trashed_at.is_some() {
        return refuse(&["document"], ErrorCode::InvalidTransition, "the document is in the trash already");
    }
    let (document, effect) = match document.live_revision {
        Some(_) => publish::withdraw(tx, now, document, embedded).await?,
        None => (document, Effect::default()),
    };
    schedule::cancel_pending(tx, now, document.id).await?;
    let mut row = document.into_active_model();
    row.trashed_at = Set(Some(now));
    row.updated_at = Set(now);
    audit::record(tx, now, permit.actor(), "trashDocument", Some(ids::format(id)), &[]).await?;
    let document = row.update(tx).await?;
    publish::conclude(tx, now, effect).await?;
    Ok(document)
}

/// Takes a document out of the trash, as a draft: nothing becomes public by being found again.
pub async fn restore(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    expected_revision: Option<i32>,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    if document.trashed_at.is_none() {
        return refuse(&["document"], ErrorCode::InvalidTransition, "the document is not in the trash");
    }
    let mut row = document.into_active_model();
    row.trashed_at = Set(None);
    row.updated_at = Set(now);
    audit::record(tx, now, permit.actor(), "restoreDocument", Some(ids::format(id)), &[]).await?;
    Ok(row.update(tx).await?)
}

/// Saves the content of an old revision as a new one.
pub async fn restore_revision(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    number: i32,
    expected_revision: Option<i32>,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    if document.trashed_at.is_some() {
        return refuse(
            &["document"],
            ErrorCode::InvalidTransition,
            "the document is in the trash; restore it first",
        );
    }
    if !(1..=document.head_revision).contains(&number) {
        let message = format!("the document has the revisions 1 to {}", document.head_revision);
        return refuse(&["revision"], ErrorCode::NotFound, message);
    }
    let mut content = revisions::content(tx, id, number).await?;
    if content == revisions::content(tx, id, document.head_revision).await? {
        return Ok(document);
    }
    let mut refusals = Refusals::default();
    save::choose_slug(tx, &document, &mut content, &mut refusals).await?;
    refusals.finish()?;
    let note = Some(format!("revision {number} restored"));
    audit::record(tx, now, permit.actor(), "restoreRevision", Some(ids::format(id)), &[]).await?;
    save::append(tx, permit.account(), now, document, &content, note).await
}
