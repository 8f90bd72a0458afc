//! Reads PNG files (W3C PNG, third edition): every colour type and depth, the default image of animations.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

use super::reader::Reader;
use super::{Channels, Measure, Picture, Profile, Raw, Rejection, area, exif};

/// What the decoder may hold besides the pixels: rows, and a profile unpacked. The largest profiles that are
/// seen have about three megabytes.
const SIDE_TABLES: usize = 16 << 20;

/// Sixteenths of a byte per pixel of the largest file.
pub(super) const MOST: u64 = 16 * 4;

pub(super) fn measure(bytes: &[u8]) -> Result<Measure, Rejection> {
    header(bytes).ok_or(Rejection::Malformed)
}

fn header(bytes: &[u8]) -> Option<Measure> {
    let mut reader = Reader(bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?);
    let mut header = None;
    let mut transparent = false;
    // Chunks of length, type, data and checksum (section 5.3), up to the first with pixels.
    loop {
        let length = usize::try_from(reader.u32_be()?).ok()?;
        let kind = reader.array::<4>()?;
        match &kind {
            b"IHDR" => {
                let mut data = Reader(reader.0.get(..length)?);
                let (width, height) = (data.u32_be()?, data.u32_be()?);
                let [_, colour] = data.array()?;
                header = Some((width, height, colour));
            }
            b"tRNS" => transparent = true,
            b"IDAT" => break,
            _ => {}
        }
        reader.take(length.checked_add(4)?)?;
    }
    let (width, height, colour) = header?;
    let channels = match (colour, transparent) {
        (0, false) => Channels::Grey,
        (0, true) | (4, _) => Channels::GreyAlpha,
        (2 | 3, false) => Channels::Rgb,
        (2 | 3, true) | (6, _) => Channels::Rgba,
        _ => return None,
    };
    Some(Measure::new(width, height, channels, 16 * channels.count() as u64))
}

pub(super) fn decode(bytes: &[u8], measure: &Measure) -> Result<Raw, Rejection> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: SIDE_TABLES });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(|_| Rejection::Malformed)?;
    let channels = match reader.output_color_type().0 {
        ColorType::Grayscale => Channels::Grey,
        ColorType::GrayscaleAlpha => Channels::GreyAlpha,
        ColorType::Rgb => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Indexed => return Err(Rejection::Malformed),
    };
    let length = area(measure.width, measure.height, measure.channels)?;
    if channels != measure.channels || reader.output_buffer_size() != Some(length) {
        return Err(Rejection::Malformed);
    }
    let mut pixels = vec![0; length];
    reader.next_frame(&mut pixels).map_err(|_| Rejection::Malformed)?;
    let info = reader.info();
    // The newest statement wins (section 4.3): code points, then the profile; `sRGB` is what nothing means too.
    let profile = match (&info.coding_independent_code_points, &info.icc_profile) {
        (Some(points), _) => {
            Profile::CodePoints { primaries: points.color_primaries, transfer: points.transfer_function }
        }
        (None, Some(data)) => Profile::Icc(data.to_vec()),
        (None, None) => Profile::Srgb,
    };
    let orientation = info.exif_metadata.as_deref().map(exif::orientation).unwrap_or_default();
    let picture = Picture { width: measure.width, height: measure.height, channels, pixels };
    Ok(Raw { picture, profile, orientation })
}
