//! Whether a file may be shown in public, and its row there if it may.
//!
//! What cannot be seen needs words and what cannot be heard does too (WCAG 2.2, 1.1.1, 1.2.1 and 1.2.2): an image has
//! an alternative text or only decorates; a recording has captions or a transcript, or nobody speaks in it.

use entity::asset::{AssetKind, AssetState, Model};
use entity::media_object::Model as Object;
use entity::shown_asset;
use entity::text_track::TrackKind;

use super::track::ShownTrack;
use super::url::{original_name, version_of};
use crate::domain::core::error::ErrorCode;
use crate::domain::core::id;

/// Why a file may not be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// It is still looked at, or was rejected.
    NotReady,
    Private,
    NoAlt,
    NoCaptions,
}

impl Obstacle {
    pub fn code(self) -> ErrorCode {
        match self {
            Self::NotReady => ErrorCode::NotReady,
            // Whoever may not know of a private file learns nothing from this.
            Self::Private => ErrorCode::NotFound,
            Self::NoAlt => ErrorCode::AltRequired,
            Self::NoCaptions => ErrorCode::CaptionsRequired,
        }
    }

    /// In a sentence for whoever publishes.
    pub fn message(self, asset: &Model) -> String {
        let (id, name) = (id::format(asset.id), &asset.filename);
        match self {
            Self::NotReady => format!("{name} ({id}) is not ready to be shown"),
            Self::Private => no_such_file(&id),
            Self::NoAlt => {
                format!(
                    "{name} ({id}) needs an alternative text (alt), or isDecorative where it says nothing"
                )
            }
            Self::NoCaptions => format!(
                "{name} ({id}) needs captions (tracks) or a transcript, or hasNoSpeech where nobody speaks"
            ),
        }
    }
}

pub fn no_such_file(id: &str) -> String {
    format!("there is no file {id} that entries may show; private ones they may not")
}

/// The public's row of a file, without a look at its words. None while it cannot be shown at all.
pub fn row(
    asset: &Model,
    object: Option<&Object>,
    tracks: &[ShownTrack],
) -> Result<shown_asset::Model, Obstacle> {
    // First of all: of a private file nobody learns whether it is ready.
    if asset.is_private {
        return Err(Obstacle::Private);
    }
    let Some(object) = object.filter(|_| asset.state == AssetState::Ready) else {
        return Err(Obstacle::NotReady);
    };
    Ok(shown_asset::Model {
        id: asset.id,
        kind: asset.kind,
        name: original_name(&asset.filename, &object.mime_type),
        version: version_of(object),
        mime_type: object.mime_type.clone(),
        byte_size: object.byte_size,
        width: object.width,
        height: object.height,
        duration_ms: object.duration_ms,
        is_animated: object.is_animated,
        alt: asset.alt.clone().filter(|_| !asset.is_decorative),
        caption: asset.caption.clone(),
        transcript: asset.transcript.clone(),
        focal_x: asset.focal_x,
        focal_y: asset.focal_y,
        thumbhash: object.thumbhash.clone(),
        color: object.color,
        samples: object.samples,
        decoding: object.decoding,
        tracks: serde_json::to_value(tracks).expect("plain data"),
        updated_at: asset.updated_at,
    })
}

/// The text that the file needs and does not have.
pub fn missing_text(asset: &Model, object: &Object, tracks: &[ShownTrack]) -> Option<Obstacle> {
    match asset.kind {
        AssetKind::Image => (asset.alt.is_none() && !asset.is_decorative).then_some(Obstacle::NoAlt),
        AssetKind::Video | AssetKind::Audio => {
            let has_words = asset.transcript.is_some()
                || tracks.iter().any(|track| track.kind == TrackKind::Captions)
                || asset.has_no_speech
                || !object.has_sound;
            (!has_words).then_some(Obstacle::NoCaptions)
        }
        AssetKind::Document | AssetKind::TextTrack => None,
    }
}
