//! A routine where a text embeds it: its steps at a glance, readable without styles or scripts.

use super::RenderContext;
use crate::domain::richtext::escaped;

impl RenderContext<'_> {
    pub fn embed_html(&self, path: &str) -> String {
        let mut html = format!(
            "<aside class=\"embed embed-routine\"><p class=\"routine-title\"><a href=\"{}\">{}</a></p>",
            escaped(path),
            escaped(self.title)
        );
        if let Some(excerpt) = self.excerpt {
            html.push_str(&format!("<p>{}</p>", escaped(excerpt)));
        }
        html.push_str(&format!("<p class=\"routine-facts\"{}>{}</p>", self.english(), self.facts_html()));
        html.push_str(&self.safety_html());
        html.push_str(&self.steps_html());
        html.push_str("</aside>");
        html
    }

    /// One list for each block; the numbers go on through all of them.
    fn steps_html(&self) -> String {
        let mut html = String::new();
        for block in &self.plan.blocks {
            let Some(first) = block.steps.first() else { continue };
            if let Some(heading) = self.heading_html(block) {
                html.push_str(&format!("<p class=\"routine-block\">{heading}</p>"));
            }
            html.push_str(&format!("<ol start=\"{}\">", first.number));
            for step in &block.steps {
                html.push_str(&format!(
                    "<li><strong>{}</strong>, {}</li>",
                    escaped(&step.exercise.name),
                    self.dose_html(step, step.exercise.position.words())
                ));
            }
            html.push_str("</ol>");
        }
        html
    }
}
