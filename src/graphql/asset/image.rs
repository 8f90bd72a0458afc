//! Images in other sizes and formats: numbers and URLs alone. What a URL names is made when it is first asked for.

use async_graphql::{Context, Enum, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::links;
use crate::domain::core::error::{self, ErrorCode};
use crate::domain::library::asset::image::{Fit, Picture, Ratio};
use crate::domain::library::asset::url::Named;
use crate::graphql::ctx;
use crate::graphql::error::Result;
use crate::media::{Output, thumbhash_png};

/// An aspect ratio, width to height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Ratio")]
pub enum ImageRatio {
    /// The aspect ratio of the original image.
    Original,
    /// 1:1.
    Square,
    /// 4:3.
    Landscape,
    /// 16:9.
    Wide,
    /// 3:4.
    Portrait,
    /// 9:16.
    Tall,
    /// 1.91:1, the aspect ratio of link previews in social networks.
    Social,
}

/// How an image is fitted into an aspect ratio other than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Fit")]
pub enum ImageFit {
    /// The image fills the frame. What is farthest from the focal point is cut off.
    Cover,
    /// The whole image is kept, and is smaller than the frame in one direction.
    Contain,
}

/// The file format of a rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Output")]
pub enum ImageFormat {
    /// AVIF: the smallest files, and the slowest to create.
    Avif,
    /// WebP: small files that every browser since 2020 can show.
    Webp,
    /// JPEG: files that everything can show. Transparent areas become white.
    Jpeg,
    /// PNG: large files without loss of quality.
    Png,
}

/// A small preview to show while the image loads.
pub struct Placeholder {
    hash: Vec<u8>,
    color: i32,
}

impl Placeholder {
    pub fn new(thumbhash: Option<&[u8]>, color: Option<i32>) -> Option<Self> {
        Some(Self { hash: thumbhash?.to_owned(), color: color? })
    }
}

/// A small preview to show while the image loads.
#[Object]
impl Placeholder {
    /// A ThumbHash (<https://evanw.github.io/thumbhash/>) in base64: about 25 bytes that decode to a blurred version of
    /// the image.
    async fn thumbhash(&self) -> String {
        STANDARD.encode(&self.hash)
    }

    /// The blurred version of the image as a `data:` URL of 1 to 4 kB, for pages that work without JavaScript.
    async fn data_url(&self, context: &Context<'_>) -> Option<Result<String>> {
        let url = format!("data:image/png;base64,{}", STANDARD.encode(thumbhash_png(&self.hash)?));
        Some(ctx(context).answer_text(url.len()).map(|()| url).map_err(Into::into))
    }

    /// The dominant colour as `#rrggbb`.
    async fn color(&self) -> String {
        format!("#{:06x}", self.color & 0xFF_FFFF)
    }
}

/// A rendition of an image: the image in one size and format.
#[derive(SimpleObject)]
pub struct AssetImage {
    /// The URL of the rendition. The bytes behind a URL never change.
    url: String,
    /// The width in pixels: the requested width, or the largest one below it that the original has and the server can
    /// make.
    width: i32,
    /// The height in pixels.
    height: i32,
    /// The MIME type.
    mime_type: String,
    /// The value of an HTML `srcset` attribute: the rendition in each of the server's widths up to that of the
    /// original, with the same aspect ratio and format.
    srcset: String,
}

/// What somebody wants of an image.
pub struct Wish {
    pub width: i32,
    pub ratio: Option<ImageRatio>,
    pub fit: Option<ImageFit>,
    pub format: Option<ImageFormat>,
}

/// None for an image that takes more memory than the server allows, whatever its size.
pub fn image(
    context: &Context<'_>,
    file: &Named,
    picture: &Picture,
    wish: &Wish,
) -> Result<Option<AssetImage>> {
    let making = &ctx(context).media.making;
    let Some(width) = u32::try_from(wish.width).ok().filter(|width| making.widths.contains(width)) else {
        let known: Vec<_> = making.widths.iter().map(ToString::to_string).collect();
        let message = format!("images are made in these widths: {}", known.join(", "));
        return Ok(error::invalid("width", ErrorCode::OutOfRange, message)?);
    };
    let ratio: Ratio = wish.ratio.unwrap_or(ImageRatio::Original).into();
    let fit: Fit = wish.fit.unwrap_or(ImageFit::Cover).into();
    let output: Output = wish.format.unwrap_or(ImageFormat::Webp).into();
    let Some(spec) = picture.possible(making, width, ratio, fit, output) else { return Ok(None) };
    let links = links(context);
    let candidates = picture.set(making, ratio, fit, output).into_iter();
    let candidates = candidates.map(|spec| format!("{} {}w", links.rendition(file, &spec), spec.width));
    let srcset = candidates.collect::<Vec<_>>().join(", ");
    ctx(context).answer_text(srcset.len())?;
    let pixels = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    Ok(Some(AssetImage {
        url: links.rendition(file, &spec),
        width: pixels(spec.width),
        height: pixels(spec.height),
        mime_type: output.mime().to_owned(),
        srcset,
    }))
}
