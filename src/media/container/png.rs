//! PNG and APNG (<https://www.w3.org/TR/png-3/>): checks every chunk's checksum and keeps what changes the picture.
//! Texts, times, EXIF (but for the orientation) and whatever follows the last chunk are not copied.

mod crc;

use std::io::{Read, Seek, Write};

use super::{Facts, Fault, MAX_ANIMATION_PIXELS, MAX_FRAMES, Rejection, exif, input::Input};
use crc::Crc;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// A compressed profile is not inflated here; real ones are a tenth of this.
const MAX_PROFILE: u32 = 4 << 20;

/// What the chunks so far have said.
#[derive(Default)]
struct Seen {
    size: Option<(u32, u32)>,
    orientation: Option<u8>,
    pixels: bool,
    /// Frames announced by `acTL`.
    announced: Option<u32>,
    frames: u32,
    sequence: u32,
    animation_pixels: u64,
}

pub(super) fn clean<R: Read + Seek, W: Write>(input: &mut Input<R>, out: &mut W) -> Result<Facts, Fault> {
    if input.array()? != SIGNATURE {
        return Err(Fault::malformed("it does not begin like a PNG"));
    }
    out.write_all(&SIGNATURE)?;
    let mut seen = Seen::default();
    loop {
        input.within("a chunk");
        let len = input.be32()?;
        let kind: [u8; 4] = input.array()?;
        if !kind.iter().all(u8::is_ascii_alphabetic) || len > 0x7FFF_FFFF {
            return Err(Fault::malformed("a chunk has no valid header"));
        }
        if seen.size.is_none() != (&kind == b"IHDR") {
            return Err(Fault::malformed("the header must come first, and once"));
        }
        let limit = match &kind {
            b"IDAT" | b"fdAT" => u32::MAX,
            b"PLTE" => 768,
            b"iCCP" => MAX_PROFILE,
            b"IHDR" => 13,
            b"IEND" => 0,
            b"fcTL" => 26,
            b"tRNS" => 256,
            b"cHRM" => 32,
            b"mDCV" => 24,
            b"pHYs" => 9,
            b"acTL" | b"cLLI" => 8,
            b"bKGD" => 6,
            b"gAMA" | b"sBIT" | b"cICP" => 4,
            b"sRGB" => 1,
            b"eXIf" => {
                rewrite_exif(input, len, &mut seen, out)?;
                continue;
            }
            [first, ..] if first.is_ascii_uppercase() => {
                return Err(Fault::malformed("it has an unknown critical chunk"));
            }
            _ => {
                checked(input, kind, len, |_| Ok(()))?;
                continue;
            }
        };
        if len > limit {
            return Err(Rejection::TooLarge { what: "a chunk of the picture" }.into());
        }
        if !accepts(&mut seen, input, kind, len)? {
            checked(input, kind, len, |_| Ok(()))?;
            continue;
        }
        out.write_all(&len.to_be_bytes())?;
        out.write_all(&kind)?;
        let crc = checked(input, kind, len, |piece| out.write_all(piece))?;
        out.write_all(&crc.to_be_bytes())?;
        if &kind == b"IEND" {
            break;
        }
    }
    facts(&seen)
}

fn facts(seen: &Seen) -> Result<Facts, Fault> {
    let (width, height) = seen.size.ok_or(Fault::malformed("it has no header"))?;
    if !seen.pixels {
        return Err(Fault::malformed("it has no picture"));
    }
    if seen.announced.is_some_and(|announced| announced != seen.frames) {
        return Err(Fault::malformed("it has another number of frames than it says"));
    }
    Ok(Facts {
        animated: seen.announced.is_some(),
        ..Facts::picture(width, height, seen.orientation.unwrap_or(1))
    })
}

/// Looks at a kept chunk without moving past it; `false` when it means nothing here and is to be dropped.
fn accepts<R: Read + Seek>(
    seen: &mut Seen,
    input: &mut Input<R>,
    kind: [u8; 4],
    len: u32,
) -> Result<bool, Fault> {
    let start = input.position();
    match &kind {
        b"IHDR" if len == 13 => seen.size = Some(header(input)?),
        b"IDAT" => seen.pixels = true,
        b"acTL" if len == 8 => {
            if seen.pixels || seen.announced.is_some() {
                return Err(Fault::malformed("the animation header is misplaced"));
            }
            let frames = input.be32()?;
            if frames == 0 {
                return Err(Fault::malformed("an animation has no frames"));
            }
            if frames > MAX_FRAMES {
                return Err(Rejection::TooManyFrames.into());
            }
            seen.announced = Some(frames);
        }
        b"fcTL" | b"fdAT" if seen.announced.is_none() => return Ok(false),
        b"fcTL" if len == 26 => frame(seen, input)?,
        b"fdAT" if len >= 4 && seen.pixels && seen.frames > 0 => in_sequence(seen, input)?,
        b"IHDR" | b"acTL" | b"fcTL" | b"fdAT" => {
            return Err(Fault::malformed("a chunk has a wrong length or place"));
        }
        _ => {}
    }
    input.seek(start)?;
    Ok(true)
}

/// Width and height of IHDR (11.2.1).
fn header<R: Read + Seek>(input: &mut Input<R>) -> Result<(u32, u32), Fault> {
    let (width, height) = (input.be32()?, input.be32()?);
    if width == 0 || height == 0 || width > 0x7FFF_FFFF || height > 0x7FFF_FFFF {
        return Err(Fault::malformed("the picture has no possible size"));
    }
    let [depth, colour, compression, filter, interlace] = input.array()?;
    let depths: &[u8] = match colour {
        0 => &[1, 2, 4, 8, 16],
        3 => &[1, 2, 4, 8],
        2 | 4 | 6 => &[8, 16],
        _ => &[],
    };
    if !depths.contains(&depth) || compression != 0 || filter != 0 || interlace > 1 {
        return Err(Fault::malformed("the header is not of this format"));
    }
    Ok((width, height))
}

/// A frame control chunk: numbered in sequence, its rectangle in the canvas.
fn frame<R: Read + Seek>(seen: &mut Seen, input: &mut Input<R>) -> Result<(), Fault> {
    in_sequence(seen, input)?;
    let [width, height, x, y] = [input.be32()?, input.be32()?, input.be32()?, input.be32()?].map(u64::from);
    let canvas = seen.size.map(|(width, height)| (u64::from(width), u64::from(height)));
    if width == 0 || height == 0 || canvas.is_none_or(|(w, h)| x + width > w || y + height > h) {
        return Err(Fault::malformed("a frame lies outside of the picture"));
    }
    seen.frames += 1;
    seen.animation_pixels = seen.animation_pixels.saturating_add(width * height);
    if seen.frames > MAX_FRAMES {
        return Err(Rejection::TooManyFrames.into());
    }
    if seen.animation_pixels > MAX_ANIMATION_PIXELS {
        return Err(Rejection::TooLarge { what: "the animation" }.into());
    }
    Ok(())
}

fn in_sequence<R: Read + Seek>(seen: &mut Seen, input: &mut Input<R>) -> Result<(), Fault> {
    if input.be32()? != seen.sequence {
        return Err(Fault::malformed("the frames are not in sequence"));
    }
    seen.sequence = seen.sequence.saturating_add(1);
    Ok(())
}

fn rewrite_exif<R: Read + Seek>(
    input: &mut Input<R>,
    len: u32,
    seen: &mut Seen,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let mut head = Vec::new();
    let wanted = usize::try_from(exif::LOOKED_AT).unwrap_or(usize::MAX);
    checked(input, *b"eXIf", len, |piece| {
        let missing = wanted - head.len();
        head.extend_from_slice(&piece[..piece.len().min(missing)]);
        Ok(())
    })?;
    if seen.orientation.is_some() {
        return Ok(());
    }
    let orientation = exif::orientation(&head);
    seen.orientation = Some(orientation);
    if orientation != 1 {
        let minimal = exif::minimal(orientation);
        out.write_all(&26_u32.to_be_bytes())?;
        out.write_all(b"eXIf")?;
        out.write_all(&minimal)?;
        out.write_all(&Crc::of(*b"eXIf").with(&minimal).value().to_be_bytes())?;
    }
    Ok(())
}

/// Hands the chunk's data to `each` and moves past the chunk when its checksum is right.
fn checked<R: Read + Seek>(
    input: &mut Input<R>,
    kind: [u8; 4],
    len: u32,
    mut each: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<u32, Fault> {
    let mut crc = Crc::of(kind);
    input.stream(u64::from(len), |piece| {
        crc = crc.with(piece);
        each(piece)
    })?;
    if input.be32()? != crc.value() {
        return Err(Fault::malformed("a checksum is wrong"));
    }
    Ok(crc.value())
}

#[cfg(test)]
mod tests;
