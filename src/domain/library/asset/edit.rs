//! What the team says about an asset: the words that stand for it, and where its subject is.

use std::collections::BTreeSet;

use entity::asset::{AssetKind, Model};
use entity::{AssetId, Timestamp};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};

use super::shown::{self, Needed};
use super::track::{self, NewTrack};
use super::{lock, search_key_of};
use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id as ids;
use crate::domain::core::patch::Patch;
use crate::domain::core::text::{self, Limit, Lines};
use crate::domain::journal::{audit, change};

const ALT: Limit = Limit { characters: 1_000, lines: Lines::One };
const CAPTION: Limit = Limit { characters: 1_000, lines: Lines::Many };
const TRANSCRIPT: Limit = Limit { characters: 200_000, lines: Lines::Many };

/// Changes to an asset. What is kept stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub alt: Patch<String>,
    pub caption: Patch<String>,
    pub transcript: Patch<String>,
    pub focal_point: Patch<FocalPoint>,
    pub is_decorative: Option<bool>,
    pub has_no_speech: Option<bool>,
    pub is_private: Option<bool>,
    /// All text tracks of a recording, in order.
    pub tracks: Patch<Vec<NewTrack>>,
}

/// Where the subject of an image is, from 0 at the left and at the top to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FocalPoint {
    pub x: f64,
    pub y: f64,
}

impl FocalPoint {
    /// In thousandths.
    fn parse(self, refusals: &mut Refusals) -> Option<(i32, i32)> {
        let mut part = |value: f64, name: &str| {
            let is_good = (0.0..=1.0).contains(&value);
            if !is_good {
                refusals.push(&["focalPoint", name], ErrorCode::OutOfRange, "0 to 1");
            }
            #[expect(clippy::cast_possible_truncation, reason = "0 to 1,000")]
            is_good.then(|| (value * 1_000.0).round() as i32)
        };
        part(self.x, "x").zip(part(self.y, "y"))
    }
}

pub async fn edit(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    now: Timestamp,
    id: AssetId,
    expected_version: Option<i32>,
    edit: Edit,
) -> Result<Model> {
    let tracks = match &edit.tracks {
        Patch::Set(tracks) => tracks.as_slice(),
        Patch::Keep | Patch::Clear => &[],
    };
    shown::lock_family(tx, id, tracks.iter().filter_map(|track| ids::parse(&track.file).ok())).await?;
    let before = lock(tx, permit, id, &["asset"]).await?;
    let mut family = shown::recordings_of(tx, &BTreeSet::from([id])).await?;
    family.insert(id);
    // What lacks its words already, because somebody insisted, may be changed all the same.
    let with_obstacles = shown::with_obstacles(tx, &family).await?;
    let mut needed = Needed { ids: family.difference(&with_obstacles).copied().collect(), field: "asset" };
    if expected_version.is_some_and(|version| version != before.version) {
        let message = format!("the asset was changed meanwhile and is at version {}", before.version);
        return refuse(&["expectedVersion"], ErrorCode::Conflict, message);
    }
    let mut refusals = Refusals::default();
    let mut after = before.clone();
    let has_words = matches!(edit.transcript, Patch::Set(_));
    edit.alt.apply(&mut after.alt, |given| text::check(&given, ALT, &["alt"], &mut refusals));
    edit.caption.apply(&mut after.caption, |given| text::check(&given, CAPTION, &["caption"], &mut refusals));
    edit.transcript.apply(&mut after.transcript, |given| {
        text::check(&given, TRANSCRIPT, &["transcript"], &mut refusals)
    });
    let mut focal = Some((before.focal_x, before.focal_y));
    edit.focal_point.apply(&mut focal, |point| point.parse(&mut refusals));
    (after.focal_x, after.focal_y) = focal.unwrap_or((super::MIDDLE, super::MIDDLE));
    after.is_decorative = edit.is_decorative.unwrap_or(before.is_decorative);
    after.has_no_speech = edit.has_no_speech.unwrap_or(before.has_no_speech);
    after.is_private = edit.is_private.unwrap_or(before.is_private);
    if after.is_private && !before.is_private {
        // Not this: it would leave the public without the file.
        needed.ids.insert(id);
    }
    if after.is_decorative && after.alt.is_some() {
        let message =
            "an image that only decorates has no alternative text: clear alt, or unset isDecorative";
        refusals.push(&["isDecorative"], ErrorCode::Invalid, message);
    }
    let is_recording = matches!(before.kind, AssetKind::Video | AssetKind::Audio);
    for (name, is_given) in [("transcript", has_words), ("hasNoSpeech", edit.has_no_speech == Some(true))] {
        if is_given && !is_recording {
            refusals.push(&[name], ErrorCode::Invalid, "only video and audio files have words to hear");
        }
    }
    let tracks = match edit.tracks {
        Patch::Keep => None,
        Patch::Clear => Some(Vec::new()),
        Patch::Set(wanted) => Some(track::check(tx, permit, &after, &wanted, &mut refusals).await?),
    };
    refusals.finish()?;
    after.search_key = search_key_of(&after.filename, after.alt.as_deref(), after.caption.as_deref());
    let mut fields = changed(&before, &after);
    if let Some(tracks) = tracks
        && track::set(tx, id, tracks).await?
    {
        fields.push("tracks");
    }
    if fields.is_empty() {
        return Ok(before);
    }
    audit::record(tx, now, permit.actor(), "updateAsset", Some(ids::format(id)), &fields).await?;
    let mut row = before.into_active_model();
    row.alt = Set(after.alt);
    row.caption = Set(after.caption);
    row.transcript = Set(after.transcript);
    row.search_key = Set(after.search_key);
    row.focal_x = Set(after.focal_x);
    row.focal_y = Set(after.focal_y);
    row.is_decorative = Set(after.is_decorative);
    row.has_no_speech = Set(after.has_no_speech);
    row.is_private = Set(after.is_private);
    row.version = Set(after.version + 1);
    row.updated_at = Set(now);
    let asset = row.update(tx).await?;
    let changes = shown::refresh(tx, now, family, &needed).await?;
    change::append(tx, now, changes).await?;
    Ok(asset)
}

fn changed(before: &Model, after: &Model) -> Vec<&'static str> {
    let focal = |asset: &Model| (asset.focal_x, asset.focal_y);
    [
        ("alt", before.alt != after.alt),
        ("caption", before.caption != after.caption),
        ("transcript", before.transcript != after.transcript),
        ("focalPoint", focal(before) != focal(after)),
        ("isDecorative", before.is_decorative != after.is_decorative),
        ("hasNoSpeech", before.has_no_speech != after.has_no_speech),
        ("isPrivate", before.is_private != after.is_private),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}
