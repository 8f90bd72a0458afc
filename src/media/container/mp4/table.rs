//! The sample tables of a track (ISO/IEC 14496-12, 8.7), read a page at a time: they say which bytes of the
//! file are samples. Chunks beyond the file's end are a truncated upload.

use std::io::{Read, Seek, Write};

use super::{
    super::{Fault, bmff::Atom, input::Input, patch},
    track::{Role, Track},
};

const PAGE: u64 = 4096;

/// A table of numbers of one width, read in order.
struct Numbers {
    at: u64,
    end: u64,
    width: u64,
    page: Vec<u8>,
    used: usize,
}

impl Numbers {
    /// The table after `skipped` bytes of `atom`, whose last four say how many rows it has.
    fn open<R: Read + Seek>(
        input: &mut Input<R>,
        atom: &Atom,
        skipped: u64,
        width: u64,
    ) -> Result<(Self, u32), Fault> {
        atom.at(input, skipped - 4, 4)?;
        let rows = input.be32()?;
        let at = atom.body + skipped;
        let end = at + u64::from(rows) * width;
        if end > atom.end {
            return Err(Fault::malformed("a sample table is longer than its box"));
        }
        Ok((Self { at, end, width, page: Vec::new(), used: 0 }, rows))
    }

    fn next<R: Read + Seek>(&mut self, input: &mut Input<R>) -> Result<Option<u64>, Fault> {
        let width = usize::try_from(self.width).unwrap_or(8);
        if self.used + width > self.page.len() {
            let count = (self.end - self.at).min(PAGE * self.width);
            if count == 0 {
                return Ok(None);
            }
            input.seek(self.at)?;
            self.page = input.bytes(count)?;
            self.at += count;
            self.used = 0;
        }
        let row = &self.page[self.used..self.used + width];
        self.used += width;
        Ok(Some(row.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))))
    }
}

/// Sizes of samples: one for all, or one each.
enum Sizes {
    Same { size: u64, left: u64 },
    Each(Numbers),
}

impl Sizes {
    fn open<R: Read + Seek>(input: &mut Input<R>, atom: &Atom) -> Result<(Self, u32), Fault> {
        atom.at(input, 4, 8)?;
        let (first, count) = (input.be32()?, input.be32()?);
        if &atom.kind == b"stz2" {
            return match first & 0xFF {
                8 => Numbers::open(input, atom, 12, 1),
                16 => Numbers::open(input, atom, 12, 2),
                _ => return Err(Fault::unsupported("an MP4 with half-byte sample sizes")),
            }
            .map(|(column, rows)| (Self::Each(column), rows));
        }
        if first != 0 {
            return Ok((Self::Same { size: u64::from(first), left: u64::from(count) }, count));
        }
        Numbers::open(input, atom, 12, 4).map(|(column, rows)| (Self::Each(column), rows))
    }

    /// The size of the next `count` samples together; fewer at the end of the table.
    fn sum<R: Read + Seek>(&mut self, input: &mut Input<R>, count: u64) -> Result<u64, Fault> {
        match self {
            Self::Same { size, left } => {
                let taken = count.min(*left);
                *left -= taken;
                // Both come from 32 bits.
                Ok(*size * taken)
            }
            Self::Each(column) => {
                let mut sum: u64 = 0;
                for _ in 0..count {
                    let Some(size) = column.next(input)? else { break };
                    sum = sum.saturating_add(size);
                }
                Ok(sum)
            }
        }
    }
}

/// Checks the tables of a kept track against the file; returns how many samples it has.
pub(super) fn check<R: Read + Seek>(input: &mut Input<R>, track: &Track) -> Result<u32, Fault> {
    let file = input.len();
    let mut total: u64 = 0;
    each_chunk(input, track, |input, start, len| {
        total = total.saturating_add(len);
        if start.checked_add(len).is_none_or(|end| end > file) || start == file {
            input.within("its media");
            return Err(input.truncated());
        }
        if total > file {
            return Err(Fault::malformed("its samples overlap"));
        }
        Ok(())
    })
}

/// Overwrites the samples of a track with zeros, which must lie in media data.
/// `budget` bounds how many bytes, as samples may be said to overlap.
pub(super) fn erase_samples<R: Read + Seek, W: Write + Seek>(
    input: &mut Input<R>,
    track: &Track,
    media: &[(u64, u64)],
    budget: &mut u64,
    out: &mut W,
) -> Result<(), Fault> {
    debug_assert_eq!(track.role, Role::Private);
    each_chunk(input, track, |_, start, len| {
        let end = start.checked_add(len).ok_or(Fault::malformed("a sample has an impossible place"))?;
        // Parts of media data are in the order of the file.
        let part = media.partition_point(|(_, part_end)| *part_end < end);
        if media.get(part).is_none_or(|(part_start, _)| *part_start > start) {
            return Err(Fault::malformed("a sample of metadata lies outside of the media"));
        }
        *budget = budget.checked_sub(len).ok_or(Fault::malformed("its samples overlap"))?;
        Ok(patch::zeros(out, start, len)?)
    })
    .map(drop)
}

/// Calls `each` with start and length of every chunk; returns the number of samples.
fn each_chunk<R: Read + Seek>(
    input: &mut Input<R>,
    track: &Track,
    mut each: impl FnMut(&mut Input<R>, u64, u64) -> Result<(), Fault>,
) -> Result<u32, Fault> {
    let tables = &track.tables;
    let (Some(sizes), Some(runs), Some(chunks)) = (&tables.sizes, &tables.runs, &tables.chunks) else {
        return Err(Fault::malformed("a track has no sample tables"));
    };
    let (mut sizes, samples) = Sizes::open(input, sizes)?;
    let width = if &chunks.kind == b"co64" { 8 } else { 4 };
    let (mut chunks, _) = Numbers::open(input, chunks, 8, width)?;
    // Rows of three numbers: first chunk, samples in each chunk, description.
    let (mut runs, rows) = Numbers::open(input, &Atom { ..*runs }, 8, 12).map(|(mut column, rows)| {
        column.width = 4;
        (column, rows)
    })?;
    let mut rows_left = rows;
    let mut upcoming = next_run(&mut runs, &mut rows_left, input)?;
    let mut in_each = 0;
    let mut number: u64 = 0;
    while let Some(start) = chunks.next(input)? {
        number += 1;
        if let Some((first, count)) = upcoming.filter(|(first, _)| *first <= number) {
            if first != number {
                return Err(Fault::malformed("its chunks are not in order"));
            }
            in_each = count;
            upcoming = next_run(&mut runs, &mut rows_left, input)?;
        }
        let len = sizes.sum(input, in_each)?;
        each(input, start, len)?;
    }
    Ok(samples)
}

fn next_run<R: Read + Seek>(
    runs: &mut Numbers,
    rows: &mut u32,
    input: &mut Input<R>,
) -> Result<Option<(u64, u64)>, Fault> {
    if *rows == 0 {
        return Ok(None);
    }
    *rows -= 1;
    let row = [runs.next(input)?, runs.next(input)?, runs.next(input)?];
    Ok(row[0].zip(row[1]))
}
