//! The end of an upload: what the job has found becomes the object of the asset, or the reason why there is none.

use std::collections::BTreeSet;

use entity::asset::{AssetState, Entity, Model};
use entity::upload::{self, UploadState};
use entity::{MediaObjectId, Timestamp, UploadId};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect, Set};

use super::shown::{self, Needed};
use super::{object, search_key_of};
use crate::db::Tx;
use crate::domain::core::error::Result;
use crate::domain::journal::change;

/// What a job found out about a file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is good, and stored as this object.
    Good(MediaObjectId),
    /// It is not, for this reason.
    Rejected(String),
}

/// Writes down what became of an upload, as the last thing of a transaction. Says whether this was news: two workers may have looked at the same file.
pub async fn settle(tx: &Tx, now: Timestamp, id: UploadId, finding: Finding) -> Result<Settled> {
    let found = upload::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let Some(upload) = found.filter(|upload| upload.state == UploadState::Completed) else {
        return Ok(Settled::Before);
    };
    let asset = match upload.asset_id {
        Some(asset) => {
            shown::lock_family(tx, asset, []).await?;
            Entity::find_by_id(asset).one(tx).await?
        }
        None => None,
    };
    let mut changes = Vec::new();
    let rejection = match (asset, finding) {
        (Some(asset), Finding::Good(object)) => {
            let Some(object) = object::stored_and_locked(tx, object).await? else {
                return Ok(Settled::ObjectGone);
            };
            if let Some(obstacle) = shown::obstacle_with(tx, &asset, &object).await? {
                Some(format!("the file that the public sees stays: {}", obstacle.message(&asset)))
            } else {
                let id = asset.id;
                show(tx, now, asset, &upload, &object).await?;
                changes = shown::refresh(tx, now, BTreeSet::from([id]), &Needed::default()).await?;
                None
            }
        }
        (Some(asset), Finding::Rejected(reason)) => {
            if upload.replaces.is_none() {
                let mut row = asset.into_active_model();
                row.state = Set(AssetState::Rejected);
                row.rejection = Set(Some(reason.clone()));
                row.updated_at = Set(now);
                row.update(tx).await?;
            }
            Some(reason)
        }
        // Deleted meanwhile. An object that nothing shows is collected.
        (None, _) => None,
    };
    let mut row = upload.into_active_model();
    row.state = Set(UploadState::Ended);
    row.rejection = Set(rejection);
    row.update(tx).await?;
    change::append(tx, now, changes).await?;
    Ok(Settled::Now)
}

/// Whether there was something to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Now,
    /// It was before, or nobody wants it any more.
    Before,
    /// The object was removed meanwhile; the bytes have to be stored again.
    ObjectGone,
}

async fn show(
    tx: &Tx,
    now: Timestamp,
    asset: Model,
    upload: &upload::Model,
    object: &entity::media_object::Model,
) -> Result<()> {
    if let Some(before) = asset.object_id.filter(|&before| before != object.id) {
        object::touch(tx, now, before).await?;
    }
    let search_key = search_key_of(&upload.filename, asset.alt.as_deref(), asset.caption.as_deref());
    let version = asset.version + 1;
    let mut row = asset.into_active_model();
    row.state = Set(AssetState::Ready);
    row.rejection = Set(None);
    row.filename = Set(upload.filename.clone());
    row.search_key = Set(search_key);
    row.mime_type = Set(object.mime_type.clone());
    row.byte_size = Set(object.byte_size);
    row.object_id = Set(Some(object.id));
    row.version = Set(version);
    row.updated_at = Set(now);
    row.update(tx).await?;
    Ok(())
}
