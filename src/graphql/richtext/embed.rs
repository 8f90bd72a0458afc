//! What a text embeds, typed and resolved.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject, Union};

use crate::domain::library::asset::shown::Shown;
use crate::domain::richtext::{Embed as Stored, EmbedTarget, Player, Service};
use crate::graphql::asset::Asset;
use crate::graphql::entry::{Entry, EntryNode};

/// What a directive of a text puts there.
#[derive(Union)]
pub enum Embed {
    Entry(EntryEmbed),
    Asset(AssetEmbed),
    Player(PlayerEmbed),
}

/// Another entry, written as `::post[slug]`, `::page[slug]` or `::routine[slug]` on a line of its own.
#[derive(SimpleObject)]
pub struct EntryEmbed {
    /// What the link leads to.
    kind: EmbedKind,
    /// The slug as it was written.
    slug: String,
    /// The entry in the same locale, while it is public.
    entry: Option<Entry>,
}

/// A file of the library, written as `::image[asset_…]`, `::audio[asset_…]` or `::video[asset_…]`, the last perhaps with the
/// id of an image after it.
#[derive(SimpleObject)]
pub struct AssetEmbed {
    /// The file, while it is public.
    asset: Option<Asset>,
    /// The image to show until a video plays.
    poster: Option<Asset>,
}

/// A video that somebody else serves, written as `::video[URL]`, perhaps with the id of an image after the URL.
#[derive(SimpleObject)]
pub struct PlayerEmbed {
    /// Who serves it.
    service: VideoService,
    /// Where a person watches it, without what tracks.
    url: String,
    /// What a frame shows. Make it after a click, so that the service learns nothing of readers who do not watch.
    embed_url: String,
    /// Where to begin, in seconds; it is part of both addresses.
    start_seconds: i32,
    /// The image to show instead of it.
    poster: Option<Asset>,
}

/// What an embed may lead to.
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

/// Who serves a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Service")]
pub enum VideoService {
    /// youtube.com
    Youtube,
    /// vimeo.com
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
