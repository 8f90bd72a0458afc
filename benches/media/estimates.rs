//! What making a rendition takes in memory, beside what was estimated. Each image is rendered in a process of its own, because
//! the peak of a process never falls. What an image of a few pixels takes is the program's own share: code, tables and what
//! the allocator keeps at hand. Only what a large image takes beyond it is held against the estimate.

use std::path::Path;

use image::codecs::gif::GifEncoder;
use image::codecs::png::PngEncoder;
use image::{Delay, ExtendedColorType, Frame, ImageEncoder, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use wellspring::media::raster::{Fit, Measure, OVERHEAD, Output, Rendering};
use wellspring::media::{self, Format};

use crate::Failure;
use crate::process::{Process, first_line};

/// The longest side of a rendition, in pixels.
const TARGET: u32 = 1_280;
const LARGE: (u16, u16) = (3_000, 2_000);
const SMALL: (u16, u16) = (48, 32);

/// What a file is called here, what it is, and its bytes.
type Named = (&'static str, Format, Vec<u8>);

/// So that the allocator gives back at once what is freed, and what the system sees is what is held.
const NOTHING_KEPT: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ARENA_EAGER_COMMIT", "0")];

/// Fails when an image took more than was estimated, or less than half of it. The estimate has a share for the program
/// too, [`OVERHEAD`], which is left out here.
pub fn beside_use(folder: &Path) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for (large, small) in files(LARGE)?.into_iter().zip(files(SMALL)?) {
        let (name, format) = (large.0, large.1);
        let measure = measure(format, &large.2)?;
        let estimate = measure.to_render(&rendering(&measure)) - OVERHEAD;
        let share = used(folder, &small)?;
        let used = used(folder, &large)?.saturating_sub(share);
        let is_good = used <= estimate && estimate <= 2 * used;
        let verdict = if is_good { "as estimated" } else { "not as estimated" };
        let [used, estimate, share] = [used, estimate, share].map(|bytes| bytes / 1_000);
        println!(
            "{name:>15}: {used:>6} kB used, {estimate:>6} kB estimated, {verdict}; {share:>6} kB for the program"
        );
        if !is_good {
            wrong.push(name);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("wrong estimates: {}", wrong.join(", ")).into()) }
}

/// In bytes, beside the program's code.
fn used(folder: &Path, (name, format, bytes): &Named) -> Result<u64, Failure> {
    let file = folder.join(name);
    std::fs::write(&file, bytes)?;
    let (_process, output) = Process::start(|command| {
        command.arg("--render").arg(format!("{format:?}")).arg(&file).envs(NOTHING_KEPT);
    })?;
    Ok(first_line(output)?.parse().map_err(|_| "the image was not rendered")?)
}

/// What the child does: prints by how many bytes its memory grew beside its code.
pub fn render(format: &str, file: &Path) -> Result<(), Failure> {
    let formats = [Format::Jpeg, Format::Png, Format::Webp, Format::Gif, Format::Avif];
    let format =
        formats.into_iter().find(|known| format!("{known:?}") == format).ok_or("an unknown format")?;
    let bytes = std::fs::read(file)?;
    let measure = measure(format, &bytes)?;
    let (before, code) = (status("VmHWM:")?, status("RssFile:")?);
    std::hint::black_box(media::render(format, &bytes, &measure, &rendering(&measure))?);
    // The system maps as much of the program's code as it has at hand: none, or twenty megabytes.
    let (peak, code) = (status("VmHWM:")? - before, status("RssFile:")? - code);
    println!("{}", peak.saturating_sub(code));
    Ok(())
}

fn measure(format: Format, bytes: &[u8]) -> Result<Measure, Failure> {
    Ok(media::measure(format, bytes)?.ok_or("not an image")?)
}

fn rendering(measure: &Measure) -> Rendering {
    let width = TARGET.min(measure.width);
    let height = (width * measure.height / measure.width).max(1);
    Rendering { width, height, fit: Fit::Contain, format: Output::Webp }
}

/// What the system says of this process, in bytes: its high-water mark, or what of files is in it now.
fn status(name: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1_024)
}

fn files(size: (u16, u16)) -> Result<Vec<Named>, Failure> {
    let (width, height) = (u32::from(size.0), u32::from(size.1));
    let rgb = quarters(width, height);
    let rgba: Vec<u8> =
        rgb.as_chunks::<3>().0.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 128]).collect();
    let png = |pixels: &[u8], colour: ExtendedColorType| -> Result<Vec<u8>, Failure> {
        let mut file = Vec::new();
        PngEncoder::new(&mut file).write_image(pixels, width, height, colour)?;
        Ok(file)
    };
    let mut lossless = Vec::new();
    image_webp::WebPEncoder::new(&mut lossless).encode(&rgb, width, height, image_webp::ColorType::Rgb8)?;
    let lossy = webpx::Encoder::new_rgb(&rgb, width, height).quality(95.0).encode(webpx::Unstoppable);
    let lossy = lossy.map_err(|error| format!("{error:?}"))?;
    Ok(vec![
        ("baseline.jpg", Format::Jpeg, jpeg(size, &rgb, false)?),
        ("progressive.jpg", Format::Jpeg, jpeg(size, &rgb, true)?),
        ("rgb.png", Format::Png, png(&rgb, ExtendedColorType::Rgb8)?),
        ("rgba.png", Format::Png, png(&rgba, ExtendedColorType::Rgba8)?),
        ("lossless.webp", Format::Webp, lossless),
        ("lossy.webp", Format::Webp, lossy),
        ("frames.gif", Format::Gif, gif(width, height)?),
        ("still.avif", Format::Avif, avif(width * 3 / 5, height * 3 / 5)?),
    ])
}

/// Red, green, blue and white quarters, in reading order.
fn quarters(width: u32, height: u32) -> Vec<u8> {
    let colour = |x: u32, y: u32| match (x < width / 2, y < height / 2) {
        (true, true) => [255, 0, 0],
        (false, true) => [0, 255, 0],
        (true, false) => [0, 0, 255],
        (false, false) => [255; 3],
    };
    (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect()
}

fn jpeg(size: (u16, u16), rgb: &[u8], progressive: bool) -> Result<Vec<u8>, Failure> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 100);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.set_progressive(progressive);
    encoder.encode(rgb, size.0, size.1, ColorType::Rgb)?;
    Ok(file)
}

fn gif(width: u32, height: u32) -> Result<Vec<u8>, Failure> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut file, 30);
    for colour in [[0, 255, 0, 255], [0, 0, 255, 255]] {
        let pixels = RgbaImage::from_pixel(width, height, image::Rgba(colour));
        encoder.encode_frame(Frame::from_parts(pixels, 0, 0, Delay::from_numer_denom_ms(100, 1)))?;
    }
    drop(encoder);
    Ok(file)
}

fn avif(width: u32, height: u32) -> Result<Vec<u8>, Failure> {
    let pixels: Vec<_> = quarters(width, height)
        .as_chunks::<3>()
        .0
        .iter()
        .map(|[red, green, blue]| ravif::RGB8::new(*red, *green, *blue))
        .collect();
    let image = imgref::Img::new(&pixels[..], usize::try_from(width)?, usize::try_from(height)?);
    let encoder = ravif::Encoder::new().with_quality(95.0).with_speed(10).with_num_threads(Some(1));
    Ok(encoder.with_bit_depth(ravif::BitDepth::Eight).encode_rgb(image)?.avif_file)
}
