//! Routines as the team sees them, in whatever revision.

use std::sync::Arc;

use async_graphql::Object;

use super::exercise::{Data, Exercise};
use super::plan::{DurationRange, EquipmentItem, RoutineBlock, Steps};
use super::video::RoutineVideo;
use super::{Difficulty, Frequency, Progression, SafetyNote};
use crate::domain::library::asset::shown::Shown;
use crate::domain::routine::Routine;
use crate::domain::site::settings::Pace;
use crate::graphql::scalars::Date;

/// What only a routine has, as one revision has it.
pub struct RoutineContent {
    data: Data,
    pace: Pace,
}

impl RoutineContent {
    pub fn new(routine: Routine, pace: Pace) -> Self {
        Self { data: Data { routine: Arc::new(routine), shown: Arc::new(Shown::new()) }, pace }
    }

    fn steps(&self) -> Steps {
        Steps::new(self.data.clone(), self.data.routine.plan(), self.pace)
    }
}

/// The fields of a revision that only routines have. Files are given by their IDs.
#[Object]
impl RoutineContent {
    /// The goal of the routine.
    async fn goal(&self) -> Option<&str> {
        self.data.routine.goal.as_deref()
    }

    /// The people whom the routine is for.
    async fn audience(&self) -> Option<&str> {
        self.data.routine.audience.as_deref()
    }

    /// The difficulty for the people whom the routine is for.
    async fn difficulty(&self) -> Option<Difficulty> {
        self.data.routine.difficulty.map(Difficulty::from)
    }

    /// How often the routine should be done.
    async fn frequency(&self) -> Option<Frequency> {
        self.data.routine.frequency.clone().map(Frequency::from)
    }

    /// Ways to continue once the routine has become easy.
    async fn progression(&self) -> Vec<Progression> {
        self.data.routine.progression.iter().cloned().map(Progression::from).collect()
    }

    /// The safety notes.
    async fn safety_notes(&self) -> Vec<SafetyNote> {
        self.data.routine.safety_notes.iter().cloned().map(SafetyNote::from).collect()
    }

    /// The day on which somebody last reviewed the routine.
    async fn last_reviewed(&self) -> Option<Date> {
        self.data.routine.last_reviewed.map(Date)
    }

    /// The name of the person who reviewed the routine.
    async fn reviewed_by(&self) -> Option<&str> {
        self.data.routine.reviewed_by.as_deref()
    }

    /// A video of the whole routine.
    async fn video(&self) -> Option<RoutineVideo> {
        self.data.routine.video.as_ref().map(|video| RoutineVideo::new(&self.data.shown, video))
    }

    /// All exercises.
    async fn exercises(&self) -> Vec<Exercise> {
        self.data.exercises()
    }

    /// The steps, grouped into blocks.
    async fn blocks(&self) -> Vec<RoutineBlock> {
        self.steps().all_blocks()
    }

    /// The duration.
    async fn duration(&self) -> DurationRange {
        self.steps().length()
    }

    /// All equipment of the routine, each item once.
    async fn equipment(&self) -> Vec<EquipmentItem> {
        self.steps().tools()
    }
}
