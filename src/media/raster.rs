//! Pictures in, renditions out: decodes an upload, turns it upright, brings it to sRGB and 8 bits, and encodes
//! it at the sizes asked for. Pure functions that block: callers run them off the async threads, and decide how
//! many at once with [`Measure::to_render`]. Nothing here reads a file, a clock or a setting, and no output
//! carries metadata: whatever an upload said of its camera or its place ends here.

mod avif;
mod colour;
mod encode;
mod exif;
mod gif;
mod jpeg;
mod measure;
mod orientation;
mod placeholder;
mod png;
mod reader;
mod resize;
#[cfg(test)]
mod tests;
mod webp;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use measure::{Bounds, Measure, OVERHEAD, measure};
pub use placeholder::{Placeholder, thumbhash_png};

use colour::Profile;
use orientation::Orientation;

/// The formats that are taken in. The caller has looked at the first bytes and decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Jpeg,
    Png,
    Webp,
    Avif,
    Gif,
}

/// The formats that are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    /// Lossy, quality 80, method 4; alpha is kept, without loss.
    Webp,
    /// Quality 70 (about WebP's 80), 8 bits, 4:4:4; alpha is kept.
    Avif,
    /// Baseline, quality 82, 4:2:0; alpha is flattened on white.
    Jpeg,
    /// Without loss; alpha is kept.
    Png,
}

/// Why a picture was not taken, in words for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the picture has {width} × {height} pixels, more than {max} in all")]
    TooManyPixels { width: u32, height: u32, max: u64 },
    #[error("the picture is {side} pixels long on one side, more than {max}")]
    TooLong { side: u32, max: u32 },
    #[error("the file is damaged or not of the type it claims")]
    Malformed,
    #[error("{what} cannot be read")]
    Unsupported { what: &'static str },
    #[error("the picture cannot be written as {what}")]
    Unwritable { what: &'static str },
}

/// The point of a picture that a crop keeps as near to its middle as it can; 0 to 1 from the left and the top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crop {
    pub focal_x: f32,
    pub focal_y: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fit {
    /// The whole picture, scaled to the size asked for. A size of another ratio distorts it.
    Contain,
    /// The size asked for is filled; what sticks out is cut off.
    Cover(Crop),
}

/// One file to make from a picture, of exactly `width` × `height` pixels, each from 1 to 16,383.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rendering {
    pub width: u32,
    pub height: u32,
    pub fit: Fit,
    pub format: Output,
}

/// A decoded picture: upright, sRGB, 8 bits, RGB, or RGBA (not premultiplied) where a pixel is not opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    channels: Channels,
    pixels: Vec<u8>,
}

/// Samples of one pixel as they lie in memory, eight bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channels {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
}

impl Channels {
    const fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    const fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }
}

/// What a codec hands over: pixels as stored, and what else the file said of how to show them.
struct Raw {
    picture: Picture,
    profile: Profile,
    orientation: Orientation,
}

/// Decodes the first frame of a picture. `target` is the longest side, in pixels, that any rendition needs of the
/// *whole* picture; a larger picture is shrunk to it before anything else is done, which saves time and memory.
///
/// A file that ends early is shown as far as it goes where its format allows that (JPEG), as browsers do.
pub fn decode(
    source: Source,
    bytes: &[u8],
    bounds: &Bounds,
    target: Option<u32>,
) -> Result<Picture, Rejection> {
    let measure = measure(source, bytes, bounds)?;
    // The codecs answer hostile files with errors as far as is known; a panic in one would be its bug, and must
    // not take more than this picture with it. (Not so for AVIF: see there.)
    let raw = catch_unwind(AssertUnwindSafe(|| match source {
        Source::Jpeg => jpeg::decode(bytes, &measure),
        Source::Png => png::decode(bytes, &measure),
        Source::Webp => webp::decode(bytes, &measure),
        Source::Avif => avif::decode(bytes, &measure),
        Source::Gif => gif::decode(bytes, &measure),
    }))
    .unwrap_or(Err(Rejection::Malformed))?;
    let shrunk = match target {
        Some(side) => resize::shrink(raw.picture, side)?,
        None => raw.picture,
    };
    // A profile may be as hostile as the rest of the file.
    let srgb = catch_unwind(AssertUnwindSafe(|| colour::to_srgb(shrunk, &raw.profile)))
        .map_err(|_| Rejection::Malformed)?;
    Ok(orientation::upright(srgb, raw.orientation).without_idle_alpha())
}

impl Picture {
    /// In pixels, after turning upright.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// In pixels, after turning upright.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Whether any pixel is not opaque.
    pub const fn has_alpha(&self) -> bool {
        self.channels.has_alpha()
    }

    /// Encodes the picture at a size. Asked for more pixels than there are, it scales up; callers avoid that.
    pub fn render(self, rendering: &Rendering) -> Result<Vec<u8>, Rejection> {
        let size = 1..=measure::LONGEST_SIDE;
        if !size.contains(&rendering.width) || !size.contains(&rendering.height) {
            return Err(Rejection::Unwritable { what: "a file of this size" });
        }
        let fitted = resize::fit(self, rendering.width, rendering.height, rendering.fit)?;
        encode::encode(&fitted, rendering.format)
    }

    /// What to show while a rendition loads.
    pub fn placeholder(self) -> Placeholder {
        placeholder::of(self)
    }

    /// The alpha channel costs memory and bytes in every rendition, so it goes when nothing is transparent.
    fn without_idle_alpha(mut self) -> Self {
        if self.channels == Channels::Rgba && self.is_opaque() {
            self.pixels =
                self.pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
            self.channels = Channels::Rgb;
        }
        self
    }

    fn is_opaque(&self) -> bool {
        let count = self.channels.count();
        !self.has_alpha() || self.pixels.iter().skip(count - 1).step_by(count).all(|alpha| *alpha == u8::MAX)
    }
}

/// The bytes of `width` × `height` pixels, where they fit into memory's addresses.
fn area(width: u32, height: u32, channels: Channels) -> Result<usize, Rejection> {
    let pixels = u64::from(width) * u64::from(height);
    usize::try_from(pixels)
        .ok()
        .and_then(|pixels| pixels.checked_mul(channels.count()))
        .ok_or(Rejection::Malformed)
}
