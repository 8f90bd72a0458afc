//! A routine in words: one phrase for each fact, shared by every rendering, so that they cannot say different things.
//! English, as the API is; a frontend in another language makes its own from the record.

use super::duration::Span;
use super::{Difficulty, Frequency, Position, Prescription, Progression, Range, Relation, SafetyKind, Side};

/// `8` or `8–12`.
pub fn range(range: Range) -> String {
    if range.min == range.max { range.min.to_string() } else { format!("{}–{}", range.min, range.max) }
}

/// `1 rep`, `8–12 reps`.
pub fn counted(range: Range, one: &str, many: &str) -> String {
    let noun = if range.min == 1 && range.max == 1 { one } else { many };
    format!("{} {noun}", self::range(range))
}

/// `45 seconds`, `2 minutes`, `1–2 minutes`, `90–120 seconds`.
pub fn seconds(range: Range) -> String {
    let is_minutes = |seconds: i32| seconds >= 60 && seconds % 60 == 0;
    if is_minutes(range.min) && is_minutes(range.max) {
        counted(Range { min: range.min / 60, max: range.max / 60 }, "minute", "minutes")
    } else {
        counted(range, "second", "seconds")
    }
}

/// `about 12 minutes`, `12–18 minutes`, `45 seconds`.
pub fn span(span: Span) -> String {
    let minutes = |seconds: i64| (seconds + 30) / 60;
    if span.max < 60 {
        let (min, max) = (span.min, span.max);
        return if min == max { format!("{min} seconds") } else { format!("{min}–{max} seconds") };
    }
    let (min, max) = (minutes(span.min).max(1), minutes(span.max).max(1));
    match (min, max) {
        (1, 1) => "about 1 minute".to_owned(),
        _ if min == max => format!("about {max} minutes"),
        _ => format!("{min}–{max} minutes"),
    }
}

impl Prescription {
    /// `2–3 sets of 8–12 reps on each side, holding each for 5 seconds, …`
    pub fn words(&self) -> String {
        let work = match (self.reps, self.duration, self.breaths) {
            (Some(reps), _, _) => counted(reps, "rep", "reps"),
            (_, Some(duration), _) => seconds(duration),
            (_, _, Some(breaths)) => counted(breaths, "breath", "breaths"),
            _ => String::new(),
        };
        let is_once = self.sets == Range::ONCE;
        let mut words =
            if is_once { work } else { format!("{} of {work}", counted(self.sets, "set", "sets")) };
        words.push_str(match self.side {
            Side::Both => "",
            Side::Left => " on the left side",
            Side::Right => " on the right side",
            Side::Each => " on each side",
            Side::Alternating => ", sides taking turns",
        });
        let rest = |range: Range| if range.max == 0 { "no".to_owned() } else { seconds(range) + " of" };
        let more = [
            self.hold.map(|hold| format!("holding each for {}", seconds(hold))),
            self.tempo.as_ref().map(|tempo| format!("tempo {tempo} (seconds down, pause, up, pause)")),
            self.load.map(|load| format!("with {}", grams(load))),
            self.distance.map(|distance| format!("over {}", millimetres(distance))),
            self.rest_between_reps.map(|range| format!("{} rest between reps", rest(range))),
            self.rest_between_sets
                .filter(|_| !is_once)
                .map(|range| format!("{} rest between sets", rest(range))),
            self.effort.map(|effort| format!("effort {} of 10", range(effort))),
        ];
        for phrase in more.into_iter().flatten() {
            words.push_str(", ");
            words.push_str(&phrase);
        }
        words
    }
}

/// `500 g`, `1.5–2 kg`.
fn grams(range: Range) -> String {
    if range.min >= 1_000 { scaled(range, 1_000, "kg") } else { scaled(range, 1, "g") }
}

/// `5 mm`, `15 cm`, `20 m`.
fn millimetres(range: Range) -> String {
    match range.min {
        1_000.. => scaled(range, 1_000, "m"),
        10.. => scaled(range, 10, "cm"),
        _ => scaled(range, 1, "mm"),
    }
}

fn scaled(range: Range, by: i32, unit: &str) -> String {
    let value = |value: i32| (f64::from(value) / f64::from(by)).to_string();
    let (min, max) = (value(range.min), value(range.max));
    if min == max { format!("{min} {unit}") } else { format!("{min}–{max} {unit}") }
}

impl Frequency {
    /// `3–5 days a week, twice a day`.
    pub fn words(&self) -> String {
        let per_day = self.per_day.map(|times| match (times.min, times.max) {
            (1, 1) => "once a day".to_owned(),
            (2, 2) => "twice a day".to_owned(),
            _ => format!("{} times a day", range(times)),
        });
        let per_week = self.per_week.map(|days| match (days.min, days.max) {
            (7, 7) => "every day".to_owned(),
            _ => format!("on {} a week", counted(days, "day", "days")),
        });
        per_week.into_iter().chain(per_day).collect::<Vec<_>>().join(", ")
    }
}

impl Difficulty {
    pub fn words(self) -> &'static str {
        match self {
            Self::Gentle => "gentle",
            Self::Easy => "easy",
            Self::Moderate => "moderate",
            Self::Hard => "hard",
        }
    }
}

impl Position {
    pub fn words(self) -> &'static str {
        match self {
            Self::Lying => "lying",
            Self::SideLying => "lying on the side",
            Self::Seated => "seated",
            Self::Kneeling => "kneeling",
            Self::AllFours => "on all fours",
            Self::Standing => "standing",
            Self::Moving => "moving about",
        }
    }
}

impl Relation {
    pub fn words(self) -> &'static str {
        match self {
            Self::Easier => "easier",
            Self::Harder => "harder",
            Self::Seated => "seated",
            Self::NoEquipment => "without equipment",
        }
    }
}

impl SafetyKind {
    pub fn words(self) -> &'static str {
        match self {
            Self::Stop => "When to stop",
            Self::Caution => "Take care",
            Self::Consult => "Ask first",
        }
    }
}

/// `chair (or a low wall)`, with the names as `said` puts them.
pub fn tool(name: &str, required: bool, substitutes: &[String], said: impl Fn(&str) -> String) -> String {
    let mut words = said(name);
    if !substitutes.is_empty() {
        let substitutes: Vec<String> = substitutes.iter().map(|name| said(name)).collect();
        words.push_str(&format!(" (or {})", substitutes.join(", ")));
    }
    if !required {
        words.push_str(", if you like");
    }
    words
}

/// An author's words as plain text has them.
pub fn plain(words: &str) -> String {
    words.to_owned()
}

/// With an end that a voice can hear.
pub fn sentence(text: &str) -> String {
    const ENDS: [char; 13] = ['.', '!', '?', '…', ':', '。', '！', '？', '｡', '؟', '۔', '।', '։'];
    const CLOSING: [char; 11] = ['"', '\'', '”', '“', '’', '‘', '»', '«', ')', ']', '」'];
    let text = text.trim_end();
    if text.trim_end_matches(CLOSING).ends_with(ENDS) { text.to_owned() } else { format!("{text}.") }
}

impl Progression {
    /// `Take a lower seat. When: Twelve are easy.`
    pub fn words(&self) -> String {
        let when = self.criterion.as_ref().map(|when| format!(" When: {}", sentence(when)));
        format!("{}{}", sentence(&self.text), when.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_as_people_say_them() {
        for (min, max, words) in [
            (45, 45, "45 seconds"),
            (1, 1, "1 second"),
            (60, 60, "1 minute"),
            (60, 120, "1–2 minutes"),
            (45, 60, "45–60 seconds"),
            (90, 90, "90 seconds"),
        ] {
            assert_eq!(seconds(Range { min, max }), words);
        }
        for (min, max, words) in [
            (20, 40, "20–40 seconds"),
            (58, 62, "about 1 minute"),
            (300, 310, "about 5 minutes"),
            (300, 900, "5–15 minutes"),
        ] {
            assert_eq!(span(Span { min, max }), words);
        }
    }

    #[test]
    fn weights_and_lengths_have_the_unit_that_suits_them() {
        let range = |min, max| Range { min, max };
        assert_eq!(grams(range(500, 500)), "500 g");
        assert_eq!(grams(range(1_500, 2_000)), "1.5–2 kg");
        assert_eq!(millimetres(range(150, 200)), "15–20 cm");
        assert_eq!(millimetres(range(20_000, 20_000)), "20 m");
        assert_eq!(millimetres(range(5, 5)), "5 mm");
    }

    #[test]
    fn a_sentence_has_one_end() {
        for (text, expected) in [
            ("Tall back", "Tall back."),
            ("Sit. Then lift. ", "Sit. Then lift."),
            ("Say “stop.”", "Say “stop.”"),
            ("Sit (or lie)", "Sit (or lie)."),
            ("座って。", "座って。"),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
