//! Sizes of images: what may be asked for, what comes of it, and how it is written in a URL. Numbers only.

use std::fmt;
use std::str::FromStr;

use entity::asset::{self, AssetKind};
use entity::media_object::Model as Object;
use entity::shown_asset;

use crate::media::raster::{Crop, Fit as Fitting};
use crate::media::{self, Format, Measure, Output, Rendering};

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

/// Which images a server makes.
#[derive(Debug, Clone)]
pub struct Making {
    /// In pixels, in ascending order.
    pub widths: Vec<u32>,
    /// What the work on one image may take, in bytes.
    pub memory: u64,
}

/// An image to be cut and scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// In thousandths, from the left and the top.
    pub focal: (u16, u16),
    /// Of the file, in bytes.
    pub byte_size: u64,
    pub measure: Measure,
}

impl Picture {
    /// None for what is no image.
    pub fn of(asset: &asset::Model, object: &Object) -> Option<Self> {
        if asset.kind != AssetKind::Image {
            return None;
        }
        Self::with(&Known {
            mime_type: &object.mime_type,
            byte_size: object.byte_size,
            size: (object.width?, object.height?),
            kept: object.samples.zip(object.decoding),
            focal: (asset.focal_x, asset.focal_y),
        })
    }

    /// None for what is no image.
    pub fn shown(asset: &shown_asset::Model) -> Option<Self> {
        if asset.kind != AssetKind::Image {
            return None;
        }
        Self::with(&Known {
            mime_type: &asset.mime_type,
            byte_size: asset.byte_size,
            size: (asset.width?, asset.height?),
            kept: asset.samples.zip(asset.decoding),
            focal: (asset.focal_x, asset.focal_y),
        })
    }

    fn with(known: &Known<'_>) -> Option<Self> {
        let side = |value: i32| u32::try_from(value).ok().filter(|&side| side > 0);
        let thousandths = |value: i32| u16::try_from(value.clamp(0, 1_000)).unwrap_or(500);
        let (width, height) = (side(known.size.0)?, side(known.size.1)?);
        let kept = known.kept.and_then(|(samples, decoding)| {
            Some((u8::try_from(samples).ok()?, u64::try_from(decoding).ok()?))
        });
        Some(Self {
            width,
            height,
            focal: (thousandths(known.focal.0), thousandths(known.focal.1)),
            byte_size: u64::try_from(known.byte_size).ok()?,
            measure: media::measured(Format::from_mime(known.mime_type)?, (width, height), kept)?,
        })
    }

    /// What making a rendition takes, its file included, in bytes.
    pub fn memory_for(&self, spec: &Spec) -> u64 {
        self.byte_size.saturating_add(self.measure.to_render(&spec.rendering()))
    }

    /// The rendition of at most this width that the server can make: where it has not the memory for it, the next of its
    /// widths. None when it can make none at all.
    pub fn possible(
        &self,
        making: &Making,
        width: u32,
        ratio: Ratio,
        fit: Fit,
        output: Output,
    ) -> Option<Spec> {
        let smaller = making.widths.iter().rev().copied().filter(|&other| other < width);
        let mut specs = std::iter::once(width).chain(smaller).map(|width| self.at(width, ratio, fit, output));
        specs.find(|spec| self.fits(spec, making))
    }

    /// One for each of the server's widths that the image has, and for its own when that is less than the largest; as far as
    /// the server can make them.
    pub fn set(&self, making: &Making, ratio: Ratio, fit: Fit, output: Output) -> Vec<Spec> {
        let widths = making.widths.iter();
        let mut specs: Vec<Spec> =
            widths.filter_map(|&width| self.possible(making, width, ratio, fit, output)).collect();
        specs.dedup();
        specs
    }

    /// The rendition of at most this width. It is never larger than the image itself.
    pub fn at(&self, width: u32, ratio: Ratio, fit: Fit, output: Output) -> Spec {
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

    /// What a page gets that asks for a rendition of the file that was here before, or for one that is too large to be made.
    /// None when the server can make none of this image.
    pub fn instead_of(&self, before: &Spec, making: &Making) -> Option<Spec> {
        let Some(_) = before.crop else {
            return self.possible(making, before.width, Ratio::Original, Fit::Contain, before.output);
        };
        let (full, height) = (before.width.min(self.width), before.height.min(self.height));
        let narrowed = |width: u32| {
            let height = u64::from(height) * u64::from(width) / u64::from(full);
            Spec { width, height: side(height), crop: Some(self.focal), output: before.output }
        };
        let smaller = making.widths.iter().rev().copied().filter(|&other| other < full);
        std::iter::once(full).chain(smaller).map(narrowed).find(|spec| self.fits(spec, making))
    }

    /// Whether the server can make a rendition.
    pub fn fits(&self, spec: &Spec, making: &Making) -> bool {
        self.memory_for(spec) <= making.memory
    }
}

/// What is kept of an image.
struct Known<'a> {
    mime_type: &'a str,
    byte_size: i64,
    size: (i32, i32),
    kept: Option<(i32, i64)>,
    focal: (i32, i32),
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

impl Spec {
    /// What is to be made.
    pub fn rendering(&self) -> Rendering {
        let part = |thousandths: u16| f32::from(thousandths) / 1_000.0;
        let fit = match self.crop {
            None => Fitting::Contain,
            Some((x, y)) => Fitting::Cover(Crop { focal_x: part(x), focal_y: part(y) }),
        };
        Rendering { width: self.width, height: self.height, fit, format: self.output }
    }
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

    const MIB: u64 = 1024 * 1024;

    /// As large in memory as a baseline JPEG file.
    fn picture(width: u32, height: u32, focal: (u16, u16)) -> Picture {
        let decoding = u64::from(width) * u64::from(height) * 3;
        let measure = media::measured(Format::Jpeg, (width, height), Some((3, decoding))).expect("an image");
        Picture { width, height, focal, byte_size: 4 * MIB, measure }
    }

    fn photo() -> Picture {
        picture(4_000, 3_000, (300, 700))
    }

    fn making(widths: &[u32], megabytes: u64) -> Making {
        Making { widths: widths.to_vec(), memory: megabytes * MIB }
    }

    fn text(width: u32, ratio: Ratio, fit: Fit) -> String {
        photo().at(width, ratio, fit, Output::Webp).to_string()
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
        let line = picture(10_000, 1, (500, 500));
        assert_eq!(line.at(320, Ratio::Original, Fit::Cover, Output::Png).to_string(), "320x1.png");
    }

    #[test]
    fn a_source_set_ends_with_what_the_image_has() {
        let making = making(&[320, 640, 1_280, 2_560], 512);
        let widths = |picture: Picture, ratio| {
            let set = picture.set(&making, ratio, Fit::Cover, Output::Webp);
            set.into_iter().map(|spec| spec.width).collect::<Vec<_>>()
        };
        assert_eq!(widths(photo(), Ratio::Original), making.widths);
        let small = picture(700, 500, (300, 700));
        assert_eq!(widths(small, Ratio::Original), [320, 640, 700]);
        assert_eq!(widths(small, Ratio::Square), [320, 500]);
    }

    #[test]
    fn nothing_is_offered_that_takes_more_memory_than_there_is() {
        let widths = [320, 640, 1_280, 2_560];
        let small = making(&widths, 128);
        let set = |output| photo().set(&small, Ratio::Original, Fit::Cover, output);
        // AVIF takes 66 bytes for each pixel of 2,560 × 1,920 and 1,280 × 960, JPEG nine.
        assert_eq!(set(Output::Avif).last().map(|spec| spec.width), Some(1_280));
        assert_eq!(set(Output::Jpeg).last().map(|spec| spec.width), Some(2_560));
        let avif = |width| photo().at(width, Ratio::Wide, Fit::Cover, Output::Avif);
        assert_eq!(photo().instead_of(&avif(2_560), &small), Some(avif(1_280)));
        // This one has not even room to be decoded.
        let poster = picture(12_000, 8_000, (500, 500));
        assert_eq!(poster.set(&small, Ratio::Original, Fit::Cover, Output::Jpeg), []);
        let before = photo().at(640, Ratio::Square, Fit::Cover, Output::Jpeg);
        assert_eq!(poster.instead_of(&before, &small), None);
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
            memory in 64u64..1_024,
        ) {
            let picture = picture(width, height, (0, 1_000));
            let fit = if is_cover { Fit::Cover } else { Fit::Contain };
            let spec = picture.at(wanted, ratio, fit, Output::Avif);
            prop_assert!(spec.width >= 1 && spec.width <= width && spec.width <= wanted);
            prop_assert!(spec.height >= 1 && spec.height <= height);
            prop_assert_eq!(spec.to_string().parse(), Ok(spec));
            let making = making(&[16, 320, 1_280, 8_192], memory);
            for spec in picture.set(&making, ratio, fit, Output::Avif) {
                prop_assert!(picture.memory_for(&spec) <= making.memory, "{}", spec);
            }
        }
    }
}
