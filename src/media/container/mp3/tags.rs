//! Where the tags around the frames of an MP3 are: ID3 of both kinds, APE and Lyrics3.
//! Only their lengths are read.

use std::io::{Read, Seek};

use super::{Fault, Input};

/// More tags than this in a row are not tags.
const MAX_TAGS: u32 = 16;

/// Position after the tags that begin at `at`; `at` when there are none.
pub(super) fn skip_leading<R: Read + Seek>(input: &mut Input<R>, at: u64, end: u64) -> Result<u64, Fault> {
    let mut at = at;
    for _ in 0..MAX_TAGS {
        let Some(len) = leading(input, at, end)? else { break };
        at = at.saturating_add(len);
        if at > end {
            input.within("a tag");
            return Err(input.truncated());
        }
    }
    Ok(at)
}

fn leading<R: Read + Seek>(input: &mut Input<R>, at: u64, end: u64) -> Result<Option<u64>, Fault> {
    if end.saturating_sub(at) < 10 {
        return Ok(None);
    }
    input.seek(at)?;
    let head: [u8; 10] = input.array()?;
    if head.starts_with(b"ID3") && head[3] != 0xFF {
        let footer = if head[5] & 0x10 == 0 { 0 } else { 10 };
        return Ok(syncsafe([head[6], head[7], head[8], head[9]]).map(|len| len + 10 + footer));
    }
    if head.starts_with(b"APETAGEX") && end - at >= 32 {
        input.seek(at + 12)?;
        // The size leaves out this header.
        return Ok(Some(u64::from(input.le32()?) + 32));
    }
    Ok(None)
}

/// Where the frames end and the tags behind them begin.
pub(super) fn end_of_frames<R: Read + Seek>(input: &mut Input<R>) -> Result<u64, Fault> {
    let mut end = input.len();
    for _ in 0..MAX_TAGS {
        let Some(len) = trailing(input, end)? else { break };
        let Some(before) = end.checked_sub(len) else { break };
        end = before;
    }
    Ok(end)
}

fn trailing<R: Read + Seek>(input: &mut Input<R>, end: u64) -> Result<Option<u64>, Fault> {
    if starts(input, end, 128, b"TAG")? {
        let extended = starts(input, end, 128 + 227, b"TAG+")?;
        return Ok(Some(if extended { 128 + 227 } else { 128 }));
    }
    if starts(input, end, 32, b"APETAGEX")? {
        input.seek(end - 20)?;
        let len = u64::from(input.le32()?);
        input.skip(4)?;
        let header = if input.le32()? >> 31 == 1 { 32 } else { 0 };
        return Ok(Some(len.max(32) + header));
    }
    if starts(input, end, 10, b"3DI")? {
        input.seek(end - 4)?;
        return Ok(syncsafe(input.array()?).map(|len| len + 20));
    }
    if starts(input, end, 9, b"LYRICS200")? && end >= 15 {
        input.seek(end - 15)?;
        let digits: [u8; 6] = input.array()?;
        let len = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse::<u64>().ok());
        return Ok(len.map(|len| len + 15));
    }
    if starts(input, end, 9, b"LYRICSEND")? {
        // The first version has no length, but at most 5,100 bytes of text.
        let window = end.min(5_100 + 20);
        input.seek(end - window)?;
        let bytes = input.bytes(window)?;
        let begin = bytes.windows(11).rposition(|bytes| bytes == b"LYRICSBEGIN");
        return Ok(begin.map(|begin| window - begin as u64));
    }
    Ok(None)
}

fn starts<R: Read + Seek>(input: &mut Input<R>, end: u64, back: u64, name: &[u8]) -> Result<bool, Fault> {
    let Some(at) = end.checked_sub(back) else { return Ok(false) };
    input.seek(at)?;
    Ok(input.bytes(name.len() as u64)? == name)
}

/// Four bytes of seven bits each (ID3v2.4, 6.2).
fn syncsafe(bytes: [u8; 4]) -> Option<u64> {
    bytes
        .iter()
        .all(|byte| *byte < 0x80)
        .then(|| bytes.iter().fold(0, |number, byte| number << 7 | u64::from(*byte)))
}
