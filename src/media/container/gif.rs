//! GIF (<https://www.w3.org/Graphics/GIF/spec-gif89a.txt>): walks the blocks and keeps pictures, their timing
//! and the loop count. Comments, plain text, XMP and everything after the trailer are not copied.

use std::io::{Read, Seek, Write};

use super::{Facts, Fault, MAX_ANIMATION_PIXELS, MAX_FRAMES, Rejection, input::Input};

pub(super) fn clean<R: Read + Seek, W: Write>(input: &mut Input<R>, out: &mut W) -> Result<Facts, Fault> {
    let signature: [u8; 6] = input.array()?;
    if !matches!(&signature, b"GIF87a" | b"GIF89a") {
        return Err(Fault::malformed("it does not begin like a GIF"));
    }
    let screen: [u8; 7] = input.array()?;
    let canvas = [u16::from_le_bytes([screen[0], screen[1]]), u16::from_le_bytes([screen[2], screen[3]])];
    if canvas.contains(&0) {
        return Err(Fault::malformed("the picture has no size"));
    }
    out.write_all(&signature)?;
    out.write_all(&screen)?;
    copy_colours(input, screen[4], out)?;

    let mut frames = 0;
    let mut pixels: u64 = 0;
    // A control block belongs to what follows it, so it goes when that is dropped.
    let mut control = None;
    loop {
        input.within("a block");
        match input.byte()? {
            0x2C => {
                if let Some(control) = control.take() {
                    write_control(out, control)?;
                }
                frames += 1;
                pixels += image(input, canvas, out)?;
                if frames > MAX_FRAMES {
                    return Err(Rejection::TooManyFrames.into());
                }
                if pixels > MAX_ANIMATION_PIXELS {
                    return Err(Rejection::TooLarge { what: "the animation" }.into());
                }
            }
            0x21 => match input.byte()? {
                0xF9 => {
                    if input.byte()? != 4 {
                        return Err(Fault::malformed("a control block has a wrong length"));
                    }
                    control = Some(input.array()?);
                    skip_blocks(input)?;
                }
                0xFF => application(input, out)?,
                0x01 => {
                    control = None;
                    skip_blocks(input)?;
                }
                _ => skip_blocks(input)?,
            },
            0x3B => break,
            _ => return Err(Fault::malformed("it has an unknown block")),
        }
    }
    if frames == 0 {
        return Err(Fault::malformed("it has no picture"));
    }
    out.write_all(&[0x3B])?;
    let [width, height] = canvas.map(u32::from);
    Ok(Facts { animated: frames > 1, ..Facts::picture(width, height, 1) })
}

fn copy_colours<R: Read + Seek>(input: &mut Input<R>, flags: u8, out: &mut impl Write) -> Result<(), Fault> {
    if flags & 0x80 == 0 {
        return Ok(());
    }
    input.copy(3 << ((flags & 7) + 1), out)
}

fn write_control(out: &mut impl Write, control: [u8; 4]) -> std::io::Result<()> {
    out.write_all(&[0x21, 0xF9, 4])?;
    out.write_all(&control)?;
    out.write_all(&[0])
}

/// Copies an image descriptor with its data; returns its pixels.
fn image<R: Read + Seek>(input: &mut Input<R>, canvas: [u16; 2], out: &mut impl Write) -> Result<u64, Fault> {
    let [x, y, width, height] = [input.le16()?, input.le16()?, input.le16()?, input.le16()?];
    let inside = |offset: u16, extent: u16, limit: u16| {
        extent != 0 && offset.checked_add(extent).is_some_and(|end| end <= limit)
    };
    if !inside(x, width, canvas[0]) || !inside(y, height, canvas[1]) {
        return Err(Fault::malformed("a frame lies outside of the picture"));
    }
    let flags = input.byte()?;
    out.write_all(&[0x2C])?;
    for number in [x, y, width, height] {
        out.write_all(&number.to_le_bytes())?;
    }
    out.write_all(&[flags])?;
    copy_colours(input, flags, out)?;
    let code_size = input.byte()?;
    if !(1..=8).contains(&code_size) {
        return Err(Fault::malformed("a frame has an impossible code size"));
    }
    out.write_all(&[code_size])?;
    input.within("the picture");
    loop {
        let len = input.byte()?;
        out.write_all(&[len])?;
        if len == 0 {
            return Ok(u64::from(width) * u64::from(height));
        }
        input.copy(u64::from(len), out)?;
    }
}

/// Keeps only how often the animation repeats.
fn application<R: Read + Seek>(input: &mut Input<R>, out: &mut impl Write) -> Result<(), Fault> {
    let len = input.byte()?;
    let name = input.bytes(u64::from(len))?;
    if !matches!(name.as_slice(), b"NETSCAPE2.0" | b"ANIMEXTS1.0") {
        return if len == 0 { Ok(()) } else { skip_blocks(input) };
    }
    loop {
        let len = input.byte()?;
        if len == 0 {
            return Ok(());
        }
        let block = input.bytes(u64::from(len))?;
        if let [1, low, high] = block.as_slice() {
            out.write_all(&[0x21, 0xFF, 11])?;
            out.write_all(&name)?;
            out.write_all(&[3, 1, *low, *high, 0])?;
            return skip_blocks(input);
        }
    }
}

fn skip_blocks<R: Read + Seek>(input: &mut Input<R>) -> Result<(), Fault> {
    loop {
        match input.byte()? {
            0 => return Ok(()),
            len => input.skip(u64::from(len))?,
        }
    }
}

#[cfg(test)]
mod tests;
