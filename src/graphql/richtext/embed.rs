//! What a text embeds, typed and resolved.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject, Union};

use crate::domain::library::asset::shown::Shown;
use crate::domain::richtext::{Embed as Stored, EmbedTarget, Player, Service};
use crate::graphql::asset::Asset;
use crate::graphql::entry::{Entry, EntryNode};

/// What a directive in a text embeds.
#[derive(Union)]
pub enum Embed {
    Entry(EntryEmbed),
    Asset(AssetEmbed),
    Player(PlayerEmbed),
}

/// Another entry, embedded with `::post[slug]`, `::page[slug]` or `::routine[slug]` on a line of its own.
#[derive(SimpleObject)]
pub struct EntryEmbed {
    /// The kind of the embedded entry.
    kind: EmbedKind,
    /// The slug as it is written in the text.
    slug: String,
    /// The embedded entry in the same language, or null if it is not public.
    entry: Option<Entry>,
}

/// A file of the library that a text embeds with `::image[asset_…]`, `::audio[asset_…]` or `::video[asset_…]`. A video
/// may name a second asset, an image, as its poster.
#[derive(SimpleObject)]
pub struct AssetEmbed {
    /// The file, or null if it is no longer public.
    asset: Option<Asset>,
    /// The image to show until the video plays.
    poster: Option<Asset>,
}

/// A video of another service, embedded with `::video[URL]`. The ID of an image may follow the URL as a poster.
#[derive(SimpleObject)]
pub struct PlayerEmbed {
    /// The service that serves the video.
    service: VideoService,
    /// The URL of the page on which the video can be watched, without tracking parameters.
    url: String,
    /// The URL for an `iframe`. Create the frame only after a click, so that the service learns nothing about readers
    /// who do not watch.
    embed_url: String,
    /// The time at which playback starts, in seconds. It is part of both URLs.
    start_seconds: i32,
    /// The image to show in place of the player.
    poster: Option<Asset>,
}

/// The kind of entry that an embed links to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "EmbedTarget")]
pub enum EmbedKind {
    /// A post.
    Post,
    /// A page.
    Page,
    /// A routine.
    Routine,
}

/// A service that serves videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Service")]
pub enum VideoService {
    /// `youtube.com`.
    Youtube,
    /// `vimeo.com`.
    Vimeo,
}

impl Embed {
    pub fn new(stored: &Stored, entry: Option<&Arc<EntryNode>>, shown: &Shown) -> Self {
        let asset = |id| shown.get(id).cloned().map(Asset::new);
        let of_entry = |kind: EmbedTarget, slug: &String| {
            let entry = entry.cloned().map(Entry::new);
            Self::Entry(EntryEmbed { kind: kind.into(), slug: slug.clone(), entry })
        };
        match stored {
            Stored::Post { slug } => of_entry(EmbedTarget::Post, slug),
            Stored::Page { slug } => of_entry(EmbedTarget::Page, slug),
            Stored::Routine { slug } => of_entry(EmbedTarget::Routine, slug),
            Stored::Image { asset: id } | Stored::Audio { asset: id } => {
                Self::Asset(AssetEmbed { asset: asset(id), poster: None })
            }
            Stored::Video { asset: id, poster } => {
                Self::Asset(AssetEmbed { asset: asset(id), poster: poster.as_ref().and_then(asset) })
            }
            Stored::Player { player, poster } => {
                Self::Player(player_embed(player, poster.as_ref().and_then(asset)))
            }
        }
    }
}

fn player_embed(player: &Player, poster: Option<Asset>) -> PlayerEmbed {
    PlayerEmbed {
        service: player.service.into(),
        url: player.url(),
        embed_url: player.embed_url(),
        start_seconds: i32::try_from(player.start).unwrap_or(i32::MAX),
        poster,
    }
}
