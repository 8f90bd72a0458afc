//! The row of a document: where it stands, and how it is locked and found.

use entity::{DocumentId, document};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::db::Tx;
use crate::domain::access::policy::{ManageDocuments, Permit, ReadDocuments, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Result, refuse};

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
