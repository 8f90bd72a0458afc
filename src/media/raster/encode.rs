//! Writes pictures in the four formats given out. Nothing but pixels is written; without a profile they mean sRGB.

use imgref::Img;
use jpeg_encoder::{ColorType, SamplingFactor};
use ravif::{AlphaColorMode, BitDepth, RGB8, RGBA8};
use webpx::Unstoppable;

use super::{Channels, Output, Picture, Rejection};

const WEBP_QUALITY: f32 = 80.0;
const WEBP_METHOD: u8 = 4;
const AVIF_QUALITY: f32 = 70.0;
/// Of 1 (slow) to 10; measured, see the bench `rendition`.
const AVIF_SPEED: u8 = 9;
const JPEG_QUALITY: u8 = 82;

/// `picture` is RGB or RGBA, with no side longer than 16,383.
pub(super) fn encode(picture: &Picture, format: Output) -> Result<Vec<u8>, Rejection> {
    match format {
        Output::Webp => webp(picture).ok_or(Rejection::Unwritable { what: "WebP" }),
        Output::Avif => avif(picture).ok_or(Rejection::Unwritable { what: "AVIF" }),
        Output::Jpeg => jpeg(picture).ok_or(Rejection::Unwritable { what: "JPEG" }),
        Output::Png => png(picture).ok_or(Rejection::Unwritable { what: "PNG" }),
    }
}

fn webp(picture: &Picture) -> Option<Vec<u8>> {
    let encoder = match picture.channels {
        Channels::Rgba => webpx::Encoder::new_rgba(&picture.pixels, picture.width, picture.height),
        _ => webpx::Encoder::new_rgb(&picture.pixels, picture.width, picture.height),
    };
    encoder.quality(WEBP_QUALITY).method(WEBP_METHOD).encode(Unstoppable).ok()
}

fn avif(picture: &Picture) -> Option<Vec<u8>> {
    let encoder = ravif::Encoder::new()
        .with_quality(AVIF_QUALITY)
        .with_alpha_quality(AVIF_QUALITY)
        .with_speed(AVIF_SPEED)
        .with_bit_depth(BitDepth::Eight)
        .with_alpha_color_mode(AlphaColorMode::UnassociatedClean)
        .with_num_threads(Some(1));
    let (width, height) = (picture.width as usize, picture.height as usize);
    let encoded = if picture.channels == Channels::Rgba {
        let (pixels, _) = picture.pixels.as_chunks::<4>();
        let pixels: Vec<RGBA8> = pixels.iter().map(|[r, g, b, a]| RGBA8::new(*r, *g, *b, *a)).collect();
        encoder.encode_rgba(Img::new(&pixels, width, height))
    } else {
        let (pixels, _) = picture.pixels.as_chunks::<3>();
        let pixels: Vec<RGB8> = pixels.iter().map(|[r, g, b]| RGB8::new(*r, *g, *b)).collect();
        encoder.encode_rgb(Img::new(&pixels, width, height))
    };
    encoded.ok().map(|encoded| encoded.avif_file)
}

fn jpeg(picture: &Picture) -> Option<Vec<u8>> {
    let (width, height) = (u16::try_from(picture.width).ok()?, u16::try_from(picture.height).ok()?);
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    // Tables made for the picture would save some bytes, but this encoder then writes the components one after
    // the other, which several decoders get wrong.
    encoder.set_optimized_huffman_tables(false);
    let encoded = match picture.channels {
        Channels::Rgba => encoder.encode(&on_white(&picture.pixels), width, height, ColorType::Rgb),
        _ => encoder.encode(&picture.pixels, width, height, ColorType::Rgb),
    };
    encoded.ok().map(|()| file)
}

fn on_white(pixels: &[u8]) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<4>();
    let flattened = pixels.iter().flat_map(|&[red, green, blue, alpha]| {
        [red, green, blue].map(|sample| {
            let (alpha, white) = (u32::from(alpha), u32::from(u8::MAX));
            let mixed = (u32::from(sample) * alpha + white * (white - alpha) + white / 2) / white;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
    });
    flattened.collect()
}

pub(super) fn png(picture: &Picture) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width, picture.height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_color(match picture.channels {
        Channels::Rgba => png::ColorType::Rgba,
        _ => png::ColorType::Rgb,
    });
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&picture.pixels).ok()?;
    writer.finish().ok()?;
    Some(file)
}
