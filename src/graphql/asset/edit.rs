//! What the team says about a file, and its end.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::AssetId;

use super::shown::TextTrackKind;
use super::{DeskAsset, Tracks, with_objects};
use crate::domain::access::policy::ManageMedia;
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::domain::library::asset as domain;
use crate::domain::library::asset::delete::InUse;
use crate::domain::library::asset::edit::Edit;
use crate::domain::library::asset::track::NewTrack;
use crate::graphql::ctx;
use crate::graphql::error::{Result, UserError};
use crate::graphql::input::{map_patch, patch};
use crate::graphql::payload::{perform, refused};

/// A place in an image.
#[derive(InputObject)]
pub struct FocalPointInput {
    /// From the left, 0 to 1.
    x: f64,
    /// From the top, 0 to 1.
    y: f64,
}

/// What to change of an asset. An omitted field is left alone, null clears it.
#[derive(InputObject)]
pub struct UpdateAssetInput {
    /// `asset_…`
    asset: ID,
    /// The version that the changes are meant for; refused when it is no longer the newest.
    expected_version: Option<i32>,
    /// What stands for an image where it cannot be seen; one line, at most 1,000 characters.
    alt: MaybeUndefined<String>,
    /// Whether an image only decorates. Then it has no alternative text.
    is_decorative: Option<bool>,
    /// What is written below it; at most 1,000 characters.
    caption: MaybeUndefined<String>,
    /// What is said in a video or audio file; at most 200,000 characters. Nothing else has one.
    transcript: MaybeUndefined<String>,
    /// Whether nobody speaks in it.
    has_no_speech: Option<bool>,
    /// Where the subject of an image is; the middle when cleared.
    focal_point: MaybeUndefined<FocalPointInput>,
    /// Whether it is only served by signed URLs that end. What was public may stay in caches.
    is_private: Option<bool>,
    /// All text tracks of a video or audio file, at most 60, in the order in which players offer them.
    tracks: MaybeUndefined<Vec<TextTrackInput>>,
}

/// A text track of a recording.
#[derive(InputObject)]
pub struct TextTrackInput {
    /// `asset_…` of a WebVTT file.
    file: ID,
    /// What it is for. A recording has one of a kind in a language.
    kind: TextTrackKind,
    /// Its language, a BCP 47 tag.
    language: String,
    /// What a player calls it, at most 120 characters; the language without.
    label: Option<String>,
}

/// The asset that was changed.
#[derive(SimpleObject)]
pub struct UpdateAssetPayload {
    /// As it is now; null when the input was refused.
    asset: Option<DeskAsset>,
    /// What is wrong. Empty when it was changed.
    user_errors: Vec<UserError>,
}

/// Which asset to delete.
#[derive(InputObject)]
pub struct DeleteAssetInput {
    /// `asset_…`
    asset: ID,
    /// Delete it although it is used: it vanishes from everything that shows it. False without.
    force: Option<bool>,
}

/// The asset that was deleted.
#[derive(SimpleObject)]
pub struct DeleteAssetPayload {
    /// Its id; null when the input was refused.
    deleted_id: Option<ID>,
    /// What is wrong. Empty when it was deleted.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AssetMutation;

#[Object]
impl AssetMutation {
    /// Changes what is said about a file. Needs `media:write` or `content:write`.
    async fn update_asset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateAssetInput,
    ) -> Option<Result<UpdateAssetPayload>> {
        Some(update(context, input).await)
    }

    /// Deletes an asset that nothing uses, or any with `force`. Its URLs end at once, but for what caches keep; its bytes go with the next collection if nothing
    /// else shows them. Needs `media:write` or `content:write`.
    async fn delete_asset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteAssetInput,
    ) -> Option<Result<DeleteAssetPayload>> {
        Some(delete(context, &input).await)
    }
}

async fn update(context: &Context<'_>, input: UpdateAssetInput) -> Result<UpdateAssetPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageMedia>()?;
    let mut refusals = Refusals::default();
    let id: Option<AssetId> = id::parse_at(&input.asset, &["asset"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(UpdateAssetPayload { asset: None, user_errors });
    }
    let edit = Edit {
        alt: patch(input.alt),
        caption: patch(input.caption),
        transcript: patch(input.transcript),
        focal_point: map_patch(input.focal_point, |point| domain::edit::FocalPoint {
            x: point.x,
            y: point.y,
        }),
        is_decorative: input.is_decorative,
        has_no_speech: input.has_no_speech,
        is_private: input.is_private,
        tracks: map_patch(input.tracks, |tracks| tracks.into_iter().map(new_track).collect()),
    };
    let outcome = perform(context, async |tx| {
        domain::edit::edit(tx, &permit, ctx.now, id.expect("refused otherwise"), input.expected_version, edit)
            .await
    })
    .await?;
    Ok(match outcome {
        Ok(row) => {
            let asset = with_objects(context, vec![permit.wrote(row)], Tracks::WhenAsked).await?.pop();
            UpdateAssetPayload { asset, user_errors: Vec::new() }
        }
        Err(user_errors) => UpdateAssetPayload { asset: None, user_errors },
    })
}

fn new_track(track: TextTrackInput) -> NewTrack {
    NewTrack { file: track.file.0, kind: track.kind.into(), language: track.language, label: track.label }
}

async fn delete(context: &Context<'_>, input: &DeleteAssetInput) -> Result<DeleteAssetPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageMedia>()?;
    let mut refusals = Refusals::default();
    let id: Option<AssetId> = id::parse_at(&input.asset, &["asset"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(DeleteAssetPayload { deleted_id: None, user_errors });
    }
    let outcome = perform(context, async |tx| {
        let in_use = if input.force == Some(true) { InUse::Deleted } else { InUse::Kept };
        domain::delete::delete(tx, &permit, ctx.now, id.expect("refused otherwise"), in_use).await
    })
    .await?;
    Ok(match outcome {
        Ok(row) => {
            DeleteAssetPayload { deleted_id: Some(id::format(row.id).into()), user_errors: Vec::new() }
        }
        Err(user_errors) => DeleteAssetPayload { deleted_id: None, user_errors },
    })
}
