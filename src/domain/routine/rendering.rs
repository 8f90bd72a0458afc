//! What a routine looks like outside the API: a page to print, plain text, chapters of its video, reminders in a calendar,
//! and structured data, all made from the same record. Whichever tells what to do begins with what to mind; chapters only
//! name moments of a video.

use entity::Timestamp;

use super::duration::Span;
use super::plan::{MergedTool, Plan, PlanBlock, PlanStep};
use super::{Progression, Routine, words};
use crate::domain::site::settings::Settings;

pub mod calendar;
mod chapters;
mod embed;
mod marked;
mod page;
mod structured;
#[cfg(test)]
mod tests;
mod text;

/// A routine, or what it was adapted to, with what surrounds it.
#[derive(Debug, Clone, Copy)]
pub struct RenderContext<'a> {
    /// The public id.
    pub id: &'a str,
    pub title: &'a str,
    pub excerpt: Option<&'a str>,
    /// Absolute, on the site.
    pub url: &'a str,
    pub locale: &'a str,
    pub author: Option<&'a str>,
    pub published_at: Timestamp,
    pub updated_at: Timestamp,
    pub site: &'a Settings,
    pub routine: &'a Routine,
    pub plan: &'a Plan,
    /// Whether the plan differs from what was written.
    pub is_adapted: bool,
}

/// A video with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoData {
    pub url: String,
    /// Seconds.
    pub length: Option<f64>,
    /// Whether the URL is that of a page that shows it, and not of the video itself.
    pub is_page: bool,
}

impl RenderContext<'_> {
    /// What it is, what it is good for, and for whom.
    fn paragraphs(&self) -> impl Iterator<Item = &str> {
        let all = [self.excerpt, self.routine.goal.as_deref(), self.routine.audience.as_deref()];
        all.into_iter().flatten()
    }

    /// How to go on from what was written; from an adapted routine nobody has said it.
    fn ways_on(&self) -> &[Progression] {
        if self.is_adapted { &[] } else { &self.routine.progression }
    }

    /// What to mind, as sentences, in the order in which it was written and the site's own words last.
    fn cautions(&self) -> Vec<String> {
        let notes = self.routine.safety_notes.iter();
        let notes = notes.map(|note| format!("{}: {}", note.kind.words(), words::sentence(&note.text)));
        notes.chain(self.site.disclaimer.as_deref().map(words::sentence)).collect()
    }

    fn duration(&self) -> Span {
        self.plan.duration(self.site.routines.pace)
    }

    fn equipment(&self) -> Vec<MergedTool> {
        self.plan.equipment()
    }
}

/// Said of a plan in which some exercise stands in for another one.
const ADAPTED: &str = "Adapted: some exercises were replaced by others.";

impl PlanStep {
    /// `chair (or bed); table, if you like`, where it is done with something.
    fn with(&self, said: impl Fn(&str) -> String) -> Option<String> {
        let tools = self.tools.iter();
        let tools =
            tools.map(|tool| words::tool(&tool.name, tool.required, tool.substitute.as_slice(), &said));
        (!self.tools.is_empty()).then(|| tools.collect::<Vec<_>>().join("; "))
    }
}

impl PlanBlock {
    /// `Warm-up, 2 rounds with 1 minute of rest between them`, where there is something to say. The author's words are put as
    /// `said` puts them, those around them as `phrase` does.
    fn heading(&self, said: impl Fn(&str) -> String, phrase: impl Fn(&str) -> String) -> Option<String> {
        let rounds = (self.rounds != super::Range::ONCE).then(|| {
            let rest = self.rest_between_rounds.filter(|rest| rest.max > 0);
            let rest = rest.map(|rest| format!(" with {} of rest between them", words::seconds(rest)));
            format!("{}{}", words::counted(self.rounds, "round", "rounds"), rest.unwrap_or_default())
        });
        let title = self.title.as_deref().map(said);
        let rounds = rounds.as_deref().map(phrase);
        let parts: Vec<String> = title.into_iter().chain(rounds).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
