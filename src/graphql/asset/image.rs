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

/// Proportions, width to height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Ratio")]
pub enum ImageRatio {
    /// As the image is.
    Original,
    /// 1:1
    Square,
    /// 4:3
    Landscape,
    /// 16:9
    Wide,
    /// 3:4
    Portrait,
    /// 9:16
    Tall,
    /// 1.91:1, what social networks show of a link.
    Social,
}

/// How an image meets other proportions than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Fit")]
pub enum ImageFit {
    /// It fills them; what is far from its focal point is cut off.
    Cover,
    /// It is whole within them, and smaller in one direction.
    Contain,
}

/// What an image is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Output")]
pub enum ImageFormat {
    /// The smallest, and the slowest to make.
    Avif,
    /// Small, and read by every browser since 2020.
    Webp,
    /// Read by everything. What was transparent is white.
    Jpeg,
    /// Without loss, and large.
    Png,
}

/// What to show while an image loads.
pub struct Placeholder {
    hash: Vec<u8>,
    color: i32,
}

impl Placeholder {
    pub fn new(thumbhash: Option<&[u8]>, color: Option<i32>) -> Option<Self> {
        Some(Self { hash: thumbhash?.to_owned(), color: color? })
    }
}

/// What to show while an image loads.
#[Object]
impl Placeholder {
    /// ThumbHash (<https://evanw.github.io/thumbhash/>) in base64: about 25 bytes that become a blurred picture.
    async fn thumbhash(&self) -> String {
        STANDARD.encode(&self.hash)
    }

    /// The blurred picture as a `data:` URL of 1 to 4 kB, for where no script runs.
    async fn data_url(&self, context: &Context<'_>) -> Option<Result<String>> {
        let url = format!("data:image/png;base64,{}", STANDARD.encode(thumbhash_png(&self.hash)?));
        Some(ctx(context).answer_text(url.len()).map(|()| url).map_err(Into::into))
    }

    /// Dominant colour, as `#rrggbb`.
    async fn color(&self) -> String {
        format!("#{:06x}", self.color & 0xFF_FFFF)
    }
}

/// An image as it is shown in one size.
#[derive(SimpleObject)]
pub struct AssetImage {
    /// Where it is served. Its answer never changes.
    url: String,
    /// Width in pixels: as asked for, or the image's own when that is less, or the largest that the server can make.
    width: i32,
    /// Height in pixels.
    height: i32,
    /// MIME type.
    mime_type: String,
    /// All the server's widths up to the image's own, as far as the server can make them, in the same proportions and format,
    /// as an HTML `srcset`.
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
