//! What to show before a picture is there: a blur of some twenty bytes (`ThumbHash`), and one colour.

use super::{Channels, Fit, Picture, encode, resize};

/// `ThumbHash` takes no more than 100; beyond 64 nothing changes that it would keep.
const SIDE: u32 = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Five to 25 bytes; [`thumbhash_png`] turns them into a picture.
    pub thumbhash: Vec<u8>,
    /// Red, green and blue of the colour that most of the picture is near to; white when nothing can be seen.
    pub color: [u8; 3],
}

pub(super) fn of(picture: Picture) -> Placeholder {
    let (width, height) = resize::within(picture.width, picture.height, SIDE);
    let small = resize::fit(picture, width, height, Fit::Contain).unwrap_or_else(|_| Picture {
        width: 1,
        height: 1,
        channels: Channels::Rgb,
        pixels: vec![u8::MAX; 3],
    });
    let pixels: Vec<[u8; 4]> = match small.channels {
        Channels::Rgba => small.pixels.as_chunks::<4>().0.to_vec(),
        _ => small.pixels.as_chunks::<3>().0.iter().map(|[r, g, b]| [*r, *g, *b, u8::MAX]).collect(),
    };
    Placeholder {
        thumbhash: thumbhash::rgba_to_thumb_hash(
            small.width as usize,
            small.height as usize,
            pixels.as_flattened(),
        ),
        color: dominant(&pixels),
    }
}

/// The mean of the fullest of 512 boxes of the colour cube. A plain mean would mix the colours of a picture into
/// one that it does not have.
fn dominant(pixels: &[[u8; 4]]) -> [u8; 3] {
    let index = |[red, green, blue, _]: &[u8; 4]| {
        usize::from(*red >> 5) << 6 | usize::from(*green >> 5) << 3 | usize::from(*blue >> 5)
    };
    // Weight, and weighted sums of the three colours. At most 64 × 64 × 255 × 255: far from overflow.
    let mut boxes = vec![[0_u64; 4]; 512];
    for pixel in pixels {
        let [red, green, blue, alpha] = pixel.map(u64::from);
        let sums = &mut boxes[index(pixel)];
        *sums = [sums[0] + alpha, sums[1] + alpha * red, sums[2] + alpha * green, sums[3] + alpha * blue];
    }
    match boxes.iter().max_by_key(|sums| sums[0]) {
        Some(&[weight, red, green, blue]) if weight > 0 => {
            [red, green, blue].map(|sum| u8::try_from((sum + weight / 2) / weight).unwrap_or(u8::MAX))
        }
        _ => [u8::MAX; 3],
    }
}

/// A PNG of at most 32 × 32 pixels, for a data URL. `None` when the bytes are no `ThumbHash`.
pub fn thumbhash_png(hash: &[u8]) -> Option<Vec<u8>> {
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(hash).ok()?;
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    if !(1..=SIDE).contains(&width) || !(1..=SIDE).contains(&height) {
        return None;
    }
    encode::png(&Picture { width, height, channels: Channels::Rgba, pixels }.without_idle_alpha())
}
