//! The files that a revision shows.

use entity::AssetId;
use entity::asset::AssetKind;

use super::kinds::Content;
use crate::domain::library::asset::usage::{At, Use};
use crate::domain::richtext::{self, Embed, Place};

/// What a revision uses, once its text was rendered.
pub fn of_rendered(content: &Content, embeds: &[Embed], places: &[Place]) -> Vec<Use> {
    let whole = |asset, at, kind| Use { asset, at, kind, from: None, until: None };
    let cover = content.entry().cover.map(|asset| whole(asset, At::Cover, AssetKind::Image));
    let in_text = embeds.iter().zip(places).flat_map(|(embed, &place)| {
        files_of(embed).map(move |(asset, kind)| whole(asset, At::Text(place), kind))
    });
    cover.into_iter().chain(in_text).chain(of_routine(content)).collect()
}

/// The videos of the library that a routine and its exercises show.
pub fn of_routine(content: &Content) -> Vec<Use> {
    let Content::Routine(content) = content else { return Vec::new() };
    let own = content.routine.video.as_ref().and_then(|video| video.asset);
    let videos = content.routine.videos().into_iter();
    videos
        .filter_map(|(path, video)| {
            // A clip without a file is a part of the routine's own.
            let asset = if video.is_elsewhere() { video.asset } else { own };
            let (at, kind) = (At::Clip(path), AssetKind::Video);
            Some(Use { asset: asset?, at, kind, from: video.start, until: video.end })
        })
        .collect()
}

/// The files of an embed, and what each has to be.
fn files_of(embed: &Embed) -> impl Iterator<Item = (AssetId, AssetKind)> + use<> {
    let first = match embed {
        Embed::Video { .. } => AssetKind::Video,
        Embed::Audio { .. } => AssetKind::Audio,
        Embed::Image { .. }
        | Embed::Player { .. }
        | Embed::Post { .. }
        | Embed::Page { .. }
        | Embed::Routine { .. } => AssetKind::Image,
    };
    // What comes after a video is its poster.
    embed.assets().zip(std::iter::once(first).chain(std::iter::repeat(AssetKind::Image)))
}

/// The same of a revision whose text is only looked through.
pub fn of_content(content: &Content) -> Vec<Use> {
    let (embeds, places) = richtext::embeds(&content.entry().body);
    of_rendered(content, &embeds, &places)
}
