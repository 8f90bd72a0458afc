//! Assets for the team: the files of the library, with what is said about them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::AssetId;
use entity::asset::{AssetKind as Kind, AssetState as State, Model};
use entity::media_object::Model as Stored;

use super::ctx;
use super::error::Result;
use super::scalars::DateTime;
use super::upload::saturated;
use crate::domain::access::policy::{ReadMedia, Visible};
use crate::domain::core::id;
use crate::domain::library::asset::image::Picture;
use crate::domain::library::asset::url::{DESK_LIFETIME, Links, Named};
use crate::domain::library::asset::{self as domain, object};

mod desk;
mod edit;
mod image;
mod shown;
mod usage;

pub use desk::{AssetCount, MediaDesk};
pub use edit::AssetMutation;
use image::{AssetImage, ImageFit, ImageFormat, ImageRatio, Placeholder, Wish};
pub use shown::{Asset, social_url};
use usage::{AssetUse, DeskTextTrack};

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
    /// Its text tracks, if they were wanted.
    tracks: Option<Vec<DeskTextTrack>>,
}

impl DeskAsset {
    pub async fn find(context: &Context<'_>, id: AssetId) -> Result<Option<Self>> {
        let ctx = ctx(context);
        let permit = ctx.viewer.permit::<ReadMedia>()?;
        let Some(row) = domain::by_id(&ctx.db, &permit, id).await? else { return Ok(None) };
        Ok(with_objects(context, vec![row], Tracks::WhenAsked).await?.pop())
    }
}

/// Whether text tracks are read for all files of a page together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tracks {
    Together,
    WhenAsked,
}

/// Every asset with what it shows, in a fixed number of statements.
async fn with_objects(
    context: &Context<'_>,
    rows: Vec<Visible<Model>>,
    tracks: Tracks,
) -> Result<Vec<DeskAsset>> {
    let all: Vec<&Visible<Model>> = rows.iter().collect();
    let mut objects = object::shown(&ctx(context).db, &all).await?;
    let mut of_all = match tracks {
        Tracks::Together => Some(usage::tracks(context, &all).await?),
        Tracks::WhenAsked => None,
    };
    let asset = |row: Visible<Model>| DeskAsset {
        object: objects.remove(&row.id),
        tracks: of_all.as_mut().map(|tracks| tracks.remove(&row.id).unwrap_or_default()),
        row,
    };
    Ok(rows.into_iter().map(asset).collect())
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
        self.object.as_ref()?.duration_ms.map(seconds)
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
        focal_point(self.row.focal_x, self.row.focal_y)
    }

    /// Captions, subtitles, descriptions and chapters of a video or audio file, in the order in which players offer them.
    async fn tracks(&self, context: &Context<'_>) -> Result<Vec<DeskTextTrack>> {
        match &self.tracks {
            Some(tracks) => Ok(tracks.clone()),
            None => Ok(usage::tracks(context, &[&self.row]).await?.remove(&self.row.id).unwrap_or_default()),
        }
    }

    /// Where it is used, at most 50 places: in documents' live, newest and scheduled revisions, as the picture of an author,
    /// as a text track. What is used is deleted with `force` only.
    async fn used_by(&self, context: &Context<'_>) -> Result<Vec<AssetUse>> {
        usage::uses(context, self.row.id).await
    }

    /// In how many places it is used.
    async fn use_count(&self, context: &Context<'_>) -> Result<i32> {
        usage::count(context, self.row.id).await
    }

    /// Where the file is served, without what was private in it; null until it is ready. The URL of a private file works for
    /// about an hour.
    async fn url(&self, context: &Context<'_>) -> Option<String> {
        Some(links(context).original(&Named::of(&self.row, self.object.as_ref()?)))
    }

    /// What to show while an image loads.
    async fn placeholder(&self) -> Option<Placeholder> {
        let object = self.object.as_ref()?;
        Placeholder::new(object.thumbhash.as_deref(), object.color)
    }

    /// The image in another size, proportion or format; null for what is no image, until it is ready, and for an image that
    /// takes more memory than `media_memory` in every width. It is made when it is first asked for. It is never larger than the
    /// image itself, and in the next smaller of the server's widths where the width asked for takes too much memory.
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
        let picture = Picture::of(&self.row, object)?;
        let wish = Wish { width, ratio, fit, format };
        image::image(context, &Named::of(&self.row, object), &picture, &wish).transpose()
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
pub fn links<'a>(context: &Context<'a>) -> Links<'a> {
    let ctx = ctx(context);
    Links::new(&ctx.base_url, &ctx.media.url_key, ctx.now, DESK_LIFETIME)
}

pub fn seconds(millis: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
    let exact = millis as f64;
    exact / 1_000.0
}

/// From thousandths.
fn focal_point(x: i32, y: i32) -> FocalPoint {
    let part = |thousandths: i32| f64::from(thousandths) / 1_000.0;
    FocalPoint { x: part(x), y: part(y) }
}

/// A place in an image.
#[derive(SimpleObject)]
pub struct FocalPoint {
    /// From the left, 0 to 1.
    x: f64,
    /// From the top, 0 to 1.
    y: f64,
}
