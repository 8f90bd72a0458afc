//! The list of tracks of a `WebM`: only its own codecs are accepted, and tracks lose their names.

use std::io::{Read, Seek};

use super::{
    super::{Fault, input::Input, patch::Patches},
    ebml::Element,
};

const MAX_TRACKS: usize = 64;

#[derive(Default)]
pub(super) struct Tracks {
    /// As shown, of the first video track.
    pub(super) size: Option<(u32, u32)>,
    pub(super) audio: bool,
}

pub(super) fn read<R: Read + Seek>(
    input: &mut Input<R>,
    list: &Element,
    patches: &mut Patches,
) -> Result<Tracks, Fault> {
    let mut tracks = Tracks::default();
    let mut count = 0;
    let mut row = list.children();
    while let Some(entry) = row.next(input)? {
        if entry.id != 0xAE {
            entry.void(patches)?;
            continue;
        }
        count += 1;
        if count > MAX_TRACKS {
            return Err(Fault::malformed("it has too many tracks"));
        }
        track(input, &entry, patches, &mut tracks)?;
    }
    Ok(tracks)
}

fn track<R: Read + Seek>(
    input: &mut Input<R>,
    entry: &Element,
    patches: &mut Patches,
    tracks: &mut Tracks,
) -> Result<(), Fault> {
    let mut kind = 0;
    let mut codec = Vec::new();
    let mut size = None;
    let mut row = entry.children();
    while let Some(field) = row.next(input)? {
        match field.id {
            0x83 => kind = field.number(input)?,
            0x86 => codec = field.content(input, 64)?,
            0xE0 => size = Some(video_size(input, &field)?),
            // Void, checksum, name, codec name, tags inside of tracks of other writers.
            0xEC | 0xBF | 0x536E | 0x25_8688 => field.void(patches)?,
            _ => {}
        }
    }
    let codec = codec.split(|byte| *byte == 0).next().unwrap_or_default();
    match (kind, codec) {
        (1, b"V_VP8" | b"V_VP9" | b"V_AV1") => {
            let size = size.ok_or(Fault::malformed("the video has no size"))?;
            tracks.size.get_or_insert(size);
        }
        (2, b"A_VORBIS" | b"A_OPUS") => tracks.audio = true,
        (17, b"D_WEBVTT/SUBTITLES" | b"D_WEBVTT/CAPTIONS" | b"S_TEXT/WEBVTT") => {}
        _ => return Err(Fault::unsupported("a WebM with this kind of track")),
    }
    Ok(())
}

/// The size as shown, or as stored when none is given (RFC 9559, 5.1.4.1.28).
fn video_size<R: Read + Seek>(input: &mut Input<R>, video: &Element) -> Result<(u32, u32), Fault> {
    let (mut stored, mut shown, mut unit) = ((0, 0), (0, 0), 0);
    let mut row = video.children();
    while let Some(field) = row.next(input)? {
        match field.id {
            0xB0 => stored.0 = field.number(input)?,
            0xBA => stored.1 = field.number(input)?,
            0x54B0 => shown.0 = field.number(input)?,
            0x54BA => shown.1 = field.number(input)?,
            0x54B2 => unit = field.number(input)?,
            _ => {}
        }
    }
    // Other units than pixels say only a ratio.
    let pixels = |shown: u64, stored: u64| if unit == 0 && shown > 0 { shown } else { stored };
    let size = (pixels(shown.0, stored.0), pixels(shown.1, stored.1));
    match (u32::try_from(size.0), u32::try_from(size.1)) {
        (Ok(width), Ok(height)) if width > 0 && height > 0 && stored.0 > 0 && stored.1 > 0 => {
            Ok((width, height))
        }
        _ => Err(Fault::malformed("the video has no possible size")),
    }
}
