//! Elements of EBML (RFC 8794): an id, a size of one to eight bytes, content.
//! Sizes are checked against what is around; unknown ones reach to the end of it.

use std::io::{Read, Seek};

use super::{
    super::{Fault, input::Input, patch::Patches},
    ATTACHMENTS, CHAPTERS, CLUSTER, CUES, INFO, SEEK_HEAD, TAGS, TRACKS,
};

#[derive(Clone, Copy)]
pub(super) struct Element {
    pub(super) id: u32,
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
    pub(super) unknown: bool,
    /// Where the file ends for it: an element that runs past this is a truncated upload.
    file: u64,
}

impl Element {
    pub(super) const fn len(&self) -> u64 {
        self.end - self.body
    }

    pub(super) const fn children(&self) -> Row {
        Row { at: self.body, end: self.end, file: self.file }
    }

    pub(super) const fn is_top_level(&self) -> bool {
        matches!(self.id, SEEK_HEAD | INFO | TRACKS | CLUSTER | CUES | CHAPTERS | TAGS | ATTACHMENTS)
    }

    pub(super) fn content<R: Read + Seek>(&self, input: &mut Input<R>, limit: u64) -> Result<Vec<u8>, Fault> {
        if self.len() > limit {
            return Err(Fault::malformed("a field is too long"));
        }
        input.seek(self.body)?;
        input.bytes(self.len())
    }

    pub(super) fn number<R: Read + Seek>(&self, input: &mut Input<R>) -> Result<u64, Fault> {
        let bytes = self.content(input, 8)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) fn float<R: Read + Seek>(&self, input: &mut Input<R>) -> Result<Option<f64>, Fault> {
        let bytes = self.content(input, 8)?;
        let single = bytes.as_slice().try_into().map(|bytes| f64::from(f32::from_be_bytes(bytes)));
        let double = bytes.as_slice().try_into().map(f64::from_be_bytes);
        Ok(single.or(double).ok())
    }

    /// Turns the element into a `Void` one of the same total size, filled with zeros.
    pub(super) fn void(&self, patches: &mut Patches) -> Result<(), Fault> {
        let total = self.end - self.start;
        let mut header = [0; 9];
        header[0] = 0xEC;
        // One byte of size says up to 126; all of its bits set would be "unknown".
        let used = if total <= 128 {
            let [.., len] = total.saturating_sub(2).to_be_bytes();
            header[1] = 0x80 | len;
            2
        } else {
            header[1..].copy_from_slice(&(total - 9).to_be_bytes());
            header[1] |= 1;
            9
        };
        patches.write(self.start, &header[..used])?;
        patches.zero(self.start + used as u64, self.end)
    }
}

/// Elements one after the other.
pub(super) struct Row {
    at: u64,
    end: u64,
    file: u64,
}

impl Row {
    pub(super) const fn new(at: u64, file: u64) -> Self {
        Self { at, end: file, file }
    }

    pub(super) fn next<R: Read + Seek>(&mut self, input: &mut Input<R>) -> Result<Option<Element>, Fault> {
        if self.at >= self.end {
            return Ok(None);
        }
        input.within("an element");
        input.seek(self.at)?;
        let id = id(input)?;
        let (size, _) = size(input)?;
        let body = input.position();
        let end = match size {
            None => self.end,
            Some(size) => body.checked_add(size).ok_or_else(|| input.truncated())?,
        };
        if end > self.file {
            return Err(input.truncated());
        }
        if end > self.end || body > end {
            return Err(Fault::malformed("an element is longer than the one around it"));
        }
        let element = Element { id, start: self.at, body, end, unknown: size.is_none(), file: self.file };
        self.at = end;
        Ok(Some(element))
    }

    pub(super) fn resume_at(&mut self, at: u64) {
        self.at = at;
    }
}

/// An id of one to four bytes, with its length bits (RFC 8794, 5).
fn id<R: Read + Seek>(input: &mut Input<R>) -> Result<u32, Fault> {
    let first = input.byte()?;
    let more = first.leading_zeros();
    if more > 3 {
        return Err(Fault::malformed("an element has no valid id"));
    }
    let mut id = u32::from(first);
    for _ in 0..more {
        id = id << 8 | u32::from(input.byte()?);
    }
    Ok(id)
}

/// A size (RFC 8794, 4 and 6) and how many bytes it takes; `None` is an unknown one.
pub(super) fn size<R: Read + Seek>(input: &mut Input<R>) -> Result<(Option<u64>, u64), Fault> {
    let first = input.byte()?;
    let more = first.leading_zeros();
    if more > 7 {
        return Err(Fault::malformed("an element has no valid size"));
    }
    let mut size = u64::from(first) & (0x7F >> more);
    for _ in 0..more {
        size = size << 8 | u64::from(input.byte()?);
    }
    let unknown = size == (1 << (7 * (more + 1))) - 1;
    Ok(((!unknown).then_some(size), u64::from(more) + 1))
}
