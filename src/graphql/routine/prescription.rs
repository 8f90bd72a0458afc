//! How much of an exercise.

use async_graphql::{Enum, InputObject, SimpleObject};

use crate::domain::routine as domain;

/// A range of integers that includes both ends. A single number has the same value at both ends.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct IntRange {
    /// The lower end.
    min: i32,
    /// The upper end.
    max: i32,
}

/// A range of integers that includes both ends.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct IntRangeInput {
    /// The lower end.
    min: i32,
    /// The upper end. Defaults to `min`.
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

/// The side of the body that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Side")]
pub enum BodySide {
    /// Both sides at once, or neither.
    Both,
    /// The left side.
    Left,
    /// The right side.
    Right,
    /// Each set is done on one side and then on the other, so it takes twice the time.
    Each,
    /// The two sides take turns within a set. The number of repetitions counts both.
    Alternating,
}

macro_rules! prescription {
    ($($(#[doc = $doc:literal])+ $name:ident,)*) => {
        /// The amount of an exercise. One of `reps`, `duration` and `breaths` defines a set.
        #[derive(Debug, Clone, SimpleObject)]
        pub struct Prescription {
            /// The number of sets.
            sets: IntRange,
            $($(#[doc = $doc])+ $name: Option<IntRange>,)*
            /// The side of the body that works.
            side: BodySide,
            /// The tempo of a repetition: seconds of lowering, pause, lifting and pause, such as `3-1-2-0`. `X` means
            /// as fast as possible.
            tempo: Option<String>,
            /// The whole prescription as a phrase in English.
            text: String,
        }

        /// The amount of an exercise. Exactly one of `reps`, `duration` and `breaths` is required; it defines a set.
        #[derive(Debug, Clone, InputObject)]
        pub struct PrescriptionInput {
            /// The number of sets, 1 to 50. Defaults to 1.
            sets: Option<IntRangeInput>,
            $($(#[doc = $doc])+ $name: Option<IntRangeInput>,)*
            /// The side of the body that works. Defaults to `BOTH`.
            side: Option<BodySide>,
            /// The tempo of a repetition: seconds of lowering, pause, lifting and pause, each 0 to 60, such as
            /// `3-1-2-0`. `X` means as fast as possible.
            tempo: Option<String>,
        }

        impl From<&domain::Prescription> for Prescription {
            fn from(prescription: &domain::Prescription) -> Self {
                Self {
                    sets: prescription.sets.into(),
                    $($name: prescription.$name.map(IntRange::from),)*
                    side: prescription.side.into(),
                    tempo: prescription.tempo.clone(),
                    text: prescription.words(),
                }
            }
        }

        impl From<PrescriptionInput> for domain::Prescription {
            fn from(prescription: PrescriptionInput) -> Self {
                Self {
                    sets: prescription.sets.map_or(domain::Range::ONCE, domain::Range::from),
                    $($name: prescription.$name.map(domain::Range::from),)*
                    side: prescription.side.map(domain::Side::from).unwrap_or_default(),
                    tempo: prescription.tempo,
                }
            }
        }
    };
}

prescription! {
    /// The number of repetitions in a set, 1 to 1,000.
    reps,
    /// The duration of a set in seconds, 1 to 14,400.
    duration,
    /// The number of breaths in a set, 1 to 500.
    breaths,
    /// The time in seconds to hold the end position of each repetition, 1 to 600. Only together with `reps`.
    hold,
    /// The rest between repetitions in seconds, 0 to 3,600. Only together with `reps`.
    rest_between_reps,
    /// The rest in seconds, 0 to 3,600.
    rest_between_sets,
    /// The rate of perceived exertion on Borg's CR10 scale, from 0 (none) to 10 (maximal).
    effort,
    /// The load in grams, 1 to 500,000.
    load,
    /// The distance of a repetition in millimetres, such as the height of a step, 1 to 1,000,000.
    distance,
}
