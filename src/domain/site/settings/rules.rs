//! What the site says of routines and of questions, and how that is changed.

use serde::{Deserialize, Serialize};

use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::patch::Patch;
use crate::domain::site::wording::Wording;

/// What the site says of routines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoutineRules {
    /// Whether a routine is published only with a STOP note of its own or a disclaimer of the site.
    pub need_safety_note: bool,
    pub pace: Pace,
}

impl Default for RoutineRules {
    fn default() -> Self {
        Self { need_safety_note: true, pace: Pace::default() }
    }
}

/// What the site says of questions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QuestionRules {
    pub wording: Wording,
    pub retention: Retention,
}

/// What is assumed of whatever a routine does not say. A setting of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// 4: one to two seconds up and as many down, as is recommended for beginners (American College of Sports Medicine,
    /// position stand of 2009, <https://doi.org/10.1249/MSS.0b013e3181915670>).
    pub seconds_per_rep: i32,
    /// 4: fifteen breaths a minute, the middle of the 12 to 18 of an adult at rest (Barrett et al., Ganong's Review of
    /// Medical Physiology, chapter 34).
    pub seconds_per_breath: i32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { seconds_per_rep: 4, seconds_per_breath: 4 }
    }
}

/// How long originals are kept after a question is over, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Retention {
    pub spam_days: i32,
    /// Declined, withdrawn, or repeating another one.
    pub closed_days: i32,
    pub answered_days: i32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { spam_days: 30, closed_days: 180, answered_days: 365 }
    }
}

/// Changes to what the site says of routines.
#[derive(Debug, Clone, Default)]
pub struct SaveRoutineRules {
    pub need_safety_note: Patch<bool>,
    pub seconds_per_rep: Patch<i32>,
    pub seconds_per_breath: Patch<i32>,
}

/// Changes to what the site says of questions.
#[derive(Debug, Clone, Default)]
pub struct SaveQuestionRules {
    pub answer_privately: Patch<String>,
    pub publish_paraphrase: Patch<String>,
    pub spam_days: Patch<i32>,
    pub closed_days: Patch<i32>,
    pub answered_days: Patch<i32>,
}

impl SaveRoutineRules {
    pub(super) fn apply(self, rules: &mut RoutineRules, refusals: &mut Refusals) {
        match self.need_safety_note {
            Patch::Keep => {}
            Patch::Clear => rules.need_safety_note = true,
            Patch::Set(value) => rules.need_safety_note = value,
        }
        let (pace, usual) = (&mut rules.pace, Pace::default());
        let range = (1, 60, "seconds");
        apply_number(
            &self.seconds_per_rep,
            &mut pace.seconds_per_rep,
            (usual.seconds_per_rep, range, "secondsPerRep"),
            refusals,
        );
        apply_number(
            &self.seconds_per_breath,
            &mut pace.seconds_per_breath,
            (usual.seconds_per_breath, range, "secondsPerBreath"),
            refusals,
        );
    }
}

impl SaveQuestionRules {
    pub(super) fn apply(self, rules: &mut QuestionRules, refusals: &mut Refusals) {
        rules.wording = rules.wording.changed(self.answer_privately, self.publish_paraphrase, refusals);
        let (kept, usual) = (&mut rules.retention, Retention::default());
        let range = (1, 3_650, "days");
        for (change, days, usual, name) in [
            (&self.spam_days, &mut kept.spam_days, usual.spam_days, "keepSpamDays"),
            (&self.closed_days, &mut kept.closed_days, usual.closed_days, "keepClosedDays"),
            (&self.answered_days, &mut kept.answered_days, usual.answered_days, "keepAnsweredDays"),
        ] {
            apply_number(change, days, (usual, range, name), refusals);
        }
    }
}

/// A number with its usual value, its range and unit, and the name of its field.
fn apply_number(
    change: &Patch<i32>,
    number: &mut i32,
    (usual, (least, most, unit), name): (i32, (i32, i32, &str), &str),
    refusals: &mut Refusals,
) {
    match change {
        Patch::Keep => {}
        Patch::Clear => *number = usual,
        &Patch::Set(value) if (least..=most).contains(&value) => *number = value,
        Patch::Set(value) => {
            let message = format!("{least} to {most} {unit}, found {value}");
            refusals.push(&[name], ErrorCode::OutOfRange, message);
        }
    }
}

impl RoutineRules {
    /// Which fields differ, by their names in the API.
    pub(super) fn changed(&self, after: &Self) -> [(&'static str, bool); 3] {
        let (before, pace) = (self.pace, after.pace);
        [
            ("routinesNeedSafetyNote", self.need_safety_note != after.need_safety_note),
            ("secondsPerRep", before.seconds_per_rep != pace.seconds_per_rep),
            ("secondsPerBreath", before.seconds_per_breath != pace.seconds_per_breath),
        ]
    }
}

impl QuestionRules {
    /// The same.
    pub(super) fn changed(&self, after: &Self) -> [(&'static str, bool); 4] {
        let (before, kept) = (self.retention, after.retention);
        [
            ("consentWording", self.wording != after.wording),
            ("keepSpamDays", before.spam_days != kept.spam_days),
            ("keepClosedDays", before.closed_days != kept.closed_days),
            ("keepAnsweredDays", before.answered_days != kept.answered_days),
        ]
    }
}
