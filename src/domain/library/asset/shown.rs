//! What the public reads of files: a row for each asset that something public shows, and none for others.
//!
//! Whatever changes a file, its tracks, or who shows it, calls [`refresh`] at the end of its transaction: the row follows,
//! and a change that would leave the public with less than it needs is refused. So a reader needs no look at the team's
//! tables, and a file that nothing public shows cannot be read through a relation.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use entity::shown_asset::{Column, Entity, Model};
use entity::{AssetId, MediaObjectId, Timestamp, asset, media_object, text_track};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::obstacle::{self, Obstacle, no_such_file};
use super::track::{self, ShownTrack};
use super::usage::{self, At, Use};
use crate::db::Tx;
use crate::domain::access::policy::{PublicTables, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result};
use crate::domain::core::{id, site_row};
use crate::domain::journal::change::Change;
use crate::domain::richtext::Place;

/// Files by their id, as the public reads them.
pub type Shown = HashMap<AssetId, Arc<Visible<Model>>>;

pub async fn by_ids(db: &impl PublicTables, ids: impl IntoIterator<Item = AssetId>) -> Result<Shown> {
    let ids: BTreeSet<AssetId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Shown::new());
    }
    let rows =
        Scope::<Entity>::public(db).narrow(|select| select.filter(Column::Id.is_in(ids))).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The rows that these files would have if something public showed them, for a preview.
pub(in crate::domain) async fn as_if_shown(
    db: &impl ConnectionTrait,
    ids: &BTreeSet<AssetId>,
) -> Result<Vec<Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let assets = asset::Entity::find().filter(asset::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    let files = Files::of(db, assets).await?;
    Ok(files.assets.iter().filter_map(|asset| files.row(asset).ok()).collect())
}

/// Something that has to be mended before a revision can be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: At,
    pub code: ErrorCode,
    pub message: String,
}

impl Problem {
    pub fn note(self, refusals: &mut Refusals) {
        match self.at {
            At::Cover => refusals.push(&["cover"], self.code, self.message),
            At::Clip(path) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                refusals.push(&path, self.code, self.message);
            }
            At::Text(Place { line, column }) => {
                refusals.push(
                    &["body"],
                    self.code,
                    format!("line {line}, column {column}: {}", self.message),
                );
            }
        }
    }
}

/// What stands in the way of showing these files in public, each with its place.
pub async fn problems(db: &impl ConnectionTrait, uses: &[Use]) -> Result<Vec<Problem>> {
    if uses.is_empty() {
        return Ok(Vec::new());
    }
    let ids: BTreeSet<AssetId> = uses.iter().map(|one| one.asset).collect();
    let assets = asset::Entity::find().filter(asset::Column::Id.is_in(ids)).all(db).await?;
    let files = Files::of(db, assets).await?;
    Ok(uses.iter().filter_map(|one| files.problem(one)).collect())
}

/// Files that have to be there, and to have their words where the public sees them.
#[derive(Debug, Default)]
pub(in crate::domain) struct Needed {
    pub ids: BTreeSet<AssetId>,
    /// The field of the input that a refusal is about.
    pub field: &'static str,
}

/// Brings the public's rows of these files, and of the recordings whose tracks they are, to where they should be. The rows
/// of the files are locked, in one order for all; only the site and the change log are locked after them.
pub(in crate::domain) async fn refresh(
    tx: &Tx,
    now: Timestamp,
    mut ids: BTreeSet<AssetId>,
    needed: &Needed,
) -> Result<Vec<Change>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    ids.extend(recordings_of(tx, &ids).await?);
    let files = Files::of(tx, lock_all(tx, &ids).await?).await?;
    let in_public = usage::in_public(tx, &ids).await?;
    let before = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(tx).await?;
    let mut before: HashMap<AssetId, Model> = before.into_iter().map(|row| (row.id, row)).collect();
    let mut refusals = Refusals::default();
    let mut changes = Vec::new();
    let is_there = |id: &AssetId| files.assets.iter().any(|asset| asset.id == *id);
    if !needed.ids.iter().all(is_there) {
        refusals.push(&[needed.field], ErrorCode::NotFound, "a file was deleted meanwhile");
    }
    for asset in &files.assets {
        let is_shown = in_public.contains(&asset.id);
        if let Some(obstacle) = files.obstacle(asset).filter(|_| is_shown && needed.ids.contains(&asset.id)) {
            let (code, message) = match obstacle {
                Obstacle::Private => (
                    ErrorCode::InUse,
                    "the public sees this file; take it out of what is public first".to_owned(),
                ),
                obstacle => {
                    (obstacle.code(), format!("the public sees this file: {}", obstacle.message(asset)))
                }
            };
            refusals.push(&[needed.field], code, message);
            continue;
        }
        let row = files.row(asset).ok().filter(|_| is_shown);
        changes.extend(replace(tx, now, asset.id, before.remove(&asset.id), row).await?);
    }
    refusals.finish()?;
    if !changes.is_empty() && !usage::avatars(tx, &ids).await?.is_empty() {
        site_row::changed(tx).await?;
    }
    Ok(changes)
}

/// Those of these files that there are, locked in the one order in which everybody locks them.
pub(super) async fn lock_all(tx: &Tx, ids: &BTreeSet<AssetId>) -> Result<Vec<asset::Model>> {
    Ok(asset::Entity::find()
        .filter(asset::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(asset::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?)
}

/// Locks a file, the recordings whose track it is, and these others, before anything else of them is locked.
pub(super) async fn lock_family(
    tx: &Tx,
    id: AssetId,
    others: impl IntoIterator<Item = AssetId>,
) -> Result<()> {
    let mut ids = recordings_of(tx, &BTreeSet::from([id])).await?;
    ids.insert(id);
    ids.extend(others);
    lock_all(tx, &ids).await?;
    Ok(())
}

/// Those of these files that cannot be shown as they are.
pub(super) async fn with_obstacles(tx: &Tx, ids: &BTreeSet<AssetId>) -> Result<BTreeSet<AssetId>> {
    let assets = asset::Entity::find().filter(asset::Column::Id.is_in(ids.iter().copied())).all(tx).await?;
    let files = Files::of(tx, assets).await?;
    let with_obstacles = files.assets.iter().filter(|asset| files.obstacle(asset).is_some());
    Ok(with_obstacles.map(|asset| asset.id).collect())
}

async fn replace(
    tx: &Tx,
    now: Timestamp,
    id: AssetId,
    before: Option<Model>,
    after: Option<Model>,
) -> Result<Option<Change>> {
    match (before, after) {
        (None, None) => Ok(None),
        // What the public does not see of a file may have changed.
        (Some(before), Some(after)) if Model { updated_at: before.updated_at, ..after.clone() } == before => {
            Ok(None)
        }
        (Some(_), Some(after)) => {
            Model { updated_at: now, ..after }.into_active_model().reset_all().update(tx).await?;
            Ok(Some(Change::asset_updated(id)))
        }
        (None, Some(after)) => {
            after.into_active_model().reset_all().insert(tx).await?;
            Ok(Some(Change::asset_shown(id)))
        }
        (Some(_), None) => {
            Entity::delete_by_id(id).exec(tx).await?;
            Ok(Some(Change::asset_hidden(id)))
        }
    }
}

/// Why the public could not be shown a file if it had other bytes.
pub(super) async fn obstacle_with(
    tx: &Tx,
    asset: &asset::Model,
    object: &media_object::Model,
) -> Result<Option<Obstacle>> {
    if usage::which(tx, [asset.id]).await?.is_empty() {
        return Ok(None);
    }
    let tracks = track::shown(tx, &[asset.id]).await?;
    Ok(obstacle::missing_text(asset, object, tracks.get(&asset.id).map_or(&[], Vec::as_slice)))
}

/// The video and audio files whose text tracks these are.
pub(super) async fn recordings_of(tx: &Tx, ids: &BTreeSet<AssetId>) -> Result<BTreeSet<AssetId>> {
    let is_file = text_track::Column::FileId.is_in(ids.iter().copied());
    let tracks = text_track::Entity::find().filter(is_file).all(tx).await?;
    Ok(tracks.into_iter().map(|track| track.asset_id).collect())
}

/// Assets with everything that decides whether and how they are shown.
struct Files {
    /// In the order of their ids.
    assets: Vec<asset::Model>,
    objects: HashMap<MediaObjectId, media_object::Model>,
    tracks: HashMap<AssetId, Vec<ShownTrack>>,
}

impl Files {
    async fn of(db: &impl ConnectionTrait, assets: Vec<asset::Model>) -> Result<Self> {
        let ids: Vec<MediaObjectId> = assets.iter().filter_map(|asset| asset.object_id).collect();
        let objects = if ids.is_empty() {
            Vec::new()
        } else {
            media_object::Entity::find().filter(media_object::Column::Id.is_in(ids)).all(db).await?
        };
        let recordings: Vec<AssetId> = assets
            .iter()
            .filter(|asset| matches!(asset.kind, asset::AssetKind::Video | asset::AssetKind::Audio))
            .map(|asset| asset.id)
            .collect();
        let tracks = track::shown(db, &recordings).await?;
        let objects = objects.into_iter().map(|object| (object.id, object)).collect();
        Ok(Self { assets, objects, tracks })
    }

    fn object(&self, asset: &asset::Model) -> Option<&media_object::Model> {
        self.objects.get(&asset.object_id?)
    }

    fn tracks(&self, asset: &asset::Model) -> &[ShownTrack] {
        self.tracks.get(&asset.id).map_or(&[], Vec::as_slice)
    }

    fn row(&self, asset: &asset::Model) -> Result<Model, Obstacle> {
        obstacle::row(asset, self.object(asset), self.tracks(asset))
    }

    fn obstacle(&self, asset: &asset::Model) -> Option<Obstacle> {
        match self.row(asset) {
            Err(obstacle) => Some(obstacle),
            Ok(_) => obstacle::missing_text(asset, self.object(asset)?, self.tracks(asset)),
        }
    }

    fn problem(&self, wanted: &Use) -> Option<Problem> {
        let problem = |code, message| Some(Problem { at: wanted.at.clone(), code, message });
        let Some(asset) = self.assets.iter().find(|asset| asset.id == wanted.asset) else {
            return problem(ErrorCode::NotFound, no_such_file(&id::format(wanted.asset)));
        };
        if let Some(obstacle) = self.obstacle(asset).filter(|obstacle| *obstacle == Obstacle::Private) {
            return problem(obstacle.code(), obstacle.message(asset));
        }
        if asset.kind != wanted.kind {
            return problem(
                ErrorCode::Invalid,
                format!(
                    "{} ({}) is {}, not {}",
                    asset.filename,
                    id::format(asset.id),
                    a(asset.kind),
                    a(wanted.kind)
                ),
            );
        }
        let length = self.object(asset).and_then(|object| object.duration_ms);
        if let Some((second, length)) = length.and_then(|length| Some((wanted.beyond(length)?, length))) {
            let message = format!(
                "{} ({}) is {:.1} seconds long, and has nothing to show at second {second}",
                asset.filename,
                id::format(asset.id),
                std::time::Duration::from_millis(length.unsigned_abs()).as_secs_f64()
            );
            return problem(ErrorCode::OutOfRange, message);
        }
        let obstacle = self.obstacle(asset)?;
        problem(obstacle.code(), obstacle.message(asset))
    }
}

fn a(kind: asset::AssetKind) -> &'static str {
    match kind {
        asset::AssetKind::Image => "an image",
        asset::AssetKind::Video => "a video",
        asset::AssetKind::Audio => "an audio file",
        asset::AssetKind::Document => "a document",
        asset::AssetKind::TextTrack => "a text track",
    }
}
