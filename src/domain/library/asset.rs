//! Assets: files that entries show or give away, with what the team says about them.
//!
//! An asset shows an *object*, bytes in the store that several assets may share (`object`). What a reader gets are URLs
//! (`url`): an image's in the sizes and formats of `image`, made when they are first asked for (`rendition`).

use std::collections::BTreeSet;

use entity::asset::{ActiveModel, AssetKind, AssetState, Column, Entity, Model};
use entity::upload::{self, UploadState};
use entity::{AccountId, AssetId, MediaObjectId, Timestamp, UploadId, media_object};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, NotSet, QueryFilter,
    QuerySelect, Set,
};

use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit, ReadMedia, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::id::PublicId;
use crate::domain::core::text::search_key;
use crate::domain::journal::change;
use crate::media::{Format, MediaKind};

mod adopt;
mod delete;
mod edit;
mod fit;
pub mod image;
mod list;
pub mod object;
pub mod rendition;
pub mod serve;
pub mod shown;
pub mod track;
pub mod url;
pub mod usage;

use edit::MIDDLE;
use image::Picture;
use shown::Needed;

pub use adopt::adopt;
pub use delete::{InUse, delete};
pub use edit::{Edit, FocalPoint, edit};
pub use list::{Filter, count, list, position};

/// What somebody who made an asset or may change every asset is shown.
pub async fn by_id(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadMedia>,
    id: AssetId,
) -> Result<Option<Visible<Model>>> {
    Scope::<Entity>::library(permit).narrow(|select| select.filter(Column::Id.eq(id))).one(db).await
}

/// An asset that can be shown, with its object.
#[derive(Debug, Clone)]
pub struct File {
    pub asset: Visible<Model>,
    pub object: Visible<media_object::Model>,
}

impl File {
    /// None for what is no image.
    pub fn picture(&self) -> Option<Picture> {
        Picture::of(&self.asset, &self.object)
    }
}

/// What a signed URL names, with everything that is known of it.
pub async fn of_url(db: &impl ConnectionTrait, url: &url::Signed) -> Result<Option<File>> {
    let found = Scope::<Entity>::signed(url.asset(), url.expires.is_some()).with_object(db).await?;
    Ok(found.map(|(asset, object)| File { asset, object }))
}

/// An asset that the holder of the permit may change, locked until the transaction ends.
pub(in crate::domain) async fn lock(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    id: AssetId,
    path: &[&str],
) -> Result<Model> {
    let found = Scope::<Entity>::own_media(permit)
        .narrow(|select| select.filter(Column::Id.eq(id)).lock_exclusive())
        .one(tx)
        .await?;
    match found {
        Some(row) => Ok(row.into_inner()),
        None => refuse(path, ErrorCode::NotFound, "there is no such asset that you may change"),
    }
}

/// Which of these files the holder of the permit may see.
pub async fn visible(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadMedia>,
    ids: Vec<AssetId>,
) -> Result<BTreeSet<AssetId>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(usable(db, permit, &ids).await?.iter().map(|asset| asset.id).collect())
}

/// Those of these files that the holder of a permit may use in content.
pub(in crate::domain) async fn usable<A>(
    db: &impl ConnectionTrait,
    permit: &Permit<A>,
    ids: &[AssetId],
) -> Result<Vec<Visible<Model>>> {
    let ids = ids.iter().copied();
    Scope::<Entity>::usable(permit).narrow(|select| select.filter(Column::Id.is_in(ids))).all(db).await
}

/// A new asset of which nothing is known but its name: private to nobody, without words, its subject in the middle.
pub(in crate::domain) fn fresh(
    owner: AccountId,
    now: Timestamp,
    kind: AssetKind,
    filename: &str,
) -> ActiveModel {
    ActiveModel {
        id: Set(AssetId::generate(now)),
        owner_id: Set(owner),
        kind: Set(kind),
        state: Set(AssetState::Processing),
        rejection: Set(None),
        filename: Set(filename.to_owned()),
        search_key: Set(search_key_of(filename, None, None)),
        mime_type: NotSet,
        byte_size: NotSet,
        object_id: Set(None),
        is_private: Set(false),
        alt: Set(None),
        is_decorative: Set(false),
        caption: Set(None),
        transcript: Set(None),
        has_no_speech: Set(false),
        focal_x: Set(MIDDLE),
        focal_y: Set(MIDDLE),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    }
}

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
            if let Some(lack) = shown::lack_with(tx, &asset, &object).await? {
                Some(format!("the file that the public sees stays: {}", lack.message(&asset)))
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

pub fn kind_of(format: Format) -> AssetKind {
    match format.kind() {
        MediaKind::Image => AssetKind::Image,
        MediaKind::Video => AssetKind::Video,
        MediaKind::Audio => AssetKind::Audio,
        MediaKind::Document => AssetKind::Document,
        MediaKind::TextTrack => AssetKind::TextTrack,
    }
}

pub(in crate::domain) fn search_key_of(filename: &str, alt: Option<&str>, caption: Option<&str>) -> String {
    let words: Vec<_> = [Some(filename), alt, caption].into_iter().flatten().collect();
    search_key(&words.join("\n"))
}
