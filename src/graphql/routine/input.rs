//! Routines as clients write them.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::adapt::BodyPosition;
use super::exercise::AlternativeRelation;
use super::prescription::{IntRangeInput, PrescriptionInput};
use super::{Difficulty, Progression, SafetyKind, SafetyNote};
use crate::domain::routine as domain;
use crate::graphql::input::{map_patch, patch};
use crate::graphql::scalars::Date;

/// What to save of what only a routine has.
#[derive(InputObject)]
pub struct RoutineFields {
    /// The goal of the routine, at most 1,000 characters.
    goal: MaybeUndefined<String>,
    /// The people whom the routine is for, at most 1,000 characters.
    audience: MaybeUndefined<String>,
    /// The difficulty for the people whom the routine is for.
    difficulty: MaybeUndefined<Difficulty>,
    /// How often the routine should be done.
    frequency: MaybeUndefined<FrequencyInput>,
    /// Up to 20 ways to continue once the routine has become easy.
    progression: MaybeUndefined<Vec<Progression>>,
    /// The safety notes, at most 20.
    safety_notes: MaybeUndefined<Vec<SafetyNote>>,
    /// The day on which somebody last reviewed the routine. It cannot be in the future.
    last_reviewed: MaybeUndefined<Date>,
    /// The name of the person who reviewed the routine, at most 120 characters.
    reviewed_by: MaybeUndefined<String>,
    /// A video of the whole routine.
    video: MaybeUndefined<RoutineVideoInput>,
    /// All exercises, including those that are only alternatives to others, at most 200.
    exercises: MaybeUndefined<Vec<ExerciseInput>>,
    /// The steps, grouped into at most 20 blocks with 200 steps altogether.
    blocks: MaybeUndefined<Vec<RoutineBlockInput>>,
}

/// How often a routine should be done.
#[derive(InputObject)]
pub struct FrequencyInput {
    /// The number of days per week, 1 to 7.
    per_week: Option<IntRangeInput>,
    /// The number of times on each of these days, 1 to 24.
    per_day: Option<IntRangeInput>,
}

/// A video or a part of one.
#[derive(InputObject)]
pub struct RoutineVideoInput {
    /// The ID of a video in the library.
    asset: Option<ID>,
    /// The absolute URL of a video on another site, at most 2,000 characters. Cannot be combined with `asset`. A clip
    /// with neither is a part of the routine's video.
    url: Option<String>,
    /// The start in seconds, 0 to 86,400. It has to be before the end of the video. Defaults to the start of the video,
    /// and for a part of the routine's video to the start of that.
    start: Option<i32>,
    /// The end in seconds. It has to be after `start` and within the video.
    end: Option<i32>,
}

/// An exercise of a routine.
#[derive(InputObject)]
pub struct ExerciseInput {
    /// The key of the exercise, unique within the routine: lower-case letters, digits and hyphens.
    key: String,
    /// The name, 1 to 120 characters.
    name: String,
    /// The position of the body.
    position: BodyPosition,
    /// The amount of the exercise.
    prescription: PrescriptionInput,
    /// The equipment that the exercise needs or can use, at most 20 pieces.
    equipment: Option<Vec<EquipmentInput>>,
    /// Cues that help to do the exercise well, at most 20 of at most 500 characters each.
    cues: Option<Vec<String>>,
    /// Common mistakes, at most 20 of at most 500 characters each.
    common_mistakes: Option<Vec<String>>,
    /// The part of a video that shows the exercise.
    clip: Option<RoutineVideoInput>,
    /// Exercises that can be done instead, at most 10. Alternatives must not form a cycle. Of `EASIER` and `HARDER`
    /// only one direction is entered; the other is implied.
    alternatives: Option<Vec<AlternativeInput>>,
}

/// A piece of equipment that an exercise needs or can use.
#[derive(InputObject)]
pub struct EquipmentInput {
    /// The name, 1 to 120 characters. The same thing has to have the same name in every exercise.
    name: String,
    /// Whether the exercise cannot be done without the equipment. Defaults to true.
    required: Option<bool>,
    /// A household object that can be used instead, at most 120 characters.
    substitute: Option<String>,
}

/// An exercise that can be done instead of another one.
#[derive(InputObject)]
pub struct AlternativeInput {
    /// How the alternative differs. It must not contradict what is known of the two exercises.
    relation: AlternativeRelation,
    /// The key of the exercise to do instead.
    exercise: String,
}

/// A group of steps.
#[derive(InputObject)]
pub struct RoutineBlockInput {
    /// The title of the block, at most 120 characters.
    title: Option<String>,
    /// The number of rounds, 1 to 50. Defaults to 1.
    rounds: Option<IntRangeInput>,
    /// The rest in seconds, 0 to 3,600.
    rest_between_rounds: Option<IntRangeInput>,
    /// The steps in order.
    steps: Vec<RoutineStepInput>,
}

/// One step of a routine.
#[derive(InputObject)]
pub struct RoutineStepInput {
    /// The key of the exercise.
    exercise: String,
    /// The amount of the exercise in this step. Defaults to the prescription of the exercise, and replaces it as a
    /// whole: fields that are omitted here, such as the effort, are unknown for this step.
    prescription: Option<PrescriptionInput>,
    /// A note for this step, at most 500 characters.
    note: Option<String>,
}

impl From<RoutineFields> for domain::check::RoutinePatch {
    fn from(given: RoutineFields) -> Self {
        Self {
            goal: patch(given.goal),
            audience: patch(given.audience),
            difficulty: map_patch(given.difficulty, domain::Difficulty::from),
            frequency: map_patch(given.frequency, |one| domain::Frequency {
                per_week: one.per_week.map(domain::Range::from),
                per_day: one.per_day.map(domain::Range::from),
            }),
            progression: map_patch(given.progression, |list| list.into_iter().map(progression).collect()),
            safety_notes: map_patch(given.safety_notes, |list| list.into_iter().map(safety_note).collect()),
            last_reviewed: map_patch(given.last_reviewed, |date| date.0),
            reviewed_by: patch(given.reviewed_by),
            video: map_patch(given.video, video),
            exercises: map_patch(given.exercises, |list| list.into_iter().map(exercise).collect()),
            blocks: map_patch(given.blocks, |list| list.into_iter().map(block).collect()),
        }
    }
}

fn progression(given: Progression) -> domain::Progression {
    domain::Progression { text: given.text, criterion: given.criterion }
}

fn safety_note(given: SafetyNote) -> domain::SafetyNote {
    let kind: SafetyKind = given.kind;
    domain::SafetyNote { kind: kind.into(), text: given.text }
}

fn video(given: RoutineVideoInput) -> domain::Video<String> {
    domain::Video { asset: given.asset.map(|id| id.0), url: given.url, start: given.start, end: given.end }
}

fn exercise(given: ExerciseInput) -> domain::Exercise<String> {
    let equipment = given.equipment.unwrap_or_default().into_iter().map(|one| domain::Equipment {
        name: one.name,
        required: one.required.unwrap_or(true),
        substitute: one.substitute,
    });
    let alternatives = given
        .alternatives
        .unwrap_or_default()
        .into_iter()
        .map(|one| domain::Alternative { relation: one.relation.into(), exercise: one.exercise });
    domain::Exercise {
        key: given.key,
        name: given.name,
        position: given.position.into(),
        prescription: given.prescription.into(),
        equipment: equipment.collect(),
        cues: given.cues.unwrap_or_default(),
        common_mistakes: given.common_mistakes.unwrap_or_default(),
        clip: given.clip.map(video),
        alternatives: alternatives.collect(),
    }
}

fn block(given: RoutineBlockInput) -> domain::Block {
    let steps = given.steps.into_iter().map(|step| domain::Step {
        exercise: step.exercise,
        prescription: step.prescription.map(domain::Prescription::from),
        note: step.note,
    });
    domain::Block {
        title: given.title,
        rounds: given.rounds.map_or(domain::Range::ONCE, domain::Range::from),
        rest_between_rounds: given.rest_between_rounds.map(domain::Range::from),
        steps: steps.collect(),
    }
}
