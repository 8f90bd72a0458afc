//! The demo's routines, as their files have them: in the form of the model, with the names of files where it has ids.

use entity::Timestamp;

use super::files::Assets;
use super::set;
use crate::domain::core::patch::Patch;
use crate::domain::core::{id, time};
use crate::domain::routine::check::RoutinePatch;
use crate::domain::routine::{Exercise, Routine, Video};

/// `reviewed` is when somebody looked at it; like every moment of the demo, it is counted back from now.
pub(super) fn patch(written: Routine<String>, reviewed: Option<Timestamp>, assets: &Assets) -> RoutinePatch {
    let film = |video: Video<String>| Video {
        asset: video.asset.map(|name| id::format(assets[name.as_str()])),
        ..video
    };
    let exercise = |one: Exercise<String>| Exercise { clip: one.clip.map(film), ..one };
    RoutinePatch {
        goal: set(written.goal),
        audience: set(written.audience),
        difficulty: set(written.difficulty),
        frequency: set(written.frequency),
        progression: Patch::Set(written.progression),
        safety_notes: Patch::Set(written.safety_notes),
        last_reviewed: set(reviewed.map(time::date)),
        reviewed_by: set(written.reviewed_by),
        video: set(written.video.map(film)),
        exercises: Patch::Set(written.exercises.into_iter().map(exercise).collect()),
        blocks: Patch::Set(written.blocks),
    }
}
