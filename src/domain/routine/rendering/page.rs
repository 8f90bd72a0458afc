//! A page to print: everything that somebody needs who does the routine without a screen. It stands by itself, asks nothing
//! of anybody, and is black on white.

use super::{ADAPTED, RenderContext};
use crate::domain::richtext::escaped;
use crate::domain::routine::plan::PlanStep;

/// A4 and US Letter have room for the same lines with these margins.
const STYLE: &str = "\
@page { margin: 16mm 15mm; }
* { box-sizing: border-box; }
body { font: 11pt/1.4 Georgia, 'Times New Roman', serif; color: #000; background: #fff; margin: 0 auto; padding: 1rem; max-width: 44rem; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 13pt; margin: 1.2rem 0 .4rem; break-after: avoid; }
p { margin: .3rem 0; }
.by { color: #444; }
.safety { border: 1.5pt solid #000; padding: .5rem .8rem; margin: .8rem 0; break-inside: avoid; }
.safety li { margin: .2rem 0; }
.safety ul { margin: 0; padding: 0; list-style: none; }
ol { list-style: none; margin: 0; padding: 0; }
.step { display: grid; grid-template-columns: 2.2rem 1fr; border-top: .5pt solid #888; padding: .5rem 0; break-inside: avoid; }
.number { font-size: 15pt; line-height: 1.2; }
.name { font-weight: bold; }
.dose { margin: .1rem 0; }
.step ul { margin: .2rem 0; padding-left: 1.1rem; }
.mistakes, .instead { color: #333; font-style: italic; }
footer { border-top: .5pt solid #888; margin-top: 1.2rem; padding-top: .4rem; font-size: 9pt; color: #444; overflow-wrap: anywhere; }
@media print { body { padding: 0; max-width: none; } a { color: inherit; text-decoration: none; } }
";

impl RenderContext<'_> {
    pub fn page(&self) -> String {
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{locale}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <main dir=\"auto\">\n<h1>{title}</h1>\n",
            title = escaped(self.title),
            locale = escaped(self.locale),
        );
        if let Some(author) = self.author {
            html.push_str(&format!(
                "<p class=\"by\">{} · {}</p>\n",
                escaped(author),
                escaped(&self.site.title)
            ));
        }
        if self.is_adapted {
            html.push_str(&format!("<p class=\"instead\"{}>{ADAPTED}</p>\n", self.english()));
        }
        for paragraph in self.paragraphs() {
            html.push_str(&format!("<p>{}</p>\n", escaped(paragraph)));
        }
        html.push_str(&format!("<p{}>{}</p>\n", self.english(), self.facts_html()));
        let safety = self.safety_html();
        if !safety.is_empty() {
            let english = self.english();
            let safety = if english.is_empty() {
                safety
            } else {
                format!("<div lang=\"{}\">{safety}</div>", escaped(self.locale))
            };
            html.push_str(&format!(
                "<section class=\"safety\" aria-label=\"Safety\"{english}>{safety}</section>\n"
            ));
        }
        for block in &self.plan.blocks {
            let Some(first) = block.steps.first() else { continue };
            if let Some(heading) = self.heading_html(block) {
                html.push_str(&format!("<h2>{heading}</h2>\n"));
            }
            // Browsers take a list without markers for none, unless it says what it is.
            html.push_str(&format!("<ol start=\"{}\" role=\"list\">\n", first.number));
            for step in &block.steps {
                html.push_str(&self.step_html(step));
            }
            html.push_str("</ol>\n");
        }
        html.push_str(&self.progression_html());
        html.push_str("<footer>");
        if let Some(review) = self.review(|words| self.said(words)) {
            html.push_str(&format!("<p{}>{review}</p>", self.english()));
        }
        html.push_str(&format!(
            "<p><a href=\"{url}\">{url}</a></p></footer>\n</main>\n</body>\n</html>\n",
            url = escaped(self.url)
        ));
        html
    }

    fn progression_html(&self) -> String {
        if self.ways_on().is_empty() {
            return String::new();
        }
        let ways = self.ways_on().iter().map(|one| {
            let when = one.criterion.as_ref();
            let when = when.map(|when| format!(" <em>{} {}</em>", self.phrase("When:"), escaped(when)));
            format!("<li>{}{}</li>\n", escaped(&one.text), when.unwrap_or_default())
        });
        format!("<h2{}>To go on</h2>\n<ul>\n{}</ul>\n", self.english(), ways.collect::<String>())
    }

    fn step_html(&self, step: &PlanStep) -> String {
        let exercise = &step.exercise;
        let mut html = format!(
            "<li class=\"step\"><span class=\"number\">{}</span><div><div class=\"name\">{}</div>\
             <div class=\"dose\">{}</div>",
            step.number,
            escaped(&exercise.name),
            self.dose_html(step, &capital(exercise.position.words()))
        );
        let english = self.english();
        if let Some(replaced) = &step.replaces {
            html.push_str(&format!(
                "<div class=\"instead\"{english}>Instead of {}</div>",
                self.said(replaced)
            ));
        }
        if let Some(tools) = step.with(|words| self.said(words)) {
            html.push_str(&format!("<div{english}>With {tools}</div>"));
        }
        let items = |texts: &[&String]| {
            let items = texts.iter().map(|text| format!("<li>{}</li>", escaped(text)));
            format!("<ul>{}</ul>", items.collect::<String>())
        };
        let cues: Vec<&String> = step.note.iter().chain(&exercise.cues).collect();
        if !cues.is_empty() {
            html.push_str(&items(&cues));
        }
        let mistakes: Vec<&String> = exercise.common_mistakes.iter().collect();
        if !mistakes.is_empty() {
            let avoid = self.phrase("Avoid:");
            html.push_str(&format!("<div class=\"mistakes\">{avoid}{}</div>", items(&mistakes)));
        }
        html.push_str("</div></li>\n");
        html
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
