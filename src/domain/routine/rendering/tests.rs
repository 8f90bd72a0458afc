//! Golden files of every rendering of one routine that has everything, and what structured data may say.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method is of one lifetime, a closure of all"
)]

use serde_json::Value;

use super::*;
use crate::domain::routine::adapt::Constraints;
use crate::domain::routine::{Position, Routine, Video};
use crate::domain::{time, vocabulary};

const EVERYTHING: &str = include_str!("golden/everything.toml");

fn routine() -> Routine {
    toml::from_str(EVERYTHING).expect("a routine")
}

fn site() -> Settings {
    Settings {
        title: "Steady <Ground>".to_owned(),
        disclaimer: Some("Words on a page do not know you. Ask your own team.".to_owned()),
        ..Settings::default()
    }
}

fn with_sheet<T>(plan: &Plan, is_adapted: bool, make: impl FnOnce(&Sheet<'_>) -> T) -> T {
    let (routine, site) = (routine(), site());
    make(&Sheet {
        id: "routine_01k8zxj5e0fnv8v1v3p0c6b9ra",
        title: "Up & <down>; the ladder, in three rungs",
        excerpt: Some("Standing up from a chair, as training."),
        url: "https://steady.example/routines/up-and-down",
        locale: "en",
        author: Some("Nerys “N” Hoffmann"),
        published_at: time::parse("2026-03-01T08:00:00Z").expect("a moment"),
        updated_at: time::parse("2026-10-05T06:30:15.250Z").expect("a moment"),
        site: &site,
        routine: &routine,
        plan,
        is_adapted,
    })
}

fn golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that is asked for")]
fn footage(video: &Video) -> Option<Footage> {
    let length = video.asset.map(|_| 150.4);
    let url =
        video.url.clone().unwrap_or_else(|| "https://steady.example/media/asset_1/0/film.webm".to_owned());
    Some(Footage { url, length, is_page: false })
}

#[test]
fn the_text_stands_by_itself() {
    golden("text", &with_sheet(&routine().plan(), false, |sheet| sheet.text()));
}

#[test]
fn the_page_has_all_that_paper_needs() {
    let page = with_sheet(&routine().plan(), false, |sheet| sheet.page());
    golden("page", &page);
    for never in ["<script", "http://", "src=", "@import", "url("] {
        assert!(!page.contains(never), "{never}");
    }
    assert_eq!(page.matches("https://").count(), 2, "its own address, as a link");
}

#[test]
fn an_adapted_routine_says_so() {
    let seated = Constraints {
        positions: vec![Position::Seated],
        without: vec!["step".to_owned()],
        max_effort: Some(4),
    };
    let plan = routine().adapt(&seated).expect("a plan");
    golden("adapted_text", &with_sheet(&plan, true, |sheet| sheet.text()));
    assert!(with_sheet(&plan, true, |sheet| sheet.page()).contains("Instead of Sit-to-stand"));
}

#[test]
fn the_embed_is_readable_without_styles() {
    golden("embed", &with_sheet(&routine().plan(), false, |sheet| sheet.embed_html("/routines/up-and-down")));
}

#[test]
fn chapters_begin_where_the_clips_do() {
    let chapters =
        |length| with_sheet(&routine().plan(), false, |sheet| sheet.chapters(length)).expect("chapters");
    golden("chapters", &chapters(Some(150.4)));
    assert!(chapters(None).contains("00:01:40.000 --> 00:01:41.000"), "the end of the video is not known");
    let without = Routine { video: None, ..routine() };
    let plan = without.plan();
    let none = with_sheet(&plan, false, |sheet| Sheet { routine: &without, ..*sheet }.chapters(None));
    assert_eq!(none, None);
}

#[test]
fn reminders_follow_the_frequency() {
    let wanted = |at: &[&str]| Reminders {
        starts_on: time::parse_date("2026-12-02").expect("a day"),
        weeks: 6,
        at: at.iter().map(|text| text.parse().expect("a time")).collect(),
    };
    let calendar =
        |reminders: &Reminders| with_sheet(&routine().plan(), false, |sheet| sheet.calendar(reminders));
    let text = calendar(&wanted(&[])).expect("a calendar");
    golden("calendar", &text.replace("\r\n", "\n"));
    assert!(text.lines().all(|line| line.len() <= 75), "lines are folded (RFC 5545, 3.1)");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let twice = calendar(&wanted(&["18:45", "07:05", "18:45"])).expect("a calendar");
    assert!(twice.contains("DTSTART:20261202T070500") && twice.contains("DTSTART:20261202T184500"));
    assert_eq!(twice.matches("BEGIN:VEVENT").count(), 2);
    for bad in ["24:00", "9:30", "09:60", "0930", "٠٩:٣٠", ""] {
        assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
    }
}

#[test]
fn structured_data_have_the_terms_of_schema_org() {
    let data = Value::Object(with_sheet(&routine().plan(), false, |sheet| sheet.structured(footage)));
    golden("structured", &serde_json::to_string_pretty(&data).expect("plain data"));
    assert_eq!(vocabulary::faults(&data), [""; 0]);
}
