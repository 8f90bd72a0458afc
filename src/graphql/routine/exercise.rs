//! Exercises and what to do instead of them.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};

use super::adapt::BodyPosition;
use super::dose::Prescription;
use super::footage::RoutineVideo;
use crate::domain::library::asset::shown::Shown;
use crate::domain::routine as domain;
use crate::graphql::ctx;
use crate::graphql::error::Result;

/// Something to do, and what belongs to it.
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

/// Something to do, and what belongs to it.
#[Object]
impl Exercise {
    /// What it is called within the routine: lower-case letters, digits and hyphens, unique.
    async fn key(&self) -> &str {
        &self.data().key
    }

    /// Name, at most 120 characters.
    async fn name(&self, context: &Context<'_>) -> Result<&str> {
        let name = &self.data().name;
        ctx(context).answer_text(name.len())?;
        Ok(name)
    }

    /// How the body is.
    async fn position(&self) -> BodyPosition {
        self.data().position.into()
    }

    /// How much of it, where a step says nothing else.
    async fn prescription(&self) -> Prescription {
        (&self.data().prescription).into()
    }

    /// What it is done with.
    async fn equipment(&self) -> Vec<Equipment> {
        self.data().equipment.iter().map(Equipment::from).collect()
    }

    /// What to think of, in order, at most 20.
    async fn cues(&self, context: &Context<'_>) -> Result<&[String]> {
        counted(context, &self.data().cues)
    }

    /// What often goes wrong, at most 20.
    async fn common_mistakes(&self, context: &Context<'_>) -> Result<&[String]> {
        counted(context, &self.data().common_mistakes)
    }

    /// Where it can be seen; without a file and an address, in the routine's own video.
    async fn clip(&self) -> Option<RoutineVideo> {
        Some(RoutineVideo::new(&self.data.shown, self.data().clip.as_ref()?))
    }

    /// What to do instead, at most 10, as it was written: the ways back that are implied are not among them. Nobody who follows
    /// them comes back.
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

/// What to do instead of an exercise.
#[derive(SimpleObject)]
pub struct Alternative {
    /// How it differs.
    relation: AlternativeRelation,
    /// The other exercise.
    exercise: Exercise,
}

/// How an exercise differs from the one that it may stand in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Relation")]
pub enum AlternativeRelation {
    /// It asks for less, and never for more effort. The way back is implied, as `HARDER`.
    Easier,
    /// It asks for more, and never for less effort. The way back is implied, as `EASIER`.
    Harder,
    /// It is done seated.
    Seated,
    /// It needs no equipment, but for what one may use.
    NoEquipment,
}

/// What an exercise is done with.
#[derive(Debug, Clone, SimpleObject)]
pub struct Equipment {
    /// Name, at most 120 characters.
    pub name: String,
    /// Whether it cannot be done without.
    pub required: bool,
    /// What a household has instead.
    pub substitute: Option<String>,
    /// The equipment that it stands in for, in an adapted routine.
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
