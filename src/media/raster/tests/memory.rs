//! Estimates of memory are held against the pixels that have to be in memory. What a process is seen to use depends on the
//! machine, so it is measured by `cargo bench --bench media -- estimates`.

use super::super::measure::OVERHEAD;
use super::super::{Channels, Fit, Measure, Output, Rendering, Source, decode, measure};
use super::samples::{
    BOUNDS, Extra, avif, gif, jpeg, lossless_webp, lossy_webp, quarters, rgb_png, rgba_png,
};

/// What is decoded has to be in memory at once; nothing takes as much as six times that.
#[test]
fn estimates_cover_the_pixels() {
    for (name, source, file) in files() {
        let measured = measure(source, &file, &BOUNDS).unwrap();
        let picture = decode(source, &file, &BOUNDS, None).unwrap();
        let decoded = u64::from(picture.width()) * u64::from(picture.height()) * 3;
        let pixels = measured.to_decode(None) - OVERHEAD;
        assert!(
            (decoded..6 * decoded).contains(&pixels),
            "{name}: {decoded} bytes decoded, {pixels} estimated"
        );
    }
}

fn files() -> [(&'static str, Source, Vec<u8>); 8] {
    let rgb = quarters(3000, 2000);
    let rgba: Vec<u8> =
        rgb.as_chunks::<3>().0.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 128]).collect();
    let plain = Extra::default();
    [
        ("baseline", Source::Jpeg, jpeg(3000, 2000, &rgb, &plain, false)),
        ("progressive", Source::Jpeg, jpeg(3000, 2000, &rgb, &plain, true)),
        ("rgb", Source::Png, rgb_png(3000, 2000, &rgb, &plain)),
        ("rgba", Source::Png, rgba_png(3000, 2000, &rgba)),
        ("lossless", Source::Webp, lossless_webp(3000, 2000, &rgb, &plain)),
        ("lossy", Source::Webp, lossy_webp(3000, 2000, &rgb)),
        ("frames", Source::Gif, gif(3000, 2000, &[1, 2])),
        ("still", Source::Avif, avif(1800, 1200, &quarters(1800, 1200))),
    ]
}

#[test]
fn the_usual_memory_is_enough_for_what_the_readme_names() {
    let (memory, file) = (192 << 20, 20_000_000);
    let rendering = Rendering { width: 1_920, height: 1_280, fit: Fit::Contain, format: Output::Webp };
    let baseline = Measure::new(8_216, 5_477, Channels::Rgb, 16 * 3);
    let progressive = Measure::new(5_050, 3_366, Channels::Rgb, 16 * 3 + 2 * 16 * 3);
    for measure in [baseline, progressive] {
        assert!(measure.to_decode(Some(256)) + file <= memory, "{measure:?}");
        assert!(measure.to_render(&rendering) + file <= memory, "{measure:?}");
    }
}
