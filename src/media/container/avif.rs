//! AVIF still pictures (ISO/IEC 23008-12 and the AVIF specification): a copy in which no byte moves.
//! Only the bytes of coded pictures are kept; EXIF, XMP and everything else in the media data become zeros,
//! and their items get a type no reader knows. Turning is by `irot`, EXIF orientation does not count here.

mod items;

use std::io::{Read, Seek, Write};

use super::{
    Facts, Fault,
    bmff::{Atom, Boxes, Budget, brands, check_data_references},
    input::Input,
    patch::Patches,
};
use items::{Items, Place};

/// Properties a file may describe; real ones have about ten.
const MAX_PROPERTIES: usize = 4_096;

#[derive(Clone, Copy)]
enum Property {
    Size(u32, u32),
    /// Quarter turns.
    Turn(u8),
    Other,
}

pub(super) fn clean<R: Read + Seek, W: Write + Seek>(
    input: &mut Input<R>,
    out: &mut W,
) -> Result<Facts, Fault> {
    let budget = &mut Budget::new();
    let mut patches = Patches::default();
    let mut boxes = Boxes::of_file(input.len());
    let first = boxes.next(input, budget)?.ok_or_else(|| input.truncated())?;
    let brands = brands(input, &first)?;
    if brands.contains(b"avis") {
        return Err(Fault::unsupported("an AVIF with an image sequence"));
    }
    if !brands.contains(b"avif") {
        return Err(Fault::malformed("it does not say that it is an AVIF"));
    }
    let mut meta = None;
    let mut media = Vec::new();
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"meta" if meta.is_some() => return Err(Fault::malformed("it has two indexes")),
            b"meta" => meta = Some(atom),
            b"mdat" => media.push((atom.body, atom.end)),
            b"moov" | b"moof" => return Err(Fault::unsupported("an AVIF with an image sequence")),
            _ => atom.erase(&mut patches)?,
        }
        if media.len() > MAX_PROPERTIES {
            return Err(Fault::malformed("it has too many parts"));
        }
    }
    let meta = meta.ok_or(Fault::malformed("it has no index"))?;
    let facts = index(input, budget, &mut patches, &meta, &media)?;
    patches.copy(input, input.len(), out)?;
    Ok(facts)
}

fn index<R: Read + Seek>(
    input: &mut Input<R>,
    budget: &mut Budget,
    patches: &mut Patches,
    meta: &Atom,
    media: &[(u64, u64)],
) -> Result<Facts, Fault> {
    let (mut primary, mut information, mut locations, mut properties) = (None, None, None, None);
    let mut data = None;
    let mut boxes = meta.children(4)?;
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"hdlr" => {
                atom.at(input, 8, 4)?;
                if &input.array()? != b"pict" {
                    return Err(Fault::malformed("its index is not of a picture"));
                }
            }
            b"pitm" => {
                let (version, _) = atom.version(input)?;
                let width = if version == 0 { 2 } else { 4 };
                atom.at(input, 4, width)?;
                primary = Some(if version == 0 { u32::from(input.be16()?) } else { input.be32()? });
            }
            b"iinf" => information = Some(atom),
            b"iloc" => locations = Some(atom),
            b"iprp" => properties = Some(atom),
            b"idat" => data = Some(atom),
            b"dinf" => check_data_references(input, &atom, budget)?,
            b"iref" | b"grpl" => {}
            _ => atom.erase(patches)?,
        }
    }
    let missing = Fault::malformed("its index lacks a part");
    let (Some(primary), Some(information), Some(locations), Some(properties)) =
        (primary, information, locations, properties)
    else {
        return Err(missing);
    };
    let items = Items::read(input, budget, patches, &information)?;
    if !items.is_picture(primary) {
        return Err(Fault::malformed("its main picture is missing"));
    }
    let places = items.places(input, &locations)?;
    if !places.iter().any(|place| place.item == primary) {
        return Err(Fault::malformed("its main picture is nowhere in the file"));
    }
    keep_only(input, &places, media, data.as_ref(), patches)?;
    let shown = size(input, budget, patches, &properties, primary)?;
    Ok(Facts { width: Some(shown.0), height: Some(shown.1), ..Facts::default() })
}

/// Notes zeros for all media data but the pictures.
fn keep_only<R: Read + Seek>(
    input: &mut Input<R>,
    places: &[Place],
    media: &[(u64, u64)],
    data: Option<&Atom>,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let data = data.map(|atom| (atom.body, atom.end));
    let mut kept = Vec::with_capacity(places.len());
    for place in places {
        let (start, end) = if place.in_index {
            let (start, end) = data.ok_or(Fault::malformed("a picture is nowhere in the file"))?;
            let at = |offset| start.checked_add(offset).filter(|at| *at <= end);
            at(place.start).zip(at(place.end)).ok_or(Fault::malformed("a picture is outside of its box"))?
        } else {
            (place.start, place.end)
        };
        if end > input.len() {
            input.within("the picture");
            return Err(input.truncated());
        }
        let inside = |(from, to): &(u64, u64)| *from <= start && end <= *to;
        if !media.iter().chain(data.as_ref()).any(inside) {
            return Err(Fault::malformed("a picture lies outside of the media"));
        }
        kept.push((start, end, place.picture));
    }
    kept.sort_unstable();
    // A picture over metadata would carry it along.
    let mut covered = [0, 0];
    for (start, end, picture) in &kept {
        if *start < covered[usize::from(!picture)] {
            return Err(Fault::malformed("its parts overlap"));
        }
        let mine = &mut covered[usize::from(*picture)];
        *mine = (*mine).max(*end);
    }
    for (from, to) in media.iter().copied().chain(data) {
        let mut at = from;
        for (start, end, _) in
            kept.iter().filter(|(start, _, picture)| *picture && (from..to).contains(start))
        {
            patches.zero(at, *start)?;
            at = at.max(*end);
        }
        patches.zero(at, to)?;
    }
    Ok(())
}

/// The size of the main picture as shown, from the properties associated with it.
fn size<R: Read + Seek>(
    input: &mut Input<R>,
    budget: &mut Budget,
    patches: &mut Patches,
    properties: &Atom,
    primary: u32,
) -> Result<(u32, u32), Fault> {
    let mut list = Vec::new();
    let mut chosen = Vec::new();
    let mut boxes = properties.children(0)?;
    while let Some(atom) = boxes.next(input, budget)? {
        match &atom.kind {
            b"ipco" => {
                let mut inside = atom.children(0)?;
                while let Some(atom) = inside.next(input, budget)? {
                    if list.len() >= MAX_PROPERTIES {
                        return Err(Fault::malformed("it has too many properties"));
                    }
                    list.push(property(input, &atom)?);
                    // Descriptions, alternative texts and dates; a property keeps its number.
                    if matches!(
                        &atom.kind,
                        b"udes" | b"altt" | b"crtt" | b"mdft" | b"uuid" | b"free" | b"skip"
                    ) {
                        atom.erase(patches)?;
                    }
                }
            }
            b"ipma" => associations(input, &atom, primary, &mut chosen)?,
            _ => {}
        }
    }
    let mut size = None;
    let mut turned = false;
    for index in chosen {
        // Counted from 1; 0 is no property.
        match index.checked_sub(1).and_then(|index| list.get(index)) {
            Some(Property::Size(width, height)) => size = Some((*width, *height)),
            Some(Property::Turn(quarters)) => turned = quarters & 1 == 1,
            Some(Property::Other) | None => {}
        }
    }
    let (width, height) =
        size.filter(|size| size.0 != 0 && size.1 != 0).ok_or(Fault::malformed("the picture has no size"))?;
    Ok(if turned { (height, width) } else { (width, height) })
}

fn property<R: Read + Seek>(input: &mut Input<R>, atom: &Atom) -> Result<Property, Fault> {
    Ok(match &atom.kind {
        b"ispe" => {
            atom.at(input, 4, 8)?;
            Property::Size(input.be32()?, input.be32()?)
        }
        b"irot" => {
            atom.at(input, 0, 1)?;
            Property::Turn(input.byte()? & 3)
        }
        _ => Property::Other,
    })
}

/// Adds the indexes of the properties of one item (ISO/IEC 14496-12, 8.11.14).
fn associations<R: Read + Seek>(
    input: &mut Input<R>,
    atom: &Atom,
    item: u32,
    chosen: &mut Vec<usize>,
) -> Result<(), Fault> {
    let (version, flags) = atom.version(input)?;
    atom.at(input, 4, 4)?;
    let entries = input.be32()?;
    for _ in 0..entries {
        let id = if version == 0 { u32::from(input.be16()?) } else { input.be32()? };
        for _ in 0..input.byte()? {
            // The first bit says whether the property is essential.
            let index = if flags & 1 == 0 {
                usize::from(input.byte()? & 0x7F)
            } else {
                usize::from(input.be16()? & 0x7FFF)
            };
            if id == item {
                chosen.push(index);
            }
        }
        if input.position() > atom.end || chosen.len() > MAX_PROPERTIES {
            return Err(Fault::malformed("its properties are longer than their box"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
