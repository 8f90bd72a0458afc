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

/// One place in which a file is used: by a document, by an author or by a recording.
#[derive(SimpleObject, Clone)]
pub struct AssetUse {
    /// The way in which the file is used.
    place: AssetPlace,
    /// The document that uses the file in its live, newest or scheduled revision. Null for other uses, and for
    /// documents that the caller may not see.
    document: Option<Document>,
    /// The author whose picture the file is, if it is one.
    author: Option<Author>,
    /// The ID of the recording whose text track the file is. Null for other uses, and for recordings that the caller
    /// may not see.
    recording: Option<ID>,
    /// Whether the file is publicly visible in this place.
    is_live: bool,
}

/// The way in which a file is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AssetPlace {
    /// The file is the cover of a document.
    Cover,
    /// The text of a document embeds the file.
    Body,
    /// The file is the picture of an author.
    Avatar,
    /// The file is the video of a routine, or a clip of one of its exercises.
    Clip,
    /// A text track of a recording.
    Track,
}

/// A text track of a recording.
#[derive(SimpleObject, Clone)]
pub struct DeskTextTrack {
    /// The ID of the asset that is the WebVTT file. Null if the caller may not see it.
    file: Option<ID>,
    /// The kind of the track.
    kind: TextTrackKind,
    /// The language of the track, as a BCP 47 tag.
    language: String,
    /// The label that a player shows for the track.
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
