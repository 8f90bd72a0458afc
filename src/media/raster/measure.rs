//! Decides from a file's header alone whether it may be decoded, and says what that will cost in memory. It
//! allocates nothing, so a file that claims to be enormous is turned away for the price of reading its claim.

use super::{Channels, Output, Rejection, Source, avif, gif, jpeg, png, resize, webp};

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

/// What every decoding needs besides its pixels: rows, tables, the codec's own code.
pub(super) const OVERHEAD: u64 = 14 << 20;

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

    /// The most bytes that [`super::decode`] with this `target` and one rendition of the result as `output` hold
    /// at once, besides the file itself. An upper bound; apart from what every decoding needs, not above one and a
    /// half times what is used for pictures of a megapixel and more.
    pub fn peak_memory(&self, target: Option<u32>, output: Output) -> u64 {
        let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
        let stored = self.channels.count() as u64;
        let (width, height) = match target {
            Some(side) => resize::within(self.width, self.height, side),
            None => (self.width, self.height),
        };
        let shrunk = pixels(width, height);
        // The resizer keeps the picture narrowed but not yet lowered.
        let shrinking = if (width, height) == (self.width, self.height) {
            0
        } else {
            stored * (pixels(self.width, self.height) + pixels(width, self.height) + shrunk)
        };
        let shown = if self.channels.has_alpha() { 4 } else { 3 };
        let finishing = (stored + 2 * shown) * shrunk;
        let rendering = (shown + encoding(output)) * shrunk;
        let most = self.decoding.max(shrinking).max(finishing).max(rendering);
        most + most / 32 + OVERHEAD
    }
}

/// What an encoder holds for every pixel, in bytes: generous, for what it keeps between its steps.
const fn encoding(output: Output) -> u64 {
    match output {
        Output::Webp => 10,
        Output::Avif => 60,
        Output::Jpeg => 3,
        Output::Png => 8,
    }
}
