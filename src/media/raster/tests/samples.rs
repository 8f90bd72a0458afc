//! Makes the files that the stories are about.

use std::borrow::Cow;

use super::super::{Bounds, Picture, Source, avif, decode};

pub(super) const BOUNDS: Bounds = Bounds { max_pixels: 100_000_000, max_side: 16_383 };

pub(super) const RED: [u8; 3] = [255, 0, 0];
pub(super) const GREEN: [u8; 3] = [0, 255, 0];
pub(super) const BLUE: [u8; 3] = [0, 0, 255];
pub(super) const WHITE: [u8; 3] = [255, 255, 255];

/// Red, green, blue and white quarters, in reading order.
pub(super) fn quarters(width: u32, height: u32) -> Vec<u8> {
    let colour = |x: u32, y: u32| match (x < width / 2, y < height / 2) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    };
    (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect()
}

pub(super) fn filled<const N: usize>(width: u32, height: u32, pixel: [u8; N]) -> Vec<u8> {
    pixel.repeat((width * height) as usize)
}

/// What a file may carry besides pixels.
#[derive(Default, Clone)]
pub(super) struct Extra {
    pub(super) exif: Option<Vec<u8>>,
    pub(super) icc: Option<Vec<u8>>,
}

/// A TIFF directory with one entry, the orientation.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    tiff
}

pub(super) fn oriented(orientation: u8) -> Extra {
    Extra { exif: Some(exif(orientation)), icc: None }
}

pub(super) fn jpeg(width: u32, height: u32, rgb: &[u8], extra: &Extra, progressive: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.set_progressive(progressive);
    if let Some(exif) = &extra.exif {
        encoder.add_exif_metadata(exif).unwrap();
    }
    if let Some(icc) = &extra.icc {
        encoder.add_icc_profile(icc).unwrap();
    }
    let (width, height) = (u16::try_from(width).unwrap(), u16::try_from(height).unwrap());
    encoder.encode(rgb, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}

pub(super) fn png(
    size: (u32, u32),
    colour: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    extra: &Extra,
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut info = png::Info::with_size(size.0, size.1);
    info.color_type = colour;
    info.bit_depth = depth;
    info.icc_profile = extra.icc.clone().map(Cow::Owned);
    let mut encoder = png::Encoder::with_info(&mut file, info).unwrap();
    if colour == png::ColorType::Indexed {
        encoder.set_palette([RED, GREEN, BLUE, WHITE].concat());
        encoder.set_trns(vec![255, 255, 255, 0]);
    }
    let mut writer = encoder.write_header().unwrap();
    if let Some(exif) = &extra.exif {
        writer.write_chunk(png::chunk::eXIf, exif).unwrap();
    }
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    file
}

pub(super) fn rgb_png(width: u32, height: u32, rgb: &[u8], extra: &Extra) -> Vec<u8> {
    png((width, height), png::ColorType::Rgb, png::BitDepth::Eight, rgb, extra)
}

pub(super) fn rgba_png(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    png((width, height), png::ColorType::Rgba, png::BitDepth::Eight, rgba, &Extra::default())
}

pub(super) fn lossless_webp(width: u32, height: u32, rgb: &[u8], extra: &Extra) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut file);
    if let Some(exif) = &extra.exif {
        encoder.set_exif_metadata(exif.clone());
    }
    if let Some(icc) = &extra.icc {
        encoder.set_icc_profile(icc.clone());
    }
    encoder.encode(rgb, width, height, image_webp::ColorType::Rgb8).unwrap();
    file
}

pub(super) fn lossy_webp(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    webpx::Encoder::new_rgb(rgb, width, height).quality(95.0).encode(webpx::Unstoppable).unwrap()
}

/// An animation of frames of one colour each.
pub(super) fn animated_webp(width: u32, height: u32, frames: &[[u8; 3]]) -> Vec<u8> {
    let u24 = |number: u32| number.to_le_bytes()[..3].to_vec();
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap();
        let padding = vec![0; data.len() % 2];
        [&kind[..], &length.to_le_bytes(), data, &padding].concat()
    };
    let size = [u24(width - 1), u24(height - 1)].concat();
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[&[2, 0, 0, 0], &size[..]].concat()));
    body.extend(chunk(b"ANIM", &[0; 6]));
    for colour in frames {
        let still = lossless_webp(width, height, &filled(width, height, *colour), &Extra::default());
        let header = [&[0; 6], &size[..], &[100, 0, 0, 2]].concat();
        body.extend(chunk(b"ANMF", &[&header[..], &still[12..]].concat()));
    }
    chunk(b"RIFF", &body)
}

/// An animation of frames of one index each, of red, green, blue and white; white is transparent.
pub(super) fn gif(width: u16, height: u16, frames: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let palette = [RED, GREEN, BLUE, WHITE].concat();
    let mut encoder = gif::Encoder::new(&mut file, width, height, &palette).unwrap();
    for index in frames {
        let buffer = vec![*index; usize::from(width) * usize::from(height)];
        let frame = gif::Frame {
            width,
            height,
            transparent: Some(3),
            buffer: buffer.into(),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

pub(super) fn avif(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    let pixels: Vec<_> =
        rgb.as_chunks::<3>().0.iter().map(|[r, g, b]| ravif::RGB8::new(*r, *g, *b)).collect();
    ravif::Encoder::new()
        .with_quality(95.0)
        .with_speed(10)
        .with_num_threads(Some(1))
        .with_bit_depth(ravif::BitDepth::Eight)
        .encode_rgb(imgref::Img::new(&pixels, width as usize, height as usize))
        .unwrap()
        .avif_file
}

/// The picture of an AVIF file in new boxes: after `ispe`, `av1C` and `more` properties of its own.
pub(super) fn rewrapped(file: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    let ((width, height), stream) = avif::unwrapped(file);
    let mut properties = vec![
        full(b"ispe", &[width.to_be_bytes(), height.to_be_bytes()].concat()),
        boxed(b"av1C", &[0x81, 0x20, 0, 0]),
    ];
    properties.extend_from_slice(more);
    let count = u8::try_from(properties.len()).unwrap();
    let associated: Vec<u8> = (1..=count).collect();
    let ipma = full(b"ipma", &[&[0, 0, 0, 1, 0, 1, count][..], &associated].concat());
    let iprp = boxed(b"iprp", &[boxed(b"ipco", &properties.concat()), ipma].concat());
    let infe = boxed(b"infe", b"\x02\0\0\0\0\x01\0\0av01\0");
    let length = u32::try_from(stream.len()).unwrap();
    let meta = |offset: u32| {
        let extent = [offset.to_be_bytes(), length.to_be_bytes()].concat();
        let iloc = full(b"iloc", &[&[0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1][..], &extent].concat());
        let iinf = full(b"iinf", &[&[0, 1][..], &infe].concat());
        full(b"meta", &[full(b"pitm", &[0, 1]), iloc, iinf, iprp.clone()].concat())
    };
    let ftyp = boxed(b"ftyp", b"avif\0\0\0\0avifmif1");
    let before = u32::try_from(ftyp.len() + meta(0).len() + 8).unwrap();
    [ftyp, meta(before), boxed(b"mdat", &stream)].concat()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "byte strings are references")]
pub(super) fn boxed(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len() + 8).unwrap();
    [&length.to_be_bytes(), &kind[..], data].concat()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "byte strings are references")]
fn full(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0; 4], data].concat())
}

pub(super) fn decoded(source: Source, file: &[u8]) -> Picture {
    decode(source, file, &BOUNDS, None).unwrap()
}

/// Red, green, blue and, where there is alpha, alpha.
pub(super) fn pixel(picture: &Picture, x: u32, y: u32) -> Vec<u8> {
    let count = picture.channels.count();
    let start = (y * picture.width + x) as usize * count;
    picture.pixels[start..start + count].to_vec()
}

/// The pixels a little inside of the four corners, in reading order.
pub(super) fn corners(picture: &Picture) -> [Vec<u8>; 4] {
    let (right, bottom) = (picture.width - 3, picture.height - 3);
    [(2, 2), (right, 2), (2, bottom), (right, bottom)].map(|(x, y)| pixel(picture, x, y))
}

#[track_caller]
pub(super) fn assert_near(found: &[u8], wanted: &[u8], distance: u8) {
    let near =
        found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| a.abs_diff(*b) <= distance);
    assert!(near, "{found:?} is not within {distance} of {wanted:?}");
}
