//! A routine as it is done, and its renderings.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::dose::{IntRange, Prescription};
use super::exercise::{Data, Equipment, Exercise};
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::core::id;
use crate::domain::routine::duration::Span;
use crate::domain::routine::plan::{Plan, PlanBlock, PlanStep};
use crate::domain::routine::rendering::Sheet;
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

    fn sheet<T>(&self, make: impl FnOnce(&Sheet<'_>) -> T) -> T {
        self.node.with_sheet(&self.steps.data.routine, &self.steps.plan, self.is_adapted, make)
    }
}

/// A routine as it is done: as it was written, or adapted to somebody. Its renderings are in English, with the author's words
/// as they are.
#[Object]
impl RoutinePlan {
    /// The steps in blocks.
    async fn blocks(&self) -> Vec<RoutineBlock> {
        self.steps.all_blocks()
    }

    /// All steps in order.
    async fn steps(&self) -> Vec<RoutineStep> {
        self.steps.all_steps()
    }

    /// How long it takes.
    async fn duration(&self) -> DurationRange {
        self.steps.length()
    }

    /// Everything that is used, each once.
    async fn equipment(&self) -> Vec<EquipmentItem> {
        self.steps.tools()
    }

    /// Where the renderings are served to everybody, for links and for `track` elements. They are there while the routine is
    /// public, and not for a preview.
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

    /// Plain text that stands by itself, so that it can be read out.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a method is of one lifetime")]
    async fn text(&self, context: &Context<'_>) -> Result<String> {
        answer(context, self.sheet(|sheet| sheet.text()))
    }

    /// A whole HTML page to print, with styles and without scripts, images or addresses of others.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a method is of one lifetime")]
    async fn printable_html(&self, context: &Context<'_>) -> Result<String> {
        answer(context, self.sheet(|sheet| sheet.page()))
    }

    /// Chapters of the routine's video as WebVTT: where each exercise begins. None overlaps another one; two that begin together
    /// are the same part. Null without a video or a clip in it.
    async fn chapters(&self, context: &Context<'_>) -> Option<Result<String>> {
        let Data { routine, shown } = &self.steps.data;
        let file = routine.video.as_ref()?.asset.and_then(|id| shown.get(&id));
        let length = file.and_then(|asset| asset.duration_ms).map(seconds);
        Some(answer(context, self.sheet(|sheet| sheet.chapters(length))?))
    }

    /// Reminders as an iCalendar file, as often as `frequency` asks at least, in the reader's own time, with what to mind in their
    /// descriptions. The same plan with the same first day is the same reminders whenever it is asked for. Null without a
    /// frequency.
    async fn calendar(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The day of the first one.")] starts_on: Date,
        #[graphql(desc = "For so many weeks, 1 to 52; 8 without.")] weeks: Option<i32>,
        #[graphql(desc = "Times of a day such as `09:30`, at most 24; spread over the day without.")]
        at: Option<Vec<String>>,
    ) -> Option<Result<String>> {
        let reminders = match reminders(starts_on, weeks, at.as_deref().unwrap_or_default()) {
            Ok(reminders) => reminders,
            Err(error) => return Some(Err(error)),
        };
        Some(answer(context, self.sheet(|sheet| sheet.calendar(&reminders))?))
    }
}

/// Where the renderings of a routine are served.
#[derive(SimpleObject)]
pub struct RoutineUrls {
    /// A page to print.
    page: String,
    /// Plain text.
    text: String,
    /// Chapters of its video as WebVTT; not found where there are none.
    chapters: String,
    /// Reminders as an iCalendar file, from today on. It takes `startsOn`, `weeks` and `at` (again for each time) as parameters;
    /// not found where nobody says how often.
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

/// Steps that belong together.
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

/// Steps that belong together.
#[Object]
impl RoutineBlock {
    /// What they are, such as a warm-up, at most 120 characters.
    async fn title(&self) -> Option<&str> {
        self.data().title.as_deref()
    }

    /// How often to go through them.
    async fn rounds(&self) -> IntRange {
        self.data().rounds.into()
    }

    /// Seconds.
    async fn rest_between_rounds(&self) -> Option<IntRange> {
        self.data().rest_between_rounds.map(IntRange::from)
    }

    /// The steps in order.
    async fn steps(&self) -> Vec<RoutineStep> {
        self.all_steps()
    }

    /// How long they take, all rounds together.
    async fn duration(&self) -> DurationRange {
        self.data().duration(self.steps.pace).into()
    }
}

/// Something to do at its place in a routine.
#[derive(SimpleObject)]
pub struct RoutineStep {
    /// From 1, through all blocks.
    number: i32,
    /// What to do.
    exercise: Exercise,
    /// How much of it here.
    prescription: Prescription,
    /// Whether that differs from the exercise's own.
    has_own_prescription: bool,
    /// What to mind here, at most 500 characters.
    note: Option<String>,
    /// What is used here.
    equipment: Vec<Equipment>,
    /// Name of the exercise that it stands in for, in an adapted routine.
    replaces: Option<String>,
    /// How long it takes.
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

/// How long something takes.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct DurationRange {
    /// At least so many seconds.
    min_seconds: i32,
    /// At most so many seconds.
    max_seconds: i32,
}

impl From<Span> for DurationRange {
    fn from(span: Span) -> Self {
        let seconds = |seconds: i64| i32::try_from(seconds).unwrap_or(i32::MAX);
        Self { min_seconds: seconds(span.min), max_seconds: seconds(span.max) }
    }
}

/// A piece of equipment in a whole routine.
#[derive(Debug, Clone, SimpleObject)]
pub struct EquipmentItem {
    /// Name.
    name: String,
    /// Whether some step cannot be done without.
    required: bool,
    /// What a household has instead.
    substitutes: Vec<String>,
    /// Numbers of the steps that use it.
    steps: Vec<i32>,
}
