//! Assets for the team: the library of files, and what is said about them.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::AssetId;
use entity::asset::{AssetKind as Kind, AssetState as State, Model};
use entity::media_object::Model as Stored;

use super::connection::{Paged, connection, page_args};
use super::ctx;
use super::error::{Result, UserError};
use super::input::{map_patch, patch};
use super::payload::{perform, refused};
use super::scalars::DateTime;
use super::upload::{self, Upload, saturated};
use crate::domain::asset::url::{DESK_LIFETIME, Links};
use crate::domain::asset::{self as domain, Edit, Filter, object};
use crate::domain::error::{self, ErrorCode, Refusals};
use crate::domain::id;
use crate::domain::keyset::{KeyKind, ListId, PageArgs, Slice};
use crate::domain::policy::{ManageMedia, ReadMedia, Visible};
mod image;

pub use image::{AssetImage, ImageFit, ImageFormat, ImageRatio, Placeholder};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum AssetKind {
    /// JPEG, PNG, WebP, AVIF or GIF.
    Image,
    /// MP4 or WebM.
    Video,
    /// MP3 or M4A.
    Audio,
    /// PDF.
    Document,
    /// WebVTT: captions, descriptions or chapters of a video.
    TextTrack,
}

/// Where an asset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum AssetState {
    /// The server looks at the file. It is a matter of seconds.
    Processing,
    /// It can be shown.
    Ready,
    /// It cannot be shown, and `rejection` says why.
    Rejected,
}

/// A file of the library, with what the team says about it.
pub struct DeskAsset {
    row: Visible<Model>,
    /// None until it is ready.
    object: Option<Visible<Stored>>,
}

impl DeskAsset {
    pub async fn find(context: &Context<'_>, id: AssetId) -> Result<Option<Self>> {
        let ctx = ctx(context);
        let permit = ctx.viewer.permit::<ReadMedia>()?;
        let Some(row) = domain::by_id(&ctx.db, &permit, id).await? else { return Ok(None) };
        Ok(Some(with_objects(context, vec![row]).await?.remove(0)))
    }
}

/// Every asset with what it shows, in one statement.
async fn with_objects(context: &Context<'_>, rows: Vec<Visible<Model>>) -> Result<Vec<DeskAsset>> {
    let mut objects = object::shown(&ctx(context).db, &rows.iter().collect::<Vec<_>>()).await?;
    Ok(rows.into_iter().map(|row| DeskAsset { object: objects.remove(&row.id), row }).collect())
}

/// A file of the library, with what the team says about it.
#[Object]
impl DeskAsset {
    /// Id of the asset.
    pub async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// What it is.
    async fn kind(&self) -> AssetKind {
        self.row.kind.into()
    }

    /// Where it stands.
    async fn state(&self) -> AssetState {
        self.row.state.into()
    }

    /// Why it was rejected, in a sentence.
    async fn rejection(&self) -> Option<&str> {
        self.row.rejection.as_deref()
    }

    /// What the file was called when it was uploaded.
    async fn filename(&self) -> &str {
        &self.row.filename
    }

    /// MIME type: as the server found it, or as it was announced until then.
    async fn mime_type(&self) -> &str {
        &self.row.mime_type
    }

    /// Size in bytes, as it is served.
    async fn byte_size(&self) -> i32 {
        saturated(self.row.byte_size)
    }

    /// SHA-256 of the bytes that are served, as 64 hexadecimal digits; null until it is ready.
    async fn sha256(&self) -> Option<String> {
        Some(object::hex(self.object.as_ref()?.digest.as_ref()?))
    }

    /// Width in pixels as it is shown, of images and videos.
    async fn width(&self) -> Option<i32> {
        self.object.as_ref()?.width
    }

    /// Height in pixels as it is shown, of images and videos.
    async fn height(&self) -> Option<i32> {
        self.object.as_ref()?.height
    }

    /// Length in seconds, of video, audio and text tracks.
    async fn duration_seconds(&self) -> Option<f64> {
        let millis = self.object.as_ref()?.duration_ms?;
        #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
        Some(millis as f64 / 1_000.0)
    }

    /// Whether an image moves. Its renditions show the first picture.
    async fn is_animated(&self) -> bool {
        self.object.as_ref().is_some_and(|object| object.is_animated)
    }

    /// Whether it is only served by signed URLs that end.
    async fn is_private(&self) -> bool {
        self.row.is_private
    }

    /// What stands for an image where it cannot be seen.
    async fn alt(&self) -> Option<&str> {
        self.row.alt.as_deref()
    }

    /// Whether an image only decorates, so that it needs no alternative text.
    async fn is_decorative(&self) -> bool {
        self.row.is_decorative
    }

    /// What is written below it.
    async fn caption(&self) -> Option<&str> {
        self.row.caption.as_deref()
    }

    /// What is said in a video or audio file.
    async fn transcript(&self) -> Option<&str> {
        self.row.transcript.as_deref()
    }

    /// Whether nobody speaks in it, so that it needs no captions.
    async fn has_no_speech(&self) -> bool {
        self.row.has_no_speech
    }

    /// Where the subject of an image is: crops keep it.
    async fn focal_point(&self) -> FocalPoint {
        let part = |thousandths: i32| f64::from(thousandths) / 1_000.0;
        FocalPoint { x: part(self.row.focal_x), y: part(self.row.focal_y) }
    }

    /// Where the file is served, without what was private in it; null until it is ready. The URL of a private file works for
    /// about an hour.
    async fn url(&self, context: &Context<'_>) -> Option<String> {
        Some(links(context).original(&self.row, self.object.as_ref()?))
    }

    /// What to show while an image loads.
    async fn placeholder(&self) -> Option<Placeholder> {
        Placeholder::of(self.object.as_ref()?)
    }

    /// The image in another size, proportion or format; null for what is no image, and until it is ready. It is made when
    /// it is first asked for, and never larger than the image itself.
    async fn image(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Width in pixels, one of the server's widths.")] width: i32,
        #[graphql(desc = "Proportions; ORIGINAL without.")] ratio: Option<ImageRatio>,
        #[graphql(desc = "What to do where they differ from the image's; COVER without.")] fit: Option<
            ImageFit,
        >,
        #[graphql(desc = "Format; WEBP without.")] format: Option<ImageFormat>,
    ) -> Option<Result<AssetImage>> {
        let object = self.object.as_ref()?;
        image::image(context, &self.row, object, width, image::Wish { ratio, fit, format }).transpose()
    }

    /// Goes up with every change.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it was uploaded.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }
}

/// Makes the URLs of this request.
fn links<'a>(context: &Context<'a>) -> Links<'a> {
    let ctx = ctx(context);
    Links::new(&ctx.base_url, &ctx.media.url_key, ctx.now, DESK_LIFETIME)
}

/// A place in an image.
#[derive(SimpleObject)]
pub struct FocalPoint {
    /// From the left, 0 to 1.
    x: f64,
    /// From the top, 0 to 1.
    y: f64,
}

/// Which assets to list. Conditions are joined by "and".
#[derive(Debug, Default, InputObject)]
pub struct AssetFilter {
    /// What the file is.
    kind: Option<AssetKind>,
    /// Where it stands.
    state: Option<AssetState>,
    /// Only private files, or only public ones.
    is_private: Option<bool>,
    /// Uploaded at this moment or later.
    uploaded_from: Option<DateTime>,
    /// Uploaded before this moment.
    uploaded_before: Option<DateTime>,
    /// Part of the name, the alternative text or the caption, whatever its case; at most 300 characters.
    text: Option<String>,
}

#[derive(Default)]
pub struct MediaDesk;

#[Object]
impl MediaDesk {
    /// The library of files, newest first. Needs `drafts:read`, `content:write` or `media:write`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn assets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which files.")] filter: Option<AssetFilter>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Option<Result<Paged<DeskAsset, AssetCount>>> {
        Some(list(context, filter, page_args(first, after, last, before)).await)
    }

    /// The file with this id.
    async fn asset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "`asset_…`")] id: ID,
    ) -> Option<Result<DeskAsset>> {
        one(context, &id).await.transpose()
    }

    /// One's own upload with this id, to go on with it. Needs `media:write` or `content:write`.
    async fn upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "`upload_…`")] id: ID,
    ) -> Option<Result<Upload>> {
        upload::desk(context, &id).await.transpose()
    }
}

async fn list(
    context: &Context<'_>,
    given: Option<AssetFilter>,
    args: PageArgs,
) -> Result<Paged<DeskAsset, AssetCount>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadMedia>()?;
    let given = given.unwrap_or_default();
    let filter = Filter {
        kind: given.kind.map(Into::into),
        state: given.state.map(Into::into),
        is_private: given.is_private,
        from: given.uploaded_from.map(|moment| moment.0),
        to: given.uploaded_before.map(|moment| moment.0),
        text: given.text.map(super::document::searched).transpose()?.filter(|text| !text.is_empty()),
    };
    let list = ListId::new(&format!("assets {filter:?}"));
    let page = args.page(list, KeyKind::Int)?;
    let Slice { rows, has_previous, has_next } = domain::list(&ctx.db, &permit, &filter, &page).await?;
    let positions: Vec<_> = rows.iter().map(|row| domain::position(row)).collect();
    let assets = with_objects(context, rows).await?;
    let rows = positions.into_iter().zip(assets).collect();
    Ok(connection(list, Slice { rows, has_previous, has_next }, AssetCount(filter)))
}

/// Counts a list of assets when it is asked to.
pub struct AssetCount(Filter);

#[Object]
impl AssetCount {
    /// How many assets the whole list has.
    async fn total_count(&self, context: &Context<'_>) -> Result<i32> {
        let ctx = ctx(context);
        Ok(saturated(domain::count(&ctx.db, &ctx.viewer.permit()?, &self.0).await?))
    }
}

async fn one(context: &Context<'_>, id: &str) -> Result<Option<DeskAsset>> {
    let Ok(id) = id::parse(id) else {
        return Ok(error::invalid("id", ErrorCode::InvalidId, "expected an id that starts with asset_")?);
    };
    DeskAsset::find(context, id).await
}

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
    /// What is said in a video or audio file; at most 200,000 characters.
    transcript: MaybeUndefined<String>,
    /// Whether nobody speaks in it.
    has_no_speech: Option<bool>,
    /// Where the subject of an image is; the middle when cleared.
    focal_point: MaybeUndefined<FocalPointInput>,
    /// Whether it is only served by signed URLs that end. What was public may stay in caches.
    is_private: Option<bool>,
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

    /// Deletes an asset. Its URLs end at once, but for what caches keep; its bytes go with the next collection if nothing
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
    if let Err(user_errors) = refused(refusals)? {
        return Ok(UpdateAssetPayload { asset: None, user_errors });
    }
    let edit = Edit {
        alt: patch(input.alt),
        caption: patch(input.caption),
        transcript: patch(input.transcript),
        focal_point: map_patch(input.focal_point, |point| domain::FocalPoint { x: point.x, y: point.y }),
        is_decorative: input.is_decorative,
        has_no_speech: input.has_no_speech,
        is_private: input.is_private,
    };
    let outcome = perform(context, async |tx| {
        domain::edit(tx, &permit, ctx.now, id.expect("refused otherwise"), input.expected_version, edit).await
    })
    .await?;
    Ok(match outcome {
        Ok(row) => {
            let asset = with_objects(context, vec![permit.wrote(row)]).await?.pop();
            UpdateAssetPayload { asset, user_errors: Vec::new() }
        }
        Err(user_errors) => UpdateAssetPayload { asset: None, user_errors },
    })
}

async fn delete(context: &Context<'_>, input: &DeleteAssetInput) -> Result<DeleteAssetPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageMedia>()?;
    let mut refusals = Refusals::default();
    let id: Option<AssetId> = id::parse_at(&input.asset, &["asset"], &mut refusals);
    if let Err(user_errors) = refused(refusals)? {
        return Ok(DeleteAssetPayload { deleted_id: None, user_errors });
    }
    let outcome = perform(context, async |tx| {
        domain::delete(tx, &permit, ctx.now, id.expect("refused otherwise")).await
    })
    .await?;
    Ok(match outcome {
        Ok(row) => {
            DeleteAssetPayload { deleted_id: Some(id::format(row.id).into()), user_errors: Vec::new() }
        }
        Err(user_errors) => DeleteAssetPayload { deleted_id: None, user_errors },
    })
}
