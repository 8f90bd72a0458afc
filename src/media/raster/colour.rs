//! Brings pixels to sRGB, eight bits, RGB or RGBA. A profile that cannot be understood counts as none: a picture
//! in slightly wrong colours is better than no picture.

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients,
    TransferCharacteristics, TransformOptions,
};

use super::{Channels, Picture};

/// What a file says of its colours.
pub(super) enum Profile {
    /// Said, or assumed where nothing is said.
    Srgb,
    /// An ICC profile as embedded.
    Icc(Vec<u8>),
    /// ITU-T H.273: `cICP` of PNG, `nclx` of AVIF.
    CodePoints { primaries: u8, transfer: u8 },
}

/// A profile larger than this is not looked at.
const LARGEST_PROFILE: usize = 8 << 20;

pub(super) fn to_srgb(picture: Picture, profile: &Profile) -> Picture {
    match understood(profile) {
        Some(profile) => {
            let picture = if profile.color_space == DataColorSpace::Gray { picture } else { spread(picture) };
            transformed(&picture, &profile).unwrap_or_else(|| spread(picture))
        }
        None => spread(picture),
    }
}

fn understood(profile: &Profile) -> Option<ColorProfile> {
    match profile {
        Profile::Srgb => None,
        Profile::Icc(data) if data.len() > LARGEST_PROFILE => None,
        Profile::Icc(data) => ColorProfile::new_from_slice(data).ok(),
        Profile::CodePoints { primaries, transfer } => wider(*primaries, *transfer),
    }
}

/// Only where the primaries are wider than sRGB's. Video's transfer functions are shown like sRGB's, as browsers
/// do; high dynamic range (PQ, HLG) would need its tones mapped and is left as it is.
fn wider(primaries: u8, transfer: u8) -> Option<ColorProfile> {
    let color_primaries = match primaries {
        9 => CicpColorPrimaries::Bt2020,
        11 => CicpColorPrimaries::Smpte431,
        12 => CicpColorPrimaries::Smpte432,
        _ => return None,
    };
    if matches!(transfer, 16 | 18) {
        return None;
    }
    let transfer_characteristics = match transfer {
        1 | 2 | 6 | 13 | 14 | 15 => TransferCharacteristics::Srgb,
        other => TransferCharacteristics::try_from(other).ok()?,
    };
    Some(ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    }))
}

fn transformed(picture: &Picture, profile: &ColorProfile) -> Option<Picture> {
    let (from, to, channels) = match picture.channels {
        Channels::Grey => (Layout::Gray, Layout::Rgb, Channels::Rgb),
        Channels::GreyAlpha => (Layout::GrayAlpha, Layout::Rgba, Channels::Rgba),
        Channels::Rgb => (Layout::Rgb, Layout::Rgb, Channels::Rgb),
        Channels::Rgba => (Layout::Rgba, Layout::Rgba, Channels::Rgba),
    };
    let fits = match profile.color_space {
        DataColorSpace::Gray => matches!(picture.channels, Channels::Grey | Channels::GreyAlpha),
        DataColorSpace::Rgb => matches!(picture.channels, Channels::Rgb | Channels::Rgba),
        _ => false,
    };
    if !fits {
        return None;
    }
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(from, &srgb, to, TransformOptions::default()).ok()?;
    let pixels = picture.pixels.len() / picture.channels.count();
    let mut converted = vec![0; pixels * channels.count()];
    transform.transform(&picture.pixels, &mut converted).ok()?;
    Some(Picture { width: picture.width, height: picture.height, channels, pixels: converted })
}

/// Grey as equal parts of red, green and blue.
fn spread(picture: Picture) -> Picture {
    let (channels, pixels) = match picture.channels {
        Channels::Grey => (Channels::Rgb, picture.pixels.iter().flat_map(|grey| [*grey; 3]).collect()),
        Channels::GreyAlpha => {
            let (pairs, _) = picture.pixels.as_chunks::<2>();
            (Channels::Rgba, pairs.iter().flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect())
        }
        Channels::Rgb | Channels::Rgba => return picture,
    };
    Picture { channels, pixels, ..picture }
}
