//! Where a file is used, and the text tracks that a recording has, as the team sees them.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, SelectionField, SimpleObject};
use entity::asset::Model;
use entity::asset_use::UsePlace;
use entity::{AssetId, DocumentId, text_track};

use super::shown::TextTrackKind;
use crate::domain::asset::track;
use crate::domain::asset::usage::{self, Used, User};
use crate::domain::policy::{ReadDocuments, ReadMedia, Visible};
use crate::domain::{document as documents, id};
use crate::graphql::author::Author;
use crate::graphql::ctx;
use crate::graphql::document::Document;
use crate::graphql::error::Result;

/// How many uses of a file are listed.
const MOST: usize = 50;

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
    /// Id of the recording whose text track it is.
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
    /// A text track of a recording.
    Track,
}

/// Where one file is used.
#[derive(Default, Clone)]
pub struct Uses {
    pub count: i32,
    pub listed: Vec<AssetUse>,
}

/// A text track of a recording.
#[derive(SimpleObject, Clone)]
pub struct DeskTextTrack {
    /// Id of the asset that is the WebVTT file.
    file: ID,
    /// What it is for.
    kind: TextTrackKind,
    /// Its language, a BCP 47 tag.
    language: String,
    /// What a player calls it.
    label: String,
}

/// What is to be read along with files.
#[derive(Default, Clone, Copy)]
pub struct Parts {
    pub uses: bool,
    pub tracks: bool,
}

impl Parts {
    pub fn of<'a>(selections: impl IntoIterator<Item = SelectionField<'a>>) -> Self {
        let mut parts = Self::default();
        for field in selections {
            match field.name() {
                "usedBy" | "useCount" => parts.uses = true,
                "tracks" => parts.tracks = true,
                _ => {}
            }
        }
        parts
    }
}

/// Where these files are used, in a fixed number of statements.
pub async fn uses(context: &Context<'_>, assets: &[AssetId]) -> Result<HashMap<AssetId, Uses>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadMedia>()?;
    let found = usage::list(&ctx.db, &permit, assets).await?;
    let first = |uses: &[Used]| uses.iter().take(MOST).cloned().collect::<Vec<_>>();
    let document = |used: Used| match used.by {
        User::Document { id, .. } => Some(id),
        User::Author(_) | User::Recording(_) => None,
    };
    let ids: Vec<DocumentId> = found.values().flat_map(|uses| first(uses)).filter_map(document).collect();
    let documents = match ctx.viewer.permit::<ReadDocuments>() {
        Ok(permit) => documents::by_ids(&ctx.db, &permit, &ids).await?,
        Err(_) => Vec::new(),
    };
    let documents: HashMap<DocumentId, _> = documents.into_iter().map(|row| (row.id, row)).collect();
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
                })
            },
            User::Author(id) => {
                AssetUse { author: catalog.author(id).map(Author::new), ..at(AssetPlace::Avatar) }
            }
            User::Recording(id) => {
                AssetUse { recording: Some(id::format(id).into()), ..at(AssetPlace::Track) }
            }
        }
    };
    Ok(found
        .into_iter()
        .map(|(asset, uses)| {
            let count = i32::try_from(uses.len()).unwrap_or(i32::MAX);
            (asset, Uses { count, listed: first(&uses).into_iter().map(shown).collect() })
        })
        .collect())
}

/// The text tracks of these files, in one statement.
pub async fn tracks(
    context: &Context<'_>,
    assets: &[&Visible<Model>],
) -> Result<HashMap<AssetId, Vec<DeskTextTrack>>> {
    let found = track::list(&ctx(context).db, assets).await?;
    Ok(found.into_iter().map(|(id, tracks)| (id, tracks.iter().map(desk_track).collect())).collect())
}

fn desk_track(row: &Visible<text_track::Model>) -> DeskTextTrack {
    DeskTextTrack {
        file: id::format(row.file_id).into(),
        kind: row.kind.into(),
        language: row.language.clone(),
        label: row.label.clone(),
    }
}
