//! Chapters of a routine's video, as WebVTT (<https://www.w3.org/TR/webvtt1/>): where each exercise begins.

use super::Sheet;

impl Sheet<'_> {
    /// `length` is the video's, in seconds, where it is known. `None` where no exercise has a place in it.
    pub fn chapters(&self, length: Option<f64>) -> Option<String> {
        let mut chapters: Vec<(i32, Option<i32>, &str)> = Vec::new();
        for step in self.plan.steps() {
            let clip = step.exercise.clip.as_ref();
            let Some((start, end)) = clip.and_then(|clip| self.routine.chapter(clip)) else { continue };
            // An exercise that is done twice is shown once.
            if !chapters.iter().any(|&(known, _, name)| known == start && name == step.exercise.name) {
                chapters.push((start, end, &step.exercise.name));
            }
        }
        chapters.sort_by_key(|&(start, ..)| start);
        let whole = self.routine.video.as_ref()?.end.map(f64::from).or(length);
        let mut text = "WEBVTT\n".to_owned();
        for (index, &(start, end, name)) in chapters.iter().enumerate() {
            let next = chapters.get(index + 1).map(|&(next, ..)| f64::from(next));
            let start = f64::from(start);
            // Without a length, the last one ends soon after it began rather than after the video.
            let end = end.map(f64::from).or(next).or(whole).filter(|&end| end > start).unwrap_or(start + 1.0);
            text.push_str(&format!(
                "\n{}\n{} --> {}\n{}\n",
                index + 1,
                stamp(start),
                stamp(end),
                escaped(name)
            ));
        }
        (!chapters.is_empty()).then_some(text)
    }
}

fn stamp(seconds: f64) -> String {
    let moment = std::time::Duration::from_secs_f64(seconds.max(0.0));
    let whole = moment.as_secs();
    format!("{:02}:{:02}:{:02}.{:03}", whole / 3_600, whole / 60 % 60, whole % 60, moment.subsec_millis())
}

/// Names are one line already.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
