//! A routine where a text embeds it: its steps at a glance, readable without styles or scripts.

use super::Sheet;
use crate::domain::richtext::escaped;
use crate::domain::routine::SafetyKind;

impl Sheet<'_> {
    pub fn embed_html(&self, path: &str) -> String {
        let mut html = format!(
            "<aside class=\"embed embed-routine\"><p class=\"routine-title\"><a href=\"{}\">{}</a></p>",
            escaped(path),
            escaped(self.title)
        );
        if let Some(excerpt) = self.excerpt {
            html.push_str(&format!("<p>{}</p>", escaped(excerpt)));
        }
        html.push_str(&format!("<p class=\"routine-facts\">{}</p>", escaped(&self.facts().join(" "))));
        html.push_str(&self.safety_html());
        html.push_str(&self.steps_html());
        html.push_str("</aside>");
        html
    }

    /// What to mind, in the order in which it was written.
    pub(super) fn safety_html(&self) -> String {
        let notes = self.routine.safety_notes.iter().map(|note| {
            format!(
                "<li class=\"routine-{}\"><strong>{}:</strong> {}</li>",
                match note.kind {
                    SafetyKind::Stop => "stop",
                    SafetyKind::Caution => "caution",
                    SafetyKind::Consult => "consult",
                },
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

    /// One list for each block; the numbers go on through all of them.
    fn steps_html(&self) -> String {
        let mut html = String::new();
        for block in &self.plan.blocks {
            let Some(first) = block.steps.first() else { continue };
            if let Some(heading) = block.heading() {
                html.push_str(&format!("<p class=\"routine-block\">{}</p>", escaped(&heading)));
            }
            html.push_str(&format!("<ol start=\"{}\">", first.number));
            for step in &block.steps {
                html.push_str(&format!(
                    "<li><strong>{}</strong>, {}: {}</li>",
                    escaped(&step.exercise.name),
                    step.exercise.position.words(),
                    escaped(&step.prescription.words())
                ));
            }
            html.push_str("</ol>");
        }
        html
    }
}
