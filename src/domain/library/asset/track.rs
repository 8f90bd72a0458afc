//! Text tracks: WebVTT files that belong to a video or audio file.

use std::collections::HashMap;

use entity::asset::{self, AssetKind, AssetState};
use entity::text_track::{ActiveModel, Column, Entity, Model, TrackKind};
use entity::{AssetId, media_object};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set, SqlErr};
use serde::{Deserialize, Serialize};

use super::url::{Named, original_name, version_of};
use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit, Scope, Visible};
use crate::domain::core::error::{Error, ErrorCode, Refusals, Result, refuse};
use crate::domain::core::text::{self, NAME};
use crate::domain::core::{id, locale};

/// More would be no choice any more.
const MOST: usize = 60;

/// A track that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrack {
    /// Id of the asset that is the file, as the client wrote it.
    pub file: String,
    pub kind: TrackKind,
    pub language: String,
    pub label: Option<String>,
}

/// A track as it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Track {
    file: AssetId,
    kind: TrackKind,
    language: String,
    label: String,
}

/// A track as the public reads it. Stored as JSON beside its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownTrack {
    pub kind: TrackKind,
    pub language: String,
    pub label: String,
    pub file: AssetId,
    version: String,
    name: String,
}

impl ShownTrack {
    /// What its URL says.
    pub fn named(&self) -> Named {
        Named { id: self.file, version: self.version.clone(), name: self.name.clone(), is_private: false }
    }
}

/// The tracks in a row that the public reads.
pub fn of_row(row: &entity::shown_asset::Model) -> Vec<ShownTrack> {
    serde_json::from_value(row.tracks.clone()).unwrap_or_else(|error| {
        tracing::error!(asset.id = %row.id.0, %error, "the tracks of a file cannot be read");
        Vec::new()
    })
}

/// The tracks of these files, in order, for the team.
pub async fn list(
    db: &impl ConnectionTrait,
    assets: &[&Visible<asset::Model>],
) -> Result<HashMap<AssetId, Vec<Visible<Model>>>> {
    let rows = Scope::<Entity>::tracks_of(assets)
        .narrow(|select| select.order_by_asc(Column::AssetId).order_by_asc(Column::Position))
        .all(db)
        .await?;
    let mut tracks: HashMap<AssetId, Vec<_>> = HashMap::new();
    for row in rows {
        tracks.entry(row.asset_id).or_default().push(row);
    }
    Ok(tracks)
}

/// The tracks of these files that the public may have, in order.
pub(super) async fn shown(
    db: &impl ConnectionTrait,
    assets: &[AssetId],
) -> Result<HashMap<AssetId, Vec<ShownTrack>>> {
    if assets.is_empty() {
        return Ok(HashMap::new());
    }
    let tracks = Entity::find()
        .filter(Column::AssetId.is_in(assets.iter().copied()))
        .order_by_asc(Column::AssetId)
        .order_by_asc(Column::Position)
        .all(db)
        .await?;
    if tracks.is_empty() {
        return Ok(HashMap::new());
    }
    let files = asset::Entity::find()
        .filter(asset::Column::Id.is_in(tracks.iter().map(|track| track.file_id)))
        .filter(asset::Column::IsPrivate.eq(false))
        .filter(asset::Column::State.eq(AssetState::Ready))
        .all(db)
        .await?;
    let objects = media_object::Entity::find()
        .filter(media_object::Column::Id.is_in(files.iter().filter_map(|file| file.object_id)))
        .all(db)
        .await?;
    let object = |file: &asset::Model| objects.iter().find(|object| Some(object.id) == file.object_id);
    let mut shown: HashMap<AssetId, Vec<_>> = HashMap::new();
    for track in tracks {
        let Some(file) = files.iter().find(|file| file.id == track.file_id) else { continue };
        let Some(object) = object(file) else { continue };
        shown.entry(track.asset_id).or_default().push(ShownTrack {
            kind: track.kind,
            language: track.language,
            label: track.label,
            file: file.id,
            version: version_of(object),
            name: original_name(&file.filename, &object.mime_type),
        });
    }
    Ok(shown)
}

/// The tracks that somebody wants for a file, if it can have them.
pub(super) async fn check(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    of: &asset::Model,
    wanted: &[NewTrack],
    refusals: &mut Refusals,
) -> Result<Vec<Track>> {
    if !wanted.is_empty() && !matches!(of.kind, AssetKind::Video | AssetKind::Audio) {
        refusals.push(&["tracks"], ErrorCode::Invalid, "only video and audio files have text tracks");
        return Ok(Vec::new());
    }
    if wanted.len() > MOST {
        let message = format!("at most {MOST} tracks, found {}", wanted.len());
        refusals.push(&["tracks"], ErrorCode::TooMany, message);
        return Ok(Vec::new());
    }
    let mut tracks: Vec<Track> = Vec::new();
    for (index, track) in wanted.iter().enumerate() {
        let index = index.to_string();
        let path = |name| ["tracks", &index, name];
        let file = id::parse_at::<AssetId>(&track.file, &path("file"), refusals);
        let language = locale::check(&track.language, &path("language"), refusals);
        let label =
            track.label.as_deref().and_then(|label| text::check(label, NAME, &path("label"), refusals));
        let (Some(file), Some(language)) = (file, language) else { continue };
        if !can_be_track(tx, permit, of, file, &path("file"), refusals).await? {
            continue;
        }
        if tracks.iter().any(|other| (other.kind, &other.language) == (track.kind, &language)) {
            let message = "there is another track of this kind in this language";
            refusals.push(&path("language"), ErrorCode::Taken, message);
            continue;
        }
        let label = label.unwrap_or_else(|| language.clone());
        tracks.push(Track { file, kind: track.kind, language, label });
    }
    Ok(tracks)
}

async fn can_be_track(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    of: &asset::Model,
    id: AssetId,
    path: &[&str],
    refusals: &mut Refusals,
) -> Result<bool> {
    let Some(file) = super::usable(tx, permit, &[id]).await?.pop() else {
        refusals.push(path, ErrorCode::NotFound, "there is no such file");
        return Ok(false);
    };
    let problem = if file.kind != AssetKind::TextTrack {
        (ErrorCode::Invalid, "a text track is a WebVTT file")
    } else if file.state != AssetState::Ready {
        (ErrorCode::NotReady, "the file is not ready")
    } else if file.is_private && !of.is_private {
        (ErrorCode::Invalid, "the file is private, and what it belongs to is not")
    } else {
        return Ok(true);
    };
    refusals.push(path, problem.0, problem.1);
    Ok(false)
}

/// Gives a file these tracks and no others. Says whether that is another list than before.
pub(super) async fn set(tx: &Tx, of: AssetId, tracks: Vec<Track>) -> Result<bool> {
    let before = Entity::find().filter(Column::AssetId.eq(of)).order_by_asc(Column::Position).all(tx).await?;
    let as_set = |row: &Model| Track {
        file: row.file_id,
        kind: row.kind,
        language: row.language.clone(),
        label: row.label.clone(),
    };
    if before.iter().map(as_set).eq(tracks.iter().cloned()) {
        return Ok(false);
    }
    Entity::delete_many().filter(Column::AssetId.eq(of)).exec(tx).await?;
    let rows = (0..).zip(tracks).map(|(position, track)| ActiveModel {
        asset_id: Set(of),
        position: Set(position),
        file_id: Set(track.file),
        kind: Set(track.kind),
        language: Set(track.language),
        label: Set(track.label),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(tx).await.map_err(file_gone)?;
    }
    Ok(true)
}

/// A file of these was deleted since it was looked at.
fn file_gone(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            let gone: Result<()> = refuse(&["tracks"], ErrorCode::NotFound, "a file was deleted meanwhile");
            gone.expect_err("a refusal")
        }
        _ => error.into(),
    }
}
