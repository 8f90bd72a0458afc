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

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum AssetKind {
    /// A JPEG, PNG, WebP, AVIF or GIF image.
    Image,
    /// An MP4 or WebM video.
    Video,
    /// An MP3 or M4A recording.
    Audio,
    /// A PDF document.
    Document,
    /// A WebVTT file with captions, subtitles, descriptions or chapters.
    TextTrack,
}

/// The state of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum AssetState {
    /// The server is checking the file, which takes a few seconds.
    Processing,
    /// The file can be shown.
    Ready,
    /// The file was rejected. The field `rejection` contains the reason.
    Rejected,
}

/// A file of the media library as the team sees it. `Asset` is the same file as the public sees it.
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

/// A file of the media library as the team sees it. `Asset` is the same file as the public sees it.
#[Object]
impl DeskAsset {
    /// The ID of the asset.
    pub async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// The kind of the file.
    async fn kind(&self) -> AssetKind {
        self.row.kind.into()
    }

    /// The state of the asset.
    async fn state(&self) -> AssetState {
        self.row.state.into()
    }

    /// The reason for which the file was rejected.
    async fn rejection(&self) -> Option<&str> {
        self.row.rejection.as_deref()
    }

    /// The name that the file had when it was uploaded.
    async fn filename(&self) -> &str {
        &self.row.filename
    }

    /// The MIME type. Until the file has been checked, it is the type that was announced.
    async fn mime_type(&self) -> &str {
        &self.row.mime_type
    }

    /// The size in bytes of the file as it is served.
    async fn byte_size(&self) -> i32 {
        saturated(self.row.byte_size)
    }

    /// The SHA-256 hash of the file as it is served, as 64 hexadecimal digits. Null until the file is ready.
    async fn sha256(&self) -> Option<String> {
        Some(hex::encode(self.object.as_ref()?.digest.as_ref()?))
    }

    /// The width in pixels after rotation. Null for files that are neither images nor videos.
    async fn width(&self) -> Option<i32> {
        self.object.as_ref()?.width
    }

    /// The height in pixels after rotation. Null for files that are neither images nor videos.
    async fn height(&self) -> Option<i32> {
        self.object.as_ref()?.height
    }

    /// The duration in seconds of a video, a recording or a text track.
    async fn duration_seconds(&self) -> Option<f64> {
        self.object.as_ref()?.duration_ms.map(seconds)
    }

    /// Whether the image is animated. Renditions show only the first frame.
    async fn is_animated(&self) -> bool {
        self.object.as_ref().is_some_and(|object| object.is_animated)
    }

    /// Whether the file is served only by signed URLs that expire.
    async fn is_private(&self) -> bool {
        self.row.is_private
    }

    /// The alternative text of an image.
    async fn alt(&self) -> Option<&str> {
        self.row.alt.as_deref()
    }

    /// Whether the image is decorative and needs no alternative text.
    async fn is_decorative(&self) -> bool {
        self.row.is_decorative
    }

    /// The caption.
    async fn caption(&self) -> Option<&str> {
        self.row.caption.as_deref()
    }

    /// The transcript of a video or audio file.
    async fn transcript(&self) -> Option<&str> {
        self.row.transcript.as_deref()
    }

    /// Whether the recording contains no speech and needs no captions.
    async fn has_no_speech(&self) -> bool {
        self.row.has_no_speech
    }

    /// The point that crops keep in view.
    async fn focal_point(&self) -> FocalPoint {
        focal_point(self.row.focal_x, self.row.focal_y)
    }

    /// The text tracks of a recording (captions, subtitles, descriptions and chapters), in the order in which players
    /// offer them.
    async fn tracks(&self, context: &Context<'_>) -> Result<Vec<DeskTextTrack>> {
        match &self.tracks {
            Some(tracks) => Ok(tracks.clone()),
            None => Ok(usage::tracks(context, &[&self.row]).await?.remove(&self.row.id).unwrap_or_default()),
        }
    }

    /// Up to 50 places in which the file is used: live, newest and scheduled revisions of documents, pictures of
    /// authors, and text tracks. A file that is used can only be deleted with `force`.
    async fn used_by(&self, context: &Context<'_>) -> Result<Vec<AssetUse>> {
        usage::uses(context, self.row.id).await
    }

    /// The number of places in which the file is used.
    async fn use_count(&self, context: &Context<'_>) -> Result<i32> {
        usage::count(context, self.row.id).await
    }

    /// The URL of the file without private metadata, or null until the file is ready. The URL of a private file works
    /// for about one hour.
    async fn url(&self, context: &Context<'_>) -> Option<String> {
        Some(links(context).original(&Named::of(&self.row, self.object.as_ref()?)))
    }

    /// A small preview to show while the image loads.
    async fn placeholder(&self) -> Option<Placeholder> {
        let object = self.object.as_ref()?;
        Placeholder::new(object.thumbhash.as_deref(), object.color)
    }

    /// Returns the image in another size, aspect ratio or format. Null if the file is not an image or is not ready, or
    /// if every width would take more memory than the server's setting `media_memory` allows. A rendition is created
    /// when it is first requested. It is never larger than the original. If the requested width takes too much memory,
    /// the next smaller of the server's widths is returned.
    async fn image(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The width in pixels. It has to be one of the server's widths.")] width: i32,
        #[graphql(desc = "The aspect ratio. Defaults to `ORIGINAL`.")] ratio: Option<ImageRatio>,
        #[graphql(desc = "How to fit the image into another aspect ratio. Defaults to `COVER`.")] fit: Option<
            ImageFit,
        >,
        #[graphql(desc = "The file format. Defaults to `WEBP`.")] format: Option<ImageFormat>,
    ) -> Option<Result<AssetImage>> {
        let object = self.object.as_ref()?;
        let picture = Picture::of(&self.row, object)?;
        let wish = Wish { width, ratio, fit, format };
        image::image(context, &Named::of(&self.row, object), &picture, &wish).transpose()
    }

    /// The version number. It grows with every change.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// The time of the upload.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// The time of the last change.
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

/// A point in an image.
#[derive(SimpleObject)]
pub struct FocalPoint {
    /// The horizontal position: 0 is the left edge and 1 the right edge.
    x: f64,
    /// The vertical position: 0 is the top edge and 1 the bottom edge.
    y: f64,
}
