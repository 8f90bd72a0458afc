//! Finds the orientation in EXIF data, and nothing else (CIPA DC-008, "Orientation", tag 0x0112).

use super::orientation::Orientation;
use super::reader::Reader;

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;

/// `data` is a TIFF file, with or without the `Exif` mark that some writers leave before it.
pub(super) fn orientation(data: &[u8]) -> Orientation {
    let tiff = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
    find(tiff).and_then(Orientation::from_exif).unwrap_or_default()
}

fn find(tiff: &[u8]) -> Option<u16> {
    let mut header = Reader(tiff);
    let little = match &header.array::<2>()? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let u16_of = |reader: &mut Reader<'_>| if little { reader.u16_le() } else { reader.u16_be() };
    let u32_of = |reader: &mut Reader<'_>| if little { reader.u32_le() } else { reader.u32_be() };
    header.take(2)?;
    let offset = usize::try_from(u32_of(&mut header)?).ok()?;
    let mut directory = Reader(tiff.get(offset..)?);
    for _ in 0..u16_of(&mut directory)? {
        let tag = u16_of(&mut directory)?;
        let kind = u16_of(&mut directory)?;
        directory.take(4)?;
        let mut value = Reader(directory.take(4)?);
        if tag == ORIENTATION && kind == SHORT {
            return u16_of(&mut value);
        }
    }
    None
}
