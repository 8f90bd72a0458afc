//! A routine as it is done, and its renderings.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::exercise::{Data, Equipment, Exercise};
use super::prescription::{IntRange, Prescription};
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::core::id;
use crate::domain::routine::duration::Span;
use crate::domain::routine::plan::{Plan, PlanBlock, PlanStep};
use crate::domain::routine::rendering::RenderContext;
use crate::domain::routine::rendering::calendar::{MAX_TIMES, MAX_WEEKS, Reminders, TimeOfDay};
use crate::domain::site::settings::Pace;
use crate::graphql::asset::seconds;
use crate::graphql::ctx;
use crate::graphql::entry::EntryNode;
use crate::graphql::error::Result;
use crate::graphql::scalars::Date;

/// How many weeks reminders go on where nobody says.
const WEEKS: i32 = 8;

/// A routine as it is done: as it was written, or adapted to somebody.
pub struct RoutinePlan {
    node: Arc<EntryNode>,
    steps: Steps,
    is_adapted: bool,
    /// The constraints as a query string, empty without any.
    query: String,
}

/// What is done, and what is known of it.
#[derive(Clone)]
pub struct Steps {
    data: Data,
    plan: Arc<Plan>,
    pace: Pace,
}

impl Steps {
    pub fn new(data: Data, plan: Plan, pace: Pace) -> Self {
        Self { data, plan: Arc::new(plan), pace }
    }

    pub fn all_blocks(&self) -> Vec<RoutineBlock> {
        (0..self.plan.blocks.len()).map(|index| RoutineBlock { steps: self.clone(), index }).collect()
    }

    pub fn all_steps(&self) -> Vec<RoutineStep> {
        self.all_blocks().iter().flat_map(RoutineBlock::all_steps).collect()
    }

    pub fn length(&self) -> DurationRange {
        self.plan.duration(self.pace).into()
    }

    pub fn tools(&self) -> Vec<EquipmentItem> {
        let merged = self.plan.equipment().into_iter();
        merged
            .map(|tool| EquipmentItem {
                name: tool.name,
                required: tool.required,
                substitutes: tool.substitutes,
                steps: tool.steps,
            })
            .collect()
    }
}

impl RoutinePlan {
    pub fn new(node: Arc<EntryNode>, data: Data, plan: Plan, is_adapted: bool, query: String) -> Self {
        let pace = node.catalog.site.routines.pace;
        Self { node, steps: Steps::new(data, plan, pace), is_adapted, query }
    }

    fn rendering<T>(&self, make: impl FnOnce(&RenderContext<'_>) -> T) -> T {
        self.node.with_rendering(&self.steps.data.routine, &self.steps.plan, self.is_adapted, make)
    }
}

/// A routine in the form in which it is done: as it was written, or adapted to a person. Its renderings are in English;
/// the author's own texts are not translated.
#[Object]
impl RoutinePlan {
    /// The steps, grouped into blocks.
    async fn blocks(&self) -> Vec<RoutineBlock> {
        self.steps.all_blocks()
    }

    /// All steps in order.
    async fn steps(&self) -> Vec<RoutineStep> {
        self.steps.all_steps()
    }

    /// The duration.
    async fn duration(&self) -> DurationRange {
        self.steps.length()
    }

    /// All equipment of the routine, each item once.
    async fn equipment(&self) -> Vec<EquipmentItem> {
        self.steps.tools()
    }

    /// The URLs of the renderings for links and for `track` elements. They work while the routine is public, and not
    /// for previews.
    async fn urls(&self, context: &Context<'_>) -> RoutineUrls {
        let id = id::format_entry(self.node.row().kind, self.node.row().id);
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let url = |file: &str| format!("{}/routines/{id}/{file}{query}", ctx(context).base_url);
        RoutineUrls {
            page: url("page.html"),
            text: url("routine.txt"),
            chapters: url("chapters.vtt"),
            calendar: url("reminders.ics"),
        }
    }

    /// The routine as plain text that is suitable for reading aloud.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a method is of one lifetime")]
    async fn text(&self, context: &Context<'_>) -> Result<String> {
        answer(context, self.rendering(|rendering| rendering.text()))
    }

    /// The routine as a complete HTML page for printing. It has its own styles and contains no scripts, images or
    /// external URLs.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a method is of one lifetime")]
    async fn printable_html(&self, context: &Context<'_>) -> Result<String> {
        answer(context, self.rendering(|rendering| rendering.page()))
    }

    /// The chapters of the routine's video as WebVTT, one for each exercise. Chapters do not overlap; exercises that
    /// begin at the same time share one. Null if there is no video, or if no exercise has a clip in it.
    async fn chapters(&self, context: &Context<'_>) -> Option<Result<String>> {
        let Data { routine, shown } = &self.steps.data;
        let file = routine.video.as_ref()?.asset.and_then(|id| shown.get(&id));
        let length = file.and_then(|asset| asset.duration_ms).map(seconds);
        Some(answer(context, self.rendering(|rendering| rendering.chapters(length))?))
    }

    /// Returns reminders as an iCalendar file. There are as many as `frequency` asks for at least, in the reader's own
    /// time zone, with the safety notes in their descriptions. The same plan and the same first day always give the
    /// same reminders. Null if the routine has no frequency.
    async fn calendar(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The day of the first reminder.")] starts_on: Date,
        #[graphql(desc = "The number of weeks, 1 to 52. Defaults to 8.")] weeks: Option<i32>,
        #[graphql(
            desc = "Up to 24 times of day, such as `09:30`. By default, the reminders are spread over the day."
        )]
        at: Option<Vec<String>>,
    ) -> Option<Result<String>> {
        let reminders = match reminders(starts_on, weeks, at.as_deref().unwrap_or_default()) {
            Ok(reminders) => reminders,
            Err(error) => return Some(Err(error)),
        };
        Some(answer(context, self.rendering(|rendering| rendering.calendar(&reminders))?))
    }
}

/// The URLs of a routine's renderings.
#[derive(SimpleObject)]
pub struct RoutineUrls {
    /// The URL of a page for printing.
    page: String,
    /// The URL of the plain text.
    text: String,
    /// The URL of the video's chapters as WebVTT. The server answers 404 if there are none.
    chapters: String,
    /// The URL of reminders as an iCalendar file, starting today. It accepts the query parameters `startsOn`, `weeks`
    /// and `at` (repeated for each time). The server answers 404 if the routine has no frequency.
    calendar: String,
}

/// A text, unless it is too much for one answer.
fn answer(context: &Context<'_>, text: String) -> Result<String> {
    ctx(context).answer_text(text.len())?;
    Ok(text)
}

fn reminders(starts_on: Date, weeks: Option<i32>, at: &[String]) -> Result<Reminders> {
    let weeks = weeks.unwrap_or(WEEKS);
    if !(1..=MAX_WEEKS).contains(&weeks) {
        let message = format!("weeks is 1 to {MAX_WEEKS}, found {weeks}");
        return Ok(invalid("weeks", ErrorCode::OutOfRange, message)?);
    }
    if at.len() > MAX_TIMES {
        let message = format!("at most {MAX_TIMES} times, found {}", at.len());
        return Ok(invalid("at", ErrorCode::TooMany, message)?);
    }
    let times: Result<Vec<TimeOfDay>, ()> = at.iter().map(|text| text.parse()).collect();
    match times {
        Ok(at) => Ok(Reminders { starts_on: starts_on.0, weeks, at }),
        Err(()) => Ok(invalid("at", ErrorCode::Invalid, "expected times of a day such as 09:30")?),
    }
}

/// A group of steps.
pub struct RoutineBlock {
    steps: Steps,
    index: usize,
}

impl RoutineBlock {
    fn data(&self) -> &PlanBlock {
        &self.steps.plan.blocks[self.index]
    }

    fn all_steps(&self) -> Vec<RoutineStep> {
        self.data().steps.iter().filter_map(|step| RoutineStep::new(&self.steps, step)).collect()
    }
}

/// A group of steps.
#[Object]
impl RoutineBlock {
    /// The title of the block, such as "Warm-up", at most 120 characters.
    async fn title(&self) -> Option<&str> {
        self.data().title.as_deref()
    }

    /// The number of rounds.
    async fn rounds(&self) -> IntRange {
        self.data().rounds.into()
    }

    /// The rest between rounds in seconds.
    async fn rest_between_rounds(&self) -> Option<IntRange> {
        self.data().rest_between_rounds.map(IntRange::from)
    }

    /// The steps in order.
    async fn steps(&self) -> Vec<RoutineStep> {
        self.all_steps()
    }

    /// The duration of all rounds together.
    async fn duration(&self) -> DurationRange {
        self.data().duration(self.steps.pace).into()
    }
}

/// One step of a routine.
#[derive(SimpleObject)]
pub struct RoutineStep {
    /// The number of the step, counted from 1 through all blocks.
    number: i32,
    /// The exercise to do.
    exercise: Exercise,
    /// The amount of the exercise in this step.
    prescription: Prescription,
    /// Whether this step has a prescription of its own, which differs from that of the exercise.
    has_own_prescription: bool,
    /// A note for this step, at most 500 characters.
    note: Option<String>,
    /// The equipment of this step.
    equipment: Vec<Equipment>,
    /// In an adapted routine, the name of the exercise that this step's exercise replaces.
    replaces: Option<String>,
    /// The duration.
    duration: DurationRange,
}

impl RoutineStep {
    fn new(steps: &Steps, step: &PlanStep) -> Option<Self> {
        Some(Self {
            number: step.number,
            exercise: steps.data.exercise(&step.exercise.key)?,
            prescription: (&step.prescription).into(),
            has_own_prescription: step.prescription != step.exercise.prescription,
            note: step.note.clone(),
            equipment: step.tools.iter().cloned().map(Equipment::from).collect(),
            replaces: step.replaces.clone(),
            duration: step.prescription.duration(steps.pace).into(),
        })
    }
}

/// How long something takes, as a range.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct DurationRange {
    /// The shortest duration in seconds.
    min_seconds: i32,
    /// The longest duration in seconds.
    max_seconds: i32,
}

impl From<Span> for DurationRange {
    fn from(span: Span) -> Self {
        let seconds = |seconds: i64| i32::try_from(seconds).unwrap_or(i32::MAX);
        Self { min_seconds: seconds(span.min), max_seconds: seconds(span.max) }
    }
}

/// A piece of equipment that a routine as a whole needs or can use.
#[derive(Debug, Clone, SimpleObject)]
pub struct EquipmentItem {
    /// The name of the equipment.
    name: String,
    /// Whether at least one step cannot be done without the equipment.
    required: bool,
    /// A household object that can be used instead.
    substitutes: Vec<String>,
    /// The numbers of the steps that use the equipment.
    steps: Vec<i32>,
}
