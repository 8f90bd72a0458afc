//! JPEG (ITU-T T.81): walks the segments and keeps what a decoder needs.
//! EXIF, XMP, IPTC, comments and everything after the first picture's end (motion photos, secondary
//! pictures with their own places, archives) are never copied.

use std::io::{Read, Seek, Write};

use super::{Facts, Fault, exif, input::Input};

/// A progressive picture of very many scans takes a decoder minutes.
const MAX_SCANS: u32 = 500;

pub(super) fn clean<R: Read + Seek, W: Write>(input: &mut Input<R>, out: &mut W) -> Result<Facts, Fault> {
    if input.array()? != [0xFF, 0xD8] {
        return Err(Fault::malformed("it does not begin like a JPEG"));
    }
    out.write_all(&[0xFF, 0xD8])?;
    let mut size = None;
    let mut orientation = None;
    let mut jfif = false;
    let mut scans = 0;
    let mut marker = next_marker(input)?;
    loop {
        input.within("a segment");
        match marker {
            0xD9 => break,
            0xC0..=0xC2 => {
                if size.replace(frame(input, marker, out)?).is_some() {
                    return Err(Fault::malformed("it has several frame headers"));
                }
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xDE | 0xDF => {
                return Err(Fault::unsupported("a lossless, hierarchical or arithmetic-coded JPEG"));
            }
            // Huffman tables, arithmetic conditioning, quantization tables, restart interval.
            0xC4 | 0xCC | 0xDB | 0xDD => {
                let payload = segment(input)?;
                write_segment(out, marker, &payload)?;
            }
            0xDA => {
                if size.is_none() {
                    return Err(Fault::malformed("a scan comes before the frame header"));
                }
                scans += 1;
                if scans > MAX_SCANS {
                    return Err(Fault::malformed("it has too many scans"));
                }
                marker = scan(input, out)?;
                continue;
            }
            0xE0 => {
                let payload = segment(input)?;
                if payload.starts_with(b"JFIF\0") && payload.len() >= 12 && !jfif {
                    jfif = true;
                    let mut header: [u8; 14] = [0; 14];
                    header[..12].copy_from_slice(&payload[..12]);
                    write_segment(out, marker, &header)?;
                }
            }
            0xE1 => {
                let payload = segment(input)?;
                if payload.starts_with(b"Exif\0") && orientation.is_none() {
                    let found = exif::orientation(payload.get(6..).unwrap_or_default());
                    orientation = Some(found);
                    if found != 1 {
                        let mut minimal = b"Exif\0\0".to_vec();
                        minimal.extend(exif::minimal(found));
                        write_segment(out, marker, &minimal)?;
                    }
                }
            }
            0xE2 => {
                let payload = segment(input)?;
                if payload.starts_with(b"ICC_PROFILE\0") {
                    write_segment(out, marker, &payload)?;
                }
            }
            0xEE => {
                let payload = segment(input)?;
                if payload.starts_with(b"Adobe") && payload.len() >= 12 {
                    write_segment(out, marker, &payload[..12])?;
                }
            }
            0xE3..=0xED | 0xEF | 0xFE => drop(segment(input)?),
            _ => return Err(Fault::malformed("it has an unknown segment")),
        }
        marker = next_marker(input)?;
    }
    if scans == 0 {
        return Err(Fault::malformed("it has no picture"));
    }
    out.write_all(&[0xFF, 0xD9])?;
    let (width, height) = size.ok_or(Fault::malformed("it has no frame header"))?;
    Ok(Facts::picture(width, height, orientation.unwrap_or(1)))
}

/// The marker that must come here, with any number of fill bytes before it.
fn next_marker<R: Read + Seek>(input: &mut Input<R>) -> Result<u8, Fault> {
    input.within("its segments");
    if input.byte()? != 0xFF {
        return Err(Fault::malformed("a segment does not begin with a marker"));
    }
    loop {
        match input.byte()? {
            0xFF => {}
            marker => return Ok(marker),
        }
    }
}

fn segment<R: Read + Seek>(input: &mut Input<R>) -> Result<Vec<u8>, Fault> {
    let len = input.be16()?.checked_sub(2).ok_or(Fault::malformed("a segment has no length"))?;
    input.bytes(u64::from(len))
}

/// `payload` comes from a segment or is short, so its length always fits.
fn write_segment(out: &mut impl Write, marker: u8, payload: &[u8]) -> Result<(), Fault> {
    let len = u16::try_from(payload.len() + 2).map_err(|_| Fault::malformed("a segment is too long"))?;
    out.write_all(&[0xFF, marker])?;
    out.write_all(&len.to_be_bytes())?;
    out.write_all(payload)?;
    Ok(())
}

/// Copies a frame header (B.2.2) and returns width and height.
fn frame<R: Read + Seek>(
    input: &mut Input<R>,
    marker: u8,
    out: &mut impl Write,
) -> Result<(u32, u32), Fault> {
    let payload = segment(input)?;
    let [precision, h1, h0, w1, w0, components, rest @ ..] = payload.as_slice() else {
        return Err(Fault::malformed("the frame header is too short"));
    };
    if *precision != 8 {
        return Err(Fault::unsupported("a JPEG of more than 8 bits a sample"));
    }
    if !(1..=4).contains(components) || rest.len() != usize::from(*components) * 3 {
        return Err(Fault::malformed("the frame header has a wrong length"));
    }
    let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
    if width == 0 || height == 0 {
        return Err(Fault::malformed("the picture has no size"));
    }
    write_segment(out, marker, &payload)?;
    Ok((u32::from(width), u32::from(height)))
}

/// Copies a scan header and its entropy-coded data; returns the marker that ends it.
fn scan<R: Read + Seek>(input: &mut Input<R>, out: &mut impl Write) -> Result<u8, Fault> {
    let header = segment(input)?;
    let components = usize::from(*header.first().ok_or(Fault::malformed("a scan header is empty"))?);
    if !(1..=4).contains(&components) || header.len() != 4 + 2 * components {
        return Err(Fault::malformed("a scan header has a wrong length"));
    }
    write_segment(out, 0xDA, &header)?;
    input.within("the picture");
    loop {
        let available = input.available()?;
        let plain = available.iter().position(|byte| *byte == 0xFF).unwrap_or(available.len());
        out.write_all(&available[..plain])?;
        input.consume(plain);
        if input.available()?[0] != 0xFF {
            continue;
        }
        input.consume(1);
        // Fill bytes may stand before a marker; they are not copied.
        let mut code = input.byte()?;
        while code == 0xFF {
            code = input.byte()?;
        }
        match code {
            0 | 0xD0..=0xD7 => out.write_all(&[0xFF, code])?,
            marker => return Ok(marker),
        }
    }
}

#[cfg(test)]
mod tests;
