//! One track of an MP4: what it carries, how large it is shown, and where its sample tables are.
//! Notes what is to be overwritten inside of it; whether the track itself goes is decided by its `Role`.

use std::io::{Read, Seek};

use super::{
    super::{
        Fault,
        bmff::{Atom, Budget, check_data_references},
        input::Input,
        patch::Patches,
    },
    forget_dates, times,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Video,
    Sound,
    Text,
    /// Timed metadata, timecode and whatever is not known: its samples are erased.
    Private,
}

pub(super) struct Track {
    pub(super) atom: Atom,
    pub(super) id: u32,
    pub(super) role: Role,
    /// As shown, in pixels.
    pub(super) size: (u32, u32),
    pub(super) timescale: u32,
    pub(super) duration: u64,
    pub(super) tables: Tables,
}

/// Where the tables are that say which bytes are samples (8.7).
#[derive(Default)]
pub(super) struct Tables {
    /// `stsz` or `stz2`.
    pub(super) sizes: Option<Atom>,
    pub(super) runs: Option<Atom>,
    /// `stco` or `co64`.
    pub(super) chunks: Option<Atom>,
}

pub(super) fn read<R: Read + Seek>(
    budget: &mut Budget,
    patches: &mut Patches,
    input: &mut Input<R>,
    atom: Atom,
) -> Result<Track, Fault> {
    let mut track = Track {
        atom,
        id: 0,
        role: Role::Private,
        size: (0, 0),
        timescale: 0,
        duration: 0,
        tables: Tables::default(),
    };
    let mut turned = false;
    let mut boxes = atom.children(0)?;
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"tkhd" => turned = header(&mut track, patches, input, &atom)?,
            b"mdia" => media(&mut track, budget, patches, input, &atom)?,
            b"tref" => references(budget, patches, input, &atom)?,
            b"edts" | b"trgr" => {}
            _ => atom.erase(patches)?,
        }
    }
    if track.id == 0 || track.timescale == 0 {
        return Err(Fault::malformed("a track has no header"));
    }
    if turned {
        track.size = (track.size.1, track.size.0);
    }
    Ok(track)
}

/// Reads id and size (8.3.2); returns whether the matrix turns the picture by a quarter.
fn header<R: Read + Seek>(
    track: &mut Track,
    patches: &mut Patches,
    input: &mut Input<R>,
    atom: &Atom,
) -> Result<bool, Fault> {
    let (version, _) = atom.version(input)?;
    let (id_at, matrix_at) = if version == 1 { (20, 52) } else { (12, 40) };
    atom.at(input, id_at, 4)?;
    track.id = input.be32()?;
    atom.at(input, matrix_at, 44)?;
    let [a, b, _, c, d] = [input.be32()?, input.be32()?, input.be32()?, input.be32()?, input.be32()?];
    atom.at(input, matrix_at + 36, 8)?;
    // 16.16 fixed point, rounded.
    let mut side = || input.be32().map(|side| (side >> 16) + (side >> 15 & 1));
    track.size = (side()?, side()?);
    forget_dates(patches, atom, version)?;
    Ok(a == 0 && d == 0 && b != 0 && c != 0)
}

/// Keeps only references between kinds of tracks that are kept.
fn references<R: Read + Seek>(
    budget: &mut Budget,
    patches: &mut Patches,
    input: &mut Input<R>,
    atom: &Atom,
) -> Result<(), Fault> {
    let mut boxes = atom.children(0)?;
    while let Some(reference) = boxes.next(input, budget)? {
        if !matches!(&reference.kind, b"chap" | b"subt" | b"forc" | b"folw" | b"cdep" | b"auxl") {
            reference.erase(patches)?;
        }
    }
    Ok(())
}

fn media<R: Read + Seek>(
    track: &mut Track,
    budget: &mut Budget,
    patches: &mut Patches,
    input: &mut Input<R>,
    atom: &Atom,
) -> Result<(), Fault> {
    let mut information = None;
    let mut boxes = atom.children(0)?;
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"mdhd" => (track.timescale, track.duration) = times(patches, input, &atom)?,
            b"hdlr" => {
                atom.at(input, 8, 4)?;
                track.role = match &input.array()? {
                    b"vide" => Role::Video,
                    b"soun" => Role::Sound,
                    b"sbtl" | b"subt" | b"text" | b"clcp" => Role::Text,
                    _ => Role::Private,
                };
            }
            b"minf" => information = Some(atom),
            b"elng" => {}
            _ => atom.erase(patches)?,
        }
    }
    // What the descriptions look like depends on the handler, which may come later.
    let information = information.ok_or(Fault::malformed("a track has no description"))?;
    let mut boxes = information.children(0)?;
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"dinf" => check_data_references(input, &atom, budget)?,
            b"stbl" => sample_tables(track, budget, patches, input, &atom)?,
            b"vmhd" | b"smhd" | b"nmhd" | b"sthd" | b"hmhd" | b"gmhd" | b"hdlr" => {}
            _ => atom.erase(patches)?,
        }
    }
    Ok(())
}

fn sample_tables<R: Read + Seek>(
    track: &mut Track,
    budget: &mut Budget,
    patches: &mut Patches,
    input: &mut Input<R>,
    atom: &Atom,
) -> Result<(), Fault> {
    let mut boxes = atom.children(0)?;
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"stsd" => descriptions(track, budget, patches, input, &atom)?,
            b"stsz" | b"stz2" => track.tables.sizes = Some(atom),
            b"stsc" => track.tables.runs = Some(atom),
            b"stco" | b"co64" => track.tables.chunks = Some(atom),
            b"stts" | b"ctts" | b"cslg" | b"stss" | b"stsh" | b"sdtp" | b"sbgp" | b"sgpd" | b"subs"
            | b"saiz" | b"saio" | b"padb" | b"stdp" | b"stps" => {}
            _ => atom.erase(patches)?,
        }
    }
    Ok(())
}

/// Erases private boxes in sample descriptions, and takes the size from there when the header has none.
fn descriptions<R: Read + Seek>(
    track: &mut Track,
    budget: &mut Budget,
    patches: &mut Patches,
    input: &mut Input<R>,
    atom: &Atom,
) -> Result<(), Fault> {
    let mut entries = atom.children(8)?;
    while let Some(entry) = entries.next(input, budget)? {
        if matches!(&entry.kind, b"encv" | b"enca") {
            return Err(Fault::unsupported("an encrypted file"));
        }
        let fixed = match track.role {
            Role::Video => {
                entry.at(input, 24, 4)?;
                let stored = (u32::from(input.be16()?), u32::from(input.be16()?));
                if track.size.0 == 0 || track.size.1 == 0 {
                    track.size = stored;
                }
                78
            }
            Role::Sound => {
                entry.at(input, 8, 2)?;
                match input.be16()? {
                    0 => 28,
                    // QuickTime's longer descriptions have no private boxes worth guessing for.
                    _ => continue,
                }
            }
            Role::Text | Role::Private => continue,
        };
        let mut boxes = entry.children(fixed)?;
        while let Some(inner) = boxes.next(input, budget)? {
            if matches!(&inner.kind, b"uuid" | b"udta" | b"meta" | b"free" | b"skip" | b"wide") {
                inner.erase(patches)?;
            }
        }
    }
    Ok(())
}
