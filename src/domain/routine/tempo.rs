//! How fast a rep is, in the notation of strength training: four numbers of seconds for lowering, the pause below, lifting
//! and the pause above, such as `3-1-2-0`. `X` is as fast as it goes.

use std::fmt;
use std::str::FromStr;

/// Longer than anybody does.
const MAX_SECONDS: u8 = 60;

/// The four parts of a rep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tempo([Part; 4]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Seconds(u8),
    Fast,
}

impl Tempo {
    /// Seconds of a rep. A part that is as fast as it goes counts as one.
    pub fn seconds(self) -> i64 {
        let seconds = |part| match part {
            Part::Seconds(seconds) => i64::from(seconds),
            Part::Fast => 1,
        };
        self.0.into_iter().map(seconds).sum()
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("four numbers of seconds from 0 to {MAX_SECONDS} or X, of which one is above 0, such as 3-1-2-0")]
pub struct InvalidTempo;

impl FromStr for Tempo {
    type Err = InvalidTempo;

    fn from_str(text: &str) -> Result<Self, InvalidTempo> {
        let part = |text: &str| match text {
            "X" | "x" => Ok(Part::Fast),
            _ if text.len() > 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) => Err(InvalidTempo),
            _ => text.parse().map_err(|_| InvalidTempo).map(Part::Seconds),
        };
        let parts: Vec<Part> = text.trim().split('-').map(part).collect::<Result<_, _>>()?;
        let tempo = Self(parts.try_into().map_err(|_| InvalidTempo)?);
        let is_within =
            tempo.0.iter().all(|part| !matches!(part, Part::Seconds(seconds) if *seconds > MAX_SECONDS));
        if is_within && tempo.seconds() > 0 { Ok(tempo) } else { Err(InvalidTempo) }
    }
}

impl fmt::Display for Tempo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { "-" };
            match part {
                Part::Seconds(seconds) => write!(f, "{between}{seconds}")?,
                Part::Fast => write!(f, "{between}X")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tempo_reads_back_and_knows_its_length() {
        for (text, written, seconds) in
            [("3-1-2-0", "3-1-2-0", 6), (" 4-0-x-1 ", "4-0-X-1", 6), ("0-0-60-0", "0-0-60-0", 60)]
        {
            let tempo: Tempo = text.parse().unwrap();
            assert_eq!((tempo.to_string().as_str(), tempo.seconds()), (written, seconds));
        }
    }

    #[test]
    fn what_is_no_tempo_is_refused() {
        for text in [
            "",
            "3",
            "3-1-2",
            "3-1-2-0-1",
            "0-0-0-0",
            "61-0-0-0",
            "-1-0-0-0",
            "a-b-c-d",
            "3 1 2 0",
            "3-1-2-٣",
        ] {
            assert_eq!(text.parse::<Tempo>(), Err(InvalidTempo), "{text}");
        }
    }
}
