//! WebP (RFC 9649): keeps the picture or its frames and the colour profile, and writes a correct header.
//! XMP, unknown chunks, EXIF but for the orientation, and trailing bytes are not copied.

mod frame;

use std::io::{Read, Seek, SeekFrom, Write};

use super::{Facts, Fault, MAX_ANIMATION_PIXELS, MAX_FRAMES, Rejection, exif, input::Input};
use frame::{bitstream_size, rewrite_frame};

const ANIMATION: u8 = 0x02;
const EXIF: u8 = 0x08;
const ALPHA: u8 = 0x10;
const PROFILE: u8 = 0x20;

/// Real profiles are a tenth of this.
const MAX_PROFILE: u32 = 4 << 20;

struct Chunk {
    kind: [u8; 4],
    len: u32,
    start: u64,
    /// After the padding to an even length.
    end: u64,
}

impl Chunk {
    /// Reads the header of the chunk that begins here and must end by `limit`.
    fn next<R: Read + Seek>(input: &mut Input<R>, limit: u64) -> Result<Self, Fault> {
        let kind = input.array()?;
        let len = input.le32()?;
        let start = input.position();
        let data_end = start + u64::from(len);
        if data_end > limit {
            return Err(Fault::malformed("a chunk is longer than the file says"));
        }
        // Some writers leave out the last padding byte.
        let end = (data_end + u64::from(len & 1)).min(limit);
        Ok(Self { kind, len, start, end })
    }

    fn copy<R: Read + Seek>(&self, input: &mut Input<R>, out: &mut impl Write) -> Result<(), Fault> {
        write_header(out, self.kind, self.len)?;
        input.seek(self.start)?;
        input.copy(u64::from(self.len), out)?;
        if self.len & 1 == 1 {
            out.write_all(&[0])?;
        }
        Ok(())
    }
}

fn write_header(out: &mut impl Write, kind: [u8; 4], len: u32) -> std::io::Result<()> {
    out.write_all(&kind)?;
    out.write_all(&len.to_le_bytes())
}

pub(super) fn clean<R: Read + Seek, W: Write + Seek>(
    input: &mut Input<R>,
    out: &mut W,
) -> Result<Facts, Fault> {
    if &input.array()? != b"RIFF" {
        return Err(Fault::malformed("it does not begin like a WebP"));
    }
    let limit = u64::from(input.le32()?) + 8;
    if &input.array()? != b"WEBP" {
        return Err(Fault::malformed("it does not begin like a WebP"));
    }
    input.within("a chunk");
    if limit > input.len() {
        return Err(input.truncated());
    }
    out.write_all(b"RIFF\0\0\0\0WEBP")?;
    let first = Chunk::next(input, limit)?;
    let facts = if &first.kind == b"VP8X" {
        extended(input, &first, limit, out)?
    } else {
        let (width, height) = bitstream_size(input, &first)?;
        first.copy(input, out)?;
        Facts::picture(width, height, 1)
    };
    let len = out.stream_position()?;
    let len =
        u32::try_from(len.saturating_sub(8)).map_err(|_| Rejection::TooLarge { what: "the picture" })?;
    out.seek(SeekFrom::Start(4))?;
    out.write_all(&len.to_le_bytes())?;
    Ok(facts)
}

/// The layout with a VP8X header (2.7), whose flags are corrected at the end.
fn extended<R: Read + Seek, W: Write + Seek>(
    input: &mut Input<R>,
    header: &Chunk,
    limit: u64,
    out: &mut W,
) -> Result<Facts, Fault> {
    if header.len < 10 {
        return Err(Fault::malformed("the header is too short"));
    }
    let bytes: [u8; 10] = input.array()?;
    let dimension = |low: u8, mid: u8, high: u8| u32::from_le_bytes([low, mid, high, 0]) + 1;
    let canvas = (dimension(bytes[4], bytes[5], bytes[6]), dimension(bytes[7], bytes[8], bytes[9]));
    let animated = bytes[0] & ANIMATION != 0;
    let mut flags = bytes[0] & (ALPHA | ANIMATION);
    let flags_at = out.stream_position()? + 8;
    write_header(out, *b"VP8X", 10)?;
    out.write_all(&[0; 4])?;
    out.write_all(&bytes[4..])?;

    let mut picture = false;
    let mut timing = false;
    let mut frames = 0;
    let mut pixels: u64 = 0;
    let mut orientation = None;
    input.seek(header.end)?;
    while input.position() < limit {
        let chunk = Chunk::next(input, limit)?;
        match &chunk.kind {
            b"ICCP" if flags & PROFILE == 0 && !picture && frames == 0 => {
                if chunk.len > MAX_PROFILE {
                    return Err(Rejection::TooLarge { what: "the colour profile" }.into());
                }
                flags |= PROFILE;
                chunk.copy(input, out)?;
            }
            b"ANIM" if animated && !timing && chunk.len == 6 => {
                timing = true;
                chunk.copy(input, out)?;
            }
            b"ANMF" if animated => {
                if !timing {
                    return Err(Fault::malformed("a frame comes before the animation's header"));
                }
                frames += 1;
                pixels += rewrite_frame(input, &chunk, canvas, out)?;
                if frames > MAX_FRAMES {
                    return Err(Rejection::TooManyFrames.into());
                }
                if pixels > MAX_ANIMATION_PIXELS {
                    return Err(Rejection::TooLarge { what: "the animation" }.into());
                }
            }
            b"ALPH" if !animated && !picture => chunk.copy(input, out)?,
            b"VP8 " | b"VP8L" if !animated && !picture => {
                if bitstream_size(input, &chunk)? != canvas {
                    return Err(Fault::malformed("the picture has another size than its header says"));
                }
                picture = true;
                chunk.copy(input, out)?;
            }
            b"EXIF" if orientation.is_none() => {
                let head = input.bytes(u64::from(chunk.len).min(exif::LOOKED_AT))?;
                orientation = Some(exif::orientation(&head));
            }
            _ => {}
        }
        input.seek(chunk.end)?;
    }
    if animated && frames == 0 || !animated && !picture {
        return Err(Fault::malformed("it has no picture"));
    }
    let orientation = orientation.unwrap_or(1);
    if orientation != 1 {
        flags |= EXIF;
        write_header(out, *b"EXIF", 26)?;
        out.write_all(&exif::minimal(orientation))?;
    }
    let end = out.stream_position()?;
    out.seek(SeekFrom::Start(flags_at))?;
    out.write_all(&[flags])?;
    out.seek(SeekFrom::Start(end))?;
    Ok(Facts { animated, ..Facts::picture(canvas.0, canvas.1, orientation) })
}

#[cfg(test)]
mod tests;
