//! What was measured, as tables for a terminal and for the README.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::load::{Load, Samples};
use crate::requests::{Page, Route};

pub fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

pub fn header(text: &str) -> io::Result<()> {
    line(&format!("\n{text}\n{}", "=".repeat(text.len())))
}

pub fn table(loads: &[Load], samples: &mut [Samples]) -> io::Result<()> {
    line("page  route         posts    conn.  requests/s   p50 ms   p99 ms   CPU µs   errors")?;
    for (load, samples) in loads.iter().zip(samples) {
        samples.sort();
        line(&format!(
            "{:<5} {:<13} {:<8} {:>5} {:>11.0} {:>8.2} {:>8.2} {:>8.0} {:>8}",
            load.page.to_string(),
            load.route.to_string(),
            load.posts,
            load.connections,
            samples.per_second(),
            samples.percentile(50),
            samples.percentile(99),
            samples.computed_micros(),
            samples.errors
        ))?;
    }
    Ok(())
}

/// Requests per second of GraphQL relative to each ceiling.
pub fn ratios(loads: &[Load], samples: &[Samples]) -> io::Result<()> {
    for page in Page::ALL {
        let of = |route| find(loads, samples, |load| load.page == page && load.route == route);
        let Some(graphql) = of(Route::Graphql) else { continue };
        for (route, goal) in [(Route::Sql, " (goal: at least 0.50)"), (Route::Static, "")] {
            if let Some(ceiling) = of(route) {
                let ratio = graphql.per_second() / ceiling.per_second();
                line(&format!("ratio {page}: GraphQL / {route} = {ratio:.3}{goal}"))?;
            }
        }
    }
    Ok(())
}

/// The median over many posts relative to the one over few.
pub fn growth(loads: &[Load], samples: &[Samples]) -> io::Result<()> {
    for small in loads {
        let is_larger = |load: &Load| {
            (load.page, load.route, load.connections) == (small.page, small.route, small.connections)
                && load.posts > small.posts
        };
        let itself = find(loads, samples, |load| std::ptr::eq(load, small));
        let (Some(small_samples), Some(large)) = (itself, find(loads, samples, is_larger)) else { continue };
        let ratio = large.percentile(50) / small_samples.percentile(50);
        let goal = if small.route == Route::Graphql { " (goal: at most 1.30)" } else { "" };
        let connections = small.connections;
        line(&format!(
            "growth of p50 of {}, {}, {connections} connections: {ratio:.2}{goal}",
            small.page, small.route
        ))?;
    }
    Ok(())
}

fn find<'a>(loads: &[Load], samples: &'a [Samples], wanted: impl Fn(&Load) -> bool) -> Option<&'a Samples> {
    loads.iter().position(wanted).and_then(|place| samples.get(place))
}

/// Memory is in kilobytes.
pub fn process(started: Duration, idle: u32, peak: u32) -> io::Result<()> {
    let megabytes = |kilobytes: u32| f64::from(kilobytes) / 1024.0;
    line(&format!("process start to first answer: {:.3} s (goal: at most 0.3)", started.as_secs_f64()))?;
    line(&format!("memory idle: {:.1} MB (goal: at most 60)", megabytes(idle)))?;
    line(&format!("memory peak: {:.1} MB (goal: at most 200)", megabytes(peak)))
}

/// Prints what went wrong; answers how many requests that were.
pub fn faults(loads: &[Load], samples: &[Samples]) -> Result<usize, crate::Failure> {
    for (load, samples) in loads.iter().zip(samples) {
        if let Some(error) = &samples.first_error {
            line(&format!("ERRORS in {} over {}: {}, first {error}", load.page, load.route, samples.errors))?;
        }
    }
    Ok(samples.iter().map(|samples| samples.errors).sum())
}

/// The size of the product's own binaries, where they have been built.
pub fn binary_size() -> io::Result<()> {
    line("")?;
    for profile in ["dist", "release"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(profile).join("wellspring");
        let Ok(data) = path.metadata() else { continue };
        let kilobytes = u32::try_from(data.len() / 1024).unwrap_or(u32::MAX);
        let goal = if profile == "dist" { " (goal: at most 40)" } else { " (with symbols)" };
        line(&format!("target/{profile}/wellspring: {:.1} MB{goal}", f64::from(kilobytes) / 1024.0))?;
    }
    Ok(())
}
