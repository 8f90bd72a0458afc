//! How much of an exercise.

use async_graphql::{Enum, InputObject, SimpleObject};

use crate::domain::routine as domain;

/// A range of whole numbers with both ends. Where both are the same, it is one number.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct IntRange {
    /// The least.
    min: i32,
    /// The most.
    max: i32,
}

/// A range of whole numbers with both ends.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct IntRangeInput {
    /// The least.
    min: i32,
    /// The most; the same as `min` without.
    max: Option<i32>,
}

impl From<domain::Range> for IntRange {
    fn from(range: domain::Range) -> Self {
        Self { min: range.min, max: range.max }
    }
}

impl From<IntRangeInput> for domain::Range {
    fn from(range: IntRangeInput) -> Self {
        Self { min: range.min, max: range.max.unwrap_or(range.min) }
    }
}

/// Which side of the body works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Side")]
pub enum BodySide {
    /// Both at once, or neither.
    Both,
    /// The left.
    Left,
    /// The right.
    Right,
    /// Each set on one side, then on the other: it takes twice the time.
    Each,
    /// The sides take turns within a set, which counts both.
    Alternating,
}

macro_rules! prescription {
    ($($(#[doc = $doc:literal])+ $name:ident,)*) => {
        /// How much of an exercise. One of `reps`, `duration` and `breaths` says what a set is.
        #[derive(Debug, Clone, SimpleObject)]
        pub struct Prescription {
            /// Sets.
            sets: IntRange,
            $($(#[doc = $doc])+ $name: Option<IntRange>,)*
            /// Which side works.
            side: BodySide,
            /// Seconds of lowering, pause, lifting and pause of a rep, such as `3-1-2-0`; `X` is as fast as it goes.
            tempo: Option<String>,
            /// All of it in a phrase, in English.
            text: String,
        }

        /// How much of an exercise. Exactly one of `reps`, `duration` and `breaths` says what a set is.
        #[derive(Debug, Clone, InputObject)]
        pub struct PrescriptionInput {
            /// Sets, 1 to 50; 1 without.
            sets: Option<IntRangeInput>,
            $($(#[doc = $doc])+ $name: Option<IntRangeInput>,)*
            /// Which side works; `BOTH` without.
            side: Option<BodySide>,
            /// Seconds of lowering, pause, lifting and pause of a rep, such as `3-1-2-0`, each 0 to 60; `X` is as fast as it goes.
            tempo: Option<String>,
        }

        impl From<&domain::Prescription> for Prescription {
            fn from(dose: &domain::Prescription) -> Self {
                Self {
                    sets: dose.sets.into(),
                    $($name: dose.$name.map(IntRange::from),)*
                    side: dose.side.into(),
                    tempo: dose.tempo.clone(),
                    text: dose.words(),
                }
            }
        }

        impl From<PrescriptionInput> for domain::Prescription {
            fn from(dose: PrescriptionInput) -> Self {
                Self {
                    sets: dose.sets.map_or(domain::Range::ONCE, domain::Range::from),
                    $($name: dose.$name.map(domain::Range::from),)*
                    side: dose.side.map(domain::Side::from).unwrap_or_default(),
                    tempo: dose.tempo,
                }
            }
        }
    };
}

prescription! {
    /// Reps of a set, 1 to 1,000.
    reps,
    /// Seconds of a set, 1 to 14,400.
    duration,
    /// Breaths of a set, 1 to 500.
    breaths,
    /// Seconds at the end of each rep, 1 to 600. Only with `reps`.
    hold,
    /// Seconds, 0 to 3,600. Only with `reps`.
    rest_between_reps,
    /// Seconds, 0 to 3,600.
    rest_between_sets,
    /// Rate of perceived exertion, 0 (nothing at all) to 10 (the most there is), Borg's CR10 scale.
    effort,
    /// Grams, 1 to 500,000.
    load,
    /// Millimetres that a rep goes, such as the height of a step, 1 to 1,000,000.
    distance,
}
