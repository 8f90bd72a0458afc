//! Plain text that stands by itself: sentences in the order in which somebody does the routine, so that it can be read out.

use super::{ADAPTED, RenderContext};
use crate::domain::routine::words::{self, sentence};

impl RenderContext<'_> {
    pub fn text(&self) -> String {
        let mut text = Text::default();
        text.line(self.title);
        if self.is_adapted {
            text.line(ADAPTED);
        }
        for paragraph in self.paragraphs() {
            text.paragraph();
            text.line(paragraph);
        }
        text.paragraph();
        for fact in self.facts(words::plain) {
            text.line(&fact);
        }
        let cautions = self.cautions();
        if !cautions.is_empty() {
            text.paragraph();
        }
        for caution in cautions {
            text.line(&caution);
        }
        for block in self.plan.blocks.iter().filter(|block| !block.steps.is_empty()) {
            text.paragraph();
            if let Some(heading) = block.heading(words::plain, words::plain) {
                text.line(&sentence(&heading));
            }
            for step in &block.steps {
                let exercise = &step.exercise;
                text.line(&format!(
                    "Step {}. {}, {}. {}.",
                    step.number,
                    exercise.name,
                    exercise.position.words(),
                    step.prescription.words()
                ));
                if let Some(replaced) = &step.replaces {
                    text.line(&format!("This is instead of {replaced}."));
                }
                if let Some(tools) = step.with(words::plain) {
                    text.line(&format!("You use: {tools}."));
                }
                for cue in step.note.iter().chain(&exercise.cues) {
                    text.line(&sentence(cue));
                }
                for mistake in &exercise.common_mistakes {
                    text.line(&format!("A common mistake: {}", sentence(mistake)));
                }
            }
        }
        self.text_of_progression(&mut text);
        if let Some(review) = self.review(words::plain) {
            text.paragraph();
            text.line(&review);
        }
        text.paragraph();
        text.line(self.url);
        text.0
    }

    /// How long, how often, how hard, with what; the author's words as `said` puts them.
    pub(super) fn facts(&self, said: impl Fn(&str) -> String) -> Vec<String> {
        let mut facts = vec![format!("It takes {}.", words::span(self.duration()))];
        if let Some(frequency) = &self.routine.frequency {
            facts.push(format!("Do it {}.", frequency.words()));
        }
        // What was said of the whole is not said of what took its place.
        if let Some(difficulty) = self.routine.difficulty.filter(|_| !self.is_adapted) {
            facts.push(format!("It is {}.", difficulty.words()));
        }
        let tools = self.equipment();
        let tools: Vec<String> = tools
            .iter()
            .map(|tool| words::tool(&tool.name, tool.required, &tool.substitutes, &said))
            .collect();
        facts.push(if tools.is_empty() {
            "You need no equipment.".to_owned()
        } else {
            format!("You need: {}.", tools.join("; "))
        });
        facts
    }

    fn text_of_progression(&self, text: &mut Text) {
        if !self.ways_on().is_empty() {
            text.paragraph();
            text.line("To go on:");
        }
        for one in self.ways_on() {
            text.line(&one.words());
        }
    }

    /// Who looked at it and when.
    pub(super) fn review(&self, said: impl Fn(&str) -> String) -> Option<String> {
        let by = self.routine.reviewed_by.as_ref().map(|by| format!(" by {}", said(by))).unwrap_or_default();
        match (self.routine.last_reviewed, by.is_empty()) {
            (Some(date), _) => Some(format!("Last reviewed on {date}{by}.")),
            (None, false) => Some(format!("Reviewed{by}.")),
            (None, true) => None,
        }
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn paragraph(&mut self) {
        self.0.push('\n');
    }
}
