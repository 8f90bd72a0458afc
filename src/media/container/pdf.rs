//! PDF: checked from outside and copied as it is, metadata included, since rewriting would break signatures.
//! Files that carry scripts or start programs are refused, as far as names outside of compressed streams tell.

use std::io::{Read, Seek, Write};

use super::{Facts, Fault, input::Input};

/// Where the end marker must be (ISO 32000-1, annex H.3.18).
const TAIL: u64 = 1024;

/// The longest name that is looked for, and one more, so that longer names differ.
const NAME: usize = 11;

pub(super) fn clean<R: Read + Seek, W: Write>(input: &mut Input<R>, out: &mut W) -> Result<Facts, Fault> {
    let header: [u8; 8] = input.array()?;
    if !matches!(header, [b'%', b'P', b'D', b'F', b'-', b'1', b'.', b'0'..=b'7'])
        && !matches!(header, [b'%', b'P', b'D', b'F', b'-', b'2', b'.', b'0'])
    {
        return Err(Fault::malformed("it does not begin like a PDF"));
    }
    let tail = input.len().min(TAIL);
    input.seek(input.len() - tail)?;
    if !input.bytes(tail)?.windows(5).any(|bytes| bytes == b"%%EOF") {
        input.within("its content");
        return Err(input.truncated());
    }
    input.seek(0)?;
    let mut names = Names::default();
    input.stream(input.len(), |piece| {
        for byte in piece {
            names.feed(*byte);
        }
        out.write_all(piece)
    })?;
    names.feed(b' ');
    match names.found {
        Some(what) => Err(Fault::unsupported(what)),
        None => Ok(Facts::default()),
    }
}

/// Reads the names in a stream of bytes (ISO 32000-1, 7.3.5), with `#4A` as `J`.
#[derive(Default)]
struct Names {
    name: [u8; NAME],
    /// How much of a name has been read; `None` outside of one.
    len: Option<usize>,
    escape: Escape,
    found: Option<&'static str>,
}

/// How far a `#4A` has been read.
#[derive(Clone, Copy, Default)]
enum Escape {
    #[default]
    Outside,
    Begun,
    Half(u8),
}

impl Names {
    fn feed(&mut self, byte: u8) {
        if matches!(
            byte,
            b'/' | 0 | b'\t' | b'\n' | 12 | b'\r' | b' ' | b'(' | b')' | b'<' | b'>' | b'[' | b']'
        ) || matches!(byte, b'{' | b'}' | b'%')
        {
            if let Some(len) = self.len.take() {
                match &self.name[..len] {
                    b"JavaScript" => self.found = Some("a PDF with scripts"),
                    b"Launch" => self.found = Some("a PDF that starts programs"),
                    _ => {}
                }
            }
            self.escape = Escape::Outside;
            if byte == b'/' {
                self.len = Some(0);
            }
            return;
        }
        if self.len.is_none() {
            return;
        }
        let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (self.escape, digit) {
            (Escape::Outside, _) if byte == b'#' => self.escape = Escape::Begun,
            (Escape::Begun, Some(high)) => self.escape = Escape::Half(high),
            (Escape::Half(high), Some(low)) => {
                self.escape = Escape::Outside;
                self.push(high << 4 | low);
            }
            _ => {
                self.escape = Escape::Outside;
                self.push(byte);
            }
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(len) = self.len.as_mut().filter(|len| **len < NAME) {
            self.name[*len] = byte;
            *len += 1;
        }
    }
}

#[cfg(test)]
mod tests;
