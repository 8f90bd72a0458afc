//! `WebVTT` captions (<https://www.w3.org/TR/webvtt1/>): read strictly, so that a mistake is named with its line.
//! The copy has cues and regions only: comments may be private, and styles may load things from elsewhere.

use std::io::{Read, Seek, Write};

use super::{Facts, Fault, Rejection, input::Input};

/// Captions of a whole day of talk.
const MAX_BYTES: u64 = 1 << 20;

/// A text with the time it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    pub id: Option<String>,
    /// Milliseconds from the beginning; `start_ms < end_ms`.
    pub start_ms: u64,
    pub end_ms: u64,
    /// The known settings (`line:0 align:start`), separated by one space.
    pub settings: String,
    /// Lines separated by LF, with the markup of captions as written.
    pub text: String,
}

#[derive(Default)]
struct Track {
    /// Definitions of regions, each as its lines.
    regions: Vec<String>,
    cues: Vec<Cue>,
}

/// The cues of a file, in its order.
pub fn parse(text: &str) -> Result<Vec<Cue>, Rejection> {
    read(text).map(|track| track.cues)
}

pub(super) fn clean<R: Read + Seek, W: Write>(input: &mut Input<R>, out: &mut W) -> Result<Facts, Fault> {
    if input.len() > MAX_BYTES {
        return Err(Rejection::TooLarge { what: "the caption file" }.into());
    }
    let bytes = input.bytes(input.len())?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        line_error(line, "the text is not UTF-8")
    })?;
    let track = read(text)?;
    write(&track, out)?;
    Ok(Facts { duration_ms: track.cues.iter().map(|cue| cue.end_ms).max(), ..Facts::default() })
}

fn line_error(line: usize, what: &'static str) -> Rejection {
    Rejection::Line { line: u32::try_from(line).unwrap_or(u32::MAX), what }
}

fn write(track: &Track, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "WEBVTT")?;
    for region in &track.regions {
        writeln!(out, "\nREGION\n{region}")?;
    }
    for cue in &track.cues {
        writeln!(out)?;
        if let Some(id) = &cue.id {
            writeln!(out, "{id}")?;
        }
        write!(out, "{} --> {}", Clock(cue.start_ms), Clock(cue.end_ms))?;
        if !cue.settings.is_empty() {
            write!(out, " {}", cue.settings)?;
        }
        writeln!(out)?;
        if !cue.text.is_empty() {
            writeln!(out, "{}", cue.text)?;
        }
    }
    Ok(())
}

/// Milliseconds as `hh:mm:ss.ttt`.
struct Clock(u64);

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0 / 1000;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "{hours:02}:{minutes:02}:{:02}.{:03}", seconds % 60, self.0 % 1000)
    }
}

/// The lines of a block with the number of the first.
struct Block<'a> {
    line: usize,
    lines: Vec<&'a str>,
}

fn read(text: &str) -> Result<Track, Rejection> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if let Some(at) = text.find('\0') {
        return Err(line_error(text[..at].matches('\n').count() + 1, "it has a zero byte"));
    }
    let mut blocks = blocks(&text).into_iter();
    let header = blocks.next().filter(|block| block.line == 1);
    let after = header.as_ref().and_then(|block| block.lines[0].strip_prefix("WEBVTT"));
    if !after.is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t'])) {
        return Err(line_error(1, "it does not begin with WEBVTT"));
    }
    for (index, line) in header.iter().flat_map(|block| &block.lines).enumerate() {
        if line.contains("-->") {
            return Err(line_error(index + 1, "an empty line must stand before the first cue"));
        }
    }
    let mut track = Track::default();
    for block in blocks {
        let timed = block.lines.iter().take(2).any(|line| line.contains("-->"));
        let first = block.lines[0];
        if timed && !is_comment(first) {
            let previous = track.cues.last().map_or(0, |cue| cue.start_ms);
            track.cues.push(cue(&block, previous)?);
            continue;
        }
        if let Some(index) = block.lines.iter().position(|line| line.contains("-->")) {
            return Err(line_error(block.line + index, "an arrow stands outside of a cue's times"));
        }
        match first.trim_end_matches([' ', '\t']) {
            _ if is_comment(first) => {}
            "STYLE" => {}
            "REGION" if track.cues.is_empty() => track.regions.push(block.lines[1..].join("\n")),
            _ => return Err(line_error(block.line, "it is neither a cue nor a comment")),
        }
    }
    if track.cues.is_empty() {
        return Err(Rejection::Malformed { what: "it has no cues" });
    }
    Ok(track)
}

fn is_comment(line: &str) -> bool {
    line.strip_prefix("NOTE").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for (index, line) in text.split('\n').enumerate() {
        if line.is_empty() {
            open = false;
        } else if let Some(block) = blocks.last_mut().filter(|_| open) {
            block.lines.push(line);
        } else {
            open = true;
            blocks.push(Block { line: index + 1, lines: vec![line] });
        }
    }
    blocks
}

fn cue(block: &Block, previous: u64) -> Result<Cue, Rejection> {
    let (id, timing_at) = if block.lines[0].contains("-->") { (None, 0) } else { (Some(block.lines[0]), 1) };
    let line = block.line + timing_at;
    let fail = |what| Err(line_error(line, what));
    let Some((start, rest)) = block.lines[timing_at].split_once("-->") else {
        return fail("a cue has no times");
    };
    let blank = [' ', '\t'];
    let (end, settings) = rest.trim_start_matches(blank).split_once(blank).unwrap_or((rest, ""));
    let (Some(start_ms), Some(end_ms)) = (clock(start.trim_matches(blank)), clock(end.trim_matches(blank)))
    else {
        return fail("a time is not written like 00:01:02.345");
    };
    if !start.ends_with(blank) || !rest.starts_with(blank) {
        return fail("the arrow between the times needs spaces around it");
    }
    if start_ms >= end_ms {
        return fail("the cue ends before it begins");
    }
    if start_ms < previous {
        return fail("the cue begins before the one above it");
    }
    let text = &block.lines[timing_at + 1..];
    if let Some(index) = text.iter().position(|line| line.contains("-->")) {
        return Err(line_error(line + 1 + index, "an arrow stands in a cue's text"));
    }
    let known = |setting: &&str| {
        setting.split_once(':').is_some_and(|(name, value)| {
            matches!(name, "vertical" | "line" | "position" | "size" | "align" | "region")
                && !value.is_empty()
        })
    };
    let settings: Vec<&str> = settings.split(blank).filter(known).collect();
    Ok(Cue {
        id: id.map(str::to_owned),
        start_ms,
        end_ms,
        settings: settings.join(" "),
        text: text.join("\n"),
    })
}

/// Reads `mm:ss.ttt` or `hh:mm:ss.ttt`, with two or more digits of hours (at most six here).
fn clock(text: &str) -> Option<u64> {
    let (rest, milliseconds) = text.split_once('.')?;
    let mut parts = rest.split(':').rev();
    let seconds = digits(parts.next()?, 2..=2).filter(|seconds| *seconds < 60)?;
    let minutes = digits(parts.next()?, 2..=2).filter(|minutes| *minutes < 60)?;
    let hours = parts.next().map_or(Some(0), |hours| digits(hours, 2..=6))?;
    if parts.next().is_some() {
        return None;
    }
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + digits(milliseconds, 3..=3)?)
}

fn digits(text: &str, len: std::ops::RangeInclusive<usize>) -> Option<u64> {
    let plain = len.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
