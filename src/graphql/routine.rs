//! Routines: exercises to do in order, as data.

use std::ops::Deref;
use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use entity::Kind;

use super::connection::{Paged, page_args};
use super::ctx;
use super::document::{SaveDocumentInput, SaveDocumentPayload, save};
use super::entry::{
    EntryCount, EntryFilter, EntryNode, EntryOrder, by_slug, entry_object, filter, list, loaded,
};
use super::error::Result;
use super::scalars::Date;
use crate::domain::content::kinds::ContentPatch;
use crate::domain::routine as domain;

mod adapt;
mod desk;
mod dose;
mod exercise;
mod footage;
mod input;
mod plan;

use adapt::{AdaptedRoutine, BodyPosition};
use dose::IntRange;
use exercise::{Data, Exercise};
use plan::{DurationRange, EquipmentItem, RoutineBlock, RoutinePlan, RoutineStep, Steps};

pub use desk::RoutineContent;
pub use footage::{RoutineVideo, add_structured};
pub use input::RoutineFields;

/// Exercises to do in order, with their dose, what to mind, and what to do instead.
#[derive(Clone)]
pub struct Routine(pub Arc<EntryNode>);

impl Deref for Routine {
    type Target = EntryNode;

    fn deref(&self) -> &EntryNode {
        &self.0
    }
}

impl Routine {
    /// What only a routine has.
    fn data(&self) -> Result<&Arc<domain::Routine>> {
        loaded(self.0.row().routine.as_ref())
    }

    fn with_files(&self) -> Result<Data> {
        let shown = Arc::clone(loaded(self.0.links().assets.as_ref())?);
        Ok(Data { routine: Arc::clone(self.data()?), shown })
    }

    fn whole(&self) -> Result<Steps> {
        let data = self.with_files()?;
        let plan = data.routine.plan();
        Ok(Steps::new(data, plan, self.0.catalog.site.routines.pace))
    }
}

entry_object! {
    /// Exercises to do in order, with their dose, what to mind, and what to do instead.
    Routine {
    /// What it is good for, at most 1,000 characters.
    async fn goal(&self) -> Option<Result<&str>> {
        self.data().map(|routine| routine.goal.as_deref()).transpose()
    }

    /// Whom it is for, at most 1,000 characters.
    async fn audience(&self) -> Option<Result<&str>> {
        self.data().map(|routine| routine.audience.as_deref()).transpose()
    }

    /// How hard it is for them.
    async fn difficulty(&self) -> Option<Result<Difficulty>> {
        self.data().map(|routine| routine.difficulty.map(Difficulty::from)).transpose()
    }

    /// How often to do it.
    async fn frequency(&self) -> Option<Result<Frequency>> {
        self.data().map(|routine| routine.frequency.clone().map(Frequency::from)).transpose()
    }

    /// How to go on once it has become easy, at most 20.
    async fn progression(&self) -> Result<Vec<Progression>> {
        Ok(self.data()?.progression.iter().cloned().map(Progression::from).collect())
    }

    /// What to mind, at most 20. Show them before the first step.
    async fn safety_notes(&self) -> Result<Vec<SafetyNote>> {
        Ok(self.data()?.safety_notes.iter().cloned().map(SafetyNote::from).collect())
    }

    /// When somebody last looked whether it is still right.
    async fn last_reviewed(&self) -> Option<Result<Date>> {
        self.data().map(|routine| routine.last_reviewed.map(Date)).transpose()
    }

    /// Who did.
    async fn reviewed_by(&self) -> Option<Result<&str>> {
        self.data().map(|routine| routine.reviewed_by.as_deref()).transpose()
    }

    /// The whole routine as one video.
    async fn video(&self) -> Option<Result<RoutineVideo>> {
        match self.with_files() {
            Ok(data) => Some(Ok(RoutineVideo::new(&data.shown, data.routine.video.as_ref()?))),
            Err(error) => Some(Err(error)),
        }
    }

    /// All exercises, those that are only done instead of others among them.
    async fn exercises(&self) -> Result<Vec<Exercise>> {
        Ok(self.with_files()?.exercises())
    }

    /// The steps in blocks, such as a warm-up.
    async fn blocks(&self) -> Result<Vec<RoutineBlock>> {
        Ok(self.whole()?.all_blocks())
    }

    /// All steps in order.
    async fn steps(&self) -> Result<Vec<RoutineStep>> {
        Ok(self.whole()?.all_steps())
    }

    /// How long it takes: the sum of its parts, without what a person needs from one step to the next.
    async fn duration(&self) -> Result<DurationRange> {
        Ok(self.whole()?.length())
    }

    /// Everything that is used, each once.
    async fn equipment(&self) -> Result<Vec<EquipmentItem>> {
        Ok(self.whole()?.tools())
    }

    /// The routine as it was written, with its renderings.
    async fn plan(&self) -> Result<RoutinePlan> {
        let data = self.with_files()?;
        let plan = data.routine.plan();
        Ok(RoutinePlan::new(Arc::clone(&self.0), data, plan, false, String::new()))
    }

    /// The routine for somebody who cannot do all of it. Each step that asks too much is replaced by the nearest alternative
    /// that does not: never by a `HARDER` one, and never by one whose `effort` is known to be above that of the step. An exercise
    /// that another one calls `HARDER` has that as an `EASIER` one, after its own alternatives. The answer meets every constraint,
    /// or names the steps for which there is none.
    async fn adapted(
        &self,
        #[graphql(desc = "The positions that are possible; every one without.")] position: Option<Vec<BodyPosition>>,
        #[graphql(desc = "Names of equipment that is not there, as `equipment` has them. One that no exercise uses is an error: it may be misspelt.")]
        without: Option<Vec<String>>,
        #[graphql(desc = "The highest effort, 0 to 10. Exercises of which it is not known are too hard.")] max_effort: Option<i32>,
    ) -> Option<Result<AdaptedRoutine>> {
        let adapted = |data| AdaptedRoutine::new(&self.0, data, position, without, max_effort);
        Some(self.with_files().and_then(adapted))
    }
    }
}

/// How hard a routine is for those for whom it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Difficulty")]
pub enum Difficulty {
    /// Possible on a bad day.
    Gentle,
    /// Little effort.
    Easy,
    /// Some effort.
    Moderate,
    /// Much effort.
    Hard,
}

/// How often to do a routine.
#[derive(Debug, Clone, SimpleObject)]
pub struct Frequency {
    /// Days in a week, 1 to 7.
    per_week: Option<IntRange>,
    /// Times on such a day, 1 to 24.
    per_day: Option<IntRange>,
}

/// A way to go on once a routine has become easy.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "ProgressionInput")]
pub struct Progression {
    /// What to change, at most 500 characters.
    text: String,
    /// How one knows that it is time, at most 500 characters.
    criterion: Option<String>,
}

/// Something to mind.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "SafetyNoteInput")]
pub struct SafetyNote {
    /// What it asks for.
    kind: SafetyKind,
    /// In words, at most 500 characters.
    text: String,
}

/// What a safety note asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SafetyKind")]
pub enum SafetyKind {
    /// End at once when this happens.
    Stop,
    /// Take care of this.
    Caution,
    /// Ask a professional first.
    Consult,
}

impl From<domain::Frequency> for Frequency {
    fn from(frequency: domain::Frequency) -> Self {
        Self {
            per_week: frequency.per_week.map(IntRange::from),
            per_day: frequency.per_day.map(IntRange::from),
        }
    }
}

impl From<domain::Progression> for Progression {
    fn from(progression: domain::Progression) -> Self {
        Self { text: progression.text, criterion: progression.criterion }
    }
}

impl From<domain::SafetyNote> for SafetyNote {
    fn from(note: domain::SafetyNote) -> Self {
        Self { kind: note.kind.into(), text: note.text }
    }
}

#[derive(Default)]
pub struct RoutineQuery;

#[Object]
impl RoutineQuery {
    /// The live routine with this slug.
    async fn routine(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Slug of the routine.")] slug: String,
        #[graphql(desc = "Language; without, the site's first one that has the slug.")] locale: Option<
            String,
        >,
    ) -> Option<Result<Routine>> {
        let found = by_slug(context, Kind::Routine, &slug, locale.as_deref()).await;
        found.map(|node| node.map(Routine)).transpose()
    }

    /// All live routines by title.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn routines(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which routines.")] filter: Option<EntryFilter>,
        #[graphql(desc = "Order; TITLE_ASC without.")] order_by: Option<EntryOrder>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Routine, EntryCount>> {
        let filter = self::filter(ctx(context), Some(Kind::Routine), filter).await?;
        let order = order_by.unwrap_or(EntryOrder::TitleAsc).into();
        list(context, filter, order, page_args(first, after, last, before), Routine).await
    }
}

/// What to save of a routine. An omitted field is left alone, `null` clears it; a list that is given takes the place of the
/// whole list before.
#[derive(InputObject)]
pub struct SaveRoutineInput {
    #[graphql(flatten)]
    document: SaveDocumentInput,
    #[graphql(flatten)]
    routine: RoutineFields,
}

#[derive(Default)]
pub struct RoutineMutation;

#[Object]
impl RoutineMutation {
    /// Saves a new routine, or a new revision of one. Nothing becomes public by it. Needs `content:write`.
    async fn save_routine(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: SaveRoutineInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let routine = Box::new(input.routine.into());
        Some(save(context, input.document, |entry| ContentPatch::Routine { entry, routine }).await)
    }
}
