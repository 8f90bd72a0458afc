//! Assets: files that entries show or give away, with what the team says about them.
//!
//! An asset shows an *object*, bytes in the store that several assets may share (`object`). What a reader gets are URLs
//! (`url`): an image's in the sizes and formats of `image`, made when they are first asked for (`rendition`).

use std::collections::BTreeSet;

use entity::asset::{ActiveModel, AssetKind, AssetState, Column, Entity, Model};
use entity::{AccountId, AssetId, Timestamp, media_object};
use sea_orm::{ColumnTrait, ConnectionTrait, NotSet, QueryFilter, QuerySelect, Set};

use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit, ReadMedia, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::id::PublicId;
use crate::domain::core::text::search_key;
use crate::media::{Format, MediaKind};

pub mod adopt;
pub mod delete;
pub mod edit;
pub mod image;
pub mod list;
pub mod object;
mod obstacle;
pub mod rendition;
pub mod serve;
pub mod settle;
pub mod shown;
pub mod track;
pub mod url;
pub mod usage;

use image::Picture;

/// The middle, where nothing was said.
pub(super) const MIDDLE: i32 = 500;

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
