//! Structured data with the terms of <https://schema.org>: an exercise plan that is a how-to, with its video and clips, and
//! with what to mind before its first step. What a search engine makes of it is its own affair.

use serde_json::{Map, Value, json};

use super::{RenderContext, VideoData};
use crate::domain::core::time;
use crate::domain::routine::plan::{MergedTool, PlanBlock, PlanStep};
use crate::domain::routine::{Exercise, Progression, Range, Video, words};

impl RenderContext<'_> {
    /// What a routine adds to the data of every entry, and what it is. `video_data` answers what is known of a video.
    pub fn structured(&self, video_data: impl Fn(&Video) -> Option<VideoData>) -> Map<String, Value> {
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
        let more = self.ways_on().iter().map(Progression::words);
        put("additionalVariable", more.collect::<Vec<_>>().into());
        if let Some(audience) = &self.routine.audience {
            put("audience", json!({ "@type": "Audience", "audienceType": audience }));
        }
        if let Some(goal) = &self.routine.goal {
            put("abstract", goal.as_str().into());
        }
        put("tool", self.equipment().iter().map(tool).collect::<Vec<_>>().into());
        let sections = self.plan.blocks.iter().flat_map(|block| self.section(block, &video_data));
        put("step", numbered(self.before_you_begin().into_iter().chain(sections)));
        put("video", self.video(&video_data));
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

    /// What to mind, as the first thing to read.
    fn before_you_begin(&self) -> Option<Value> {
        let tips = self.cautions().into_iter().map(|text| json!({ "@type": "HowToTip", "text": text }));
        (tips.len() > 0).then(|| section("Before you begin", tips))
    }

    /// A block with a heading is a section; the steps of one without stand by themselves.
    fn section(&self, block: &PlanBlock, video_data: &impl Fn(&Video) -> Option<VideoData>) -> Vec<Value> {
        let steps = block.steps.iter().map(|step| self.step(step, video_data));
        match block.heading(words::plain, words::plain).filter(|_| !block.steps.is_empty()) {
            Some(heading) => vec![section(&heading, steps)],
            None => steps.collect(),
        }
    }

    fn step(&self, step: &PlanStep, video_data: &impl Fn(&Video) -> Option<VideoData>) -> Value {
        let exercise = &step.exercise;
        let prescription = step.prescription.words();
        let text = [&prescription].into_iter().chain(&step.note).chain(&exercise.cues);
        let text: Vec<String> = text.map(|text| words::sentence(text)).collect();
        let mut data = json!({ "@type": "HowToStep", "name": exercise.name, "text": text.join(" ") });
        if let Some(clip) = self.clip(exercise, video_data) {
            data["video"] = clip;
        }
        data
    }

    /// A part of the routine's video, or a video of the exercise's own, with the moment that is meant.
    fn clip(&self, exercise: &Exercise, video_data: &impl Fn(&Video) -> Option<VideoData>) -> Option<Value> {
        let clip = exercise.clip.as_ref()?;
        if let Some((start, end)) = self.routine.chapter(clip) {
            let file = video_data(self.routine.video.as_ref()?)?;
            return Some(part(&exercise.name, start, end, &file));
        }
        let file = video_data(clip)?;
        let mut video = self.video_data(&exercise.name, &file);
        if clip.is_part() {
            video["hasPart"] = json!([part(&exercise.name, clip.start.unwrap_or(0), clip.end, &file)]);
        }
        Some(video)
    }

    fn video(&self, video_data: &impl Fn(&Video) -> Option<VideoData>) -> Value {
        let Some(own) = &self.routine.video else { return Value::Null };
        let Some(file) = video_data(own) else { return Value::Null };
        let mut video = self.video_data(self.title, &file);
        let whole = own.is_part().then(|| part(self.title, own.start.unwrap_or(0), own.end, &file));
        let mut parts: Vec<Value> = whole.into_iter().collect();
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

    fn video_data(&self, name: &str, file: &VideoData) -> Value {
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

/// Items of a list with their places in it.
fn numbered(items: impl Iterator<Item = Value>) -> Value {
    let numbered = (1_i32..).zip(items).map(|(position, mut item)| {
        item["position"] = Value::from(position);
        item
    });
    numbered.collect()
}

fn section(name: &str, items: impl Iterator<Item = Value>) -> Value {
    json!({ "@type": "HowToSection", "name": name, "itemListElement": numbered(items) })
}

fn tool(tool: &MergedTool) -> Value {
    let mut data = json!({ "@type": "HowToTool", "name": tool.name });
    let substitutes = (!tool.substitutes.is_empty()).then(|| format!("or {}", tool.substitutes.join(", ")));
    let if_you_like = (!tool.required).then(|| "if you like".to_owned());
    let description: Vec<String> = substitutes.into_iter().chain(if_you_like).collect();
    if !description.is_empty() {
        data["description"] = description.join(", ").into();
    }
    data
}

fn part(name: &str, start: i32, end: Option<i32>, file: &VideoData) -> Value {
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
