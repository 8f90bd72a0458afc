//! A buffered view of the source that knows where it is and how long the file is.
//! Everything that would read past the end is a `Truncated` rejection, naming what was being read.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use super::{Fault, Rejection};

const BUFFER: usize = 64 * 1024;

pub(super) struct Input<'a, R> {
    source: &'a mut R,
    len: u64,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins; the source itself stands at its end.
    start: u64,
    /// Where in the buffer the next byte is.
    at: usize,
    what: &'static str,
}

impl<'a, R: Read + Seek> Input<'a, R> {
    pub(super) fn new(source: &'a mut R) -> io::Result<Self> {
        let len = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(0))?;
        Ok(Self { source, len, buffer: Vec::with_capacity(BUFFER), start: 0, at: 0, what: "its header" })
    }

    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn position(&self) -> u64 {
        self.start + self.at as u64
    }

    pub(super) fn remaining(&self) -> u64 {
        self.len.saturating_sub(self.position())
    }

    /// Names what is being read from here on, for the rejection of a file that ends in it.
    pub(super) fn within(&mut self, what: &'static str) {
        self.what = what;
    }

    pub(super) fn truncated(&self) -> Fault {
        Rejection::Truncated { what: self.what }.into()
    }

    pub(super) fn seek(&mut self, position: u64) -> Result<(), Fault> {
        if position > self.len {
            return Err(self.truncated());
        }
        let ahead = position.checked_sub(self.start).and_then(|ahead| usize::try_from(ahead).ok());
        if let Some(ahead) = ahead.filter(|ahead| *ahead <= self.buffer.len()) {
            self.at = ahead;
        } else {
            self.source.seek(SeekFrom::Start(position))?;
            self.buffer.clear();
            self.start = position;
            self.at = 0;
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, count: u64) -> Result<(), Fault> {
        let end = self.position().checked_add(count).ok_or_else(|| self.truncated())?;
        self.seek(end)
    }

    /// Some bytes from here on, at least one; the caller says with `consume` how many it used.
    pub(super) fn available(&mut self) -> Result<&[u8], Fault> {
        if self.at == self.buffer.len() {
            self.start += self.buffer.len() as u64;
            self.at = 0;
            self.buffer.resize(BUFFER, 0);
            let read = loop {
                match self.source.read(&mut self.buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer.truncate(*read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Err(self.truncated());
            }
        }
        Ok(&self.buffer[self.at..])
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.buffer.len());
    }

    pub(super) fn exact(&mut self, target: &mut [u8]) -> Result<(), Fault> {
        let mut done = 0;
        while done < target.len() {
            let available = self.available()?;
            let count = available.len().min(target.len() - done);
            target[done..done + count].copy_from_slice(&available[..count]);
            self.consume(count);
            done += count;
        }
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn be16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn be32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn be64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn le16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn le32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    /// An unsigned number of `width` bytes (at most 8), most significant first.
    pub(super) fn uint(&mut self, width: usize) -> Result<u64, Fault> {
        let mut bytes = [0; 8];
        self.exact(&mut bytes[8 - width.min(8)..])?;
        Ok(u64::from_be_bytes(bytes))
    }

    /// The next `count` bytes; the caller has bounded `count`, and no more than the file has is allocated.
    pub(super) fn bytes(&mut self, count: u64) -> Result<Vec<u8>, Fault> {
        if count > self.remaining() {
            return Err(self.truncated());
        }
        let mut bytes = vec![0; usize::try_from(count).map_err(|_| self.truncated())?];
        self.exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Hands the next `count` bytes to `each`, piece by piece.
    pub(super) fn stream(
        &mut self,
        count: u64,
        mut each: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), Fault> {
        if count > self.remaining() {
            return Err(self.truncated());
        }
        let mut left = count;
        while left > 0 {
            let available = self.available()?;
            let piece = available.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            each(&available[..piece])?;
            self.consume(piece);
            left -= piece as u64;
        }
        Ok(())
    }

    pub(super) fn copy(&mut self, count: u64, out: &mut impl Write) -> Result<(), Fault> {
        self.stream(count, |piece| out.write_all(piece))
    }
}
