//! Assets for everybody: files that something public shows.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::shown_asset::Model;
use entity::text_track::TrackKind;

use super::image::{self, AssetImage, ImageFit, ImageFormat, ImageRatio, Placeholder, Wish};
use super::{AssetKind, FocalPoint, focal_point, links, seconds};
use crate::domain::access::policy::Visible;
use crate::domain::core::id;
use crate::domain::library::asset::image::{Fit, Picture, Ratio};
use crate::domain::library::asset::track;
use crate::domain::library::asset::url::Named;
use crate::graphql::ctx;
use crate::graphql::error::Result;
use crate::graphql::scalars::DateTime;
use crate::graphql::upload::saturated;
use crate::media::Output;

/// What is recommended for images of links, in pixels.
const SOCIAL_WIDTH: u32 = 1_200;

/// A file that something public shows: a cover, a picture of an author, an image or a recording in a text.
#[derive(Clone)]
pub struct Asset(Arc<Visible<Model>>);

impl Asset {
    pub fn new(row: Arc<Visible<Model>>) -> Self {
        Self(row)
    }
}

/// A file that something public shows: a cover, a picture of an author, an image or a recording in a text.
#[Object]
impl Asset {
    /// Id of the asset.
    pub async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// What it is.
    async fn kind(&self) -> AssetKind {
        self.0.kind.into()
    }

    /// MIME type.
    async fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// Size in bytes.
    async fn byte_size(&self) -> i32 {
        saturated(self.0.byte_size)
    }

    /// Width in pixels, of images and videos.
    async fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// Height in pixels, of images and videos.
    async fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// Length in seconds, of video and audio.
    async fn duration_seconds(&self) -> Option<f64> {
        self.0.duration_ms.map(seconds)
    }

    /// Whether an image moves. Its renditions show the first picture; the file itself moves.
    async fn is_animated(&self) -> bool {
        self.0.is_animated
    }

    /// What stands for an image where it cannot be seen. Null for one that only decorates: write `alt=""` then.
    async fn alt(&self) -> Option<&str> {
        self.0.alt.as_deref()
    }

    /// What is written below it.
    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref()
    }

    /// What is said in a video or audio file, in plain text; a blank line ends a paragraph.
    async fn transcript(&self, context: &Context<'_>) -> Option<Result<&str>> {
        let transcript = self.0.transcript.as_deref()?;
        Some(ctx(context).answer_text(transcript.len()).map(|()| transcript).map_err(Into::into))
    }

    /// Captions, subtitles, descriptions and chapters of a recording, in the order in which to offer them.
    async fn tracks(&self, context: &Context<'_>) -> Vec<TextTrack> {
        let links = links(context);
        let tracks = track::of_row(&self.0).into_iter();
        tracks
            .map(|track| TextTrack {
                url: links.original(&track.named()),
                kind: track.kind.into(),
                language: track.language,
                label: track.label,
            })
            .collect()
    }

    /// Where the subject of an image is: crops keep it.
    async fn focal_point(&self) -> FocalPoint {
        focal_point(self.0.focal_x, self.0.focal_y)
    }

    /// Where the file itself is served. Its answer never changes.
    async fn url(&self, context: &Context<'_>) -> String {
        links(context).original(&Named::shown(&self.0))
    }

    /// What to show while an image loads.
    async fn placeholder(&self) -> Option<Placeholder> {
        Placeholder::new(self.0.thumbhash.as_deref(), self.0.color)
    }

    /// The image in another size, proportion or format; null for what is no image, and for an image that takes more memory
    /// than `media_memory` in every width. It is made when it is first asked for. It is never larger than the image itself, and
    /// in the next smaller of the server's widths where the width asked for takes too much memory.
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
        let picture = Picture::shown(&self.0)?;
        let wish = Wish { width, ratio, fit, format };
        image::image(context, &Named::shown(&self.0), &picture, &wish).transpose()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// Where an image is served as what is shown of a link; None for what is no image.
pub fn social_url(context: &Context<'_>, asset: &Model) -> Option<String> {
    let making = &ctx(context).media.making;
    let widths = &making.widths;
    let width = widths.iter().copied().find(|&width| width >= SOCIAL_WIDTH).or(widths.last().copied())?;
    let (links, file) = (links(context), Named::shown(asset));
    let spec = Picture::shown(asset)?.possible(making, width, Ratio::Social, Fit::Cover, Output::Jpeg);
    Some(spec.map_or_else(|| links.original(&file), |spec| links.rendition(&file, &spec)))
}

/// A text that goes with a recording, as a WebVTT file.
#[derive(SimpleObject)]
pub struct TextTrack {
    /// What it is for.
    kind: TextTrackKind,
    /// Its language, a BCP 47 tag.
    language: String,
    /// What a player calls it.
    label: String,
    /// Where it is served.
    url: String,
}

/// What a text track is for, as in the HTML standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "TrackKind")]
pub enum TextTrackKind {
    /// What is said, and the sounds that matter, for who cannot hear.
    Captions,
    /// What is said, in another language.
    Subtitles,
    /// What is seen, for who cannot see.
    Descriptions,
    /// Titles of chapters.
    Chapters,
}
