//! Reads the first frame of GIF files (version 89a), laid on the transparent screen.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::orientation::Orientation;
use super::reader::Reader;
use super::{Channels, Measure, Picture, Profile, Raw, Rejection, area};

/// Sixteenths of a byte per pixel: four bytes on the screen, one in the frame.
pub(super) const MOST: u64 = 16 * 5;

pub(super) fn measure(bytes: &[u8]) -> Result<Measure, Rejection> {
    screen(bytes).ok_or(Rejection::Malformed)
}

/// The logical screen (section 18).
fn screen(bytes: &[u8]) -> Option<Measure> {
    let mut reader = Reader(bytes);
    if !matches!(&reader.array()?, b"GIF87a" | b"GIF89a") {
        return None;
    }
    let (width, height) = (reader.u16_le()?, reader.u16_le()?);
    Some(Measure::new(u32::from(width), u32::from(height), Channels::Rgba, MOST))
}

pub(super) fn decode(bytes: &[u8], measure: &Measure) -> Result<Raw, Rejection> {
    let pixels = u64::from(measure.width) * u64::from(measure.height);
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    // A frame that fits the screen needs no more than a byte for each of its pixels.
    options.check_frame_consistency(true);
    options.set_memory_limit(NonZeroU64::new(pixels).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let mut decoder = options.read_info(bytes).map_err(|_| Rejection::Malformed)?;
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.read_next_frame().map_err(|_| Rejection::Malformed)?.ok_or(Rejection::Malformed)?;
    let palette = frame.palette.as_ref().or(global.as_ref()).ok_or(Rejection::Malformed)?;

    let mut screen = vec![0; area(measure.width, measure.height, Channels::Rgba)?];
    let stride = measure.width as usize * 4;
    let (left, width) = (usize::from(frame.left) * 4, usize::from(frame.width));
    let rows = frame.buffer.chunks_exact(width.max(1));
    for (row, line) in rows.zip(screen.chunks_exact_mut(stride).skip(usize::from(frame.top))) {
        let line = line.get_mut(left..).ok_or(Rejection::Malformed)?;
        for (index, pixel) in row.iter().zip(line.chunks_exact_mut(4)) {
            let colour = palette.get(usize::from(*index) * 3..).and_then(|rest| rest.first_chunk::<3>());
            if let (Some([red, green, blue]), false) = (colour, frame.transparent == Some(*index)) {
                pixel.copy_from_slice(&[*red, *green, *blue, u8::MAX]);
            }
        }
    }
    let picture =
        Picture { width: measure.width, height: measure.height, channels: Channels::Rgba, pixels: screen };
    Ok(Raw { picture, profile: Profile::Srgb, orientation: Orientation::default() })
}
