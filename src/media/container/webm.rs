//! `WebM` (RFC 8794 and 9559, <https://www.webmproject.org/docs/container/>): a copy in which no byte moves.
//! Tags, attachments, titles and dates become `Void` elements full of zeros; everything after the segment is
//! cut. Blocks are only checked to be whole.

mod ebml;
mod track;

use std::io::{Read, Seek, Write};

use super::{Facts, Fault, input::Input, patch::Patches};
use ebml::{Element, Row};
use track::Tracks;

const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114D_9B74;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const CLUSTER: u32 = 0x1F43_B675;
const CUES: u32 = 0x1C53_BB6B;
const CHAPTERS: u32 = 0x1043_A770;
const TAGS: u32 = 0x1254_C367;
const ATTACHMENTS: u32 = 0x1941_A469;

/// Real headers have about forty bytes.
const MAX_HEADER: u64 = 4_096;

#[derive(Default)]
struct Segment {
    patches: Patches,
    tracks: Option<Tracks>,
    /// Nanoseconds in a tick; 1,000,000 when not given.
    scale: Option<u64>,
    /// In ticks.
    duration: Option<f64>,
    /// The last time a block begins, in ticks.
    last: u64,
    clusters: bool,
}

pub(super) fn clean<R: Read + Seek, W: Write + Seek>(
    input: &mut Input<R>,
    out: &mut W,
) -> Result<Facts, Fault> {
    let mut row = Row::new(0, input.len());
    let header = row.next(input)?.ok_or_else(|| input.truncated())?;
    check_header(input, &header)?;
    let mut segment = Segment::default();
    let end = loop {
        let element = row.next(input)?.ok_or(Fault::malformed("it has no content"))?;
        if element.id == SEGMENT {
            segment.read(input, &element)?;
            break element.end;
        }
        element.void(&mut segment.patches)?;
    };
    if !segment.clusters {
        return Err(Fault::malformed("it has no content"));
    }
    let duration_ms = segment.duration_ms();
    let tracks = segment.tracks.ok_or(Fault::malformed("it has no tracks"))?;
    let (width, height) = tracks.size.ok_or(Fault::unsupported("a video file without a video"))?;
    segment.patches.copy(input, end, out)?;
    Ok(Facts {
        width: Some(width),
        height: Some(height),
        duration_ms,
        has_audio: tracks.audio,
        has_video: true,
        ..Facts::default()
    })
}

fn check_header<R: Read + Seek>(input: &mut Input<R>, header: &Element) -> Result<(), Fault> {
    if header.id != 0x1A45_DFA3 || header.unknown || header.len() > MAX_HEADER {
        return Err(Fault::malformed("it does not begin like a WebM"));
    }
    let mut row = header.children();
    while let Some(element) = row.next(input)? {
        if element.id == 0x4282 {
            let name = element.content(input, 32)?;
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            return match name {
                b"webm" => Ok(()),
                b"matroska" => Err(Fault::unsupported("a Matroska file")),
                _ => Err(Fault::unsupported("this kind of file")),
            };
        }
    }
    Err(Fault::malformed("it does not say that it is a WebM"))
}

impl Segment {
    fn read<R: Read + Seek>(&mut self, input: &mut Input<R>, segment: &Element) -> Result<(), Fault> {
        let mut row = segment.children();
        while let Some(element) = row.next(input)? {
            if element.unknown && element.id != CLUSTER {
                return Err(Fault::malformed("a part has no length"));
            }
            match element.id {
                SEEK_HEAD => self.seek_head(input, &element)?,
                INFO => self.info(input, &element)?,
                TRACKS if self.tracks.is_some() => {
                    return Err(Fault::malformed("it has two lists of tracks"));
                }
                TRACKS => self.tracks = Some(track::read(input, &element, &mut self.patches)?),
                CLUSTER => {
                    self.clusters = true;
                    let end = self.cluster(input, &element)?;
                    row.resume_at(end);
                }
                // Chapters have names, but those are for whoever watches.
                CUES | CHAPTERS => {}
                _ => element.void(&mut self.patches)?,
            }
        }
        Ok(())
    }

    /// Entries for parts that are removed are removed with them.
    fn seek_head<R: Read + Seek>(&mut self, input: &mut Input<R>, head: &Element) -> Result<(), Fault> {
        let mut row = head.children();
        while let Some(entry) = row.next(input)? {
            let mut kept = false;
            if entry.id == 0x4DBB {
                let mut fields = entry.children();
                while let Some(field) = fields.next(input)? {
                    if field.id == 0x53AB {
                        let id = field.content(input, 8)?;
                        let known = [SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES, CHAPTERS];
                        kept = known.iter().any(|known| known.to_be_bytes() == id.as_slice());
                    }
                }
            }
            if !kept {
                entry.void(&mut self.patches)?;
            }
        }
        Ok(())
    }

    fn info<R: Read + Seek>(&mut self, input: &mut Input<R>, info: &Element) -> Result<(), Fault> {
        let mut row = info.children();
        while let Some(element) = row.next(input)? {
            match element.id {
                0x2AD7B1 => self.scale = Some(element.number(input)?),
                0x4489 => self.duration = element.float(input)?,
                // The names of the programs that made it are mandatory.
                0x4D80 | 0x5741 => {}
                _ => element.void(&mut self.patches)?,
            }
        }
        if self.scale == Some(0) {
            return Err(Fault::malformed("its timescale is zero"));
        }
        Ok(())
    }

    /// Returns where the cluster ends, which for one of unknown size only its content tells.
    fn cluster<R: Read + Seek>(&mut self, input: &mut Input<R>, cluster: &Element) -> Result<u64, Fault> {
        let mut time: u64 = 0;
        let mut row = cluster.children();
        while let Some(element) = row.next(input)? {
            if element.unknown || cluster.unknown && element.is_top_level() {
                if cluster.unknown && element.is_top_level() {
                    return Ok(element.start);
                }
                return Err(Fault::malformed("a part has no length"));
            }
            match element.id {
                0xE7 => time = element.number(input)?,
                0xA3 => self.block(input, &element, time)?,
                0xA0 => {
                    let mut group = element.children();
                    while let Some(inner) = group.next(input)? {
                        match inner.id {
                            0xA1 => self.block(input, &inner, time)?,
                            0xEC | 0xBF => inner.void(&mut self.patches)?,
                            _ => {}
                        }
                    }
                }
                // Position, size of the one before, silent tracks.
                0xA7 | 0xAB | 0x5854 => {}
                _ => element.void(&mut self.patches)?,
            }
        }
        Ok(cluster.end)
    }

    /// A block begins with its track's number and its time relative to the cluster's (RFC 9559, 10.1).
    fn block<R: Read + Seek>(
        &mut self,
        input: &mut Input<R>,
        block: &Element,
        time: u64,
    ) -> Result<(), Fault> {
        input.seek(block.body)?;
        let (_, width) = ebml::size(input)?;
        if block.len() < width + 3 {
            return Err(Fault::malformed("a block is too short"));
        }
        let relative = i16::from_be_bytes(input.array()?);
        self.last = self.last.max(time.saturating_add_signed(i64::from(relative)));
        Ok(())
    }

    fn duration_ms(&self) -> Option<u64> {
        let scale = self.scale.unwrap_or(1_000_000);
        let ticks = self.duration.filter(|duration| duration.is_finite() && *duration > 0.0);
        if let Some(ticks) = ticks {
            let nanoseconds = ticks * std::time::Duration::from_nanos(scale).as_secs_f64();
            let duration = std::time::Duration::try_from_secs_f64(nanoseconds).ok()?;
            return u64::try_from(duration.as_millis()).ok();
        }
        u64::try_from(u128::from(self.last) * u128::from(scale) / 1_000_000).ok().filter(|last| *last > 0)
    }
}

#[cfg(test)]
mod tests;
