//! Changes the size of pictures, with Lanczos' filter over the stored (gamma-encoded) values as everyone does.
//! Pixels that cannot be seen do not bleed into those that can: colours are weighted by alpha.

use fast_image_resize as fir;
use fir::images::{Image, ImageRef};

use super::{Channels, Crop, Fit, Picture, Rejection, area};

/// Rows of a result that are made at a time: what is lowered and not yet narrowed is held for these alone.
pub(super) const BAND: u32 = 64;

/// The size of a picture shrunk to a longest side; never larger than it is, never empty.
pub(super) fn within(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longest = width.max(height);
    let side = side.max(1);
    if longest <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let rounded = (u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(rounded).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

pub(super) fn shrink(picture: Picture, side: u32) -> Result<Picture, Rejection> {
    let (width, height) = within(picture.width, picture.height, side);
    fit(picture, width, height, Fit::Contain)
}

/// The picture at exactly this size. Its pixels are used up: a second copy of a large picture costs too much memory.
pub(super) fn fit(picture: Picture, width: u32, height: u32, fit: Fit) -> Result<Picture, Rejection> {
    if (width, height) == (picture.width, picture.height) {
        return Ok(picture);
    }
    let cut = match fit {
        Fit::Contain => [0.0, 0.0, f64::from(picture.width), f64::from(picture.height)],
        Fit::Cover(crop) => window(&picture, width, height, crop),
    };
    if picture.is_opaque() {
        return resized(&picture, width, height, cut);
    }
    unweighted(resized(&weighted(picture)?, width, height, cut)?)
}

/// Left, top, width and height of what a crop keeps, in pixels of the picture: the largest window of the ratio
/// asked for, as near to the focal point as the edges let it.
fn window(picture: &Picture, width: u32, height: u32, crop: Crop) -> [f64; 4] {
    let (across, down) = (f64::from(picture.width), f64::from(picture.height));
    let scale = (across / f64::from(width)).min(down / f64::from(height));
    let (wide, high) = ((f64::from(width) * scale).min(across), (f64::from(height) * scale).min(down));
    let start = |length: f64, kept: f64, focus: f32| {
        let focus = if focus.is_finite() { f64::from(focus.clamp(0.0, 1.0)) } else { 0.5 };
        (focus * length - kept / 2.0).clamp(0.0, (length - kept).max(0.0))
    };
    [start(across, wide, crop.focal_x), start(down, high, crop.focal_y), wide, high]
}

fn resized(picture: &Picture, width: u32, height: u32, cut: [f64; 4]) -> Result<Picture, Rejection> {
    let kind = kind(picture.channels);
    let source = ImageRef::new(picture.width, picture.height, &picture.pixels, kind)
        .map_err(|_| Rejection::Malformed)?;
    let mut pixels = vec![0; area(width, height, picture.channels)?];
    let [left, top, wide, high] = cut;
    let scale = high / f64::from(height);
    let mut resizer = fir::Resizer::new();
    let options = fir::ResizeOptions::new()
        .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Lanczos3))
        .use_alpha(false);
    let (mut first, band) = (0, area(width, BAND, picture.channels)?);
    for pixels in pixels.chunks_mut(band) {
        let rows = BAND.min(height - first);
        let start = top + f64::from(first) * scale;
        // What rounding adds would reach beyond the picture.
        let tall = (f64::from(rows) * scale).min(f64::from(picture.height) - start);
        let mut target = Image::from_slice_u8(width, rows, pixels, kind).map_err(|_| Rejection::Malformed)?;
        let options = options.crop(left, start, wide, tall);
        resizer.resize(&source, &mut target, &options).map_err(|_| Rejection::Malformed)?;
        first += rows;
    }
    Ok(Picture { width, height, channels: picture.channels, pixels })
}

fn weighted(picture: Picture) -> Result<Picture, Rejection> {
    changed(picture, |image| fir::MulDiv::new().multiply_alpha_inplace(image))
}

fn unweighted(picture: Picture) -> Result<Picture, Rejection> {
    changed(picture, |image| fir::MulDiv::new().divide_alpha_inplace(image))
}

fn changed<E>(
    picture: Picture,
    change: impl FnOnce(&mut Image<'_>) -> Result<(), E>,
) -> Result<Picture, Rejection> {
    let kind = kind(picture.channels);
    let mut image = Image::from_vec_u8(picture.width, picture.height, picture.pixels, kind)
        .map_err(|_| Rejection::Malformed)?;
    change(&mut image).map_err(|_| Rejection::Malformed)?;
    Ok(Picture { pixels: image.into_vec(), ..picture })
}

const fn kind(channels: Channels) -> fir::PixelType {
    match channels {
        Channels::Grey => fir::PixelType::U8,
        Channels::GreyAlpha => fir::PixelType::U8x2,
        Channels::Rgb => fir::PixelType::U8x3,
        Channels::Rgba => fir::PixelType::U8x4,
    }
}
