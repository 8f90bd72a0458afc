//! Routines as the team sees them, in whatever revision.

use std::sync::Arc;

use async_graphql::Object;

use super::exercise::{Data, Exercise};
use super::footage::RoutineVideo;
use super::plan::{DurationRange, EquipmentItem, RoutineBlock, Steps};
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

/// What only a routine has, as one revision has it. Its files are named by their ids alone.
#[Object]
impl RoutineContent {
    /// What it is good for.
    async fn goal(&self) -> Option<&str> {
        self.data.routine.goal.as_deref()
    }

    /// Whom it is for.
    async fn audience(&self) -> Option<&str> {
        self.data.routine.audience.as_deref()
    }

    /// How hard it is for them.
    async fn difficulty(&self) -> Option<Difficulty> {
        self.data.routine.difficulty.map(Difficulty::from)
    }

    /// How often to do it.
    async fn frequency(&self) -> Option<Frequency> {
        self.data.routine.frequency.clone().map(Frequency::from)
    }

    /// How to go on once it has become easy.
    async fn progression(&self) -> Vec<Progression> {
        self.data.routine.progression.iter().cloned().map(Progression::from).collect()
    }

    /// What to mind.
    async fn safety_notes(&self) -> Vec<SafetyNote> {
        self.data.routine.safety_notes.iter().cloned().map(SafetyNote::from).collect()
    }

    /// When somebody last looked whether it is still right.
    async fn last_reviewed(&self) -> Option<Date> {
        self.data.routine.last_reviewed.map(Date)
    }

    /// Who did.
    async fn reviewed_by(&self) -> Option<&str> {
        self.data.routine.reviewed_by.as_deref()
    }

    /// The whole routine as one video.
    async fn video(&self) -> Option<RoutineVideo> {
        self.data.routine.video.as_ref().map(|video| RoutineVideo::new(&self.data.shown, video))
    }

    /// All exercises.
    async fn exercises(&self) -> Vec<Exercise> {
        self.data.exercises()
    }

    /// The steps in blocks.
    async fn blocks(&self) -> Vec<RoutineBlock> {
        self.steps().all_blocks()
    }

    /// How long it takes.
    async fn duration(&self) -> DurationRange {
        self.steps().length()
    }

    /// Everything that is used, each once.
    async fn equipment(&self) -> Vec<EquipmentItem> {
        self.steps().tools()
    }
}
