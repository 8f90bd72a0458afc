//! A 12-megapixel photo becomes 1,280 pixels of WebP: ours and `vipsthumbnail`, in turns, on one core.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use wellspring::media::raster::{Fit, Output, Rendering};
use wellspring::media::{self, Format};

use crate::photo::photo;
use crate::{Failure, percentile};

const ROUNDS: usize = 7;

/// The same program once more, on the first core alone where that can be had.
pub fn beside_another_program(folder: &Path) -> Result<(), Failure> {
    let file = folder.join("photo.jpg");
    std::fs::write(&file, photo(4_000, 3_000, 1)?)?;
    let itself = std::env::current_exe()?;
    let pinned = Command::new("taskset").args(["-c", "0"]).arg(&itself).arg("--speed").arg(&file).status();
    if !pinned.is_ok_and(|status| status.success()) {
        println!("not on one core, taskset is missing:");
        measure(&file)?;
    }
    Ok(())
}

pub fn measure(file: &Path) -> Result<(), Failure> {
    let rendering = Rendering { width: 1_280, height: 960, fit: Fit::Contain, format: Output::Webp };
    let target = file.with_extension("webp");
    let (mut ours, mut theirs, mut size) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let bytes = std::fs::read(file)?;
        let known = media::measure(Format::Jpeg, &bytes)?.ok_or("a photo is an image")?;
        size = media::render(Format::Jpeg, &bytes, &known, &rendering)?.len();
        ours.push(begun.elapsed());
        theirs.extend(vips(file, &target));
    }
    let ours = median(ours);
    println!("12 megapixels to 1280 px of WebP: {ours:.0?}, {size} bytes");
    if theirs.is_empty() {
        println!("  vipsthumbnail is not installed: nothing to compare with");
    } else {
        let (theirs, their_size) = (median(theirs), std::fs::metadata(&target)?.len());
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!("  vipsthumbnail: {theirs:.0?}, {their_size} bytes; ratio {ratio:.2} (aim: at most 2)");
    }
    Ok(())
}

fn vips(file: &Path, target: &Path) -> Option<Duration> {
    let begun = Instant::now();
    let done = Command::new("vipsthumbnail")
        .args(["--size", "1280x", "-o", &format!("{}[Q=80,effort=4,strip]", target.display())])
        .arg(file)
        .env("VIPS_CONCURRENCY", "1")
        .status();
    done.is_ok_and(|status| status.success()).then(|| begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    percentile(&times, 50)
}
