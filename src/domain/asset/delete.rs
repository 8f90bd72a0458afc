//! The end of an asset. What is used stays, unless somebody insists.

use std::collections::BTreeSet;

use entity::asset::{Entity, Model};
use entity::change::Subject;
use entity::{AssetId, Timestamp, author};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, Set,
};

use super::{lock, object, shown, usage};
use crate::domain::change::{self, Change};
use crate::domain::error::{ErrorCode, Result, refuse};
use crate::domain::policy::{ManageMedia, Permit};
use crate::domain::{audit, catalog, id as ids};

/// What becomes of a file that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUse {
    Kept,
    /// Deleted all the same: it vanishes from everything that shows it.
    Deleted,
}

/// Deletes an asset. Its bytes go when nothing else shows them, with the next collection.
pub async fn delete(
    tx: &DatabaseTransaction,
    permit: &Permit<ManageMedia>,
    now: Timestamp,
    id: AssetId,
    in_use: InUse,
) -> Result<Model> {
    let asset = lock(tx, permit, id, &["asset"]).await?;
    let uses = usage::find(tx, &[id]).await?.remove(&id).unwrap_or_default();
    if !uses.is_empty() && in_use == InUse::Kept {
        let live = uses.iter().filter(|used| used.is_live).count();
        let message = format!(
            "it is used in {} places, {live} of them public (see usedBy); delete it with force all the same",
            uses.len()
        );
        return refuse(&["asset"], ErrorCode::InUse, message);
    }
    let recordings = shown::recordings_of(tx, &BTreeSet::from([id])).await?;
    let was_shown = !shown::which(tx, [id]).await?.is_empty();
    let mut changes = forget_avatar(tx, now, id).await?;
    Entity::delete_by_id(id).exec(tx).await?;
    if let Some(object) = asset.object_id {
        object::touch(tx, now, object).await?;
    }
    audit::record(tx, now, permit.actor(), "deleteAsset", Some(ids::format(id)), &[]).await?;
    let is_avatar = !changes.is_empty();
    if was_shown {
        changes.push(Change::asset_hidden(id));
    }
    changes.extend(shown::refresh(tx, recordings, &BTreeSet::new()).await?);
    if is_avatar {
        // The site is locked after all files, as everywhere.
        catalog::changed(tx).await?;
    }
    change::append(tx, now, changes).await?;
    Ok(asset)
}

async fn forget_avatar(tx: &DatabaseTransaction, now: Timestamp, id: AssetId) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for author in author::Entity::find().filter(author::Column::AvatarId.eq(id)).all(tx).await? {
        changes.push(Change::named(Subject::Author, author.id.0, &author.slug, Some(author.slug.clone())));
        let mut row = author.into_active_model();
        row.avatar_id = Set(None);
        row.updated_at = Set(now);
        row.update(tx).await?;
    }
    Ok(changes)
}
