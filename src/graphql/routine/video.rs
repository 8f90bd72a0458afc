//! Videos of routines, and what structured data say of a routine.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject};
use serde_json::Value;

use crate::domain::core::id;
use crate::domain::library::asset::shown::Shown;
use crate::domain::library::asset::url::Named;
use crate::domain::richtext::Player;
use crate::domain::routine as domain;
use crate::domain::routine::rendering::VideoData;
use crate::graphql::asset::{Asset, links, seconds};
use crate::graphql::entry::{EntryNode, loaded};
use crate::graphql::error::Result;

/// A video or a part of one.
#[derive(SimpleObject)]
pub struct RoutineVideo {
    /// The file of the library, or null if it is not public.
    asset: Option<Asset>,
    /// The ID of the file, whether or not it is public.
    asset_id: Option<ID>,
    /// The URL of a video on another site.
    url: Option<String>,
    /// The start in seconds. Defaults to the start of the video, and for a part of the routine's video to the start of
    /// that.
    start: Option<i32>,
    /// The end in seconds. Defaults to the end of the video.
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
    let video_data = |video: &domain::Video| {
        let Some(id) = video.asset else {
            let url = video.url.clone()?;
            let is_page = Player::parse(&url).is_some();
            return Some(VideoData { url, length: None, is_page });
        };
        let asset = shown.get(&id)?;
        Some(VideoData {
            url: links(context).original(&Named::shown(asset)),
            length: asset.duration_ms.map(seconds),
            is_page: false,
        })
    };
    let more = node.with_rendering(routine, &plan, false, |rendering| rendering.structured(video_data));
    if let Some(data) = data.as_object_mut() {
        data.extend(more);
    }
    Ok(())
}
