//! Where a file is used, and the text tracks that a recording has, as the team sees them.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, SimpleObject};
use entity::asset::Model;
use entity::asset_use::UsePlace;
use entity::{AssetId, DocumentId, text_track};

use super::shown::TextTrackKind;
use crate::domain::access::policy::{ReadDocuments, ReadMedia, Visible};
use crate::domain::content::document as documents;
use crate::domain::core::id;
use crate::domain::library::asset::usage::{self, Used, User};
use crate::domain::library::asset::{self as assets, track};
use crate::graphql::author::Author;
use crate::graphql::ctx;
use crate::graphql::document::Document;
use crate::graphql::error::Result;

/// How many uses of a file are listed.
const MOST: u64 = 50;

/// Where a file is used: by a document, an author or a recording.
#[derive(SimpleObject, Clone)]
pub struct AssetUse {
    /// What it is there.
    place: AssetPlace,
    /// The document that uses it, in its live, its newest or a scheduled revision. Null for other uses, and for a document
    /// that you may not see.
    document: Option<Document>,
    /// The author whose picture it is.
    author: Option<Author>,
    /// Id of the recording whose text track it is; null for one that you may not see.
    recording: Option<ID>,
    /// Whether the public sees it there.
    is_live: bool,
}

/// What a file is where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AssetPlace {
    /// The cover of a document.
    Cover,
    /// In the text of a document.
    Body,
    /// The picture of an author.
    Avatar,
    /// A video of a routine, or a clip of one of its exercises.
    Clip,
    /// A text track of a recording.
    Track,
}

/// A text track of a recording.
#[derive(SimpleObject, Clone)]
pub struct DeskTextTrack {
    /// Id of the asset that is the WebVTT file; null for one that you may not see.
    file: Option<ID>,
    /// What it is for.
    kind: TextTrackKind,
    /// Its language, a BCP 47 tag.
    language: String,
    /// What a player calls it.
    label: String,
}

/// Where a file is used.
pub async fn uses(context: &Context<'_>, id: AssetId) -> Result<Vec<AssetUse>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadMedia>()?;
    let found = usage::list(&ctx.db, &permit, id, MOST).await?;
    let (mut documents, mut recordings) = (Vec::new(), Vec::new());
    for used in &found {
        match used.by {
            User::Document { id, .. } => documents.push(id),
            User::Recording(id) => recordings.push(id),
            User::Author(_) => {}
        }
    }
    let documents = match ctx.viewer.permit::<ReadDocuments>() {
        Ok(permit) => documents::by_ids(&ctx.db, &permit, &documents).await?,
        Err(_) => Vec::new(),
    };
    let documents: HashMap<DocumentId, _> = documents.into_iter().map(|row| (row.id, row)).collect();
    let recordings = assets::visible(&ctx.db, &permit, recordings).await?;
    let catalog = ctx.fresh_catalog().await?;
    let shown = |used: Used| {
        let at =
            |place| AssetUse { place, document: None, author: None, recording: None, is_live: used.is_live };
        match used.by {
            User::Document { id, place } => AssetUse {
                document: documents.get(&id).cloned().map(Document::new),
                ..at(match place {
                    UsePlace::Cover => AssetPlace::Cover,
                    UsePlace::Body => AssetPlace::Body,
                    UsePlace::Clip => AssetPlace::Clip,
                })
            },
            User::Author(id) => {
                AssetUse { author: catalog.author(id).map(Author::new), ..at(AssetPlace::Avatar) }
            }
            User::Recording(asset) => {
                let recording = recordings.contains(&asset).then(|| id::format(asset).into());
                AssetUse { recording, ..at(AssetPlace::Track) }
            }
        }
    };
    Ok(found.into_iter().map(shown).collect())
}

pub async fn count(context: &Context<'_>, id: AssetId) -> Result<i32> {
    let ctx = ctx(context);
    let count = usage::count(&ctx.db, &ctx.viewer.permit::<ReadMedia>()?, id).await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// The text tracks of these files, in two statements.
pub async fn tracks(
    context: &Context<'_>,
    assets: &[&Visible<Model>],
) -> Result<HashMap<AssetId, Vec<DeskTextTrack>>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadMedia>()?;
    let found = track::list(&ctx.db, assets).await?;
    let files = found.values().flatten().map(|track| track.file_id).collect();
    let visible = assets::visible(&ctx.db, &permit, files).await?;
    let desk_track = |row: &Visible<text_track::Model>| DeskTextTrack {
        file: visible.contains(&row.file_id).then(|| id::format(row.file_id).into()),
        kind: row.kind.into(),
        language: row.language.clone(),
        label: row.label.clone(),
    };
    Ok(found.into_iter().map(|(id, tracks)| (id, tracks.iter().map(desk_track).collect())).collect())
}
