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
mod exercise;
mod input;
mod plan;
mod prescription;
mod video;

use adapt::{AdaptedRoutine, BodyPosition};
use exercise::{Data, Exercise};
use plan::{DurationRange, EquipmentItem, RoutineBlock, RoutinePlan, RoutineStep, Steps};
use prescription::IntRange;

pub use desk::RoutineContent;
pub use input::RoutineFields;
pub use video::{RoutineVideo, add_structured};

/// A set of exercises to do in order, with the amount of each, safety notes and alternatives.
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
    /// A set of exercises to do in order, with the amount of each, safety notes and alternatives.
    Routine {
    /// The goal of the routine, at most 1,000 characters.
    async fn goal(&self) -> Option<Result<&str>> {
        self.data().map(|routine| routine.goal.as_deref()).transpose()
    }

    /// The people whom the routine is for, at most 1,000 characters.
    async fn audience(&self) -> Option<Result<&str>> {
        self.data().map(|routine| routine.audience.as_deref()).transpose()
    }

    /// The difficulty for the people whom the routine is for.
    async fn difficulty(&self) -> Option<Result<Difficulty>> {
        self.data().map(|routine| routine.difficulty.map(Difficulty::from)).transpose()
    }

    /// How often the routine should be done.
    async fn frequency(&self) -> Option<Result<Frequency>> {
        self.data().map(|routine| routine.frequency.clone().map(Frequency::from)).transpose()
    }

    /// Up to 20 ways to continue once the routine has become easy.
    async fn progression(&self) -> Result<Vec<Progression>> {
        Ok(self.data()?.progression.iter().cloned().map(Progression::from).collect())
    }

    /// Up to 20 safety notes. Show them before the first step.
    async fn safety_notes(&self) -> Result<Vec<SafetyNote>> {
        Ok(self.data()?.safety_notes.iter().cloned().map(SafetyNote::from).collect())
    }

    /// The day on which somebody last reviewed the routine.
    async fn last_reviewed(&self) -> Option<Result<Date>> {
        self.data().map(|routine| routine.last_reviewed.map(Date)).transpose()
    }

    /// The name of the person who reviewed the routine.
    async fn reviewed_by(&self) -> Option<Result<&str>> {
        self.data().map(|routine| routine.reviewed_by.as_deref()).transpose()
    }

    /// A video of the whole routine.
    async fn video(&self) -> Option<Result<RoutineVideo>> {
        match self.with_files() {
            Ok(data) => Some(Ok(RoutineVideo::new(&data.shown, data.routine.video.as_ref()?))),
            Err(error) => Some(Err(error)),
        }
    }

    /// All exercises, including those that are only alternatives to others.
    async fn exercises(&self) -> Result<Vec<Exercise>> {
        Ok(self.with_files()?.exercises())
    }

    /// The steps, grouped into blocks such as a warm-up.
    async fn blocks(&self) -> Result<Vec<RoutineBlock>> {
        Ok(self.whole()?.all_blocks())
    }

    /// All steps in order.
    async fn steps(&self) -> Result<Vec<RoutineStep>> {
        Ok(self.whole()?.all_steps())
    }

    /// The total duration of all steps and rests. Changing from one step to the next is not included.
    async fn duration(&self) -> Result<DurationRange> {
        Ok(self.whole()?.length())
    }

    /// All equipment of the routine, each item once.
    async fn equipment(&self) -> Result<Vec<EquipmentItem>> {
        Ok(self.whole()?.tools())
    }

    /// The routine as it was written, with its renderings.
    async fn plan(&self) -> Result<RoutinePlan> {
        let data = self.with_files()?;
        let plan = data.routine.plan();
        Ok(RoutinePlan::new(Arc::clone(&self.0), data, plan, false, String::new()))
    }

    /// Adapts the routine to a person who cannot do all of it. Each step that asks too much is replaced by the nearest
    /// alternative that does not. An alternative is never `HARDER`, and its `effort` is never known to be above that of
    /// the step. If another exercise names an exercise as its `HARDER` alternative, that other exercise counts as an
    /// `EASIER` alternative, after those that are listed. The result meets every constraint, or names the steps for
    /// which there is no alternative.
    async fn adapted(
        &self,
        #[graphql(desc = "The positions that are possible for the person. Defaults to all.")] position: Option<Vec<BodyPosition>>,
        #[graphql(desc = "The names of equipment that the person does not have, as listed in `equipment`. A name that no exercise uses is an error, because it may be misspelt.")]
        without: Option<Vec<String>>,
        #[graphql(desc = "The highest acceptable effort, 0 to 10. Exercises without a known effort count as too hard.")] max_effort: Option<i32>,
    ) -> Option<Result<AdaptedRoutine>> {
        let adapted = |data| AdaptedRoutine::new(&self.0, data, position, without, max_effort);
        Some(self.with_files().and_then(adapted))
    }
    }
}

/// How hard a routine is for the people for whom it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Difficulty")]
pub enum Difficulty {
    /// Possible on a bad day.
    Gentle,
    /// Takes little effort.
    Easy,
    /// Takes some effort.
    Moderate,
    /// Takes much effort.
    Hard,
}

/// How often a routine should be done.
#[derive(Debug, Clone, SimpleObject)]
pub struct Frequency {
    /// The number of days per week, 1 to 7.
    per_week: Option<IntRange>,
    /// The number of times on each of these days, 1 to 24.
    per_day: Option<IntRange>,
}

/// A way to continue once a routine has become easy.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "ProgressionInput")]
pub struct Progression {
    /// What to change, at most 500 characters.
    text: String,
    /// The sign that it is time for the change, at most 500 characters.
    criterion: Option<String>,
}

/// A safety note of a routine.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "SafetyNoteInput")]
pub struct SafetyNote {
    /// The kind of the note.
    kind: SafetyKind,
    /// The text of the note, at most 500 characters.
    text: String,
}

/// The kind of a safety note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SafetyKind")]
pub enum SafetyKind {
    /// Stop at once if this happens.
    Stop,
    /// Be careful about this.
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
    /// Returns the live routine with this slug.
    async fn routine(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The slug of the routine.")] slug: String,
        #[graphql(desc = "The language. Defaults to the first of the site's languages that has the slug.")]
        locale: Option<String>,
    ) -> Option<Result<Routine>> {
        let found = by_slug(context, Kind::Routine, &slug, locale.as_deref()).await;
        found.map(|node| node.map(Routine)).transpose()
    }

    /// All live routines by title.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn routines(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects routines.")] filter: Option<EntryFilter>,
        #[graphql(desc = "The sort order. Defaults to `TITLE_ASC`.")] order_by: Option<EntryOrder>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Routine, EntryCount>> {
        let filter = self::filter(ctx(context), Some(Kind::Routine), filter).await?;
        let order = order_by.unwrap_or(EntryOrder::TitleAsc).into();
        list(context, filter, order, page_args(first, after, last, before), Routine).await
    }
}

/// The fields of a routine to save. A field that is omitted is not changed, and a field that is `null` is cleared. A
/// list replaces the whole previous list.
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
    /// Creates a routine, or saves a new revision of one. It does not publish anything. Requires the scope
    /// `content:write`.
    async fn save_routine(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: SaveRoutineInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let routine = Box::new(input.routine.into());
        Some(save(context, input.document, |entry| ContentPatch::Routine { entry, routine }).await)
    }
}
