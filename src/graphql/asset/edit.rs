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

/// A point in an image.
#[derive(InputObject)]
pub struct FocalPointInput {
    /// The horizontal position: 0 is the left edge and 1 the right edge.
    x: f64,
    /// The vertical position: 0 is the top edge and 1 the bottom edge.
    y: f64,
}

/// The properties of an asset to change. A field that is omitted is not changed, and a field that is `null` is cleared.
#[derive(InputObject)]
pub struct UpdateAssetInput {
    /// The ID of the asset (`asset_…`).
    asset: ID,
    /// The version that the changes are based on. If the asset has a newer version, the mutation is refused with the
    /// code `CONFLICT`.
    expected_version: Option<i32>,
    /// The alternative text of an image: one line of at most 1,000 characters.
    alt: MaybeUndefined<String>,
    /// Whether the image is decorative. A decorative image has no alternative text.
    is_decorative: Option<bool>,
    /// The caption, at most 1,000 characters.
    caption: MaybeUndefined<String>,
    /// The transcript of a video or audio file, at most 200,000 characters. Other files cannot have one.
    transcript: MaybeUndefined<String>,
    /// Whether the recording contains no speech.
    has_no_speech: Option<bool>,
    /// The point of an image that crops keep in view. Defaults to the centre.
    focal_point: MaybeUndefined<FocalPointInput>,
    /// Whether the file is served only by signed URLs that expire. Copies of a file that was public may remain in
    /// caches.
    is_private: Option<bool>,
    /// All text tracks of a video or audio file, at most 60, in the order in which players offer them.
    tracks: MaybeUndefined<Vec<TextTrackInput>>,
}

/// A text track of a recording.
#[derive(InputObject)]
pub struct TextTrackInput {
    /// The ID of the asset (`asset_…`) that is the WebVTT file.
    file: ID,
    /// The kind of the track. A recording can have one track of each kind in each language.
    kind: TextTrackKind,
    /// The language of the track, as a BCP 47 tag.
    language: String,
    /// The label that a player shows, at most 120 characters. Defaults to the name of the language.
    label: Option<String>,
}

/// The result of changing an asset.
#[derive(SimpleObject)]
pub struct UpdateAssetPayload {
    /// The object after the change, or null if the input was refused.
    asset: Option<DeskAsset>,
    /// The problems with the input. Empty if the asset was changed.
    user_errors: Vec<UserError>,
}

/// Deletes a file.
#[derive(InputObject)]
pub struct DeleteAssetInput {
    /// The ID of the asset (`asset_…`).
    asset: ID,
    /// Whether to delete the file even if it is used. It then disappears from everything that shows it. Defaults to
    /// false.
    force: Option<bool>,
}

/// The result of deleting a file.
#[derive(SimpleObject)]
pub struct DeleteAssetPayload {
    /// The ID of the deleted object, or null if the input was refused.
    deleted_id: Option<ID>,
    /// The problems with the input. Empty if the object was deleted.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AssetMutation;

#[Object]
impl AssetMutation {
    /// Changes the texts and properties of a file. Requires the scope `media:write` or `content:write`.
    async fn update_asset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateAssetInput,
    ) -> Option<Result<UpdateAssetPayload>> {
        Some(update(context, input).await)
    }

    /// Deletes a file that is not used, or any file with `force`. Its URLs stop working at once, except for copies in
    /// caches. Its bytes are removed by the next nightly collection, unless another asset has the same ones. Requires
    /// the scope `media:write` or `content:write`.
    async fn delete_asset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object that the mutation changes.")] input: DeleteAssetInput,
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
