//! Routines as clients write them.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::adapt::BodyPosition;
use super::dose::{IntRangeInput, PrescriptionInput};
use super::exercise::AlternativeRelation;
use super::{Difficulty, Progression, SafetyKind, SafetyNote};
use crate::domain::routine as domain;
use crate::graphql::input::{map_patch, patch};
use crate::graphql::scalars::Date;

/// What to save of what only a routine has.
#[derive(InputObject)]
pub struct RoutineFields {
    /// What it is good for, at most 1,000 characters.
    goal: MaybeUndefined<String>,
    /// Whom it is for, at most 1,000 characters.
    audience: MaybeUndefined<String>,
    /// How hard it is for them.
    difficulty: MaybeUndefined<Difficulty>,
    /// How often to do it.
    frequency: MaybeUndefined<FrequencyInput>,
    /// How to go on once it has become easy, at most 20.
    progression: MaybeUndefined<Vec<Progression>>,
    /// What to mind, at most 20.
    safety_notes: MaybeUndefined<Vec<SafetyNote>>,
    /// When somebody last looked whether it is still right; not in the future.
    last_reviewed: MaybeUndefined<Date>,
    /// Who did, at most 120 characters.
    reviewed_by: MaybeUndefined<String>,
    /// The whole routine as one video.
    video: MaybeUndefined<RoutineVideoInput>,
    /// All exercises, those that are only done instead of others among them, at most 200.
    exercises: MaybeUndefined<Vec<ExerciseInput>>,
    /// The steps in blocks, at most 20 with 200 steps together.
    blocks: MaybeUndefined<Vec<RoutineBlockInput>>,
}

/// How often to do a routine.
#[derive(InputObject)]
pub struct FrequencyInput {
    /// Days in a week, 1 to 7.
    per_week: Option<IntRangeInput>,
    /// Times on such a day, 1 to 24.
    per_day: Option<IntRangeInput>,
}

/// A video, or a part of one.
#[derive(InputObject)]
pub struct RoutineVideoInput {
    /// Id of a video of the library.
    asset: Option<ID>,
    /// Absolute address of a video elsewhere, instead of `asset`, at most 2,000 characters. A clip without both is a part of the
    /// routine's video.
    url: Option<String>,
    /// Where to begin, in seconds, 0 to 86,400, before the end of the video. Without, it begins with the video; a part of the
    /// routine's video begins where that does.
    start: Option<i32>,
    /// Where to end, in seconds, after `start` and within the video.
    end: Option<i32>,
}

/// Something to do, and what belongs to it.
#[derive(InputObject)]
pub struct ExerciseInput {
    /// Lower-case letters, digits and hyphens, unique within the routine.
    key: String,
    /// 1 to 120 characters.
    name: String,
    /// How the body is.
    position: BodyPosition,
    /// How much of it.
    prescription: PrescriptionInput,
    /// What it is done with, at most 20.
    equipment: Option<Vec<EquipmentInput>>,
    /// What to think of, at most 20, each at most 500 characters.
    cues: Option<Vec<String>>,
    /// What often goes wrong, at most 20, each at most 500 characters.
    common_mistakes: Option<Vec<String>>,
    /// Where it can be seen.
    clip: Option<RoutineVideoInput>,
    /// What to do instead, at most 10. They must not lead in a circle, nor make anything easier than itself: of `EASIER` and
    /// `HARDER` write one, which means both.
    alternatives: Option<Vec<AlternativeInput>>,
}

/// What an exercise is done with.
#[derive(InputObject)]
pub struct EquipmentInput {
    /// 1 to 120 characters. The same thing has the same name in every exercise.
    name: String,
    /// Whether it cannot be done without; true without.
    required: Option<bool>,
    /// What a household has instead, at most 120 characters.
    substitute: Option<String>,
}

/// What to do instead of an exercise.
#[derive(InputObject)]
pub struct AlternativeInput {
    /// How it differs. What is known of both exercises must not say otherwise.
    relation: AlternativeRelation,
    /// The key of the other exercise.
    exercise: String,
}

/// Steps that belong together.
#[derive(InputObject)]
pub struct RoutineBlockInput {
    /// What they are, at most 120 characters.
    title: Option<String>,
    /// How often to go through them, 1 to 50; once without.
    rounds: Option<IntRangeInput>,
    /// Seconds, 0 to 3,600.
    rest_between_rounds: Option<IntRangeInput>,
    /// The steps in order.
    steps: Vec<RoutineStepInput>,
}

/// Something to do at its place in a routine.
#[derive(InputObject)]
pub struct RoutineStepInput {
    /// The key of an exercise.
    exercise: String,
    /// How much of it here; the exercise's own without. It takes the place of all of that: what is left out here is not known,
    /// such as the effort.
    prescription: Option<PrescriptionInput>,
    /// What to mind here, at most 500 characters.
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
