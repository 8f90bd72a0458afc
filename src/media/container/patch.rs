//! Changes to a file whose offsets must not move: it is copied as it is, then ranges of the copy are overwritten.
//! Used by the formats that refer to their media by absolute position.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::{Fault, Rejection, input::Input};

/// Enough for the longest films; keeps a hostile file from growing the list without end.
const MAX_PATCHES: usize = 500_000;

enum Patch {
    Zeros(u64),
    Bytes { bytes: [u8; 10], count: usize },
}

#[derive(Default)]
pub(super) struct Patches(Vec<(u64, Patch)>);

impl Patches {
    /// Zeros from `start` to `end`, which lie in the file.
    pub(super) fn zero(&mut self, start: u64, end: u64) -> Result<(), Fault> {
        if end > start {
            self.push(start, Patch::Zeros(end - start))?;
        }
        Ok(())
    }

    /// Overwrites with a few bytes, at most ten.
    pub(super) fn write(&mut self, at: u64, content: &[u8]) -> Result<(), Fault> {
        let mut bytes = [0; 10];
        let count = content.len().min(bytes.len());
        bytes[..count].copy_from_slice(&content[..count]);
        self.push(at, Patch::Bytes { bytes, count })
    }

    /// Copies the first `len` bytes of the file and applies the changes, in the order they were noted.
    pub(super) fn copy<R: Read + Seek, W: Write + Seek>(
        self,
        input: &mut Input<R>,
        len: u64,
        out: &mut W,
    ) -> Result<(), Fault> {
        input.seek(0)?;
        input.copy(len, out)?;
        for (at, patch) in self.0 {
            match patch {
                Patch::Zeros(count) => zeros(out, at, count)?,
                Patch::Bytes { bytes, count } => {
                    out.seek(SeekFrom::Start(at))?;
                    out.write_all(&bytes[..count])?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, at: u64, patch: Patch) -> Result<(), Fault> {
        if self.0.len() >= MAX_PATCHES {
            return Err(Rejection::TooLarge { what: "the number of parts to be removed" }.into());
        }
        self.0.push((at, patch));
        Ok(())
    }
}

/// Overwrites `count` bytes from `at` on with zeros.
pub(super) fn zeros<W: Write + Seek>(out: &mut W, at: u64, count: u64) -> io::Result<()> {
    out.seek(SeekFrom::Start(at))?;
    io::copy(&mut io::repeat(0).take(count), out)?;
    Ok(())
}
