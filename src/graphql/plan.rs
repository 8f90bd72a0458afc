//! What a query wants of entries, read from its selections before anything is fetched.
//!
//! With the plan a page of entries and everything that hangs on it is read in a fixed number of statements. Look-ahead
//! forgets type conditions, so a plan may want a little too much, never too little.

use async_graphql::{SelectionField, Value};

use crate::domain::content::entry::Columns;
use crate::domain::content::related;

/// How many related entries come without `first`.
pub const DEFAULT_RELATED: u16 = 3;

/// The fields that only a routine has.
const ROUTINE: [&str; 16] = [
    "adapted",
    "audience",
    "blocks",
    "difficulty",
    "duration",
    "equipment",
    "exercises",
    "frequency",
    "goal",
    "lastReviewed",
    "plan",
    "progression",
    "reviewedBy",
    "safetyNotes",
    "steps",
    "video",
];

/// Which columns and relations to read for each entry of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub columns: Columns,
    /// Whether the cover is wanted.
    pub cover: bool,
    pub related: Option<(u16, Box<Plan>)>,
    pub neighbours: Option<Box<Plan>>,
    pub translations: Option<Box<Plan>>,
    pub embeds: Option<Box<Plan>>,
    /// The questions that it answers.
    pub questions: Option<QuestionPlan>,
}

/// What to read for each question of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuestionPlan {
    /// The posts that answer it.
    pub answers: Option<Box<Plan>>,
}

impl QuestionPlan {
    /// The plan for what is selected on a question.
    pub fn of<'a>(selections: impl IntoIterator<Item = SelectionField<'a>>) -> Self {
        let mut plan = Self::default();
        for field in selections.into_iter().filter(|field| field.name() == "answers") {
            plan.answers.get_or_insert_default().merge(Plan::of(field.selection_set()));
        }
        plan
    }

    fn merge(&mut self, other: Self) {
        if let Some(part) = other.answers {
            self.answers.get_or_insert_default().merge(*part);
        }
    }
}

impl Plan {
    /// The plan for what is selected on an entry.
    pub fn of<'a>(selections: impl IntoIterator<Item = SelectionField<'a>>) -> Self {
        let mut plan = Self::default();
        for field in selections {
            match field.name() {
                "body" => plan.add_body(&field),
                "videoUrl" => plan.columns.video_url = true,
                "cover" => plan.cover = true,
                "jsonLd" => {
                    (plan.cover, plan.columns.routine) = (true, true);
                    plan.questions.get_or_insert_default();
                }
                "questions" => {
                    let part = QuestionPlan::of(field.selection_set());
                    plan.questions.get_or_insert_default().merge(part);
                }
                name if ROUTINE.contains(&name) => plan.columns.routine = true,
                "related" => {
                    let size = related_size(&field);
                    let (most, part) = plan.related.get_or_insert_default();
                    *most = size.max(*most);
                    part.merge(Self::of(field.selection_set()));
                }
                "previous" | "next" => {
                    plan.neighbours.get_or_insert_default().merge(Self::of(field.selection_set()));
                }
                "translations" => {
                    plan.translations.get_or_insert_default().merge(Self::of(field.selection_set()));
                }
                _ => {}
            }
        }
        plan
    }

    fn add_body(&mut self, body: &SelectionField<'_>) {
        for field in body.selection_set() {
            match field.name() {
                "markdown" => self.columns.markdown = true,
                "text" => self.columns.text = true,
                "outline" => self.columns.outline = true,
                "html" => {
                    // The links in the HTML are filled in from what their targets are now.
                    self.columns.html = true;
                    self.columns.embeds = true;
                    // Of a routine it has the steps.
                    self.embeds.get_or_insert_default().columns.routine = true;
                }
                "embeds" => {
                    self.columns.embeds = true;
                    let part = self.embeds.get_or_insert_default();
                    for entry in field.selection_set().filter(|field| field.name() == "entry") {
                        part.merge(Self::of(entry.selection_set()));
                    }
                }
                _ => {}
            }
        }
    }

    fn merge(&mut self, other: Self) {
        let (a, b) = (&mut self.columns, other.columns);
        a.markdown |= b.markdown;
        a.html |= b.html;
        a.text |= b.text;
        a.outline |= b.outline;
        a.embeds |= b.embeds;
        a.video_url |= b.video_url;
        a.routine |= b.routine;
        self.cover |= other.cover;
        if let Some(part) = other.questions {
            self.questions.get_or_insert_default().merge(part);
        }
        if let Some((size, part)) = other.related {
            let (most, mine) = self.related.get_or_insert_default();
            *most = size.max(*most);
            mine.merge(*part);
        }
        for (mine, theirs) in [
            (&mut self.neighbours, other.neighbours),
            (&mut self.translations, other.translations),
            (&mut self.embeds, other.embeds),
        ] {
            if let Some(part) = theirs {
                mine.get_or_insert_default().merge(*part);
            }
        }
    }
}

fn related_size(field: &SelectionField<'_>) -> u16 {
    let arguments = field.arguments().unwrap_or_default();
    let first = arguments.into_iter().find(|(name, _)| name == "first").map(|(_, value)| value);
    match first {
        Some(Value::Number(number)) => {
            number.as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(related::MAX).min(related::MAX)
        }
        _ => DEFAULT_RELATED,
    }
}
