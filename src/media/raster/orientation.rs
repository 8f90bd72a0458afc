//! Turns stored pixels upright. It moves pixels and never changes one.

use super::Picture;

/// How to show the stored pixels: exchange of the axes first, then of the sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Orientation {
    /// The first stored row becomes the first column.
    transposed: bool,
    left_right: bool,
    top_bottom: bool,
}

impl Orientation {
    /// The values 1 to 8 of EXIF.
    pub(super) const fn from_exif(value: u16) -> Option<Self> {
        let (transposed, left_right, top_bottom) = match value {
            1 => (false, false, false),
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => return None,
        };
        Some(Self { transposed, left_right, top_bottom })
    }

    /// A quarter turn against the clock, after what is there: `irot` of HEIF (ISO/IEC 23008-12, 6.5.10).
    pub(super) const fn turned_left(self) -> Self {
        // New rows are old columns, the last one first.
        Self { transposed: !self.transposed, left_right: self.top_bottom, top_bottom: !self.left_right }
    }

    /// `imir` of HEIF (6.5.12): axis 0 exchanges top and bottom, axis 1 left and right.
    pub(super) const fn mirrored(self, axis: u8) -> Self {
        if axis == 0 {
            Self { top_bottom: !self.top_bottom, ..self }
        } else {
            Self { left_right: !self.left_right, ..self }
        }
    }
}

pub(super) fn upright(picture: Picture, orientation: Orientation) -> Picture {
    if orientation == Orientation::default() {
        return picture;
    }
    match picture.channels.count() {
        4 => moved::<4>(&picture, orientation),
        _ => moved::<3>(&picture, orientation),
    }
}

fn moved<const N: usize>(picture: &Picture, orientation: Orientation) -> Picture {
    let (width, height) = if orientation.transposed {
        (picture.height, picture.width)
    } else {
        (picture.width, picture.height)
    };
    let (pixels, _) = picture.pixels.as_chunks::<N>();
    let (columns, rows) = (width as usize, height as usize);
    let stored = picture.width as usize;
    let mut turned = Vec::with_capacity(picture.pixels.len());
    for row in 0..rows {
        let y = if orientation.top_bottom { rows - 1 - row } else { row };
        for column in 0..columns {
            let x = if orientation.left_right { columns - 1 - column } else { column };
            let index = if orientation.transposed { x * stored + y } else { y * stored + x };
            turned.extend_from_slice(&pixels[index]);
        }
    }
    Picture { width, height, channels: picture.channels, pixels: turned }
}
