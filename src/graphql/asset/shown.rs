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

/// A file that public content shows: a cover, the picture of an author, or an image or recording in a text.
#[derive(Clone)]
pub struct Asset(Arc<Visible<Model>>);

impl Asset {
    pub fn new(row: Arc<Visible<Model>>) -> Self {
        Self(row)
    }
}

/// A file that public content shows: a cover, the picture of an author, or an image or recording in a text.
#[Object]
impl Asset {
    /// The ID of the asset.
    pub async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// The kind of the file.
    async fn kind(&self) -> AssetKind {
        self.0.kind.into()
    }

    /// The MIME type.
    async fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// The size of the file in bytes.
    async fn byte_size(&self) -> i32 {
        saturated(self.0.byte_size)
    }

    /// The width in pixels. Null for files that are neither images nor videos.
    async fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// The height in pixels. Null for files that are neither images nor videos.
    async fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// The duration in seconds. Null for files that are neither video nor audio.
    async fn duration_seconds(&self) -> Option<f64> {
        self.0.duration_ms.map(seconds)
    }

    /// Whether the image is animated. Renditions show only the first frame; the original file is animated.
    async fn is_animated(&self) -> bool {
        self.0.is_animated
    }

    /// The alternative text of the image. Null for a decorative image, for which the frontend should write `alt=""`.
    async fn alt(&self) -> Option<&str> {
        self.0.alt.as_deref()
    }

    /// The caption.
    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref()
    }

    /// The transcript of a video or audio file as plain text. Paragraphs are separated by a blank line.
    async fn transcript(&self, context: &Context<'_>) -> Option<Result<&str>> {
        let transcript = self.0.transcript.as_deref()?;
        Some(ctx(context).answer_text(transcript.len()).map(|()| transcript).map_err(Into::into))
    }

    /// The text tracks of a recording (captions, subtitles, descriptions and chapters), in the order in which a player
    /// should offer them.
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

    /// The point that crops keep in view.
    async fn focal_point(&self) -> FocalPoint {
        focal_point(self.0.focal_x, self.0.focal_y)
    }

    /// The URL of the original file. The bytes behind a URL never change.
    async fn url(&self, context: &Context<'_>) -> String {
        links(context).original(&Named::shown(&self.0))
    }

    /// A small preview to show while the image loads.
    async fn placeholder(&self) -> Option<Placeholder> {
        Placeholder::new(self.0.thumbhash.as_deref(), self.0.color)
    }

    /// Returns the image in another size, aspect ratio or format. Null if the file is not an image, or if every width
    /// would take more memory than the server's setting `media_memory` allows. A rendition is created when it is first
    /// requested. It is never larger than the original. If the requested width takes too much memory, the next smaller
    /// of the server's widths is returned.
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
        let picture = Picture::shown(&self.0)?;
        let wish = Wish { width, ratio, fit, format };
        image::image(context, &Named::shown(&self.0), &picture, &wish).transpose()
    }

    /// The time of the last change.
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

/// A text track of a recording, as a WebVTT file.
#[derive(SimpleObject)]
pub struct TextTrack {
    /// The kind of the track.
    kind: TextTrackKind,
    /// The language of the track, as a BCP 47 tag.
    language: String,
    /// The label that a player shows for the track.
    label: String,
    /// The URL of the WebVTT file.
    url: String,
}

/// The kind of a text track, as defined by the HTML standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "TrackKind")]
pub enum TextTrackKind {
    /// Speech and relevant sounds, for people who cannot hear.
    Captions,
    /// A translation of the speech.
    Subtitles,
    /// A description of what is seen, for people who cannot see.
    Descriptions,
    /// The titles of chapters.
    Chapters,
}
