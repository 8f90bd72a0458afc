//! Looking at a file that somebody uploaded: a clean copy of it, and what is to be known of it.
//!
//! Three steps. The first takes no memory to speak of, the second as much as the file has, and the third, for images alone,
//! as much as the header of the image says. The caller reserves memory before the second and the third.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Format;
use super::container::{self, Facts, Fault, Sniffed};
use super::raster::{self, Bounds, Measure, Placeholder, Rendering, Source};
use crate::private;

/// No image of more is looked at, whatever the memory: 100 megapixels, and what WebP can hold on a side.
pub const BOUNDS: Bounds = Bounds { max_pixels: 100_000_000, max_side: 16_383 };
/// Pixels on the longest side that are enough to see what to show while an image loads.
const LOOK: u32 = 256;
/// As much as any format needs to be told by.
const HEAD: u64 = 4 * 1024;

/// A clean copy of a file, and what its container says.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    pub format: Format,
    pub facts: Facts,
    pub byte_size: u64,
    pub sha256: [u8; 32],
}

/// Why a file was not taken, or not looked at.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// For whoever uploaded it.
    #[error("{0}")]
    Rejected(String),
    /// The machine's fault.
    #[error("a file could not be read or written: {0}")]
    Io(#[from] io::Error),
}

impl From<Fault> for Unfit {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Rejected(rejection) => Self::Rejected(rejection.to_string()),
            Fault::Io(error) => Self::Io(error),
        }
    }
}

impl From<raster::Rejection> for Unfit {
    fn from(rejection: raster::Rejection) -> Self {
        Self::Rejected(rejection.to_string())
    }
}

/// Writes a clean copy of `source` to `target`. It must be what it was announced as.
pub fn clean(announced: Format, source: &Path, target: &Path) -> Result<Inspected, Unfit> {
    let mut source = File::open(source)?;
    let mut head = Vec::new();
    Read::by_ref(&mut source).take(HEAD).read_to_end(&mut head)?;
    source.seek(SeekFrom::Start(0))?;
    match container::sniff(&head) {
        Sniffed::Known(found) if found == announced => {}
        // Which of the two it is, its tracks say.
        Sniffed::Known(Format::Mp4) if announced == Format::M4a => {}
        Sniffed::Known(found) => {
            let message = format!("the file is {}, not {}", found.mime(), announced.mime());
            return Err(Unfit::Rejected(message));
        }
        Sniffed::Refused(reason) => return Err(Unfit::Rejected(reason.to_string())),
        Sniffed::Unknown => return Err(Unfit::Rejected(format!("the file is not {}", announced.mime()))),
    }
    let mut copy = BufWriter::new(private::create(target)?);
    let facts = container::clean(announced, &mut source, &mut copy)?;
    copy.flush()?;
    drop(copy);
    let (byte_size, sha256) = digest(target)?;
    Ok(Inspected { format: announced, facts, byte_size, sha256 })
}

fn digest(path: &Path) -> io::Result<(u64, [u8; 32])> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, hash.finalize().into()));
        }
        hash.update(&buffer[..read]);
        size += u64::try_from(read).unwrap_or(u64::MAX);
    }
}

/// Reads from an image what it takes to decode it. `None` for what is no image.
pub fn measure(format: Format, bytes: &[u8]) -> Result<Option<Measure>, Unfit> {
    let Some(source) = source_of(format) else { return Ok(None) };
    Ok(Some(raster::measure(source, bytes, &BOUNDS)?))
}

/// What an image takes of which this was kept: samples of a pixel, and bytes that decoding holds. Without them it is the most
/// that such an image can take. `None` for what is no image.
pub fn measured(format: Format, size: (u32, u32), kept: Option<(u8, u64)>) -> Option<Measure> {
    let source = source_of(format)?;
    match kept {
        Some((samples, decoding)) => Measure::known(size.0, size.1, samples, decoding),
        None => Some(Measure::at_most(source, size.0, size.1)),
    }
}

/// What [`look`] takes besides the file itself, in bytes.
pub fn memory_to_look(measure: &Measure) -> u64 {
    measure.to_decode(Some(LOOK))
}

/// Decodes an image, which shows that it can be shown, and answers what to show meanwhile.
pub fn look(format: Format, bytes: &[u8]) -> Result<Placeholder, Unfit> {
    let picture = raster::decode(image(format)?, bytes, &BOUNDS, Some(LOOK))?;
    Ok(picture.placeholder())
}

/// An image in another size or format. It takes what [`Measure::to_render`] says of what is known, so a file that takes
/// more is refused.
pub fn render(
    format: Format,
    bytes: &[u8],
    known: &Measure,
    rendering: &Rendering,
) -> Result<Vec<u8>, Unfit> {
    let source = image(format)?;
    let measure = raster::measure(source, bytes, &BOUNDS)?;
    if !measure.is_within(known) {
        return Err(Unfit::Rejected("the image takes more memory than it did when it was stored".to_owned()));
    }
    let picture = raster::decode(source, bytes, &BOUNDS, Some(measure.target(rendering)))?;
    Ok(picture.render(rendering)?)
}

fn image(format: Format) -> Result<Source, Unfit> {
    source_of(format).ok_or_else(|| Unfit::Rejected("not an image".to_owned()))
}

fn source_of(format: Format) -> Option<Source> {
    match format {
        Format::Jpeg => Some(Source::Jpeg),
        Format::Png => Some(Source::Png),
        Format::Webp => Some(Source::Webp),
        Format::Avif => Some(Source::Avif),
        Format::Gif => Some(Source::Gif),
        Format::Mp4 | Format::Webm | Format::Mp3 | Format::M4a | Format::Pdf | Format::Vtt => None,
    }
}
