//! Decides from a file's header alone whether it may be decoded, and says what that will cost in memory. It
//! allocates nothing, so a file that claims to be enormous is turned away for the price of reading its claim.

use super::{Channels, Output, Rejection, Rendering, Source, avif, gif, jpeg, png, resize, webp};

/// Longer sides fit neither into WebP nor into the codecs' arithmetic.
pub(super) const LONGEST_SIDE: u32 = 16_383;

/// What an upload may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Width times height.
    pub max_pixels: u64,
    /// In pixels. More than 16,383 counts as 16,383.
    pub max_side: u32,
}

/// What a header says of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// In pixels, as stored: not yet turned upright.
    pub width: u32,
    /// In pixels, as stored.
    pub height: u32,
    pub(super) channels: Channels,
    /// What the codec holds at its worst, the pixels it gives included, in bytes.
    pub(super) decoding: u64,
}

/// What every decoding needs besides its pixels, in bytes: rows, tables, the codec's own code.
pub const OVERHEAD: u64 = 14 << 20;

/// Reads the header. Numbers beyond the bounds, and files that are not what they claim, are turned away here.
pub fn measure(source: Source, bytes: &[u8], bounds: &Bounds) -> Result<Measure, Rejection> {
    let measure = match source {
        Source::Jpeg => jpeg::measure(bytes),
        Source::Png => png::measure(bytes),
        Source::Webp => webp::measure(bytes),
        Source::Avif => avif::measure(bytes),
        Source::Gif => gif::measure(bytes),
    }?;
    let Measure { width, height, .. } = measure;
    let (side, max_side) = (width.max(height), bounds.max_side.min(LONGEST_SIDE));
    if u64::from(width) * u64::from(height) > bounds.max_pixels {
        return Err(Rejection::TooManyPixels { width, height, max: bounds.max_pixels });
    }
    if side > max_side {
        return Err(Rejection::TooLong { side, max: max_side });
    }
    if width == 0 || height == 0 {
        return Err(Rejection::Malformed);
    }
    Ok(measure)
}

impl Measure {
    /// `per_pixel` is what the codec holds for every pixel, in sixteenths of a byte.
    pub(super) fn new(width: u32, height: u32, channels: Channels, per_pixel: u64) -> Self {
        let pixels = u64::from(width) * u64::from(height);
        Self { width, height, channels, decoding: (pixels / 16).saturating_mul(per_pixel) }
    }

    /// What was measured of a picture before; none where these numbers belong to no picture.
    pub fn known(width: u32, height: u32, samples: u8, decoding: u64) -> Option<Self> {
        let channels = match samples {
            1 => Channels::Grey,
            2 => Channels::GreyAlpha,
            3 => Channels::Rgb,
            4 => Channels::Rgba,
            _ => return None,
        };
        (width > 0 && height > 0).then_some(Self { width, height, channels, decoding })
    }

    /// The most that a file of this format and size can take, for one that nobody has measured.
    pub fn at_most(source: Source, width: u32, height: u32) -> Self {
        let (channels, per_pixel) = match source {
            Source::Jpeg => (Channels::Rgb, jpeg::MOST),
            Source::Png => (Channels::Rgba, png::MOST),
            Source::Webp => (Channels::Rgba, webp::MOST),
            Source::Avif => (Channels::Rgba, avif::MOST),
            Source::Gif => (Channels::Rgba, gif::MOST),
        };
        Self::new(width, height, channels, per_pixel)
    }

    /// How many samples a pixel has in memory.
    pub fn samples(&self) -> u8 {
        match self.channels {
            Channels::Grey => 1,
            Channels::GreyAlpha => 2,
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }

    /// What the codec holds at its worst, in bytes.
    pub fn decoding(&self) -> u64 {
        self.decoding
    }

    /// Whether it takes no more than the other one, whichever way up that is.
    pub fn is_within(&self, other: &Self) -> bool {
        let pixels = |measure: &Self| area((measure.width, measure.height));
        let is_smaller = pixels(self) <= pixels(other) && self.samples() <= other.samples();
        is_smaller && self.decoding <= other.decoding
    }

    /// The most bytes that [`super::decode`] with this `target` holds at once, besides the file itself. An upper bound; apart
    /// from what every decoding needs, not above twice what is used for pictures of a megapixel and more.
    pub fn to_decode(&self, target: Option<u32>) -> u64 {
        with_overhead(self.decoding_to(self.shrunk(target)))
    }

    /// The same for one rendition of the picture, its decoding included.
    pub fn to_render(&self, rendering: &Rendering) -> u64 {
        let size = self.shrunk(Some(self.target(rendering)));
        let (whole, rendered) = (area(size), area((rendering.width, rendering.height)));
        let shown = self.shown();
        let fitting = shown * (whole + half_done(size) + rendered);
        let writing = (shown + self.writing(rendering.format)) * rendered;
        with_overhead(self.decoding_to(size).max(fitting).max(writing))
    }

    /// The longest side of the whole picture when it just fills a rendition. Which way up it is, only decoding tells.
    pub fn target(&self, rendering: &Rendering) -> u32 {
        let (width, height) = (u64::from(self.width.max(1)), u64::from(self.height.max(1)));
        let (wanted, high) = (u64::from(rendering.width), u64::from(rendering.height));
        let longest = width.max(height);
        let lying = (longest * wanted).div_ceil(width).max((longest * high).div_ceil(height));
        let standing = (longest * wanted).div_ceil(height).max((longest * high).div_ceil(width));
        u32::try_from(lying.max(standing).min(longest)).unwrap_or(u32::MAX)
    }

    fn shrunk(&self, target: Option<u32>) -> (u32, u32) {
        let size = (self.width, self.height);
        target.map_or(size, |side| resize::within(size.0, size.1, side))
    }

    /// Samples of a pixel after decoding.
    fn shown(&self) -> u64 {
        if self.channels.has_alpha() { 4 } else { 3 }
    }

    /// What an encoder holds for every pixel, in bytes. Noise is the worst: it compresses to as much as it was.
    fn writing(&self, output: Output) -> u64 {
        match output {
            // Alpha is written without loss, which takes tables of its own.
            Output::Webp if self.channels.has_alpha() => 36,
            Output::Webp => 20,
            Output::Avif => 60,
            Output::Jpeg => 3,
            Output::Png => 8,
        }
    }

    fn decoding_to(&self, size: (u32, u32)) -> u64 {
        let (stored, full, shrunk) = (u64::from(self.samples()), area((self.width, self.height)), area(size));
        let shrinking = if size == (self.width, self.height) {
            0
        } else {
            stored * (full + half_done((self.width, self.height)) + shrunk)
        };
        let finishing = (stored + 2 * self.shown()) * shrunk;
        self.decoding.max(shrinking).max(finishing)
    }
}

/// What the resizer has lowered of a picture of this size, either way up, and not yet narrowed.
fn half_done((width, height): (u32, u32)) -> u64 {
    area((width.max(height), resize::BAND))
}

fn area((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

const fn with_overhead(bytes: u64) -> u64 {
    bytes.saturating_add(bytes / 32).saturating_add(OVERHEAD)
}
