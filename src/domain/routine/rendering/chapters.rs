//! Chapters of a routine's video, as WebVTT (<https://www.w3.org/TR/webvtt1/>): where each exercise begins. HTML reads such a
//! file only while no chapter overlaps another one in part
//! (<https://html.spec.whatwg.org/multipage/media.html#text-tracks-describing-chapters>).

use std::time::Duration;

use html_escape::encode_text;

use super::RenderContext;

impl RenderContext<'_> {
    /// `length` is the video's, in seconds, where it is known. `None` where no exercise has a place in it.
    pub fn chapters(&self, length: Option<f64>) -> Option<String> {
        let own = self.routine.video.as_ref()?;
        let first = seconds(own.start.unwrap_or(0));
        let last = own.end.map(seconds).into_iter().chain(length.and_then(whole_milliseconds)).min();
        let mut clips: Vec<(Duration, Option<Duration>, &str)> = Vec::new();
        for step in self.plan.steps() {
            let clip = step.exercise.clip.as_ref();
            let Some((start, end)) = clip.and_then(|clip| self.routine.chapter(clip)) else { continue };
            let (start, end) = (seconds(start), end.map(seconds).filter(|&end| end > seconds(start)));
            let is_within = start >= first && last.is_none_or(|last| start < last);
            // An exercise that is done twice is shown once.
            let is_new = !clips.iter().any(|&(known, _, name)| known == start && name == step.exercise.name);
            if is_within && is_new {
                clips.push((start, end, &step.exercise.name));
            }
        }
        clips.sort_by_key(|&(start, ..)| start);
        let mut text = "WEBVTT\n".to_owned();
        let mut number = 0;
        let together = clips.chunk_by(|one, next| one.0 == next.0);
        let nexts = together.clone().skip(1).map(|next| Some(next[0].0)).chain([None]);
        for (group, next) in together.zip(nexts) {
            // Those that begin together end together: where the last of them does, and before the next one begins.
            let start = group[0].0;
            let ended =
                group.iter().map(|&(_, end, _)| end).try_fold(start, |most, end| Some(most.max(end?)));
            // Without a length, the last one ends soon after it began rather than after the video.
            let end =
                ended.into_iter().chain(next).chain(last).min().unwrap_or(start + Duration::from_secs(1));
            for (.., name) in group {
                number += 1;
                text.push_str(&format!(
                    "\n{number}\n{} --> {}\n{}\n",
                    stamp(start),
                    stamp(end),
                    // Names are one line already.
                    encode_text(name)
                ));
            }
        }
        (number > 0).then_some(text)
    }
}

fn seconds(seconds: i32) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// As fine as stamps are, so that what is longer is so when it is written.
fn whole_milliseconds(seconds: f64) -> Option<Duration> {
    let exact = Duration::try_from_secs_f64(seconds).ok()?;
    Some(Duration::new(exact.as_secs(), exact.subsec_millis() * 1_000_000))
}

fn stamp(moment: Duration) -> String {
    let whole = moment.as_secs();
    format!("{:02}:{:02}:{:02}.{:03}", whole / 3_600, whole / 60 % 60, whole % 60, moment.subsec_millis())
}
