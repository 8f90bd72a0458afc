//! Structured data with the terms of <https://schema.org>: an exercise plan that is a how-to, with its video and clips. What a
//! search engine makes of it is its own affair.

use serde_json::{Map, Value, json};

use super::{Footage, Sheet};
use crate::domain::routine::plan::{PlanBlock, PlanStep};
use crate::domain::routine::{Exercise, Range, Video};
use crate::domain::time;

impl Sheet<'_> {
    /// What a routine adds to the data of every entry, and what it is. `footage` answers what is known of a video.
    pub fn structured(&self, footage: impl Fn(&Video) -> Option<Footage>) -> Map<String, Value> {
        let mut data = Map::new();
        let mut put = |name: &str, value: Value| {
            let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !is_empty {
                data.insert(name.to_owned(), value);
            }
        };
        put("@type", json!(["ExercisePlan", "HowTo"]));
        put("name", self.title.into());
        let length = self.duration();
        put("totalTime", format!("PT{}S", length.max).into());
        put("activityDuration", seconds(Range { min: saturated(length.min), max: saturated(length.max) }));
        if let Some(frequency) = &self.routine.frequency {
            put("activityFrequency", frequency.words().into());
        }
        put("intensity", self.intensity());
        let more = self.routine.progression.iter().map(|one| one.text.clone());
        put("additionalVariable", more.collect::<Vec<_>>().into());
        if let Some(audience) = &self.routine.audience {
            put("audience", json!({ "@type": "Audience", "audienceType": audience }));
        }
        if let Some(goal) = &self.routine.goal {
            put("abstract", goal.as_str().into());
        }
        let tools = self.equipment().into_iter().map(|tool| {
            let mut data = json!({ "@type": "HowToTool", "name": tool.name });
            if !tool.substitutes.is_empty() {
                data["alternateName"] = tool.substitutes.into();
            }
            data
        });
        put("tool", tools.collect::<Vec<_>>().into());
        put(
            "step",
            self.plan
                .blocks
                .iter()
                .enumerate()
                .flat_map(|(at, block)| self.section(at, block, &footage))
                .collect(),
        );
        put("video", self.video(&footage));
        put("mainEntityOfPage", self.reviewed_page());
        data
    }

    /// The effort of the hardest step.
    fn intensity(&self) -> Value {
        let hardest =
            self.plan.steps().filter_map(|step| step.prescription.effort).max_by_key(|effort| effort.max);
        hardest.map_or(Value::Null, |effort| format!("effort up to {} of 10", effort.max).into())
    }

    fn reviewed_page(&self) -> Value {
        let routine = self.routine;
        if routine.last_reviewed.is_none() && routine.reviewed_by.is_none() {
            return Value::Null;
        }
        let mut page = json!({ "@type": "WebPage", "url": self.url });
        if let Some(date) = routine.last_reviewed {
            page["lastReviewed"] = date.to_string().into();
        }
        if let Some(name) = &routine.reviewed_by {
            page["reviewedBy"] = json!({ "@type": "Person", "name": name });
        }
        page
    }

    /// A block with a heading is a section; the steps of one without stand by themselves.
    fn section(
        &self,
        at: usize,
        block: &PlanBlock,
        footage: &impl Fn(&Video) -> Option<Footage>,
    ) -> Vec<Value> {
        let steps: Vec<Value> = block.steps.iter().map(|step| self.step(step, footage)).collect();
        match block.heading() {
            Some(heading) => vec![json!({
                "@type": "HowToSection",
                "name": heading,
                "position": at + 1,
                "itemListElement": steps,
            })],
            None => steps,
        }
    }

    fn step(&self, step: &PlanStep, footage: &impl Fn(&Video) -> Option<Footage>) -> Value {
        let exercise = &step.exercise;
        let text =
            [step.prescription.words()].into_iter().chain(step.note.clone()).chain(exercise.cues.clone());
        let mut data = json!({
            "@type": "HowToStep",
            "name": exercise.name,
            "position": step.number,
            "text": text.collect::<Vec<_>>().join(". "),
        });
        if let Some(clip) = self.clip(exercise, footage) {
            data["video"] = clip;
        }
        data
    }

    /// A part of the routine's video, or a video of the exercise's own.
    fn clip(&self, exercise: &Exercise, footage: &impl Fn(&Video) -> Option<Footage>) -> Option<Value> {
        let clip = exercise.clip.as_ref()?;
        let own = self.routine.video.as_ref();
        match self.routine.chapter(clip) {
            Some((start, end)) => {
                let file = footage(own?)?;
                Some(part(&exercise.name, start, end, &file))
            }
            None => Some(self.footage(&exercise.name, &footage(clip)?)),
        }
    }

    fn video(&self, footage: &impl Fn(&Video) -> Option<Footage>) -> Value {
        let Some(file) = self.routine.video.as_ref().and_then(footage) else { return Value::Null };
        let mut video = self.footage(self.title, &file);
        let mut parts: Vec<Value> = Vec::new();
        for step in self.plan.steps() {
            let clip = step.exercise.clip.as_ref();
            let Some((start, end)) = clip.and_then(|clip| self.routine.chapter(clip)) else { continue };
            let part = part(&step.exercise.name, start, end, &file);
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        if !parts.is_empty() {
            video["hasPart"] = parts.into();
        }
        video
    }

    fn footage(&self, name: &str, file: &Footage) -> Value {
        let mut video = json!({
            "@type": "VideoObject",
            "name": name,
            "uploadDate": time::format(self.published_at),
            "inLanguage": self.locale,
        });
        video[if file.is_page { "url" } else { "contentUrl" }] = file.url.as_str().into();
        if let Some(length) = file.length {
            video["duration"] = format!("PT{}S", length.round()).into();
        }
        video
    }
}

fn part(name: &str, start: i32, end: Option<i32>, file: &Footage) -> Value {
    let mut clip = json!({ "@type": "Clip", "name": name, "startOffset": start });
    if !file.is_page {
        // A moment of a file, as media fragments have it (https://www.w3.org/TR/media-frags/).
        clip["url"] = format!("{}#t={start}", file.url).into();
    }
    if let Some(end) = end {
        clip["endOffset"] = end.into();
    }
    clip
}

fn seconds(range: Range) -> Value {
    json!({
        "@type": "QuantitativeValue",
        "minValue": range.min,
        "maxValue": range.max,
        // UN/CEFACT's code of the second.
        "unitCode": "SEC",
        "unitText": "seconds",
    })
}

fn saturated(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
