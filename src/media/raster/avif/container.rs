//! The boxes of an AVIF file (ISO/IEC 14496-12, 23008-12): where the primary picture and its alpha lie, and what
//! is said of them. It follows only what those two items need, so a file full of others costs nothing.

use std::borrow::Cow;

use super::super::Rejection;
use super::super::orientation::Orientation;
use super::super::reader::Reader;

/// Pieces of one item. Writers use one.
const MOST_EXTENTS: u16 = 64;

pub(super) struct Container<'a> {
    /// Width and height in pixels, as stored.
    pub(super) size: (u32, u32),
    pub(super) colour: Cow<'a, [u8]>,
    pub(super) alpha: Option<Cow<'a, [u8]>>,
    pub(super) colours: Option<Colours<'a>>,
    pub(super) orientation: Orientation,
    /// Bits of a sample.
    pub(super) depth: u8,
    /// Fewer samples of colour across, and down.
    subsampled: (bool, bool),
}

pub(super) enum Colours<'a> {
    Icc(&'a [u8]),
    CodePoints(CodePoints),
}

/// ITU-T H.273.
#[derive(Clone, Copy)]
pub(super) struct CodePoints {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    pub(super) matrix: u8,
    pub(super) full_range: bool,
}

impl Container<'_> {
    /// Samples of all planes of colour in so many pixels.
    pub(super) const fn samples(&self, pixels: u64) -> u64 {
        let shared = match self.subsampled {
            (true, true) => 4,
            (true, false) | (false, true) => 2,
            (false, false) => 1,
        };
        pixels + 2 * pixels.div_ceil(shared)
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Container<'_>, Rejection> {
    let meta = find(bytes, *b"meta").and_then(|meta| meta.get(4..)).ok_or(Rejection::Malformed)?;
    let primary = find(meta, *b"pitm").and_then(numbered).ok_or(Rejection::Malformed)?;
    match item_type(meta, primary).ok_or(Rejection::Malformed)? {
        [b'a', b'v', b'0', b'1'] => {}
        [b'g', b'r', b'i', b'd'] => {
            return Err(Rejection::Unsupported { what: "an AVIF file made of tiles" });
        }
        _ => return Err(Rejection::Unsupported { what: "an AVIF file without an AV1 picture" }),
    }
    read_primary(bytes, meta, primary).ok_or(Rejection::Malformed)
}

fn read_primary<'a>(bytes: &'a [u8], meta: &'a [u8], primary: u32) -> Option<Container<'a>> {
    let mut size = None;
    let mut colours = None;
    let mut orientation = Orientation::default();
    let (mut depth, mut subsampled) = (12, (false, false));
    for (kind, data) in properties(meta, primary)? {
        let mut reader = Reader(data);
        match &kind {
            b"ispe" => {
                reader.take(4)?;
                size = Some((reader.u32_be()?, reader.u32_be()?));
            }
            b"irot" => {
                for _ in 0..reader.u8()? & 3 {
                    orientation = orientation.turned_left();
                }
            }
            b"imir" => orientation = orientation.mirrored(reader.u8()? & 1),
            b"av1C" => {
                reader.take(2)?;
                let bits = reader.u8()?;
                depth = if bits & 0x40 == 0 { 8 } else { 10 };
                subsampled = (bits & 0x08 != 0, bits & 0x04 != 0);
            }
            b"colr" => match (&reader.array()?, &colours) {
                (b"prof" | b"rICC", _) => colours = Some(Colours::Icc(reader.0)),
                (b"nclx", None) => colours = Some(Colours::CodePoints(code_points(&mut reader)?)),
                _ => {}
            },
            _ => {}
        }
    }
    let alpha = alpha_of(meta, primary);
    Some(Container {
        size: size?,
        colour: data(bytes, meta, primary)?,
        alpha: match alpha {
            Some(item) => Some(data(bytes, meta, item)?),
            None => None,
        },
        colours,
        orientation,
        depth,
        subsampled,
    })
}

fn code_points(reader: &mut Reader<'_>) -> Option<CodePoints> {
    let mut number = || reader.u16_be().map(|number| u8::try_from(number).unwrap_or(2));
    let (primaries, transfer, matrix) = (number()?, number()?, number()?);
    Some(CodePoints { primaries, transfer, matrix, full_range: reader.u8()? & 0x80 != 0 })
}

/// The boxes that follow one another in `bytes`, until one does not fit.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut reader = Reader(bytes);
    std::iter::from_fn(move || {
        let length = reader.u32_be()?;
        let kind = reader.array()?;
        let data = match length {
            0 => reader.take(reader.0.len())?,
            1 => {
                let length = usize::try_from(reader.sized_be(8)?).ok()?;
                reader.take(length.checked_sub(16)?)?
            }
            _ => reader.take(usize::try_from(length).ok()?.checked_sub(8)?)?,
        };
        Some((kind, data))
    })
}

fn find(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    boxes(bytes).find(|(found, _)| *found == kind).map(|(_, data)| data)
}

/// A version, three bytes of flags, and an item's number of a size that the version says.
fn numbered(data: &[u8]) -> Option<u32> {
    let mut reader = Reader(data);
    let [version, ..] = reader.array::<4>()?;
    item_number(&mut reader, version > 0)
}

fn item_number(reader: &mut Reader<'_>, long: bool) -> Option<u32> {
    if long { reader.u32_be() } else { reader.u16_be().map(u32::from) }
}

fn item_type(meta: &[u8], item: u32) -> Option<[u8; 4]> {
    let mut reader = Reader(find(meta, *b"iinf")?);
    let [version, ..] = reader.array::<4>()?;
    item_number(&mut reader, version > 0)?;
    boxes(reader.0).filter(|(kind, _)| kind == b"infe").find_map(|(_, entry)| {
        let mut entry = Reader(entry);
        let [version, ..] = entry.array::<4>()?;
        let number = item_number(&mut entry, version > 2)?;
        entry.take(2)?;
        (version >= 2 && number == item).then(|| entry.array()).flatten()
    })
}

/// The properties of an item, in the order in which they apply.
fn properties(meta: &[u8], item: u32) -> Option<Vec<([u8; 4], &[u8])>> {
    let iprp = find(meta, *b"iprp")?;
    let ipco = find(iprp, *b"ipco")?;
    let mut reader = Reader(find(iprp, *b"ipma")?);
    let [version, _, _, flags] = reader.array::<4>()?;
    for _ in 0..reader.u32_be()? {
        let number = item_number(&mut reader, version > 0)?;
        let count = reader.u8()?;
        let mut indices = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            indices.push(match flags & 1 {
                0 => usize::from(reader.u8()? & 0x7f),
                _ => usize::from(reader.u16_be()? & 0x7fff),
            });
        }
        if number == item {
            return indices
                .into_iter()
                .filter(|index| *index > 0)
                .map(|index| boxes(ipco).nth(index - 1))
                .collect();
        }
    }
    None
}

/// The item that says of itself to be the alpha of another.
fn alpha_of(meta: &[u8], item: u32) -> Option<u32> {
    const NAMES: [&[u8]; 2] =
        [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0"];
    let mut reader = Reader(find(meta, *b"iref")?);
    let [version, ..] = reader.array::<4>()?;
    // An auxiliary picture of another one is rare; of many, only the first few are looked at.
    boxes(reader.0).filter(|(kind, _)| kind == b"auxl").take(16).find_map(|(_, data)| {
        let mut data = Reader(data);
        let from = item_number(&mut data, version > 0)?;
        let count = data.u16_be()?;
        let mut refers = false;
        for _ in 0..count {
            refers |= item_number(&mut data, version > 0)? == item;
        }
        let is_alpha = |kind: &[u8; 4], data: &[u8]| {
            kind == b"auxC"
                && data.get(4..).is_some_and(|name| NAMES.iter().any(|known| name.starts_with(known)))
        };
        let named = refers && properties(meta, from)?.iter().any(|(kind, data)| is_alpha(kind, data));
        named.then_some(from)
    })
}

/// The bytes of an item (`iloc`, ISO/IEC 14496-12, 8.11.3), from the file or from the box `idat`.
fn data<'a>(bytes: &'a [u8], meta: &'a [u8], item: u32) -> Option<Cow<'a, [u8]>> {
    let mut reader = Reader(find(meta, *b"iloc")?);
    let [version, _, _, _, sizes, more_sizes] = reader.array::<6>()?;
    let (offset_size, length_size, base_size) = (sizes >> 4, sizes & 15, more_sizes >> 4);
    let index_size = if version == 0 { 0 } else { more_sizes & 15 };
    for _ in 0..item_number(&mut reader, version > 1)? {
        let number = item_number(&mut reader, version > 1)?;
        let method = if version == 0 { 0 } else { reader.u16_be()? & 15 };
        reader.take(2)?;
        let base = reader.sized_be(base_size)?;
        let extents = reader.u16_be()?;
        if number != item {
            let each = usize::from(index_size) + usize::from(offset_size) + usize::from(length_size);
            reader.take(each * usize::from(extents))?;
            continue;
        }
        let from = match method {
            0 => bytes,
            1 => find(meta, *b"idat")?,
            _ => return None,
        };
        return joined(
            from,
            base,
            (0..extents.min(MOST_EXTENTS)).map(|_| {
                reader.sized_be(index_size)?;
                Some((reader.sized_be(offset_size)?, reader.sized_be(length_size)?))
            }),
        );
    }
    None
}

fn joined(
    from: &[u8],
    base: u64,
    extents: impl Iterator<Item = Option<(u64, u64)>>,
) -> Option<Cow<'_, [u8]>> {
    let mut whole = Cow::Borrowed(&[][..]);
    for extent in extents {
        let (offset, length) = extent?;
        let start = usize::try_from(base.checked_add(offset)?).ok()?;
        let rest = from.get(start..)?;
        let piece = match usize::try_from(length).ok()? {
            0 => rest,
            length => rest.get(..length)?,
        };
        // Pieces that overlap could make much out of little.
        if whole.len().checked_add(piece.len())? > from.len() {
            return None;
        }
        if whole.is_empty() {
            whole = Cow::Borrowed(piece);
        } else {
            whole.to_mut().extend_from_slice(piece);
        }
    }
    (!whole.is_empty()).then_some(whole)
}
