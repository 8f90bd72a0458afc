//! Objects: bytes in the store, once, however many assets show them.
//!
//! The row is the lock. It says STORING before the bytes are written and REMOVING before they are removed, so a row that
//! says STORED has its bytes, and bytes without a row are nobody's. Whoever finds REMOVING waits for the collector.

use std::collections::HashMap;

use entity::media_object::{ActiveModel, Column, Entity, Model, ObjectState};
use entity::{AssetId, MediaObjectId, Timestamp, asset, rendition};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
};
use sha2::{Digest, Sha256};

use crate::db::Tx;
use crate::domain::access::policy::{Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::id::PublicId;
use crate::media::Measure;

/// What every key of an object starts with.
pub const OBJECTS: &str = "objects/";
/// What every key of a rendition starts with.
pub const RENDITIONS: &str = "renditions/";

/// `Cache-Control` of objects and renditions: the bytes under one key never change.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// Where the bytes lie.
pub fn storage_key(sha256: &[u8]) -> String {
    format!("{OBJECTS}{}", hex::encode(sha256))
}

/// Where a rendition lies.
pub fn rendition_key(sha256: &[u8], spec: &str) -> String {
    format!("{}{spec}", rendition_prefix(sha256))
}

/// What the keys of all renditions of an object start with.
pub fn rendition_prefix(sha256: &[u8]) -> String {
    format!("{RENDITIONS}{}/", hex::encode(sha256))
}

/// Which object a key is of.
pub fn of_storage_key(key: &str) -> Option<Vec<u8>> {
    unhex(key.strip_prefix(OBJECTS)?)
}

/// Which object a key is a rendition of, and which one.
pub fn of_rendition_key(key: &str) -> Option<(Vec<u8>, &str)> {
    let (hash, spec) = key.strip_prefix(RENDITIONS)?.split_once('/')?;
    Some((unhex(hash)?, spec))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hash = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if is_hash { hex::decode(text).ok() } else { None }
}

/// Bytes that are in the store, and what they are served as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub key: String,
    pub mime_type: String,
    pub byte_size: u64,
    /// SHA-256
    pub digest: [u8; 32],
}

impl Blob {
    /// The file itself.
    pub fn original(object: &Model) -> Option<Self> {
        Some(Self {
            key: storage_key(&object.sha256),
            mime_type: object.mime_type.clone(),
            byte_size: u64::try_from(object.byte_size).ok()?,
            digest: object.digest.as_deref()?.try_into().ok()?,
        })
    }

    /// An image that was made of it.
    pub fn rendition(object: &Model, made: &rendition::Model, mime_type: &str) -> Option<Self> {
        Some(Self {
            key: rendition_key(&object.sha256, &made.spec),
            mime_type: mime_type.to_owned(),
            byte_size: u64::try_from(made.byte_size?).ok()?,
            digest: made.digest.as_deref()?.try_into().ok()?,
        })
    }

    /// An image that has just been made of it.
    pub fn made(object: &Model, spec: &str, mime_type: &str, bytes: &[u8]) -> Self {
        Self {
            key: rendition_key(&object.sha256, spec),
            mime_type: mime_type.to_owned(),
            byte_size: bytes.len() as u64,
            digest: Sha256::digest(bytes).into(),
        }
    }
}

/// What is known of a file after it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub mime_type: &'static str,
    pub byte_size: i64,
    pub digest: [u8; 32],
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub is_animated: bool,
    pub has_sound: bool,
    pub thumbhash: Option<Vec<u8>>,
    pub color: Option<i32>,
    /// Of an image, what is needed to know what work on it takes.
    pub measure: Option<Measure>,
}

/// Whether bytes have to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    Write(MediaObjectId),
    /// They are there already.
    Stored(Box<Model>),
    /// They are being removed; a little later there will be a row to begin with.
    Removing,
}

/// The object of these bytes, if it is there.
pub async fn find_stored(db: &impl ConnectionTrait, sha256: &[u8]) -> Result<Option<Model>> {
    let found = Entity::find().filter(Column::Sha256.eq(sha256)).one(db).await?;
    Ok(found.filter(|row| row.state == ObjectState::Stored))
}

/// Announces that the bytes with this hash are going to be written.
pub async fn begin(tx: &Tx, now: Timestamp, sha256: &[u8], mime_type: &str) -> Result<Begun> {
    let row = ActiveModel {
        id: Set(MediaObjectId::generate(now)),
        sha256: Set(sha256.to_vec()),
        state: Set(ObjectState::Storing),
        mime_type: Set(mime_type.to_owned()),
        byte_size: Set(0),
        digest: Set(None),
        width: Set(None),
        height: Set(None),
        duration_ms: Set(None),
        is_animated: Set(false),
        has_sound: Set(false),
        thumbhash: Set(None),
        color: Set(None),
        samples: Set(None),
        decoding: Set(None),
        created_at: Set(now),
        touched_at: Set(now),
    };
    let known = OnConflict::column(Column::Sha256).do_nothing().to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    let found = Entity::find().filter(Column::Sha256.eq(sha256)).lock_exclusive().one(tx).await?;
    // Removed between the two statements: the same as being removed.
    let Some(found) = found else { return Ok(Begun::Removing) };
    match found.state {
        ObjectState::Removing => Ok(Begun::Removing),
        ObjectState::Stored => Ok(Begun::Stored(Box::new(found))),
        ObjectState::Storing => {
            let id = found.id;
            touch(tx, now, id).await?;
            Ok(Begun::Write(id))
        }
    }
}

/// Notes that the bytes are written. False when the row was taken away meanwhile: then they are nobody's.
pub async fn stored(tx: &Tx, now: Timestamp, id: MediaObjectId, facts: Facts) -> Result<bool> {
    let found = Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let Some(row) = found.filter(|row| row.state != ObjectState::Removing) else { return Ok(false) };
    if row.state == ObjectState::Stored {
        // Somebody else wrote the same bytes meanwhile.
        return Ok(true);
    }
    let mut row = row.into_active_model();
    row.state = Set(ObjectState::Stored);
    row.mime_type = Set(facts.mime_type.to_owned());
    row.byte_size = Set(facts.byte_size);
    row.digest = Set(Some(facts.digest.to_vec()));
    row.width = Set(facts.width);
    row.height = Set(facts.height);
    row.duration_ms = Set(facts.duration_ms);
    row.is_animated = Set(facts.is_animated);
    row.has_sound = Set(facts.has_sound);
    row.thumbhash = Set(facts.thumbhash);
    row.color = Set(facts.color);
    row.samples = Set(facts.measure.map(|measure| i32::from(measure.samples())));
    row.decoding = Set(facts.measure.and_then(|measure| i64::try_from(measure.decoding()).ok()));
    row.touched_at = Set(now);
    row.update(tx).await?;
    Ok(true)
}

/// An object whose bytes are there, and stay there until the transaction ends.
pub(super) async fn stored_and_locked(tx: &Tx, id: MediaObjectId) -> Result<Option<Model>> {
    let found = Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    Ok(found.filter(|row| row.state == ObjectState::Stored))
}

/// Prolongs the time for which an object stays that nothing shows.
pub async fn touch(tx: &Tx, now: Timestamp, id: MediaObjectId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::TouchedAt, Expr::val(now))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What assets show, by their id. An asset whose file is still looked at shows nothing.
pub async fn shown(
    db: &impl ConnectionTrait,
    assets: &[&Visible<asset::Model>],
) -> Result<HashMap<AssetId, Visible<Model>>> {
    let rows = Scope::<Entity>::shown_by(assets).all(db).await?;
    let objects: HashMap<MediaObjectId, Visible<Model>> = rows.into_iter().map(|row| (row.id, row)).collect();
    let of = |asset: &&Visible<asset::Model>| Some((asset.id, objects.get(&asset.object_id?)?.clone()));
    Ok(assets.iter().filter_map(of).collect())
}

/// Objects that nothing has shown since `before`, and those whose removal or storing ended in the middle.
pub async fn unused(
    db: &impl ConnectionTrait,
    before: Timestamp,
    after: Option<MediaObjectId>,
    limit: u64,
) -> Result<Vec<Model>> {
    let shown = asset::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(Expr::col((asset::Entity, asset::Column::ObjectId)).equals((Entity, Column::Id)))
        .into_query();
    let mut query = Entity::find()
        .filter(Column::TouchedAt.lte(before))
        .filter(Expr::exists(shown).not())
        .order_by_asc(Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    Ok(query.all(db).await?)
}

/// Announces that an object's bytes are going to be removed. False when something shows it, or touched it since `before`.
pub async fn begin_removal(tx: &Tx, now: Timestamp, before: Timestamp, id: MediaObjectId) -> Result<bool> {
    let found = Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let Some(row) = found.filter(|row| row.touched_at <= before) else { return Ok(false) };
    let shown = asset::Entity::find().filter(asset::Column::ObjectId.eq(id)).count(tx).await?;
    if shown > 0 {
        return Ok(false);
    }
    let mut row = row.into_active_model();
    row.state = Set(ObjectState::Removing);
    row.touched_at = Set(now);
    row.update(tx).await?;
    Ok(true)
}

/// Announces the removal of bytes that have no row. False when they have one meanwhile.
pub async fn begin_removal_of_orphan(
    tx: &Tx,
    now: Timestamp,
    sha256: &[u8],
) -> Result<Option<MediaObjectId>> {
    let Begun::Write(id) = begin(tx, now, sha256, "").await? else { return Ok(None) };
    let row = Entity::find_by_id(id).one(tx).await?;
    // An older row is somebody's who is about to write.
    let Some(row) = row.filter(|row| row.created_at == now && row.mime_type.is_empty()) else {
        return Ok(None);
    };
    let mut row = row.into_active_model();
    row.state = Set(ObjectState::Removing);
    row.update(tx).await?;
    Ok(Some(id))
}

/// Forgets an object whose bytes are removed, and its renditions.
pub async fn removed(tx: &Tx, id: MediaObjectId) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(ObjectState::Removing))
        .exec(tx)
        .await?;
    Ok(())
}

/// Which of these hashes have a row.
pub async fn known(db: &impl ConnectionTrait, hashes: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find().filter(Column::Sha256.is_in(hashes)).all(db).await?;
    Ok(rows.into_iter().map(|row| row.sha256).collect())
}

/// Objects whose bytes must be there, in the order of their ids.
pub async fn all_stored(
    db: &impl ConnectionTrait,
    after: Option<MediaObjectId>,
    limit: u64,
) -> Result<Vec<Model>> {
    let mut query =
        Entity::find().filter(Column::State.eq(ObjectState::Stored)).order_by_asc(Column::Id).limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    Ok(query.all(db).await?)
}

/// What renditions there are of an object, or are being made.
pub async fn specs(db: &impl ConnectionTrait, sha256: &[u8]) -> Result<Vec<String>> {
    let Some(object) = Entity::find().filter(Column::Sha256.eq(sha256)).one(db).await? else {
        return Ok(Vec::new());
    };
    let rows = rendition::Entity::find().filter(rendition::Column::ObjectId.eq(object.id)).all(db).await?;
    Ok(rows.into_iter().map(|row| row.spec).collect())
}

/// The renditions of an object that are made.
pub async fn renditions(db: &impl ConnectionTrait, id: MediaObjectId) -> Result<Vec<rendition::Model>> {
    Ok(rendition::Entity::find()
        .filter(rendition::Column::ObjectId.eq(id))
        .filter(rendition::Column::ByteSize.is_not_null())
        .all(db)
        .await?)
}
