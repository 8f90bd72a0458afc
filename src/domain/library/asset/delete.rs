//! The end of an asset. What is used stays, unless somebody insists.

use std::collections::BTreeSet;

use entity::asset::{Entity, Model};
use entity::change::Subject;
use entity::{AssetId, Timestamp, author};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::shown::{self, Needed};
use super::{lock, object, usage};
use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit};
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::{id as ids, site_row};
use crate::domain::journal::audit;
use crate::domain::journal::change::{self, Change};

/// What becomes of a file that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUse {
    Kept,
    /// Deleted all the same: it vanishes from everything that shows it.
    Deleted,
}

/// Deletes an asset. Its bytes go when nothing else shows them, with the next collection.
pub async fn delete(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    now: Timestamp,
    id: AssetId,
    in_use: InUse,
) -> Result<Model> {
    // Authors before files, as whoever saves one does.
    let authors = author::Entity::find()
        .filter(author::Column::AvatarId.eq(id))
        .order_by_asc(author::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    shown::lock_family(tx, id, []).await?;
    let asset = lock(tx, permit, id, &["asset"]).await?;
    let uses = usage::total(tx, id).await?;
    if uses > 0 && in_use == InUse::Kept {
        let message =
            format!("it is used in {uses} places (see usedBy); with force it is deleted all the same");
        return refuse(&["asset"], ErrorCode::InUse, message);
    }
    if uses > 0 && permit.is_of_own_alone() && usage::is_others(tx, id, permit.account()).await? {
        let message = "others use it; somebody who may change their work has to delete it";
        return refuse(&["asset"], ErrorCode::InUse, message);
    }
    let recordings = shown::recordings_of(tx, &BTreeSet::from([id])).await?;
    let was_shown = !usage::which(tx, [id]).await?.is_empty();
    let is_avatar = !authors.is_empty();
    let mut changes = forget_avatar(tx, now, authors).await?;
    Entity::delete_by_id(id).exec(tx).await?;
    if let Some(object) = asset.object_id {
        object::touch(tx, now, object).await?;
    }
    audit::record(tx, now, permit.actor(), "deleteAsset", Some(ids::format(id)), &[]).await?;
    if was_shown {
        changes.push(Change::asset_hidden(id));
    }
    changes.extend(shown::refresh(tx, now, recordings, &Needed::default()).await?);
    if is_avatar {
        // The site is locked after all files, as everywhere.
        site_row::changed(tx).await?;
    }
    change::append(tx, now, changes).await?;
    Ok(asset)
}

async fn forget_avatar(tx: &Tx, now: Timestamp, authors: Vec<author::Model>) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for author in authors {
        changes.push(Change::named(Subject::Author, author.id.0, &author.slug, Some(author.slug.clone())));
        let mut row = author.into_active_model();
        row.avatar_id = Set(None);
        row.updated_at = Set(now);
        row.update(tx).await?;
    }
    Ok(changes)
}
