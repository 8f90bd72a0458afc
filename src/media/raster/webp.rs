//! Reads WebP files (RFC 9649): lossy, lossless, the first frame of animations.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::reader::Reader;
use super::{Channels, Measure, Picture, Profile, Raw, Rejection, area, exif};

/// Profiles and EXIF data beyond this are ignored; the largest that are seen have about three megabytes.
const LARGEST_CHUNK: usize = 8 << 20;

/// Sixteenths of a byte per pixel: the frame as decoded (planes for lossy), and the picture made of it.
const LOSSY: u64 = 24 + 48;
const LOSSY_ALPHA: u64 = 24 + 64 + 80;
const LOSSLESS: u64 = 64 + 48;
const LOSSLESS_ALPHA: u64 = 64;
const ANIMATION: u64 = 24 + 64 + 64 + 64;
/// Of the largest file.
pub(super) const MOST: u64 = ANIMATION;

pub(super) fn measure(bytes: &[u8]) -> Result<Measure, Rejection> {
    let (width, height, channels, per_pixel) = header(bytes).ok_or(Rejection::Malformed)?;
    Ok(Measure::new(width, height, channels, per_pixel))
}

fn header(bytes: &[u8]) -> Option<(u32, u32, Channels, u64)> {
    let mut reader = Reader(bytes);
    if &reader.array()? != b"RIFF" {
        return None;
    }
    reader.take(4)?;
    if &reader.array()? != b"WEBP" {
        return None;
    }
    let first = reader;
    let (kind, data) = chunk(&mut reader)?;
    match &kind {
        b"VP8 " => lossy(data).map(|(width, height)| (width, height, Channels::Rgb, LOSSY)),
        b"VP8L" => lossless(data).map(|(width, height, alpha)| {
            if alpha {
                (width, height, Channels::Rgba, LOSSLESS_ALPHA)
            } else {
                (width, height, Channels::Rgb, LOSSLESS)
            }
        }),
        b"VP8X" => extended(data, first),
        _ => None,
    }
}

/// A canvas, and every frame in the file compared with it: the decoder allocates by what the frame says.
fn extended(header: &[u8], mut chunks: Reader<'_>) -> Option<(u32, u32, Channels, u64)> {
    let mut header = Reader(header);
    let flags = header.u8()?;
    header.take(3)?;
    let (width, height) = (header.u24_le()? + 1, header.u24_le()? + 1);
    let channels = if flags & 0x10 == 0 { Channels::Rgb } else { Channels::Rgba };
    let mut cost = 0;
    while let Some((kind, data)) = chunk(&mut chunks) {
        let (size, price) = match &kind {
            b"VP8 " if channels.has_alpha() => (lossy(data)?, LOSSY_ALPHA),
            b"VP8 " => (lossy(data)?, LOSSY),
            b"VP8L" => (lossless(data).map(|(width, height, _)| (width, height))?, LOSSLESS),
            b"ANMF" => {
                animation_frame(data, width, height)?;
                ((width, height), ANIMATION)
            }
            _ => continue,
        };
        if size != (width, height) {
            return None;
        }
        cost = cost.max(price);
    }
    // A header alone is a file cut short, and says enough for a measure.
    Some((width, height, channels, if cost == 0 { ANIMATION } else { cost }))
}

/// `None` when the frame sticks out of the canvas, or what is in it is of another size than it says.
fn animation_frame(data: &[u8], width: u32, height: u32) -> Option<()> {
    let mut reader = Reader(data);
    reader.take(6)?;
    let size = (reader.u24_le()? + 1, reader.u24_le()? + 1);
    reader.take(4)?;
    while let Some((kind, data)) = chunk(&mut reader) {
        let held = match &kind {
            b"VP8 " => lossy(data)?,
            b"VP8L" => lossless(data).map(|(width, height, _)| (width, height))?,
            _ => continue,
        };
        if held != size || size.0 > width || size.1 > height {
            return None;
        }
    }
    Some(())
}

/// The next chunk; one that the file cuts short is given as far as it goes.
fn chunk<'a>(reader: &mut Reader<'a>) -> Option<([u8; 4], &'a [u8])> {
    let kind = reader.array::<4>()?;
    let length = usize::try_from(reader.u32_le()?).ok()?;
    let data = reader.take(length.min(reader.0.len()))?;
    reader.take((length % 2).min(reader.0.len()))?;
    Some((kind, data))
}

/// RFC 6386, section 9.1.
fn lossy(data: &[u8]) -> Option<(u32, u32)> {
    let mut reader = Reader(data);
    reader.take(3)?;
    if reader.array()? != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let (width, height) = (reader.u16_le()?, reader.u16_le()?);
    Some((u32::from(width & 0x3fff), u32::from(height & 0x3fff)))
}

/// RFC 9649, section 3.4.
fn lossless(data: &[u8]) -> Option<(u32, u32, bool)> {
    let mut reader = Reader(data);
    if reader.u8()? != 0x2f {
        return None;
    }
    let bits = reader.u32_le()?;
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, bits >> 28 & 1 == 1))
}

pub(super) fn decode(bytes: &[u8], measure: &Measure) -> Result<Raw, Rejection> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|_| Rejection::Malformed)?;
    decoder.set_memory_limit(LARGEST_CHUNK);
    let channels = if decoder.has_alpha() { Channels::Rgba } else { Channels::Rgb };
    let length = area(measure.width, measure.height, channels)?;
    let agreed = decoder.dimensions() == (measure.width, measure.height);
    if !agreed || channels != measure.channels || decoder.output_buffer_size() != Some(length) {
        return Err(Rejection::Malformed);
    }
    if decoder.is_animated() {
        // What the file proposes as a background is ignored, as browsers do.
        decoder.set_background_color([0; 4]).map_err(|_| Rejection::Malformed)?;
    }
    let mut pixels = vec![0; length];
    decoder.read_image(&mut pixels).map_err(|_| Rejection::Malformed)?;
    let profile = decoder.icc_profile().ok().flatten().map_or(Profile::Srgb, Profile::Icc);
    let orientation =
        decoder.exif_metadata().ok().flatten().map(|data| exif::orientation(&data)).unwrap_or_default();
    let picture = Picture { width: measure.width, height: measure.height, channels, pixels };
    Ok(Raw { picture, profile, orientation })
}
