//! What the name and the argument of a directive mean together.

use entity::AssetId;

use super::fault::DirectiveFaultKind;
use crate::domain::core::id;
use crate::domain::core::slug::is_slug;
use crate::domain::richtext::embed::Embed;
use crate::domain::richtext::player::Player;

/// Whether there is such a directive.
pub(super) fn is_known(name: &str) -> bool {
    matches!(name, "post" | "page" | "routine" | "image" | "audio" | "video")
}

/// `name` is one of those that are known.
pub(super) fn embed(name: &str, argument: &str) -> Result<Embed, DirectiveFaultKind> {
    match name {
        "post" => slug(name, argument).map(|slug| Embed::Post { slug }),
        "page" => slug(name, argument).map(|slug| Embed::Page { slug }),
        "routine" => slug(name, argument).map(|slug| Embed::Routine { slug }),
        "image" => asset(name, argument).map(|asset| Embed::Image { asset }),
        "audio" => asset(name, argument).map(|asset| Embed::Audio { asset }),
        _ => video(name, argument),
    }
}

fn slug(name: &str, argument: &str) -> Result<String, DirectiveFaultKind> {
    if is_slug(argument) {
        return Ok(argument.to_owned());
    }
    Err(DirectiveFaultKind::InvalidSlug { name: name.to_owned(), slug: argument.to_owned() })
}

fn asset(name: &str, argument: &str) -> Result<AssetId, DirectiveFaultKind> {
    let invalid =
        |_| DirectiveFaultKind::InvalidAsset { name: name.to_owned(), argument: argument.to_owned() };
    id::parse(argument).map_err(invalid)
}

/// A video of the library or elsewhere, and perhaps an image to show until it plays.
fn video(name: &str, argument: &str) -> Result<Embed, DirectiveFaultKind> {
    let (video, poster) = match argument.split_once(' ') {
        Some((video, poster)) => (video, Some(asset(name, poster.trim())?)),
        None => (argument, None),
    };
    if !video.contains(':') {
        return Ok(Embed::Video { asset: asset(name, video)?, poster });
    }
    let player = Player::parse(video)
        .ok_or_else(|| DirectiveFaultKind::UnknownPlayer { argument: video.to_owned() })?;
    Ok(Embed::Player { player, poster })
}
