//! Reminders for a calendar (RFC 5545), from how often a routine is to be done. Times are those of wherever the reader is:
//! nine in the morning stays nine in the morning.

use std::str::FromStr;

use icalendar::{Calendar, Component, Event, Property};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use sha2::{Digest, Sha256};
use unicode_segmentation::UnicodeSegmentation;

use super::RenderContext;
use crate::domain::routine::words;

pub const MAX_WEEKS: i32 = 52;
/// Times on one day.
pub const MAX_TIMES: usize = 24;
/// Characters of a description, give or take the hint to the page. Lines are folded in a time that grows with its square.
const MAX_DESCRIPTION: usize = 2_000;

/// A line that no text of an author can be: those have no line breaks, and what is folded begins with a space.
const END: &str = "\r\nEND:VEVENT\r\n";
/// At the beginning.
const ALARM: &str =
    "\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nTRIGGER:PT0S\r\nEND:VALARM";

/// Minutes since midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl FromStr for TimeOfDay {
    type Err = ();

    /// `09:30`
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = |text: &str| {
            (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())
        };
        let (hour, minute) = text.split_once(':').ok_or(())?;
        match (digits(hour).flatten(), digits(minute).flatten()) {
            (Some(hour @ 0..=23_u16), Some(minute @ 0..=59_u16)) => Ok(Self(hour * 60 + minute)),
            _ => Err(()),
        }
    }
}

/// When somebody wants to be reminded.
#[derive(Debug, Clone)]
pub struct Reminders {
    pub starts_on: Date,
    pub weeks: i32,
    /// Without any, spread over the day as often as the routine is to be done.
    pub at: Vec<TimeOfDay>,
}

impl RenderContext<'_> {
    /// `None` where the routine does not say how often it is to be done.
    pub fn calendar(&self, wanted: &Reminders) -> Option<String> {
        let frequency = self.routine.frequency.as_ref()?;
        let days = usize::try_from(frequency.per_week.map_or(7, |days| days.min)).unwrap_or(7).clamp(1, 7);
        let times = frequency.per_day.map_or(1, |times| times.min);
        let mut at = wanted.at.clone();
        if at.is_empty() {
            at = spread(usize::try_from(times).unwrap_or(1).clamp(1, MAX_TIMES));
        }
        at.sort();
        at.dedup();
        let mut calendar = Calendar::empty();
        for (name, value) in
            [("VERSION", "2.0"), ("PRODID", "-//Wellspring//Routine//EN"), ("CALSCALE", "GREGORIAN")]
        {
            calendar.append_property(Property::new(name, value));
        }
        calendar.append_property(Property::new("X-WR-CALNAME", self.title));
        let (plan, description) = (self.plan_in_uid(), self.description());
        for time in at {
            calendar.push(
                self.event(wanted, days, time)
                    .uid(&self.uid(wanted, time, &plan))
                    .description(&description)
                    .done(),
            );
        }
        // The library gives an alarm a moment and an id, new ones each time, of which RFC 5545 has none.
        Some(calendar.to_string().replace(END, &format!("{ALARM}{END}")))
    }

    fn event(&self, wanted: &Reminders, days: usize, time: TimeOfDay) -> Event {
        let date = wanted.starts_on;
        let (hour, minute) = (time.0 / 60, time.0 % 60);
        let start = format!("{}T{hour:02}{minute:02}00", digits(date));
        let by_day: Vec<&str> = (0..days)
            .map(|index| i64::try_from(index * 7 / days).unwrap_or_default())
            .filter_map(|ahead| date.checked_add(ahead.days()).ok())
            .map(|date| day(date.weekday()))
            .collect();
        let count = i64::from(wanted.weeks) * i64::try_from(days).unwrap_or(1);
        let length = self.duration().max.clamp(60, 24 * 60 * 60).div_euclid(60);
        let mut event = Event::new();
        event.summary(self.title);
        for (name, value) in [
            ("DTSTAMP", stamp(self.updated_at)),
            ("DTSTART", start),
            ("DURATION", format!("PT{length}M")),
            ("RRULE", format!("FREQ=WEEKLY;BYDAY={};COUNT={count}", by_day.join(","))),
            ("URL", self.url.to_owned()),
            ("TRANSP", "TRANSPARENT".to_owned()),
        ] {
            event.append_property(Property::new(name, value).done());
        }
        event
    }

    /// The same whenever it is fetched, so that a calendar knows it again; another one for another first day or another plan,
    /// so that it does not take the place of the first.
    fn uid(&self, wanted: &Reminders, time: TimeOfDay, plan: &str) -> String {
        let host = url::Url::parse(self.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let (day, host) = (digits(wanted.starts_on), host.as_deref().unwrap_or("localhost"));
        format!("{}{plan}-{day}-{:02}{:02}@{host}", self.id, time.0 / 60, time.0 % 60)
    }

    /// What tells an adapted plan from others: what is done in it, and with what.
    fn plan_in_uid(&self) -> String {
        if !self.is_adapted {
            return String::new();
        }
        let mut hash = Sha256::new();
        for step in self.plan.steps() {
            let tools = step.tools.iter().map(|tool| tool.name.as_str());
            for name in std::iter::once(step.exercise.key.as_str()).chain(tools) {
                hash.update(name);
                hash.update([0]);
            }
            hash.update([1]);
        }
        let hash = hash.finalize();
        format!("-{}", hex::encode(&hash[..6]))
    }

    /// What to mind, and then the facts; as many sentences as there is room for.
    fn description(&self) -> String {
        let whole: Vec<String> = self.cautions().into_iter().chain(self.facts(words::plain)).collect();
        let whole = whole.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        let mut room = MAX_DESCRIPTION;
        let fitting = whole.split_sentence_bounds().take_while(|sentence| {
            let length = sentence.chars().count();
            let fits = length <= room;
            room = room.saturating_sub(length);
            fits
        });
        let fitting: String = fitting.collect();
        if fitting.len() == whole.len() {
            whole
        } else {
            format!("{fitting}Read on before you begin: {}", self.url)
        }
    }
}

/// `20261202`
fn digits(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// From nine in the morning to six in the evening.
fn spread(times: usize) -> Vec<TimeOfDay> {
    let times = u16::try_from(times).unwrap_or(1);
    let between = if times > 1 { 9 * 60 / (times - 1) } else { 0 };
    (0..times).map(|index| TimeOfDay(9 * 60 + index * between)).collect()
}

fn day(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

/// `20261128T051500Z`
fn stamp(moment: entity::Timestamp) -> String {
    let text = crate::domain::core::time::format(entity::Timestamp(moment.0 - moment.0.rem_euclid(1_000)));
    text.replace(['-', ':'], "")
}
