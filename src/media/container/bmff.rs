//! The box structure that AVIF and MP4 share (ISO/IEC 14496-12, 4.2): reads box headers one after the other.
//! Every size is checked against the parent, and a budget bounds how many boxes a file may have.

use std::io::{Read, Seek};

use super::{Fault, Rejection, input::Input, patch::Patches};

/// Enough for some ten hours of fragments of two seconds.
const MAX_BOXES: u32 = 300_000;

/// Brands beyond these are not looked at; real files have about five.
const MAX_BRANDS: u64 = 64;

/// One box: `start..body` is its header, `body..end` its content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
}

impl Atom {
    pub(super) const fn len(&self) -> u64 {
        self.end - self.body
    }

    /// Turns the box into a `free` one of the same size, filled with zeros.
    pub(super) fn erase(&self, patches: &mut Patches) -> Result<(), Fault> {
        patches.write(self.start + 4, b"free")?;
        patches.zero(self.body, self.end)
    }

    /// The boxes inside, which begin `skipped` bytes after the header.
    pub(super) fn children(&self, skipped: u64) -> Result<Boxes, Fault> {
        let at = self.body + skipped;
        if at > self.end {
            return Err(Fault::malformed("a box is too short"));
        }
        Ok(Boxes { at, end: self.end, top: false })
    }

    /// Goes to `offset` in the content, where `count` bytes must be.
    pub(super) fn at<R: Read + Seek>(
        &self,
        input: &mut Input<R>,
        offset: u64,
        count: u64,
    ) -> Result<(), Fault> {
        if offset.checked_add(count).is_none_or(|end| end > self.len()) {
            return Err(Fault::malformed("a box is too short"));
        }
        input.seek(self.body + offset)
    }

    /// Version and flags of a full box.
    pub(super) fn version<R: Read + Seek>(&self, input: &mut Input<R>) -> Result<(u8, u32), Fault> {
        self.at(input, 0, 4)?;
        let [version, high, mid, low] = input.array()?;
        Ok((version, u32::from_be_bytes([0, high, mid, low])))
    }
}

/// How many boxes may still be read.
pub(super) struct Budget(u32);

impl Budget {
    pub(super) const fn new() -> Self {
        Self(MAX_BOXES)
    }
}

/// A row of boxes.
pub(super) struct Boxes {
    at: u64,
    end: u64,
    top: bool,
}

impl Boxes {
    pub(super) const fn of_file(len: u64) -> Self {
        Self { at: 0, end: len, top: true }
    }

    pub(super) fn next<R: Read + Seek>(
        &mut self,
        input: &mut Input<R>,
        budget: &mut Budget,
    ) -> Result<Option<Atom>, Fault> {
        // Old writers end a list with four zero bytes.
        if self.at == self.end || !self.top && self.end - self.at < 8 {
            return Ok(None);
        }
        budget.0 = budget.0.checked_sub(1).ok_or(Rejection::TooLarge { what: "the number of boxes" })?;
        input.within("a box");
        let start = self.at;
        input.seek(start)?;
        let size = input.be32()?;
        let kind = input.array()?;
        let size = match size {
            0 if self.top => self.end - start,
            1 => input.be64()?,
            _ => u64::from(size),
        };
        let body = input.position();
        let end = start.checked_add(size).ok_or(Fault::malformed("a box has an impossible size"))?;
        if end < body {
            return Err(Fault::malformed("a box has an impossible size"));
        }
        if end > self.end {
            return Err(if self.top {
                input.truncated()
            } else {
                Fault::malformed("a box is longer than the one around it")
            });
        }
        self.at = end;
        Ok(Some(Atom { kind, start, body, end }))
    }
}

/// The major brand and the compatible ones of a file type box.
pub(super) fn brands<R: Read + Seek>(input: &mut Input<R>, atom: &Atom) -> Result<Vec<[u8; 4]>, Fault> {
    if &atom.kind != b"ftyp" {
        return Err(Fault::malformed("it does not begin with its type"));
    }
    atom.at(input, 0, 8)?;
    let mut brands = vec![input.array()?];
    input.skip(4)?;
    for _ in 0..((atom.len() - 8) / 4).min(MAX_BRANDS) {
        brands.push(input.array()?);
    }
    Ok(brands)
}

/// Data references must be to this very file (8.7.2): others would name files of whoever made it.
pub(super) fn check_data_references<R: Read + Seek>(
    input: &mut Input<R>,
    atom: &Atom,
    budget: &mut Budget,
) -> Result<(), Fault> {
    let mut inside = atom.children(0)?;
    while let Some(list) = inside.next(input, budget)? {
        if &list.kind != b"dref" {
            continue;
        }
        let mut references = list.children(8)?;
        while let Some(reference) = references.next(input, budget)? {
            let (_, flags) = reference.version(input)?;
            if flags & 1 == 0 {
                return Err(Fault::unsupported("a file whose media are in another file"));
            }
        }
    }
    Ok(())
}
