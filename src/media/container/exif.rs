//! The one thing that is kept of EXIF: which way up a picture is shown (tag 0x0112).
//! Reads only the first directory of the TIFF structure; everything else in it may be private.

/// As much of an EXIF block as is looked at; the first directory is at its beginning.
pub(super) const LOOKED_AT: u64 = 64 * 1024;

/// The orientation in a TIFF structure, 1 to 8; 1 when it has none or is damaged.
pub(super) fn orientation(exif: &[u8]) -> u8 {
    // Some writers put the marker of the JPEG segment in front in other formats, too.
    find(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)).unwrap_or(1)
}

/// The smallest TIFF structure that says `orientation`.
pub(super) const fn minimal(orientation: u8) -> [u8; 26] {
    #[rustfmt::skip]
    let tiff = [
        b'M', b'M', 0, 42, 0, 0, 0, 8,
        0, 1,
        0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
        0, 0, 0, 0,
    ];
    tiff
}

fn find(tiff: &[u8]) -> Option<u8> {
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |bytes: &[u8]| {
        let bytes: [u8; 2] = bytes.get(..2)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let offset: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let offset = if big { u32::from_be_bytes(offset) } else { u32::from_le_bytes(offset) };
    let directory = tiff.get(usize::try_from(offset).ok()?..)?;
    let count = usize::from(short(directory)?);
    let entry = directory
        .get(2..)?
        .chunks_exact(12)
        .take(count)
        .find(|entry| short(entry) == Some(0x0112) && short(&entry[2..]) == Some(3))?;
    u8::try_from(short(&entry[8..])?).ok().filter(|value| (1..=8).contains(value))
}

#[cfg(test)]
mod tests;
