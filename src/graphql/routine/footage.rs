//! Videos of routines, and what structured data say of a routine.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject};
use serde_json::Value;

use crate::domain::core::id;
use crate::domain::library::asset::shown::Shown;
use crate::domain::library::asset::url::Named;
use crate::domain::richtext::Player;
use crate::domain::routine as domain;
use crate::domain::routine::rendering::Footage;
use crate::graphql::asset::{Asset, links, seconds};
use crate::graphql::entry::{EntryNode, loaded};
use crate::graphql::error::Result;

/// A video, or a part of one.
#[derive(SimpleObject)]
pub struct RoutineVideo {
    /// A file of the library, while it is public.
    asset: Option<Asset>,
    /// The id of that file, whether it is public or not.
    asset_id: Option<ID>,
    /// Where it is otherwise.
    url: Option<String>,
    /// Where to begin, in seconds; the beginning without. A part of the routine's video begins where that does.
    start: Option<i32>,
    /// Where to end, in seconds; the end without.
    end: Option<i32>,
}

impl RoutineVideo {
    pub fn new(shown: &Shown, video: &domain::Video) -> Self {
        let asset = video.asset.and_then(|id| shown.get(&id).cloned()).map(Asset::new);
        Self {
            asset,
            asset_id: video.asset.map(|id| id::format(id).into()),
            url: video.url.clone(),
            start: video.start,
            end: video.end,
        }
    }
}

/// Adds what only a routine has to the structured data of an entry; nothing for other kinds.
pub fn add_structured(node: &Arc<EntryNode>, context: &Context<'_>, data: &mut Value) -> Result<()> {
    let Some(routine) = &node.row().routine else { return Ok(()) };
    let shown = loaded(node.links().assets.as_ref())?;
    let plan = routine.plan();
    let footage = |video: &domain::Video| {
        let Some(id) = video.asset else {
            let url = video.url.clone()?;
            let is_page = Player::parse(&url).is_some();
            return Some(Footage { url, length: None, is_page });
        };
        let asset = shown.get(&id)?;
        Some(Footage {
            url: links(context).original(&Named::shown(asset)),
            length: asset.duration_ms.map(seconds),
            is_page: false,
        })
    };
    let more = node.with_sheet(routine, &plan, false, |sheet| sheet.structured(footage));
    if let Some(data) = data.as_object_mut() {
        data.extend(more);
    }
    Ok(())
}
