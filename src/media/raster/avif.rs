//! Reads still AVIF pictures and the primary picture of sequences (AV1 Image File Format 1.1; MIAF). Not read:
//! grids of tiles. The AV1 decoder's functions have C's calling convention, so a panic in one would end the
//! process: no bound that can be checked here is left to it.

mod container;
mod planes;

use re_rav1d::dav1d::{DecodeFrameType, Decoder, Settings};

use super::{Channels, Measure, Picture, Profile, Raw, Rejection, area};
use container::Colours;
use planes::Planes;

/// Sixteenths of a byte per pixel of the largest file: 4:4:4, more than eight bits deep, with alpha.
pub(super) const MOST: u64 = 16 * 2 * 3 + 16 * 2 + 16 * 4;

pub(super) fn measure(bytes: &[u8]) -> Result<Measure, Rejection> {
    let container = container::read(bytes)?;
    let (width, height) = container.size;
    let channels = if container.alpha.is_some() { Channels::Rgba } else { Channels::Rgb };
    // The planes, at worst 4:4:4 and of two bytes for each sample; what the decoder notes for every block; the
    // picture made of them.
    let deep = u64::from(container.depth > 8) + 1;
    let planes = 16 * deep * container.samples(2) / 2;
    Ok(Measure::new(width, height, channels, planes + 16 * 2 + 16 * channels.count() as u64))
}

pub(super) fn decode(bytes: &[u8], measure: &Measure) -> Result<Raw, Rejection> {
    let container = container::read(bytes)?;
    let colour = decoded(&container.colour, measure)?;
    let mut pixels = vec![0; area(measure.width, measure.height, measure.channels)?];
    let points = match &container.colours {
        Some(Colours::CodePoints(points)) => Some(*points),
        _ => None,
    };
    planes::paint(&colour, points, measure.channels, &mut pixels)?;
    let (primaries, transfer) =
        points.map_or_else(|| colour.code_points(), |points| (points.primaries, points.transfer));
    drop(colour);
    if let Some(alpha) = &container.alpha {
        planes::paint_alpha(&decoded(alpha, measure)?, &mut pixels)?;
    }
    let picture =
        Picture { width: measure.width, height: measure.height, channels: measure.channels, pixels };
    let profile = match container.colours {
        Some(Colours::Icc(data)) => Profile::Icc(data.to_vec()),
        _ => Profile::CodePoints { primaries, transfer },
    };
    Ok(Raw { picture, profile, orientation: container.orientation })
}

/// The first frame of one item, of exactly the size that was measured.
fn decoded(item: &[u8], measure: &Measure) -> Result<Planes, Rejection> {
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_decode_frame_type(DecodeFrameType::Key);
    let pixels = u64::from(measure.width) * u64::from(measure.height);
    settings.set_frame_size_limit(u32::try_from(pixels).map_err(|_| Rejection::Malformed)?);
    let mut decoder = Decoder::with_settings(&settings).map_err(|_| Rejection::Malformed)?;
    match decoder.send_data(item.to_vec(), None, None, None) {
        Ok(()) => {}
        Err(error) if error.is_again() => {}
        Err(_) => return Err(Rejection::Malformed),
    }
    let picture = decoder.get_picture().map_err(|_| Rejection::Malformed)?;
    if (picture.width(), picture.height()) != (measure.width, measure.height) {
        return Err(Rejection::Malformed);
    }
    Ok(Planes::new(picture))
}

/// Size and stream of the primary picture, for tests that wrap it anew.
#[cfg(test)]
pub(super) fn unwrapped(bytes: &[u8]) -> ((u32, u32), Vec<u8>) {
    let container = container::read(bytes).unwrap();
    (container.size, container.colour.into_owned())
}
