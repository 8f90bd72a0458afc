//! From luma and chroma to red, green and blue (ITU-T H.273, section 8.3), and to eight bits.

use re_rav1d::dav1d::{Picture, PixelLayout, PlanarImageComponent, Plane, pixel};

use super::super::{Channels, Rejection};
use super::container::CodePoints;

/// Fractions in the arithmetic below: samples of 12 bits times factors below 4 stay within 31 bits.
const BITS: u32 = 14;

/// One decoded frame.
pub(super) struct Planes {
    picture: Picture,
    planes: Vec<(Plane, usize)>,
    layout: PixelLayout,
    /// Bits of a sample: 8, 10 or 12.
    depth: u32,
}

impl Planes {
    pub(super) fn new(picture: Picture) -> Self {
        use PlanarImageComponent::{U, V, Y};
        let layout = picture.pixel_layout();
        let components = if layout == PixelLayout::I400 { &[Y][..] } else { &[Y, U, V][..] };
        let planes = components
            .iter()
            .map(|component| (picture.plane(*component), picture.stride(*component) as usize))
            .collect();
        let depth = picture.bits_per_component().map_or(8, |bits| u32::try_from(bits.0).unwrap_or(8));
        Self { picture, planes, layout, depth }
    }

    /// Primaries and transfer function as the stream itself has them.
    pub(super) fn code_points(&self) -> (u8, u8) {
        let primaries = match self.picture.color_primaries() {
            pixel::ColorPrimaries::BT2020 => 9,
            pixel::ColorPrimaries::P3DCI => 11,
            pixel::ColorPrimaries::P3Display => 12,
            _ => 1,
        };
        let transfer = match self.picture.transfer_characteristic() {
            pixel::TransferCharacteristic::PerceptualQuantizer => 16,
            pixel::TransferCharacteristic::HybridLogGamma => 18,
            _ => 13,
        };
        (primaries, transfer)
    }

    fn full_range(&self) -> bool {
        self.picture.color_range() == pixel::YUVRange::Full
    }

    /// One sample, or `None` beyond what the decoder gave.
    fn sample(&self, plane: usize, row: usize, column: usize) -> Option<i32> {
        let (samples, stride) = self.planes.get(plane)?;
        let start = row.checked_mul(*stride)?;
        if self.depth == 8 {
            return samples.get(start + column).map(|sample| i32::from(*sample));
        }
        let pair = samples.get(start + 2 * column..)?.first_chunk::<2>()?;
        Some(i32::from(u16::from_ne_bytes(*pair)))
    }
}

/// Factors from samples to eight bits, scaled by `1 << BITS`.
struct Factors {
    floor: i32,
    centre: i32,
    luma: i32,
    red_v: i32,
    green_u: i32,
    green_v: i32,
    blue_u: i32,
}

impl Factors {
    fn new(depth: u32, full_range: bool, red: f64, blue: f64) -> Self {
        let unit = f64::from(1_u32 << (depth - 8));
        let full = f64::from((1_u32 << depth) - 1);
        let (luma, chroma) = if full_range { (full, full) } else { (219.0 * unit, 224.0 * unit) };
        let green = 1.0 - red - blue;
        let fixed = |factor: f64| rounded(factor * f64::from(1_u32 << BITS));
        let (red_v, blue_u) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
        Self {
            floor: if full_range { 0 } else { 16 << (depth - 8) },
            centre: 1 << (depth - 1),
            luma: fixed(255.0 / luma),
            red_v: fixed(255.0 / chroma * red_v),
            green_u: fixed(255.0 / chroma * blue * blue_u / green),
            green_v: fixed(255.0 / chroma * red * red_v / green),
            blue_u: fixed(255.0 / chroma * blue_u),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "factors are below 4 << BITS")]
fn rounded(value: f64) -> i32 {
    value.round() as i32
}

#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn eight_bits(value: i32) -> u8 {
    ((value + (1 << (BITS - 1))) >> BITS).clamp(0, 255) as u8
}

/// Writes the colours of `planes` into `pixels`, whose alpha becomes opaque.
pub(super) fn paint(
    planes: &Planes,
    said: Option<CodePoints>,
    channels: Channels,
    pixels: &mut [u8],
) -> Result<(), Rejection> {
    let matrix = said.map_or_else(|| matrix(planes), |said| said.matrix);
    let full_range = said.map_or_else(|| planes.full_range(), |said| said.full_range);
    // Shares of red and blue in luma; none means that the planes are green, blue and red.
    let shares = match matrix {
        0 => None,
        1 => Some((0.2126, 0.0722)),
        4 => Some((0.30, 0.11)),
        7 => Some((0.212, 0.087)),
        2 | 5 | 6 => Some((0.299, 0.114)),
        9 => Some((0.2627, 0.0593)),
        _ => return Err(Rejection::Unsupported { what: "an AVIF file with such a colour matrix" }),
    };
    let (red, blue) = shares.unwrap_or((0.299, 0.114));
    let factors = Factors::new(planes.depth, full_range, red, blue);
    let width = planes.picture.width() as usize;
    let (across, down) = match planes.layout {
        PixelLayout::I420 => (1, 1),
        PixelLayout::I422 => (1, 0),
        PixelLayout::I400 | PixelLayout::I444 => (0, 0),
    };
    let grey = planes.layout == PixelLayout::I400;
    for (row, line) in pixels.chunks_exact_mut((width * channels.count()).max(1)).enumerate() {
        for (column, pixel) in line.chunks_exact_mut(channels.count()).enumerate() {
            let luma = planes.sample(0, row, column).ok_or(Rejection::Malformed)?;
            let (u, v) = if grey {
                (factors.centre, factors.centre)
            } else {
                let chroma = |plane| planes.sample(plane, row >> down, column >> across);
                chroma(1).zip(chroma(2)).ok_or(Rejection::Malformed)?
            };
            let colour = if shares.is_none() && !grey {
                [v, luma, u].map(|sample| (sample - factors.floor) * factors.luma)
            } else {
                let (luma, u, v) =
                    ((luma - factors.floor) * factors.luma, u - factors.centre, v - factors.centre);
                [
                    luma + v * factors.red_v,
                    luma - u * factors.green_u - v * factors.green_v,
                    luma + u * factors.blue_u,
                ]
            };
            let [red, green, blue] = colour.map(eight_bits);
            pixel[..3].copy_from_slice(&[red, green, blue]);
            if let Some(alpha) = pixel.get_mut(3) {
                *alpha = u8::MAX;
            }
        }
    }
    Ok(())
}

/// Writes the luma of `planes` as the alpha of RGBA `pixels`.
pub(super) fn paint_alpha(planes: &Planes, pixels: &mut [u8]) -> Result<(), Rejection> {
    let factors = Factors::new(planes.depth, planes.full_range(), 0.299, 0.114);
    let width = planes.picture.width() as usize;
    for (row, line) in pixels.chunks_exact_mut((width * 4).max(1)).enumerate() {
        for (column, pixel) in line.chunks_exact_mut(4).enumerate() {
            let sample = planes.sample(0, row, column).ok_or(Rejection::Malformed)?;
            pixel[3] = eight_bits((sample - factors.floor) * factors.luma);
        }
    }
    Ok(())
}

fn matrix(planes: &Planes) -> u8 {
    match planes.picture.matrix_coefficients() {
        pixel::MatrixCoefficients::Identity => 0,
        pixel::MatrixCoefficients::BT709 => 1,
        pixel::MatrixCoefficients::BT470M => 4,
        pixel::MatrixCoefficients::ST240M => 7,
        pixel::MatrixCoefficients::BT2020NonConstantLuminance => 9,
        pixel::MatrixCoefficients::BT470BG
        | pixel::MatrixCoefficients::ST170M
        | pixel::MatrixCoefficients::Unspecified => 2,
        _ => u8::MAX,
    }
}
