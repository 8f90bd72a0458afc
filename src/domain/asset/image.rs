//! Sizes of images: what may be asked for, what comes of it, and how it is written in a URL. Numbers only.

use std::fmt;
use std::str::FromStr;

use entity::asset::{self, AssetKind};
use entity::media_object::Model as Object;
use entity::shown_asset;

use crate::media::Output;

/// The widest and highest that any rendition gets.
pub const MAX_SIDE: u32 = 8_192;

/// Proportions that an image can be shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ratio {
    /// As it is.
    Original,
    /// 1:1
    Square,
    /// 4:3
    Landscape,
    /// 16:9
    Wide,
    /// 3:4
    Portrait,
    /// 9:16
    Tall,
    /// 1.91:1, what social networks show of a link.
    Social,
}

impl Ratio {
    /// Width and height, reduced.
    fn parts(self) -> Option<(u64, u64)> {
        match self {
            Self::Original => None,
            Self::Square => Some((1, 1)),
            Self::Landscape => Some((4, 3)),
            Self::Wide => Some((16, 9)),
            Self::Portrait => Some((3, 4)),
            Self::Tall => Some((9, 16)),
            Self::Social => Some((191, 100)),
        }
    }
}

/// How an image meets other proportions than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// It fills them, and what is far from its focal point is cut off.
    Cover,
    /// It is whole within them, and smaller in one direction.
    Contain,
}

/// An image to be cut and scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// In thousandths, from the left and the top.
    pub focal: (u16, u16),
}

impl Picture {
    /// None for what is no image.
    pub fn of(asset: &asset::Model, object: &Object) -> Option<Self> {
        Self::with(asset.kind, (object.width, object.height), (asset.focal_x, asset.focal_y))
    }

    /// None for what is no image.
    pub fn shown(asset: &shown_asset::Model) -> Option<Self> {
        Self::with(asset.kind, (asset.width, asset.height), (asset.focal_x, asset.focal_y))
    }

    fn with(kind: AssetKind, size: (Option<i32>, Option<i32>), focal: (i32, i32)) -> Option<Self> {
        if kind != AssetKind::Image {
            return None;
        }
        let side = |value: Option<i32>| u32::try_from(value?).ok().filter(|&side| side > 0);
        let thousandths = |value: i32| u16::try_from(value.clamp(0, 1_000)).unwrap_or(500);
        let focal = (thousandths(focal.0), thousandths(focal.1));
        Some(Self { width: side(size.0)?, height: side(size.1)?, focal })
    }

    /// The rendition of at most this width. It is never larger than the image itself.
    pub fn at(self, width: u32, ratio: Ratio, fit: Fit, output: Output) -> Spec {
        let (full_width, full_height) = (u64::from(self.width), u64::from(self.height));
        let Some((across, down)) = ratio.parts() else {
            let (width, height) = within(full_width, full_height, u64::from(width), u64::from(MAX_SIDE));
            return Spec { width, height, crop: None, output };
        };
        let box_height = (u64::from(width) * down).div_ceil(across);
        match fit {
            Fit::Contain => {
                let (width, height) = within(full_width, full_height, u64::from(width), box_height);
                Spec { width, height, crop: None, output }
            }
            Fit::Cover => {
                // The largest such frame that the image fills, and no more of it than asked for.
                let most = full_width.min(full_height * across / down).max(1);
                let width = u64::from(width).min(most).min(u64::from(MAX_SIDE));
                let height =
                    ((width * down + across / 2) / across).clamp(1, full_height.min(u64::from(MAX_SIDE)));
                Spec { width: side(width), height: side(height), crop: Some(self.focal), output }
            }
        }
    }

    /// What a page gets that asks for a rendition of the file that was here before.
    pub fn instead_of(self, before: Spec) -> Spec {
        let Some(_) = before.crop else {
            return self.at(before.width, Ratio::Original, Fit::Contain, before.output);
        };
        let (width, height) = (before.width.min(self.width), before.height.min(self.height));
        Spec { width, height, crop: Some(self.focal), output: before.output }
    }

    /// Every width of `widths` that the image has, and its own when that is less than the largest.
    pub fn widths(self, widths: &[u32], ratio: Ratio, fit: Fit) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        for &width in widths {
            let got = self.at(width, ratio, fit, Output::Webp).width;
            if found.last() != Some(&got) {
                found.push(got);
            }
        }
        found
    }
}

/// The size of something as large as can be within a box and its own size.
fn within(width: u64, height: u64, most_width: u64, most_height: u64) -> (u32, u32) {
    let most_width = most_width.min(width).min(u64::from(MAX_SIDE)).max(1);
    let most_height = most_height.min(height).min(u64::from(MAX_SIDE)).max(1);
    // Cross-multiplied, so that nothing is lost by a division.
    if most_width * height <= most_height * width {
        (side(most_width), side((most_width * height + width / 2) / width))
    } else {
        (side((most_height * width + height / 2) / height), side(most_height))
    }
}

fn side(value: u64) -> u32 {
    u32::try_from(value.clamp(1, u64::from(MAX_SIDE))).unwrap_or(MAX_SIDE)
}

/// A rendition: an exact size, perhaps a crop round a focal point, and a format. As text, `640x360-c500-500.webp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spec {
    pub width: u32,
    pub height: u32,
    /// Around which point it is cut, in thousandths; a whole image has none.
    pub crop: Option<(u16, u16)>,
    pub output: Output,
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)?;
        if let Some((x, y)) = self.crop {
            write!(f, "-c{x}-{y}")?;
        }
        write!(f, ".{}", self.output.extension())
    }
}

impl FromStr for Spec {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, ending) = text.rsplit_once('.').ok_or(())?;
        let output = Output::ALL.into_iter().find(|output| output.extension() == ending).ok_or(())?;
        let (size, crop) = match name.split_once("-c") {
            Some((size, point)) => {
                let (x, y) = point.split_once('-').ok_or(())?;
                (size, Some((number(x, 0, 1_000)?, number(y, 0, 1_000)?)))
            }
            None => (name, None),
        };
        let (width, height) = size.split_once('x').ok_or(())?;
        let side = |text| number(text, 1, MAX_SIDE);
        Ok(Self { width: side(width)?, height: side(height)?, crop, output })
    }
}

/// A number as it is written here and no other way: one rendition has one name.
fn number<N: Copy + FromStr + PartialOrd + ToString>(text: &str, min: N, max: N) -> Result<N, ()> {
    let value: N = text.parse().map_err(|_| ())?;
    if value < min || value > max || value.to_string() != text { Err(()) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PHOTO: Picture = Picture { width: 4_000, height: 3_000, focal: (300, 700) };

    fn text(width: u32, ratio: Ratio, fit: Fit) -> String {
        PHOTO.at(width, ratio, fit, Output::Webp).to_string()
    }

    #[test]
    fn a_size_follows_from_width_ratio_and_fit() {
        assert_eq!(text(640, Ratio::Original, Fit::Cover), "640x480.webp");
        assert_eq!(text(640, Ratio::Wide, Fit::Cover), "640x360-c300-700.webp");
        assert_eq!(text(640, Ratio::Wide, Fit::Contain), "480x360.webp");
        assert_eq!(text(640, Ratio::Tall, Fit::Contain), "640x480.webp");
        assert_eq!(text(1_200, Ratio::Social, Fit::Cover), "1200x628-c300-700.webp");
        assert_eq!(text(8_000, Ratio::Original, Fit::Cover), "4000x3000.webp", "never larger than it is");
        assert_eq!(text(8_000, Ratio::Square, Fit::Cover), "3000x3000-c300-700.webp");
        let line = Picture { width: 10_000, height: 1, focal: (500, 500) };
        assert_eq!(line.at(320, Ratio::Original, Fit::Cover, Output::Png).to_string(), "320x1.png");
    }

    #[test]
    fn a_source_set_ends_with_what_the_image_has() {
        let widths = [320, 640, 1_280, 2_560];
        assert_eq!(PHOTO.widths(&widths, Ratio::Original, Fit::Cover), widths);
        let small = Picture { width: 700, height: 500, ..PHOTO };
        assert_eq!(small.widths(&widths, Ratio::Original, Fit::Cover), [320, 640, 700]);
        assert_eq!(small.widths(&widths, Ratio::Square, Fit::Cover), [320, 500]);
    }

    #[test]
    fn only_one_text_means_a_rendition() {
        for bad in
            ["", ".webp", "640.webp", "0x1.webp", "640x480", "0640x480.webp", "+640x480.webp", "640x480.gif"]
        {
            assert_eq!(bad.parse::<Spec>(), Err(()), "{bad}");
        }
        for bad in ["640x480-c1.webp", "640x480-c01-1.webp", "640x480-c1001-0.webp", "9000x1.webp"] {
            assert_eq!(bad.parse::<Spec>(), Err(()), "{bad}");
        }
    }

    fn ratios() -> impl Strategy<Value = Ratio> {
        prop::sample::select(vec![
            Ratio::Original,
            Ratio::Square,
            Ratio::Landscape,
            Ratio::Wide,
            Ratio::Portrait,
            Ratio::Tall,
            Ratio::Social,
        ])
    }

    proptest! {
        #[test]
        fn a_rendition_fits_into_its_image_and_reads_back(
            width in 1u32..20_000, height in 1u32..20_000, wanted in 1u32..9_000, ratio in ratios(), is_cover: bool,
        ) {
            let picture = Picture { width, height, focal: (0, 1_000) };
            let fit = if is_cover { Fit::Cover } else { Fit::Contain };
            let spec = picture.at(wanted, ratio, fit, Output::Avif);
            prop_assert!(spec.width >= 1 && spec.width <= width && spec.width <= wanted);
            prop_assert!(spec.height >= 1 && spec.height <= height);
            prop_assert_eq!(spec.to_string().parse(), Ok(spec));
        }
    }
}
