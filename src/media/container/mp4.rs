//! MP4 and M4A (ISO/IEC 14496-12 and -14): a copy in which no byte moves, so that all sample offsets stay right.
//! Private boxes become `free` ones full of zeros, dates become zero, and tracks of timed metadata (places,
//! sensors, timecode) lose their samples. Media bytes that no track refers to are not looked at.

mod fragment;
mod table;
mod track;

use std::io::{Read, Seek, Write};

use super::{
    Facts, Fault,
    bmff::{Atom, Boxes, Budget, brands},
    input::Input,
    patch::Patches,
};
use fragment::Fragments;
use track::{Role, Track};

/// Films have a handful, even with ten languages of captions.
const MAX_TRACKS: usize = 64;

/// Parts of media data; fragmented files have one for each fragment.
const MAX_MEDIA_PARTS: usize = 100_000;

/// What the file is uploaded as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Video,
    Audio,
}

/// What has been read so far.
struct Movie {
    budget: Budget,
    patches: Patches,
    tracks: Vec<Track>,
    /// Units a second, and the length in them (0 when the header does not say).
    timescale: u32,
    duration: u64,
    header: bool,
    seen: bool,
    fragments: Fragments,
    media: Vec<(u64, u64)>,
}

pub(super) fn clean<R: Read + Seek, W: Write + Seek>(
    input: &mut Input<R>,
    out: &mut W,
    wanted: Wanted,
) -> Result<Facts, Fault> {
    let mut movie = Movie {
        budget: Budget::new(),
        patches: Patches::default(),
        tracks: Vec::new(),
        timescale: 0,
        duration: 0,
        header: false,
        seen: false,
        fragments: Fragments::default(),
        media: Vec::new(),
    };
    // The media of a fragment follow it.
    let mut fragment_waits = false;
    let mut boxes = Boxes::of_file(input.len());
    let first = boxes.next(input, &mut movie.budget)?.ok_or_else(|| input.truncated())?;
    check_brands(&brands(input, &first)?)?;
    while let Some(atom) = boxes.next(input, &mut movie.budget)? {
        match &atom.kind {
            b"moov" if movie.seen => return Err(Fault::malformed("it has two indexes")),
            b"moov" => {
                movie.seen = true;
                movie.index(input, &atom)?;
            }
            b"moof" => {
                if !movie.seen {
                    return Err(Fault::malformed("a fragment comes before the index"));
                }
                fragment::read(&mut movie, input, &atom)?;
                fragment_waits = true;
            }
            b"mdat" => {
                if movie.media.len() >= MAX_MEDIA_PARTS {
                    return Err(Fault::malformed("it has too many parts"));
                }
                movie.media.push((atom.body, atom.end));
                fragment_waits = false;
            }
            b"styp" | b"sidx" | b"ssix" | b"mfra" | b"pdin" => {}
            _ => atom.erase(&mut movie.patches)?,
        }
    }
    if fragment_waits {
        input.within("its media");
        return Err(input.truncated());
    }
    movie.finish(input, out, wanted)
}

fn check_brands(brands: &[[u8; 4]]) -> Result<(), Fault> {
    let known = |brand: &[u8; 4]| {
        matches!(
            brand,
            b"isom" | b"mp41" | b"mp42" | b"avc1" | b"M4V " | b"M4VH" | b"M4VP" | b"M4A " | b"M4B " | b"dash"
        ) || matches!(brand, [b'i', b's', b'o', b'2'..=b'9'])
    };
    if brands.iter().any(known) {
        Ok(())
    } else if brands.contains(b"qt  ") {
        Err(Fault::unsupported("a QuickTime file"))
    } else {
        Err(Fault::unsupported("this kind of MP4"))
    }
}

impl Movie {
    fn index<R: Read + Seek>(&mut self, input: &mut Input<R>, index: &Atom) -> Result<(), Fault> {
        let mut boxes = index.children(0)?;
        while let Some(atom) = boxes.next(input, &mut self.budget)? {
            match &atom.kind {
                b"mvhd" => {
                    let (timescale, duration) = times(&mut self.patches, input, &atom)?;
                    self.timescale = timescale;
                    self.duration = duration;
                    self.header = true;
                }
                b"trak" => {
                    if self.tracks.len() >= MAX_TRACKS {
                        return Err(Fault::malformed("it has too many tracks"));
                    }
                    let track = track::read(&mut self.budget, &mut self.patches, input, atom)?;
                    self.tracks.push(track);
                }
                b"mvex" => self.fragments.defaults(&mut self.budget, &mut self.patches, input, &atom)?,
                b"iods" => {}
                b"cmov" => return Err(Fault::unsupported("a compressed index")),
                _ => atom.erase(&mut self.patches)?,
            }
        }
        Ok(())
    }

    fn finish<R: Read + Seek, W: Write + Seek>(
        mut self,
        input: &mut Input<R>,
        out: &mut W,
        wanted: Wanted,
    ) -> Result<Facts, Fault> {
        if !self.seen || !self.header {
            return Err(Fault::malformed("it has no index"));
        }
        let fragmented = self.fragments.any();
        let mut facts = Facts::default();
        for track in &self.tracks {
            match track.role {
                Role::Video => {
                    facts.has_video = true;
                    if facts.width.is_none() {
                        let (width, height) = track.size;
                        if width == 0 || height == 0 {
                            return Err(Fault::malformed("the video has no size"));
                        }
                        facts.width = Some(width);
                        facts.height = Some(height);
                    }
                }
                Role::Sound => facts.has_audio = true,
                Role::Text => {}
                Role::Private if fragmented => {
                    return Err(Fault::unsupported("a fragmented file with a track of metadata"));
                }
                Role::Private => {
                    track.atom.erase(&mut self.patches)?;
                    continue;
                }
            }
            let samples = table::check(input, track)?;
            if samples == 0 && !self.fragments.seen() && track.role != Role::Text {
                return Err(Fault::malformed("a track is empty"));
            }
        }
        match wanted {
            Wanted::Video if !facts.has_video => {
                return Err(Fault::unsupported("a video file without a video"));
            }
            Wanted::Audio if facts.has_video => return Err(Fault::unsupported("a sound file with a video")),
            Wanted::Audio if !facts.has_audio => {
                return Err(Fault::unsupported("a sound file without sound"));
            }
            _ => {}
        }
        facts.duration_ms = self.duration_ms();
        let Self { patches, tracks, media, .. } = self;
        patches.copy(input, input.len(), out)?;
        let mut budget = input.len();
        for track in tracks.iter().filter(|track| track.role == Role::Private) {
            table::erase_samples(input, track, &media, &mut budget, out)?;
        }
        Ok(facts)
    }

    fn duration_ms(&self) -> Option<u64> {
        let header = milliseconds(self.duration, self.timescale);
        let extended = milliseconds(self.fragments.extended_duration(), self.timescale);
        let fragments = self
            .tracks
            .iter()
            .map(|track| milliseconds(self.fragments.end_of(track.id), track.timescale).unwrap_or(0));
        let tracks = self.tracks.iter().filter(|track| track.role != Role::Private);
        let tracks = tracks.filter_map(|track| milliseconds(track.duration, track.timescale));
        let known = |duration: &u64| *duration > 0;
        header
            .max(extended)
            .filter(known)
            .or_else(|| fragments.max().filter(known))
            .or_else(|| tracks.max().filter(known))
    }
}

/// `None` when there is no scale to read the duration by.
fn milliseconds(duration: u64, timescale: u32) -> Option<u64> {
    let milliseconds = (u128::from(duration) * 1000).checked_div(u128::from(timescale))?;
    u64::try_from(milliseconds).ok()
}

/// Timescale and duration of a movie or media header, whose dates are set to zero.
/// An unknown duration (all bits set) is 0.
fn times<R: Read + Seek>(
    patches: &mut Patches,
    input: &mut Input<R>,
    atom: &Atom,
) -> Result<(u32, u64), Fault> {
    let (version, _) = atom.version(input)?;
    let (timescale, duration) = if version == 1 {
        atom.at(input, 20, 12)?;
        let timescale = input.be32()?;
        (timescale, Some(input.be64()?).filter(|duration| *duration != u64::MAX))
    } else {
        atom.at(input, 12, 8)?;
        let timescale = input.be32()?;
        (timescale, Some(input.be32()?).filter(|duration| *duration != u32::MAX).map(u64::from))
    };
    forget_dates(patches, atom, version)?;
    if timescale == 0 {
        return Err(Fault::malformed("a timescale is zero"));
    }
    Ok((timescale, duration.unwrap_or(0)))
}

/// Creation and modification time stand first in all three headers; the caller has read further than them.
fn forget_dates(patches: &mut Patches, atom: &Atom, version: u8) -> Result<(), Fault> {
    let end = atom.body + if version == 1 { 20 } else { 12 };
    patches.zero(atom.body + 4, end)
}

#[cfg(test)]
mod tests;
