//! Fragments of an MP4 (ISO/IEC 14496-12, 8.8): how long they are together.
//! Where their samples lie is not looked at, so files with private tracks in fragments are refused.

use std::io::{Read, Seek};

use super::{
    super::{
        Fault,
        bmff::{Atom, Budget},
        input::Input,
        patch::Patches,
    },
    MAX_TRACKS, Movie,
};

#[derive(Default)]
pub(super) struct Fragments {
    extended: u64,
    /// One for each track that a default is given for.
    tracks: Vec<Progress>,
    seen: bool,
}

struct Progress {
    id: u32,
    default_duration: u32,
    /// Where the track's next sample begins, in its timescale.
    end: u64,
}

impl Fragments {
    /// Whether the file has fragments, or announces them.
    pub(super) const fn any(&self) -> bool {
        self.seen || !self.tracks.is_empty()
    }

    /// Whether there were fragments, not only an announcement.
    pub(super) const fn seen(&self) -> bool {
        self.seen
    }

    /// The duration that the header gives for all fragments, in the movie's timescale; 0 when it does not.
    pub(super) const fn extended_duration(&self) -> u64 {
        self.extended
    }

    pub(super) fn end_of(&self, id: u32) -> u64 {
        self.tracks.iter().find(|track| track.id == id).map_or(0, |track| track.end)
    }

    /// Reads `mvex`.
    pub(super) fn defaults<R: Read + Seek>(
        &mut self,
        budget: &mut Budget,
        patches: &mut Patches,
        input: &mut Input<R>,
        atom: &Atom,
    ) -> Result<(), Fault> {
        let mut boxes = atom.children(0)?;
        while let Some(atom) = boxes.next(input, budget)? {
            match &atom.kind {
                b"mehd" => {
                    let (version, _) = atom.version(input)?;
                    let width = if version == 1 { 8 } else { 4 };
                    atom.at(input, 4, width)?;
                    self.extended = if version == 1 { input.be64()? } else { u64::from(input.be32()?) };
                }
                b"trex" => {
                    atom.at(input, 4, 20)?;
                    let id = input.be32()?;
                    input.skip(4)?;
                    let default_duration = input.be32()?;
                    if self.tracks.len() >= MAX_TRACKS {
                        return Err(Fault::malformed("it has too many tracks"));
                    }
                    self.tracks.push(Progress { id, default_duration, end: 0 });
                }
                b"leva" => {}
                _ => atom.erase(patches)?,
            }
        }
        Ok(())
    }
}

/// Reads `moof`.
pub(super) fn read<R: Read + Seek>(
    movie: &mut Movie,
    input: &mut Input<R>,
    atom: &Atom,
) -> Result<(), Fault> {
    movie.fragments.seen = true;
    let mut boxes = atom.children(0)?;
    while let Some(atom) = boxes.next(input, &mut movie.budget)? {
        match &atom.kind {
            b"traf" => track(movie, input, &atom)?,
            b"mfhd" => {}
            _ => atom.erase(&mut movie.patches)?,
        }
    }
    Ok(())
}

fn track<R: Read + Seek>(movie: &mut Movie, input: &mut Input<R>, atom: &Atom) -> Result<(), Fault> {
    let Movie { budget, patches, fragments, .. } = movie;
    let mut current: Option<(usize, u32)> = None;
    let mut boxes = atom.children(0)?;
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"tfhd" => {
                let (_, flags) = atom.version(input)?;
                atom.at(input, 4, 4)?;
                let id = input.be32()?;
                let index = fragments.tracks.iter().position(|track| track.id == id);
                let index = index.ok_or(Fault::malformed("a fragment is of an unknown track"))?;
                let duration = if flags & 0x08 == 0 {
                    fragments.tracks[index].default_duration
                } else {
                    let before =
                        if flags & 0x01 == 0 { 0 } else { 8 } + if flags & 0x02 == 0 { 0 } else { 4 };
                    atom.at(input, 8 + before, 4)?;
                    input.be32()?
                };
                current = Some((index, duration));
            }
            b"tfdt" => {
                let (version, _) = atom.version(input)?;
                atom.at(input, 4, if version == 1 { 8 } else { 4 })?;
                let time = if version == 1 { input.be64()? } else { u64::from(input.be32()?) };
                if let Some((index, _)) = current {
                    fragments.tracks[index].end = time;
                }
            }
            b"trun" => {
                let (index, default) = current.ok_or(Fault::malformed("a fragment has no header"))?;
                let duration = run(input, &atom, default)?;
                let end = &mut fragments.tracks[index].end;
                *end = end.saturating_add(duration);
            }
            b"sdtp" | b"sbgp" | b"sgpd" | b"subs" | b"saiz" | b"saio" | b"senc" => {}
            _ => atom.erase(patches)?,
        }
    }
    Ok(())
}

/// The duration of a run of samples (8.8.8).
fn run<R: Read + Seek>(input: &mut Input<R>, atom: &Atom, default: u32) -> Result<u64, Fault> {
    let (_, flags) = atom.version(input)?;
    atom.at(input, 4, 4)?;
    let samples = u64::from(input.be32()?);
    let head = 8 + [0x01, 0x04].into_iter().filter(|flag| flags & flag != 0).count() as u64 * 4;
    let fields = [0x100, 0x200, 0x400, 0x800].into_iter().filter(|flag| flags & flag != 0).count() as u64;
    // The field of the duration, when there is one, is the first of each row.
    atom.at(input, head, samples * fields * 4)?;
    if flags & 0x100 == 0 {
        return Ok(samples * u64::from(default));
    }
    let mut sum: u64 = 0;
    for _ in 0..samples {
        sum = sum.saturating_add(u64::from(input.be32()?));
        input.skip((fields - 1) * 4)?;
    }
    Ok(sum)
}
