//! Assets for the team: the files of the library, with what is said about them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::AssetId;
use entity::asset::{AssetKind as Kind, AssetState as State, Model};
use entity::media_object::Model as Stored;

use super::ctx;
use super::error::Result;
use super::scalars::DateTime;
use super::upload::saturated;
use crate::domain::asset::url::{DESK_LIFETIME, Links};
use crate::domain::asset::{self as domain, object};
use crate::domain::id;
use crate::domain::policy::{ReadMedia, Visible};

mod desk;
mod edit;
mod image;

pub use desk::{AssetCount, MediaDesk};
pub use edit::AssetMutation;
use image::{AssetImage, ImageFit, ImageFormat, ImageRatio, Placeholder};

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
        image::image(context, &self.row, object, width, &image::Wish { ratio, fit, format }).transpose()
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
