//! How long a routine takes: the sum of its parts, from the shortest to the longest.
//!
//! A set of reps lasts for each rep as long as its tempo says, or as [`Pace`] assumes where it says nothing, with the hold
//! at its end and the rests between. Breaths last as long as the pace assumes. A set that is done on each side counts twice.
//! What a person needs from one step to the next is not counted.

use super::plan::{Plan, PlanBlock};
use super::{Prescription, Range, Side, Tempo};
use crate::domain::site::settings::Pace;

/// Seconds, both included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    pub min: i64,
    pub max: i64,
}

impl Span {
    fn plus(self, other: Self) -> Self {
        Self { min: self.min.saturating_add(other.min), max: self.max.saturating_add(other.max) }
    }

    fn times(self, range: Range) -> Self {
        let times = |seconds: i64, count: i32| seconds.saturating_mul(count.into());
        Self { min: times(self.min, range.min), max: times(self.max, range.max) }
    }
}

impl From<Range> for Span {
    fn from(range: Range) -> Self {
        Self { min: range.min.into(), max: range.max.into() }
    }
}

/// So many times, with a rest between them.
fn repeated(once: Span, times: Range, rest: Option<Range>) -> Span {
    let between = Range { min: (times.min - 1).max(0), max: (times.max - 1).max(0) };
    let rest = rest.map(|rest| Span::from(rest).times(between)).unwrap_or_default();
    once.times(times).plus(rest)
}

impl Plan {
    pub fn duration(&self, pace: Pace) -> Span {
        self.blocks.iter().fold(Span::default(), |sum, block| sum.plus(block.duration(pace)))
    }
}

impl PlanBlock {
    pub fn duration(&self, pace: Pace) -> Span {
        let round =
            self.steps.iter().fold(Span::default(), |sum, step| sum.plus(step.prescription.duration(pace)));
        repeated(round, self.rounds, self.rest_between_rounds)
    }
}

impl Prescription {
    pub fn duration(&self, pace: Pace) -> Span {
        let mut set = self.set(pace);
        if self.side == Side::Each {
            set = set.times(Range { min: 2, max: 2 });
        }
        repeated(set, self.sets, self.rest_between_sets)
    }

    /// One set on one side.
    fn set(&self, pace: Pace) -> Span {
        let seconds = |seconds: i64| Span { min: seconds, max: seconds };
        if let Some(duration) = self.duration {
            return duration.into();
        }
        if let Some(breaths) = self.breaths {
            return seconds(pace.seconds_per_breath.into()).times(breaths);
        }
        let Some(reps) = self.reps else { return Span::default() };
        let tempo = self.tempo.as_deref().and_then(|tempo| tempo.parse::<Tempo>().ok());
        let rep = seconds(tempo.map_or(pace.seconds_per_rep.into(), Tempo::seconds));
        let rep = rep.plus(self.hold.map(Span::from).unwrap_or_default());
        repeated(rep, reps, self.rest_between_reps)
    }
}
