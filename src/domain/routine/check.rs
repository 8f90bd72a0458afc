//! Whether a routine that somebody wrote makes sense: every value within its range, every name there, no way in a circle.
//! What is wrong is named by its path in the input.

use std::fmt::Display;
use std::ops::RangeInclusive;

use entity::{AssetId, Timestamp};

use super::{
    Block, Equipment, Exercise, Frequency, Prescription, Progression, Range, Routine, SafetyNote, Step,
    Tempo, Video,
};
use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::patch::Patch;
use crate::domain::core::text::{self, Limit, Lines};
use crate::domain::core::{id, slug, time};

mod limit;
mod together;

use limit::VIDEO;
pub use limit::{MAX_SECONDS, MAX_STEPS};

pub const MAX_EXERCISES: usize = 200;
pub const MAX_BLOCKS: usize = 20;
pub const MAX_ALTERNATIVES: usize = 10;
pub const MAX_EQUIPMENT: usize = 20;
/// Cues of an exercise, common mistakes, safety notes, ways to go on.
pub const MAX_NOTES: usize = 20;

pub const NOTE: Limit = Limit { characters: 500, lines: Lines::One };

const TIMES: RangeInclusive<i32> = 1..=50;
const REPS: RangeInclusive<i32> = 1..=1_000;
const BREATHS: RangeInclusive<i32> = 1..=500;
/// Four hours.
const WORK: RangeInclusive<i32> = 1..=14_400;
const HOLD: RangeInclusive<i32> = 1..=600;
/// An hour.
const REST: RangeInclusive<i32> = 0..=3_600;
pub const EFFORT: RangeInclusive<i32> = 0..=10;
/// Half a tonne.
const LOAD: RangeInclusive<i32> = 1..=500_000;
/// A kilometre.
const DISTANCE: RangeInclusive<i32> = 1..=1_000_000;

/// Changes to what only a routine has. A list that is given takes the place of the one before.
#[derive(Debug, Clone, Default)]
pub struct RoutinePatch {
    pub goal: Patch<String>,
    pub audience: Patch<String>,
    pub difficulty: Patch<super::Difficulty>,
    pub frequency: Patch<Frequency>,
    pub progression: Patch<Vec<Progression>>,
    pub safety_notes: Patch<Vec<SafetyNote>>,
    pub last_reviewed: Patch<jiff::civil::Date>,
    pub reviewed_by: Patch<String>,
    pub video: Patch<Video<String>>,
    pub exercises: Patch<Vec<Exercise<String>>>,
    pub blocks: Patch<Vec<Block>>,
}

impl RoutinePatch {
    /// Applies the changes; what is wrong is noted.
    pub fn apply(self, routine: &mut Routine, now: Timestamp, refusals: &mut Refusals) {
        let before = refusals.len();
        let mut check = Check { refusals, path: Vec::new() };
        self.goal.apply(&mut routine.goal, |text| check.text("goal", &text, text::EXCERPT));
        self.audience.apply(&mut routine.audience, |text| check.text("audience", &text, text::EXCERPT));
        self.difficulty.apply(&mut routine.difficulty, Some);
        self.frequency
            .apply(&mut routine.frequency, |given| check.within("frequency", |check| check.frequency(given)));
        self.reviewed_by.apply(&mut routine.reviewed_by, |text| check.text("reviewedBy", &text, text::NAME));
        self.last_reviewed.apply(&mut routine.last_reviewed, |date| {
            check.reviewed(date, now);
            Some(date)
        });
        self.video.apply(&mut routine.video, |video| check.within("video", |check| check.whole_video(video)));
        if let Some(given) = list(self.progression) {
            routine.progression = check.list("progression", given, MAX_NOTES, |check, one| Progression {
                text: check.required("text", &one.text, NOTE),
                criterion: one.criterion.and_then(|text| check.text("criterion", &text, NOTE)),
            });
        }
        if let Some(given) = list(self.safety_notes) {
            routine.safety_notes = check.list("safetyNotes", given, MAX_NOTES, |check, one| SafetyNote {
                kind: one.kind,
                text: check.required("text", &one.text, NOTE),
            });
        }
        if let Some(given) = list(self.exercises) {
            routine.exercises = check.list("exercises", given, MAX_EXERCISES, Check::exercise);
        }
        if let Some(given) = list(self.blocks) {
            routine.blocks = check.list("blocks", given, MAX_BLOCKS, Check::block);
        }
        // What is wrong in itself would be named twice.
        if check.refusals.len() == before {
            together::check(routine, refusals);
        }
    }
}

/// `None` where nothing was given.
fn list<T>(patch: Patch<Vec<T>>) -> Option<Vec<T>> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(Vec::new()),
        Patch::Set(list) => Some(list),
    }
}

/// Where in the input a check is.
struct Check<'r> {
    refusals: &'r mut Refusals,
    path: Vec<String>,
}

impl Check<'_> {
    fn within<T>(&mut self, name: impl Display, work: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_string());
        let done = work(self);
        self.path.pop();
        done
    }

    fn refuse(&mut self, field: &str, code: ErrorCode, message: impl Into<String>) {
        self.refusals.push(&below(&self.path, field), code, message);
    }

    fn list<T, U>(
        &mut self,
        name: &str,
        given: Vec<T>,
        most: usize,
        mut one: impl FnMut(&mut Self, T) -> U,
    ) -> Vec<U> {
        if given.len() > most {
            self.refuse(name, ErrorCode::TooMany, format!("at most {most}, found {}", given.len()));
            return Vec::new();
        }
        self.within(name, |check| {
            let each = given.into_iter().enumerate();
            each.map(|(index, given)| check.within(index, |check| one(check, given))).collect()
        })
    }

    fn text(&mut self, field: &str, text: &str, limit: Limit) -> Option<String> {
        text::check(text, limit, &below(&self.path, field), self.refusals)
    }

    fn required(&mut self, field: &str, text: &str, limit: Limit) -> String {
        if text.trim().is_empty() {
            self.refuse(field, ErrorCode::Required, "must not be empty");
            return String::new();
        }
        self.text(field, text, limit).unwrap_or_default()
    }

    fn texts(&mut self, name: &str, given: Vec<String>) -> Vec<String> {
        let texts = self.list(name, given, MAX_NOTES, |check, text| check.required("", &text, NOTE));
        texts.into_iter().filter(|text| !text.is_empty()).collect()
    }

    fn number(&mut self, field: &str, value: i32, allowed: &RangeInclusive<i32>) -> bool {
        let is_within = allowed.contains(&value);
        if !is_within {
            let message = format!("{} to {}, found {value}", allowed.start(), allowed.end());
            self.refuse(field, ErrorCode::OutOfRange, message);
        }
        is_within
    }

    fn range(&mut self, name: &str, range: Option<Range>, allowed: &RangeInclusive<i32>) {
        let Some(range) = range else { return };
        self.within(name, |check| {
            let is_one = range.min == range.max;
            let is_within =
                check.number("min", range.min, allowed) & (is_one || check.number("max", range.max, allowed));
            if is_within && range.min > range.max {
                let message = format!("max is not below min, found {} to {}", range.min, range.max);
                check.refuse("max", ErrorCode::OutOfRange, message);
            }
        });
    }

    fn frequency(&mut self, given: Frequency) -> Option<Frequency> {
        self.range("perWeek", given.per_week, &(1..=7));
        self.range("perDay", given.per_day, &(1..=24));
        (given.per_week.is_some() || given.per_day.is_some()).then_some(given)
    }

    fn reviewed(&mut self, date: jiff::civil::Date, now: Timestamp) {
        // A day is over everywhere fourteen hours after it is over in UTC, and began as much before.
        let latest = time::date(Timestamp(now.0 + 14 * time::HOUR));
        if date > latest {
            self.refuse("lastReviewed", ErrorCode::OutOfRange, "the day of a review has come");
        }
    }

    fn exercise(&mut self, given: Exercise<String>) -> Exercise {
        let key = slug::check(&given.key, &below(&self.path, "key"), self.refusals).unwrap_or_default();
        let name = self.required("name", &given.name, text::NAME);
        self.within("prescription", |check| check.prescription(&given.prescription));
        Exercise {
            key,
            name,
            position: given.position,
            prescription: written(given.prescription),
            equipment: self.list("equipment", given.equipment, MAX_EQUIPMENT, |check, one| Equipment {
                name: check.required("name", &one.name, text::NAME),
                required: one.required,
                substitute: one.substitute.and_then(|name| check.text("substitute", &name, text::NAME)),
            }),
            cues: self.texts("cues", given.cues),
            common_mistakes: self.texts("commonMistakes", given.common_mistakes),
            clip: given.clip.and_then(|clip| self.within("clip", |check| check.video(clip))),
            alternatives: self.list("alternatives", given.alternatives, MAX_ALTERNATIVES, |_, one| one),
        }
    }

    fn prescription(&mut self, given: &Prescription) {
        self.range("sets", Some(given.sets), &TIMES);
        self.range("reps", given.reps, &REPS);
        self.range("duration", given.duration, &WORK);
        self.range("breaths", given.breaths, &BREATHS);
        self.range("hold", given.hold, &HOLD);
        self.range("restBetweenReps", given.rest_between_reps, &REST);
        self.range("restBetweenSets", given.rest_between_sets, &REST);
        self.range("effort", given.effort, &EFFORT);
        self.range("load", given.load, &LOAD);
        self.range("distance", given.distance, &DISTANCE);
        let ways = [given.reps.is_some(), given.duration.is_some(), given.breaths.is_some()];
        match ways.into_iter().filter(|&is_given| is_given).count() {
            0 => self.refuse("reps", ErrorCode::Required, "say how much: reps, duration or breaths"),
            1 => {}
            _ => self.refuse("reps", ErrorCode::Invalid, "one of reps, duration and breaths, not several"),
        }
        if given.reps.is_none() {
            for (field, is_given) in [
                ("hold", given.hold.is_some()),
                ("restBetweenReps", given.rest_between_reps.is_some()),
                ("tempo", given.tempo.is_some()),
            ] {
                if is_given {
                    self.refuse(field, ErrorCode::Invalid, "only reps have it");
                }
            }
        }
        if let Some(Err(error)) = given.tempo.as_deref().map(str::parse::<Tempo>) {
            self.refuse("tempo", ErrorCode::Invalid, error.to_string());
        }
    }

    /// The video of a routine, which is somewhere.
    fn whole_video(&mut self, given: Video<String>) -> Option<Video> {
        if given.asset.is_none() && given.url.is_none() {
            self.refuse("asset", ErrorCode::Required, "a file of the library (asset), or a url");
        }
        self.video(given)
    }

    fn video(&mut self, given: Video<String>) -> Option<Video> {
        if given.asset.is_some() && given.url.is_some() {
            self.refuse("url", ErrorCode::Invalid, "asset or url, not both");
        }
        for (field, second) in [("start", given.start), ("end", given.end)] {
            if let Some(second) = second {
                self.number(field, second, &VIDEO);
            }
        }
        if given.end.is_some_and(|end| end <= given.start.unwrap_or(0)) {
            self.refuse("end", ErrorCode::OutOfRange, "a clip ends after it starts");
        }
        let path = |field| below(&self.path, field);
        let asset =
            given.asset.and_then(|text| id::parse_at::<AssetId>(&text, &path("asset"), self.refusals));
        let url = given.url.and_then(|url| text::check_url(&url, &path("url"), self.refusals));
        let video = Video { asset, url, start: given.start, end: given.end };
        (video.is_elsewhere() || video.is_part()).then_some(video)
    }

    fn block(&mut self, given: Block) -> Block {
        self.range("rounds", Some(given.rounds), &TIMES);
        self.range("restBetweenRounds", given.rest_between_rounds, &REST);
        Block {
            title: given.title.and_then(|title| self.text("title", &title, text::NAME)),
            rounds: given.rounds,
            rest_between_rounds: given.rest_between_rounds,
            steps: self.list("steps", given.steps, MAX_STEPS, |check, step| {
                if let Some(own) = &step.prescription {
                    check.within("prescription", |check| check.prescription(own));
                }
                Step {
                    exercise: step.exercise,
                    prescription: step.prescription.map(written),
                    note: step.note.and_then(|note| check.text("note", &note, NOTE)),
                }
            }),
        }
    }
}

/// Where a field is; without a name, the place itself.
fn below<'a>(path: &'a [String], field: &'a str) -> Vec<&'a str> {
    let field = Some(field).filter(|field| !field.is_empty());
    path.iter().map(String::as_str).chain(field).collect()
}

/// A tempo in the one form in which it is kept.
fn written(mut given: Prescription) -> Prescription {
    let tempo = given.tempo.take().and_then(|tempo| tempo.parse::<Tempo>().ok());
    given.tempo = tempo.map(|tempo| tempo.to_string());
    given
}
