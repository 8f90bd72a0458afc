//! Documents on the team's side: saving revisions, the trash, and reading them back.
//!
//! Every change locks the document's row first, so two editors are served one after the other; the second one's
//! `expected_revision` then no longer fits and is refused, with nothing lost.

use entity::{DocumentId, Timestamp, document};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};

use super::publish::routines::Embedded;
use super::publish::{self, Effect};
use super::{revision as revisions, schedule};
use crate::db::Tx;
use crate::domain::access::policy::{ManageDocuments, Permit};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id as ids;
use crate::domain::journal::audit;
use row::lock;

mod list;
pub(in crate::domain) mod row;
mod save;

pub use list::{Filter, Order, count, key_kind, list, position};
pub use row::{State, by_id, by_ids, none_exist, state};
pub use save::save;

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
