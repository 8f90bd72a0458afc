//! What an uploaded file really is, whether it is well formed, how large and long it is, and a copy of it
//! without places, names and other private metadata.
//! Works on files of any size in constant memory and blocks, so it is called on a blocking pool.
//! It never decodes pictures or sound: a well-formed container may still hold a broken stream.

mod avif;
mod bmff;
mod exif;
mod gif;
mod input;
mod jpeg;
mod mp3;
mod mp4;
mod patch;
mod pdf;
mod png;
mod sniff;
pub mod vtt;
mod webm;
mod webp;

use std::io::{self, BufWriter, Read, Seek, Write};

use super::format::Format;
use input::Input;
pub use sniff::{Refusal, Sniffed, sniff};

/// Frames an animated picture may have: files of ten thousand tiny frames are a known attack.
pub const MAX_FRAMES: u32 = 1_000;

/// Pixels of all frames of an animated picture together.
pub const MAX_ANIMATION_PIXELS: u64 = 1_000_000_000;

/// What the container says about its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Pixels as shown: after orientation, rotation and pixel aspect.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Of video, audio and captions; animated pictures have none.
    pub duration_ms: Option<u64>,
    /// The EXIF orientation the cleaned copy still carries, 1 to 8; 1 when there is none.
    pub orientation: u8,
    pub animated: bool,
    pub has_audio: bool,
    pub has_video: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            duration_ms: None,
            orientation: 1,
            animated: false,
            has_audio: false,
            has_video: false,
        }
    }
}

impl Facts {
    /// A picture stored as `width` × `height` that is to be turned as EXIF `orientation` says.
    fn picture(width: u32, height: u32, orientation: u8) -> Self {
        let (width, height) = if orientation >= 5 { (height, width) } else { (width, height) };
        Self { width: Some(width), height: Some(height), orientation, ..Self::default() }
    }
}

/// Why a file is not accepted. The texts are meant for the person who uploaded it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the file ends in the middle of {what}")]
    Truncated { what: &'static str },
    #[error("the file is damaged: {what}")]
    Malformed { what: &'static str },
    #[error("{what} cannot be used here")]
    Unsupported { what: &'static str },
    #[error("the picture has more than {MAX_FRAMES} frames")]
    TooManyFrames,
    #[error("{what} is too large")]
    TooLarge { what: &'static str },
    /// `line` counts from 1.
    #[error("line {line}: {what}")]
    Line { line: u32, what: &'static str },
}

/// The file is not acceptable, or could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error("could not read or write the file")]
    Io(#[from] io::Error),
}

impl Fault {
    const fn malformed(what: &'static str) -> Self {
        Self::Rejected(Rejection::Malformed { what })
    }

    const fn unsupported(what: &'static str) -> Self {
        Self::Rejected(Rejection::Unsupported { what })
    }
}

/// Checks `source` as a file of `format` and writes the copy without private metadata to `target`.
///
/// `target` must be empty and at its start. After an error it holds garbage and is to be thrown away.
/// The copy is never more than 64 bytes longer than the source.
pub fn clean<R: Read + Seek, W: Write + Seek>(
    format: Format,
    source: &mut R,
    target: &mut W,
) -> Result<Facts, Fault> {
    let input = &mut Input::new(source)?;
    let mut out = BufWriter::with_capacity(64 * 1024, target);
    let facts = match format {
        Format::Jpeg => jpeg::clean(input, &mut out),
        Format::Png => png::clean(input, &mut out),
        Format::Webp => webp::clean(input, &mut out),
        Format::Avif => avif::clean(input, &mut out),
        Format::Gif => gif::clean(input, &mut out),
        Format::Mp4 => mp4::clean(input, &mut out, mp4::Wanted::Video),
        Format::M4a => mp4::clean(input, &mut out, mp4::Wanted::Audio),
        Format::Webm => webm::clean(input, &mut out),
        Format::Mp3 => mp3::clean(input, &mut out),
        Format::Pdf => pdf::clean(input, &mut out),
        Format::Vtt => vtt::clean(input, &mut out),
    }?;
    out.flush()?;
    Ok(facts)
}

#[cfg(test)]
mod tests;
