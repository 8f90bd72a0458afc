//! The demo's pictures, its film and the words that go with them.
//!
//! Bytes cannot be stored inside a transaction. So they are stored first, as objects that nothing shows yet, and the assets
//! come with everything else; should that end in between, the collector removes them after a day.

use std::collections::HashMap;

use entity::text_track::TrackKind;
use entity::{AssetId, MediaObjectId, Timestamp};
use serde::Deserialize;

use super::set;
use crate::app::App;
use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit};
use crate::domain::core::error::Result;
use crate::domain::core::id;
use crate::domain::core::patch::Patch;
use crate::domain::job::JobError;
use crate::domain::library::asset;
use crate::domain::library::asset::edit::Edit;
use crate::domain::library::asset::track::NewTrack;
use crate::jobs::promote;
use crate::media::Format;

macro_rules! bytes {
    ($($name:literal: $file:literal is $format:ident),* $(,)?) => {
        [$(Bytes { name: $name, filename: $file, format: Format::$format, bytes: include_bytes!(concat!("files/", $file)) }),*]
    };
}

struct Bytes {
    name: &'static str,
    filename: &'static str,
    format: Format,
    bytes: &'static [u8],
}

/// Tracks come before what they belong to.
const FILES: [Bytes; 10] = bytes![
    "counter": "counter.webp" is Webp,
    "path": "path.webp" is Webp,
    "stick": "stick.webp" is Webp,
    "stretch": "stretch.webp" is Webp,
    "nerys": "nerys.webp" is Webp,
    "tomasz": "tomasz.webp" is Webp,
    "captions-en": "heel-raises.en.vtt" is Vtt,
    "captions-de": "heel-raises.de.vtt" is Vtt,
    "chapters": "heel-raises.chapters.vtt" is Vtt,
    "heel-raises": "heel-raises.webm" is Webm,
];

#[derive(Deserialize)]
struct Words {
    file: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    alt: Option<String>,
    #[serde(default)]
    is_decorative: bool,
    caption: Option<String>,
    transcript: Option<String>,
    #[serde(default)]
    tracks: Vec<Track>,
}

#[derive(Deserialize)]
struct Track {
    file: String,
    kind: TrackKind,
    language: String,
    label: String,
}

/// The demo's files in the store.
pub(super) struct Stored(HashMap<&'static str, MediaObjectId>);

pub(super) async fn store(app: &App) -> Result<Stored, JobError> {
    let mut objects = HashMap::new();
    for file in FILES {
        objects.insert(file.name, promote::keep(app, file.format, file.bytes).await?);
    }
    Ok(Stored(objects))
}

/// The demo's assets by their names.
pub(super) type Assets = HashMap<&'static str, AssetId>;

pub(super) async fn write(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    then: Timestamp,
    stored: &Stored,
) -> Result<Assets> {
    let words: Words =
        toml::from_str(include_str!("files/files.toml")).expect("the demo is part of the program and tested");
    let mut words: HashMap<String, File> =
        words.file.into_iter().map(|file| (file.name.clone(), file)).collect();
    let mut assets = Assets::new();
    for file in FILES {
        let id = asset::adopt::adopt(tx, permit, then, file.filename, stored.0[file.name]).await?.id;
        if let Some(said) = words.remove(file.name) {
            asset::edit::edit(tx, permit, then, id, None, edit(said, &assets)).await?;
        }
        assets.insert(file.name, id);
    }
    Ok(assets)
}

fn edit(said: File, assets: &Assets) -> Edit {
    let track = |track: Track| NewTrack {
        file: id::format(assets[track.file.as_str()]),
        kind: track.kind,
        language: track.language,
        label: Some(track.label),
    };
    let tracks: Vec<NewTrack> = said.tracks.into_iter().map(track).collect();
    Edit {
        alt: set(said.alt),
        caption: set(said.caption),
        transcript: set(said.transcript),
        is_decorative: said.is_decorative.then_some(true),
        tracks: if tracks.is_empty() { Patch::Keep } else { Patch::Set(tracks) },
        ..Edit::default()
    }
}
