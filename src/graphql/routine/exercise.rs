//! Exercises and what to do instead of them.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};

use super::adapt::BodyPosition;
use super::prescription::Prescription;
use super::video::RoutineVideo;
use crate::domain::library::asset::shown::Shown;
use crate::domain::routine as domain;
use crate::graphql::ctx;
use crate::graphql::error::Result;

/// An exercise of a routine.
#[derive(Clone)]
pub struct Exercise {
    data: Data,
    index: usize,
}

/// A routine, and the files of its videos.
#[derive(Clone)]
pub struct Data {
    pub routine: Arc<domain::Routine>,
    pub shown: Arc<Shown>,
}

impl Data {
    /// All exercises, in the order in which they were written.
    pub fn exercises(&self) -> Vec<Exercise> {
        (0..self.routine.exercises.len()).map(|index| Exercise { data: self.clone(), index }).collect()
    }

    /// The exercise under a key, which whoever saved the routine has checked.
    pub fn exercise(&self, key: &str) -> Option<Exercise> {
        let index = self.routine.exercises.iter().position(|exercise| exercise.key == key)?;
        Some(Exercise { data: self.clone(), index })
    }
}

impl Exercise {
    fn data(&self) -> &domain::Exercise {
        &self.data.routine.exercises[self.index]
    }
}

/// An exercise of a routine.
#[Object]
impl Exercise {
    /// The key of the exercise, unique within the routine: lower-case letters, digits and hyphens.
    async fn key(&self) -> &str {
        &self.data().key
    }

    /// The name, at most 120 characters.
    async fn name(&self, context: &Context<'_>) -> Result<&str> {
        let name = &self.data().name;
        ctx(context).answer_text(name.len())?;
        Ok(name)
    }

    /// The position of the body.
    async fn position(&self) -> BodyPosition {
        self.data().position.into()
    }

    /// The amount of the exercise, used by steps that do not set their own.
    async fn prescription(&self) -> Prescription {
        (&self.data().prescription).into()
    }

    /// The equipment that the exercise needs or can use.
    async fn equipment(&self) -> Vec<Equipment> {
        self.data().equipment.iter().map(Equipment::from).collect()
    }

    /// Up to 20 cues that help to do the exercise well, in order.
    async fn cues(&self, context: &Context<'_>) -> Result<&[String]> {
        counted(context, &self.data().cues)
    }

    /// Up to 20 common mistakes.
    async fn common_mistakes(&self, context: &Context<'_>) -> Result<&[String]> {
        counted(context, &self.data().common_mistakes)
    }

    /// The part of a video that shows the exercise. If it names neither a file nor a URL, it is a part of the routine's
    /// own video.
    async fn clip(&self) -> Option<RoutineVideo> {
        Some(RoutineVideo::new(&self.data.shown, self.data().clip.as_ref()?))
    }

    /// Up to 10 exercises that can be done instead, as the author entered them; the opposite directions, which are
    /// implied, are not listed. Alternatives never lead back to the exercise at which one started.
    async fn alternatives(&self) -> Vec<Alternative> {
        let found = self.data().alternatives.iter().filter_map(|one| {
            let exercise = self.data.exercise(&one.exercise)?;
            Some(Alternative { relation: one.relation.into(), exercise })
        });
        found.collect()
    }
}

/// Texts that an answer may have once more, unless it has too much already.
fn counted<'t>(context: &Context<'_>, texts: &'t [String]) -> Result<&'t [String]> {
    ctx(context).answer_text(texts.iter().map(String::len).sum())?;
    Ok(texts)
}

/// An exercise that can be done instead of another one.
#[derive(SimpleObject)]
pub struct Alternative {
    /// How the alternative differs from the exercise that it replaces.
    relation: AlternativeRelation,
    /// The exercise to do instead.
    exercise: Exercise,
}

/// How an exercise differs from the one that it can replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Relation")]
pub enum AlternativeRelation {
    /// The alternative is easier and never takes more effort. The opposite direction, `HARDER`, is implied.
    Easier,
    /// The alternative is harder and never takes less effort. The opposite direction, `EASIER`, is implied.
    Harder,
    /// The alternative is done seated.
    Seated,
    /// The alternative needs no equipment apart from what the person has.
    NoEquipment,
}

/// A piece of equipment that an exercise needs or can use.
#[derive(Debug, Clone, SimpleObject)]
pub struct Equipment {
    /// The name, at most 120 characters.
    pub name: String,
    /// Whether the exercise cannot be done without the equipment.
    pub required: bool,
    /// A household object that can be used instead.
    pub substitute: Option<String>,
    /// In an adapted routine, the equipment that this one replaces.
    pub replaces: Option<String>,
}

impl From<&domain::Equipment> for Equipment {
    fn from(equipment: &domain::Equipment) -> Self {
        domain::plan::Tool::from(equipment).into()
    }
}

impl From<domain::plan::Tool> for Equipment {
    fn from(tool: domain::plan::Tool) -> Self {
        Self {
            name: tool.name,
            required: tool.required,
            substitute: tool.substitute,
            replaces: tool.replaces,
        }
    }
}
