//! Reads JPEG files (ITU-T T.81): baseline and progressive, grey, YCbCr, RGB, and CMYK as Adobe's programs write
//! it. Profiles of CMYK files are not followed.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::reader::Reader;
use super::{Channels, Measure, Picture, Profile, Raw, Rejection, area, exif};

/// Files of honest encoders have about ten; each scan costs a pass over the picture.
const MAX_SCANS: usize = 40;

/// Sixteenths of a byte per pixel of the largest file: progressive, of four components in full.
pub(super) const MOST: u64 = 16 * 3 + 2 * 16 * 4;

/// What the frame header says (section B.2.2).
struct Frame {
    width: u16,
    height: u16,
    components: usize,
    progressive: bool,
    /// Coefficients per sixteen pixels, over all components.
    coefficients: u64,
}

pub(super) fn measure(bytes: &[u8]) -> Result<Measure, Rejection> {
    let mut reader = Reader(bytes);
    if reader.array() != Some([0xff, 0xd8]) {
        return Err(Rejection::Malformed);
    }
    let mut frame = None;
    loop {
        let (marker, segment) = segment(&mut reader).ok_or(Rejection::Malformed)?;
        match marker {
            0xc0..=0xc2 => frame = Some(header(marker, segment).ok_or(Rejection::Malformed)??),
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(Rejection::Unsupported {
                    what: "a JPEG file with lossless or arithmetic coding",
                });
            }
            0xda => {
                let frame = frame.ok_or(Rejection::Malformed)?;
                let in_scan = segment.first().copied().ok_or(Rejection::Malformed)?;
                // zune-jpeg 0.5.15 shows these in wrong colours (zune-image#449), which is worse than refusing.
                if !frame.progressive && usize::from(in_scan) < frame.components {
                    return Err(Rejection::Unsupported { what: "a baseline JPEG file in several scans" });
                }
                return Ok(cost(&frame));
            }
            _ => {}
        }
    }
}

/// The next marker, and what follows it up to the one after (B.1.1.4).
fn segment<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    // Some cameras leave a few bytes between segments; decoders skip them too.
    while reader.u8()? != 0xff {}
    let marker = loop {
        match reader.u8()? {
            0xff => {}
            marker => break marker,
        }
    };
    match marker {
        0 | 0x01 | 0xd0..=0xd8 => Some((marker, &[])),
        0xd9 => None,
        _ => {
            let length = usize::from(reader.u16_be()?);
            Some((marker, reader.take(length.checked_sub(2)?)?))
        }
    }
}

fn header(marker: u8, segment: &[u8]) -> Option<Result<Frame, Rejection>> {
    let mut reader = Reader(segment);
    if reader.u8()? != 8 {
        return Some(Err(Rejection::Unsupported { what: "a JPEG file of more than 8 bits" }));
    }
    let (height, width) = (reader.u16_be()?, reader.u16_be()?);
    let components = usize::from(reader.u8()?);
    if !matches!(components, 1 | 3 | 4) {
        return Some(Err(Rejection::Unsupported { what: "a JPEG file with such colours" }));
    }
    let (mut samples, mut across, mut down) = (0, 1, 1);
    for _ in 0..components {
        let [_, sampling, _] = reader.array()?;
        let (horizontal, vertical) = (u64::from(sampling >> 4), u64::from(sampling & 15));
        if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) {
            return None;
        }
        samples += horizontal * vertical;
        across = across.max(horizontal);
        down = down.max(vertical);
    }
    let coefficients = (16 * samples).div_ceil(across * down);
    Some(Ok(Frame { width, height, components, progressive: marker == 0xc2, coefficients }))
}

/// A progressive file is held as coefficients of two bytes until the last scan is there.
fn cost(frame: &Frame) -> Measure {
    let channels = if frame.components == 1 { Channels::Grey } else { Channels::Rgb };
    let held = if frame.progressive { 2 * frame.coefficients } else { 0 };
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    Measure::new(width, height, channels, 16 * channels.count() as u64 + held)
}

pub(super) fn decode(bytes: &[u8], measure: &Measure) -> Result<Raw, Rejection> {
    let colours = if measure.channels == Channels::Grey { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = DecoderOptions::default()
        .set_max_width(measure.width as usize)
        .set_max_height(measure.height as usize)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| Rejection::Malformed)?;
    // A second header might promise something else to the decoder than the first one did to us.
    let length = area(measure.width, measure.height, measure.channels)?;
    let agreed = Some((measure.width as usize, measure.height as usize));
    if decoder.dimensions() != agreed || decoder.output_buffer_size() != Some(length) {
        return Err(Rejection::Malformed);
    }
    let mut pixels = vec![0; length];
    decoder.decode_into(&mut pixels).map_err(|_| Rejection::Malformed)?;
    let profile = decoder.icc_profile().map_or(Profile::Srgb, Profile::Icc);
    let orientation = decoder.exif().map(|data| exif::orientation(data)).unwrap_or_default();
    let picture =
        Picture { width: measure.width, height: measure.height, channels: measure.channels, pixels };
    Ok(Raw { picture, profile, orientation })
}
