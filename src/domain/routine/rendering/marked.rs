//! What the HTML of a routine is put together from. Its phrases are English: where the routine is written in another
//! language they are marked as such, and an author's words within them as the author's, so that each is read out as it sounds.

use super::RenderContext;
use crate::domain::richtext::escaped;
use crate::domain::routine::SafetyKind;
use crate::domain::routine::plan::{PlanBlock, PlanStep};

impl RenderContext<'_> {
    /// An attribute for an element that is English.
    pub(super) fn english(&self) -> &'static str {
        let language = self.locale.split('-').next().unwrap_or_default();
        if language.eq_ignore_ascii_case("en") { "" } else { " lang=\"en\"" }
    }

    /// English words inside of an author's.
    pub(super) fn phrase(&self, words: &str) -> String {
        match self.english() {
            "" => escaped(words),
            english => format!("<span{english}>{}</span>", escaped(words)),
        }
    }

    /// An author's words inside of English ones.
    pub(super) fn said(&self, words: &str) -> String {
        match self.english() {
            "" => escaped(words),
            _ => format!("<span lang=\"{}\">{}</span>", escaped(self.locale), escaped(words)),
        }
    }

    pub(super) fn facts_html(&self) -> String {
        self.facts(|words| self.said(words)).join(" ")
    }

    /// What to mind, in the order in which it was written.
    pub(super) fn safety_html(&self) -> String {
        let notes = self.routine.safety_notes.iter().map(|note| {
            format!(
                "<li class=\"routine-{}\"><strong{}>{}:</strong> {}</li>",
                match note.kind {
                    SafetyKind::Stop => "stop",
                    SafetyKind::Caution => "caution",
                    SafetyKind::Consult => "consult",
                },
                self.english(),
                note.kind.words(),
                escaped(&note.text)
            )
        });
        let mut notes: String = notes.collect();
        if let Some(disclaimer) = &self.site.disclaimer {
            notes.push_str(&format!("<li class=\"routine-disclaimer\">{}</li>", escaped(disclaimer)));
        }
        if notes.is_empty() { notes } else { format!("<ul class=\"routine-safety\">{notes}</ul>") }
    }

    pub(super) fn heading_html(&self, block: &PlanBlock) -> Option<String> {
        block.heading(escaped, |words| self.phrase(words))
    }

    /// `seated: 10 reps on each side, …`
    pub(super) fn dose_html(&self, step: &PlanStep, position: &str) -> String {
        self.phrase(&format!("{position}: {}", step.prescription.words()))
    }
}
