//! Routines as data: exercises with their prescription, the steps in which they are done, and what to do instead.
//!
//! A routine has `exercises`, each under a key, and `blocks` of steps that name them. So an exercise is written once and may
//! be done in several steps and be another one's alternative. Alternatives are directed and never lead in a circle, so that
//! whoever follows them arrives; of easier and harder, one is written and means both.
//!
//! Base units: seconds, grams, millimetres. Ranges include both ends. Stored as JSON and read back for ever, so fields are
//! only added, each with a default.

use entity::AssetId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::site::settings::Settings;

pub mod adapt;
mod alternatives;
pub mod check;
pub mod duration;
pub mod plan;
pub mod rendering;
mod tempo;
#[cfg(test)]
mod tests;
pub mod words;

pub use tempo::Tempo;

/// From `min` to `max`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub min: i32,
    pub max: i32,
}

impl Range {
    pub const ONCE: Self = Self { min: 1, max: 1 };
}

/// What only a routine has. `A` is how the files of its videos are named: by the text of an id as a client wrote it, and by
/// an id once that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, bound(serialize = "A: Serialize", deserialize = "A: Deserialize<'de>"))]
pub struct Routine<A = AssetId> {
    pub goal: Option<String>,
    pub audience: Option<String>,
    pub difficulty: Option<Difficulty>,
    pub frequency: Option<Frequency>,
    pub progression: Vec<Progression>,
    pub safety_notes: Vec<SafetyNote>,
    pub last_reviewed: Option<Date>,
    pub reviewed_by: Option<String>,
    /// The whole routine as one video.
    pub video: Option<Video<A>>,
    pub exercises: Vec<Exercise<A>>,
    pub blocks: Vec<Block>,
}

impl<A> Default for Routine<A> {
    fn default() -> Self {
        Self {
            goal: None,
            audience: None,
            difficulty: None,
            frequency: None,
            progression: Vec::new(),
            safety_notes: Vec::new(),
            last_reviewed: None,
            reviewed_by: None,
            video: None,
            exercises: Vec::new(),
            blocks: Vec::new(),
        }
    }
}

impl Routine {
    /// What it needs before it is published: the field, and why.
    pub fn missing(&self, site: &Settings) -> Vec<(&'static str, &'static str)> {
        let mut missing = Vec::new();
        if self.steps().next().is_none() {
            missing.push(("blocks", "a routine has at least one step"));
        }
        let is_safe =
            self.safety_notes.iter().any(|note| note.kind == SafetyKind::Stop) || site.disclaimer.is_some();
        if site.routines.need_safety_note && !is_safe {
            let message = "say when to stop (a safety note of kind STOP), or give the site a disclaimer; \
                           routinesNeedSafetyNote of the site asks for it";
            missing.push(("safetyNotes", message));
        }
        missing
    }
}

impl<A> Routine<A> {
    /// The exercise under a key.
    pub fn exercise(&self, key: &str) -> Option<&Exercise<A>> {
        self.exercises.iter().find(|exercise| exercise.key == key)
    }

    /// All videos, each with its path in the API: the routine's own and the clips of its exercises.
    pub fn videos(&self) -> Vec<(Vec<String>, &Video<A>)> {
        let own = self.video.iter().map(|video| (vec!["video".to_owned()], video));
        let clips = self.exercises.iter().enumerate().filter_map(|(index, exercise)| {
            let path = ["exercises".to_owned(), index.to_string(), "clip".to_owned()];
            Some((path.to_vec(), exercise.clip.as_ref()?))
        });
        own.chain(clips).collect()
    }

    /// The part of the routine's own video that a clip is: its first second, and its last where it has one. `None` for a clip
    /// of another video, and for one that says of no moment.
    pub fn chapter(&self, clip: &Video<A>) -> Option<(i32, Option<i32>)>
    where
        A: PartialEq,
    {
        let own = self.video.as_ref().filter(|own| clip.is_of(own) && clip.is_part())?;
        Some((clip.start.or(own.start).unwrap_or(0), clip.end))
    }

    /// All steps in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.blocks.iter().flat_map(|block| &block.steps)
    }
}

/// How hard a routine is for whom it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Difficulty {
    Gentle,
    Easy,
    Moderate,
    Hard,
}

/// How often to do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// Days in a week, 1 to 7.
    pub per_week: Option<Range>,
    /// Times on such a day, 1 to 24.
    pub per_day: Option<Range>,
}

/// How to go on once it has become easy: in words, and how one knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progression {
    pub text: String,
    pub criterion: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyNote {
    pub kind: SafetyKind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SafetyKind {
    /// When to end at once.
    Stop,
    /// What to mind.
    Caution,
    /// When to ask a professional first.
    Consult,
}

/// A video, or a part of one. Of `asset` and `url` a routine's video has exactly one and a clip at most one: without both
/// it is a part of the routine's video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video<A = AssetId> {
    pub asset: Option<A>,
    pub url: Option<String>,
    /// Seconds from the beginning.
    pub start: Option<i32>,
    /// Seconds from the beginning, after `start`.
    pub end: Option<i32>,
}

impl<A> Video<A> {
    /// Whether it names a file or an address of its own.
    pub fn is_elsewhere(&self) -> bool {
        self.asset.is_some() || self.url.is_some()
    }

    /// Whether it names a moment.
    pub fn is_part(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// Whether a clip is one of the routine's own video.
    pub fn is_of(&self, own: &Self) -> bool
    where
        A: PartialEq,
    {
        !self.is_elsewhere() || (&self.asset, &self.url) == (&own.asset, &own.url)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exercise<A = AssetId> {
    /// A slug, unique in the routine.
    pub key: String,
    pub name: String,
    pub position: Position,
    pub prescription: Prescription,
    #[serde(default)]
    pub equipment: Vec<Equipment>,
    #[serde(default)]
    pub cues: Vec<String>,
    #[serde(default)]
    pub common_mistakes: Vec<String>,
    #[serde(default = "Option::default")]
    pub clip: Option<Video<A>>,
    #[serde(default)]
    pub alternatives: Vec<Alternative>,
}

/// How the body is while an exercise is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Position {
    Lying,
    SideLying,
    Seated,
    Kneeling,
    AllFours,
    Standing,
    Moving,
}

/// How much of an exercise. Exactly one of `reps`, `duration` and `breaths`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prescription {
    #[serde(default = "once")]
    pub sets: Range,
    pub reps: Option<Range>,
    /// Seconds of a set.
    pub duration: Option<Range>,
    pub breaths: Option<Range>,
    /// Seconds at the end of each rep.
    pub hold: Option<Range>,
    /// Seconds.
    pub rest_between_reps: Option<Range>,
    /// Seconds.
    pub rest_between_sets: Option<Range>,
    #[serde(default)]
    pub side: Side,
    /// In the notation of [`Tempo`].
    pub tempo: Option<String>,
    /// Rate of perceived exertion, 0 to 10 (Borg's CR10 scale).
    pub effort: Option<Range>,
    /// Grams.
    pub load: Option<Range>,
    /// Millimetres: how far a rep goes, such as the height of a step.
    pub distance: Option<Range>,
}

/// Which side of the body works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Side {
    /// Both at once, or neither.
    #[default]
    Both,
    Left,
    Right,
    /// Each set on one side, then on the other: twice the time.
    Each,
    /// The sides take turns within a set, which counts both.
    Alternating,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equipment {
    pub name: String,
    #[serde(default = "yes")]
    pub required: bool,
    /// What a household has instead.
    pub substitute: Option<String>,
}

/// What to do instead, and how it differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    pub relation: Relation,
    /// The key of an exercise of the same routine.
    pub exercise: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Relation {
    Easier,
    Harder,
    Seated,
    NoEquipment,
}

/// Steps that belong together and are gone through as often as `rounds` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub title: Option<String>,
    #[serde(default = "once")]
    pub rounds: Range,
    /// Seconds.
    pub rest_between_rounds: Option<Range>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The key of an exercise of the same routine.
    pub exercise: String,
    /// Where it differs from the exercise's own.
    pub prescription: Option<Prescription>,
    pub note: Option<String>,
}

fn once() -> Range {
    Range::ONCE
}

fn yes() -> bool {
    true
}
