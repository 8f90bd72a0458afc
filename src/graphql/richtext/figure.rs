//! Files in a text as html: addresses and sizes for `domain::richtext::figure`, which knows the markup.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::shown_asset::Model;

use crate::ctx::Ctx;
use crate::domain::library::asset::image::{Fit, Picture, Ratio, Spec};
use crate::domain::library::asset::shown::Shown;
use crate::domain::library::asset::track;
use crate::domain::library::asset::url::{Links, Named};
use crate::domain::richtext::Embed;
use crate::domain::richtext::figure::{self, Recording, Sets, Track};
use crate::media::Output;

/// The width of the file for browsers that know no sets: what a column of text needs.
const PLAIN_WIDTH: u32 = 1_280;
/// How wide a page shows an image, when nobody says: a column of text, or the whole of a small screen.
pub const USUAL_SIZES: &str = "(min-width: 48rem) 48rem, 100vw";

/// What figures are made with.
pub struct Figures<'a> {
    pub ctx: &'a Ctx,
    pub links: Links<'a>,
    pub shown: &'a Shown,
    pub locale: &'a str,
    pub sizes: &'a str,
}

impl Figures<'_> {
    /// None for a link to an entry, and for a file that is not public any more.
    pub fn html(&self, embed: &Embed) -> Option<String> {
        match embed {
            Embed::Post { .. } | Embed::Page { .. } | Embed::Routine { .. } => None,
            Embed::Image { asset } => {
                let image = self.shown.get(asset)?;
                Some(figure::image(&self.picture(image), image.caption.as_deref()))
            }
            Embed::Audio { asset } => {
                let audio = self.shown.get(asset)?;
                Some(figure::audio(&self.recording(audio, None), audio.caption.as_deref(), self.locale))
            }
            Embed::Video { asset, poster } => {
                let video = self.shown.get(asset)?;
                let poster = poster.and_then(|poster| Some(self.picture(self.shown.get(&poster)?).src));
                Some(figure::video(&self.recording(video, poster), video.caption.as_deref(), self.locale))
            }
            Embed::Player { player, poster } => {
                let poster = poster.and_then(|poster| self.shown.get(&poster));
                let shown = poster.map(|poster| (self.picture(poster), poster.caption.as_deref()));
                Some(figure::player(player, shown.as_ref().map(|(picture, caption)| (picture, *caption))))
            }
        }
    }

    fn picture(&self, image: &Model) -> figure::Picture {
        let file = Named::shown(image);
        let alt = image.alt.clone().unwrap_or_default();
        let placeholder = image.color.zip(image.thumbhash.as_ref().map(|hash| STANDARD.encode(hash)));
        let making = &self.ctx.media.making;
        let set = |picture: &Picture, output| picture.set(making, Ratio::Original, Fit::Contain, output);
        let picture = Picture::shown(image).filter(|_| !image.is_animated);
        let sets = picture.map(|picture| (set(&picture, Output::Webp), set(&picture, Output::Jpeg)));
        let plain = sets.as_ref().and_then(|(_, jpeg)| {
            // In ascending order.
            jpeg.iter().rev().find(|spec| spec.width <= PLAIN_WIDTH).or(jpeg.first())
        });
        let Some(((webp, jpeg), plain)) = sets.as_ref().zip(plain) else {
            let (src, width, height) = (self.links.original(&file), image.width, image.height);
            return figure::Picture { alt, src, width, height, sets: None, placeholder };
        };
        let written = |specs: &[Spec]| {
            let one = |spec: &Spec| format!("{} {}w", self.links.rendition(&file, spec), spec.width);
            specs.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let pixels = |side| i32::try_from(side).ok();
        figure::Picture {
            alt,
            src: self.links.rendition(&file, plain),
            width: pixels(plain.width),
            height: pixels(plain.height),
            sets: Some(Sets { webp: written(webp), jpeg: written(jpeg), sizes: self.sizes.to_owned() }),
            placeholder,
        }
    }

    fn recording(&self, file: &Model, poster: Option<String>) -> Recording {
        let tracks = track::of_row(file).into_iter();
        Recording {
            src: self.links.original(&Named::shown(file)),
            mime_type: file.mime_type.clone(),
            width: file.width,
            height: file.height,
            poster,
            tracks: tracks
                .map(|track| Track {
                    src: self.links.original(&track.named()),
                    kind: track.kind,
                    language: track.language,
                    label: track.label,
                })
                .collect(),
            transcript: file.transcript.clone(),
        }
    }
}
