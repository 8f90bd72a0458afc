//! The items of an AVIF: which of them are pictures (`iinf`), and where their bytes are (`iloc`).

use std::io::{Read, Seek};

use super::super::{
    Fault,
    bmff::{Atom, Budget},
    input::Input,
    patch::Patches,
};

/// A large grid with alpha has some hundred.
const MAX_ITEMS: usize = 10_000;
const MAX_PLACES: usize = 20_000;

/// Item ids with whether they are pictures, sorted.
pub(super) struct Items(Vec<(u32, bool)>);

/// A range of bytes that belongs to an item.
pub(super) struct Place {
    pub(super) item: u32,
    pub(super) picture: bool,
    /// Counted from the start of `idat`, not of the file.
    pub(super) in_index: bool,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Items {
    /// Reads `iinf`; items that are no pictures lose their type and their names.
    pub(super) fn read<R: Read + Seek>(
        input: &mut Input<R>,
        budget: &mut Budget,
        patches: &mut Patches,
        atom: &Atom,
    ) -> Result<Self, Fault> {
        let (version, _) = atom.version(input)?;
        let mut entries = atom.children(if version == 0 { 6 } else { 8 })?;
        let mut items = Vec::new();
        while let Some(entry) = entries.next(input, budget)? {
            if &entry.kind != b"infe" {
                entry.erase(patches)?;
                continue;
            }
            let (version, _) = entry.version(input)?;
            let width: u64 = match version {
                2 => 2,
                3 => 4,
                _ => return Err(Fault::unsupported("an AVIF with old item descriptions")),
            };
            entry.at(input, 4, width + 6)?;
            let id = if version == 2 { u32::from(input.be16()?) } else { input.be32()? };
            input.skip(2)?;
            let picture = matches!(&input.array()?, b"av01" | b"grid" | b"iovl" | b"iden" | b"tmap");
            if !picture {
                let kind_at = entry.body + 6 + width;
                patches.write(kind_at, b"skip")?;
                patches.zero(kind_at + 4, entry.end)?;
            }
            if items.len() >= MAX_ITEMS {
                return Err(Fault::malformed("it has too many items"));
            }
            items.push((id, picture));
        }
        items.sort_unstable();
        if items.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Fault::malformed("two items have the same number"));
        }
        Ok(Self(items))
    }

    pub(super) fn is_picture(&self, id: u32) -> bool {
        self.0.binary_search(&(id, true)).is_ok()
    }

    /// Reads `iloc` (ISO/IEC 14496-12, 8.11.3).
    pub(super) fn places<R: Read + Seek>(
        &self,
        input: &mut Input<R>,
        atom: &Atom,
    ) -> Result<Vec<Place>, Fault> {
        let (version, _) = atom.version(input)?;
        if version > 2 {
            return Err(Fault::unsupported("an AVIF with a newer index"));
        }
        let id_width = if version < 2 { 2 } else { 4 };
        atom.at(input, 4, 2 + id_width)?;
        let [sizes, more] = input.array()?;
        let nibbles = [sizes >> 4, sizes & 15, more >> 4, if version == 0 { 0 } else { more & 15 }];
        if nibbles.iter().any(|width| !matches!(width, 0 | 4 | 8)) {
            return Err(Fault::malformed("its index has an impossible layout"));
        }
        let [offset_width, length_width, base_width, index_width] = nibbles.map(usize::from);
        let number = |bytes: u64| if bytes == 4 { 4 } else { 2 };
        let count = input.uint(number(id_width))?;
        let mut places = Vec::new();
        for _ in 0..count {
            let item = u32::try_from(input.uint(number(id_width))?).unwrap_or(u32::MAX);
            let method = if version == 0 { 0 } else { input.be16()? & 15 };
            let reference = input.be16()?;
            let base = input.uint(base_width)?;
            if method > 1 || reference != 0 {
                return Err(Fault::unsupported("an AVIF with parts in other places"));
            }
            for _ in 0..input.be16()? {
                input.skip(index_width as u64)?;
                let start = base.checked_add(input.uint(offset_width)?);
                let len = input.uint(length_width)?;
                let end = start.and_then(|start| start.checked_add(len));
                let (Some(start), Some(end)) = (start, end.filter(|_| len != 0)) else {
                    return Err(Fault::malformed("an item has an impossible place"));
                };
                if places.len() >= MAX_PLACES {
                    return Err(Fault::malformed("it has too many parts"));
                }
                places.push(Place {
                    item,
                    picture: self.is_picture(item),
                    in_index: method == 1,
                    start,
                    end,
                });
            }
            if input.position() > atom.end {
                return Err(Fault::malformed("its index is longer than its box"));
            }
        }
        Ok(places)
    }
}
