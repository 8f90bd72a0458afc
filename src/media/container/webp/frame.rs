//! The pictures inside a WebP: the size in a bitstream's first bytes, and frames rewritten without unknown chunks.

use std::io::{Read, Seek, Write};

use super::{Chunk, Fault, Input, write_header};

/// Width and height from the first bytes of a VP8 (RFC 6386, 9.1) or VP8L (RFC 9649, 3.4) stream.
pub(super) fn bitstream_size<R: Read + Seek>(
    input: &mut Input<R>,
    chunk: &Chunk,
) -> Result<(u32, u32), Fault> {
    let broken = || Fault::malformed("the picture's first bytes are broken");
    let read = u64::from(chunk.len).min(10);
    input.seek(chunk.start)?;
    let head = input.bytes(read)?;
    let size = match (&chunk.kind, head.as_slice()) {
        (b"VP8 ", [tag, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1]) if tag & 1 == 0 => {
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            (side(*w0, *w1), side(*h0, *h1))
        }
        (b"VP8L", [0x2F, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([*a, *b, *c, *d]);
            if bits >> 29 != 0 {
                return Err(broken());
            }
            ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        }
        _ => return Err(broken()),
    };
    if size.0 == 0 || size.1 == 0 {
        return Err(Fault::malformed("the picture has no size"));
    }
    Ok(size)
}

/// Copies a frame with only its alpha and its picture; returns its pixels.
pub(super) fn rewrite_frame<R: Read + Seek>(
    input: &mut Input<R>,
    frame: &Chunk,
    canvas: (u32, u32),
    out: &mut impl Write,
) -> Result<u64, Fault> {
    let data_end = frame.start + u64::from(frame.len);
    if frame.len < 16 {
        return Err(Fault::malformed("a frame is too short"));
    }
    input.seek(frame.start)?;
    let header: [u8; 16] = input.array()?;
    let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
    let (x, y) = (number(0) * 2, number(3) * 2);
    let (width, height) = (number(6) + 1, number(9) + 1);
    if x + width > canvas.0 || y + height > canvas.1 {
        return Err(Fault::malformed("a frame lies outside of the picture"));
    }
    let mut alpha = None;
    let mut picture = None;
    while picture.is_none() {
        if input.position() >= data_end {
            return Err(Fault::malformed("a frame has no picture"));
        }
        let chunk = Chunk::next(input, data_end)?;
        let next = chunk.end;
        match &chunk.kind {
            b"ALPH" if alpha.is_none() => alpha = Some(chunk),
            b"VP8 " | b"VP8L" => {
                if bitstream_size(input, &chunk)? != (width, height) {
                    return Err(Fault::malformed("a frame has another size than its header says"));
                }
                picture = Some(chunk);
            }
            _ => {}
        }
        input.seek(next)?;
    }
    let kept = [alpha, picture];
    let len: u64 =
        kept.iter().flatten().map(|chunk| 8 + u64::from(chunk.len) + u64::from(chunk.len & 1)).sum();
    let len = u32::try_from(len + 16).map_err(|_| Fault::malformed("a frame is too long"))?;
    write_header(out, *b"ANMF", len)?;
    out.write_all(&header)?;
    for chunk in kept.iter().flatten() {
        chunk.copy(input, out)?;
    }
    Ok(u64::from(width) * u64::from(height))
}
