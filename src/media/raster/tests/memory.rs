//! The estimate of memory is honest: not below what a process is seen to use beside its code, and not far above.
//!
//! What a process is seen to use depends on the machine and on the size of the program, so that is measured by hand:
//! `cargo test --lib -- --ignored --exact media::raster::tests::memory::estimates_are_honest`. What always runs holds the
//! estimates against the pixels that have to be in memory.

use std::path::Path;
use std::process::Command;

use super::super::measure::OVERHEAD;
use super::super::{Fit, Output, Rendering, Source, decode, measure};
use super::samples::{
    BOUNDS, Extra, avif, gif, jpeg, lossless_webp, lossy_webp, quarters, rgb_png, rgba_png,
};

const TARGET: u32 = 1280;

/// Run by the test below in a process of its own: the peak of a process never falls.
#[test]
#[ignore = "only means something in a process of its own"]
fn child() {
    let folder = std::env::current_dir().unwrap();
    let bytes = std::fs::read(folder.join("file")).unwrap();
    let source = match std::fs::read_to_string(folder.join("source")).unwrap().as_str() {
        "Jpeg" => Source::Jpeg,
        "Png" => Source::Png,
        "Webp" => Source::Webp,
        "Avif" => Source::Avif,
        _ => Source::Gif,
    };
    let (before, code) = (status("VmHWM:"), status("RssFile:"));
    let picture = decode(source, &bytes, &BOUNDS, Some(TARGET)).unwrap();
    let (width, height) = (picture.width(), picture.height());
    picture.render(&Rendering { width, height, fit: Fit::Contain, format: Output::Webp }).unwrap();
    // Without the program's own code, of which the system maps as much as it has at hand: none, or twenty megabytes.
    let (peak, code) = (status("VmHWM:") - before, status("RssFile:") - code);
    std::fs::write(folder.join("peak"), (peak - code).to_string()).unwrap();
}

/// What the system says of this process, in bytes: its high-water mark, or what of files is in it now.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

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
#[cfg(target_os = "linux")]
#[ignore = "measures a process, which the rest of the machine changes"]
fn estimates_are_honest() {
    let mut wrong = Vec::new();
    for (name, source, file) in files() {
        let folder = tempfile::tempdir().unwrap();
        let measured = measure(source, &file, &BOUNDS).unwrap();
        let (width, height) = super::super::resize::within(measured.width, measured.height, TARGET);
        let rendering = Rendering { width, height, fit: Fit::Contain, format: Output::Webp };
        let estimate = measured.to_render(&rendering);
        let used = used(folder.path(), source, &file);
        // What every decoding needs has the code in it, which is not in what is used.
        let pixels = estimate - OVERHEAD;
        if used > pixels || pixels > used + used / 2 {
            wrong.push(format!("{name}: {used} bytes used, {estimate} estimated"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

fn used(folder: &Path, source: Source, file: &[u8]) -> u64 {
    std::fs::write(folder.join("file"), file).unwrap();
    std::fs::write(folder.join("source"), format!("{source:?}")).unwrap();
    let name = format!("{}::child", module_path!().split_once("::").unwrap().1);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--ignored", "--test-threads=1", "--quiet"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    std::fs::read_to_string(folder.join("peak")).unwrap().parse().unwrap()
}
