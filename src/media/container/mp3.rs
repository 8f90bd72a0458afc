//! MP3 (ISO/IEC 11172-3 and 13818-3, layer III): keeps the frames and counts their samples.
//! ID3, APE and Lyrics3 tags, in front, behind or in between, and stray bytes are not copied.

mod tags;

use std::io::{Read, Seek, Write};

use super::{Facts, Fault, input::Input};

/// Bytes that are neither frames nor tags; players skip some, too.
const MAX_GARBAGE: u64 = 64 * 1024;

/// The first bytes of a frame, as far as they tell its length.
#[derive(Clone, Copy)]
struct Header {
    version_1: bool,
    /// Samples a second.
    rate: u32,
    mono: bool,
    len: u64,
}

/// What four bytes in the place of a header are.
enum Read4 {
    Frame(Header),
    OtherLayer,
    FreeFormat,
    Nothing,
}

pub(super) fn clean<R: Read + Seek, W: Write>(input: &mut Input<R>, out: &mut W) -> Result<Facts, Fault> {
    let end = tags::end_of_frames(input)?;
    let mut at = tags::skip_leading(input, 0, end)?;
    let mut kept: Option<Header> = None;
    let mut in_step = false;
    let mut consecutive = false;
    let mut frames: u64 = 0;
    let mut garbage = 0;
    while at + 4 <= end {
        let next = match read(input, at)? {
            Read4::Frame(header) if kept.is_none_or(|kept| kept.fits(&header)) => Some(header),
            Read4::OtherLayer if kept.is_none() && garbage == 0 => {
                return Err(Fault::unsupported("MPEG sound of layer I or II"));
            }
            Read4::FreeFormat if kept.is_none() && garbage == 0 => {
                return Err(Fault::unsupported("an MP3 without a fixed set of rates"));
            }
            _ => None,
        };
        // After stray bytes a header counts only when another follows where it says.
        let next = match next {
            Some(header) if in_step || follows(input, &header, at, end)? => Some(header),
            _ => None,
        };
        let Some(header) = next else {
            in_step = false;
            let after_tag = tags::skip_leading(input, at, end)?;
            if after_tag > at {
                at = after_tag;
            } else {
                at += 1;
                garbage += 1;
            }
            if garbage > MAX_GARBAGE {
                return Err(Fault::malformed("it has too many bytes that are no sound"));
            }
            continue;
        };
        if at + header.len > end {
            break;
        }
        let first = kept.is_none();
        kept = Some(header);
        input.seek(at)?;
        let bytes = input.bytes(header.len)?;
        out.write_all(&bytes)?;
        // The first frame may only describe the others.
        if !first || !header.is_index(&bytes) {
            frames += 1;
        }
        consecutive |= in_step;
        in_step = true;
        at += header.len;
    }
    let header =
        kept.filter(|_| consecutive).ok_or(Fault::malformed("it has no two frames of sound in a row"))?;
    let samples = frames * if header.version_1 { 1152 } else { 576 };
    Ok(Facts {
        duration_ms: Some(samples * 1000 / u64::from(header.rate)),
        has_audio: true,
        ..Facts::default()
    })
}

/// Whether a frame that fits begins where this one ends.
fn follows<R: std::io::Read + Seek>(
    input: &mut Input<R>,
    header: &Header,
    at: u64,
    end: u64,
) -> Result<bool, Fault> {
    let next = at + header.len;
    Ok(next + 4 <= end && matches!(read(input, next)?, Read4::Frame(next) if header.fits(&next)))
}

fn read<R: std::io::Read + Seek>(input: &mut Input<R>, at: u64) -> Result<Read4, Fault> {
    input.within("a frame");
    input.seek(at)?;
    Ok(Header::parse(input.array()?))
}

impl Header {
    fn parse([sync, kind, rates, mode]: [u8; 4]) -> Read4 {
        if sync != 0xFF || kind & 0xE0 != 0xE0 || kind & 0x18 == 0x08 {
            return Read4::Nothing;
        }
        let (bitrate, rate) = (usize::from(rates >> 4), usize::from(rates >> 2 & 3));
        if bitrate == 15 || rate == 3 || kind & 0x06 == 0 {
            return Read4::Nothing;
        }
        if kind & 0x06 != 0x02 {
            return Read4::OtherLayer;
        }
        if bitrate == 0 {
            return Read4::FreeFormat;
        }
        let version_1 = kind & 0x18 == 0x18;
        // Version 2 halves the rates, 2.5 quarters them.
        let halved = match kind & 0x18 {
            0x18 => 0,
            0x10 => 1,
            _ => 2,
        };
        let rate = [44_100, 48_000, 32_000][rate] >> halved;
        let kilobits: u64 = if version_1 {
            [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320][bitrate - 1]
        } else {
            [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][bitrate - 1]
        };
        let padding = u64::from(rates >> 1 & 1);
        let len = kilobits * 1000 * if version_1 { 144 } else { 72 } / u64::from(rate) + padding;
        Read4::Frame(Self { version_1, rate, mono: mode >> 6 == 3, len })
    }

    /// Whether both can be frames of one stream.
    const fn fits(&self, other: &Self) -> bool {
        self.version_1 == other.version_1 && self.rate == other.rate
    }

    /// Whether a first frame is the index that encoders write in front (Xing, Info or VBRI).
    fn is_index(&self, frame: &[u8]) -> bool {
        let side = match (self.version_1, self.mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let at = |offset: usize| frame.get(offset..offset + 4);
        matches!(at(4 + side), Some(b"Xing" | b"Info")) || at(36) == Some(b"VBRI")
    }
}

#[cfg(test)]
mod tests;
