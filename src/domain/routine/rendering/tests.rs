//! Golden files of every rendering of one routine that has everything, and what structured data may say.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method is of one lifetime, a closure of all"
)]

use super::calendar::{Reminders, TimeOfDay};
use std::collections::HashSet;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::domain::core::time;
use crate::domain::routine::adapt::Constraints;
use crate::domain::routine::{Exercise, Position, Routine, SafetyKind, SafetyNote, Step, Video};
use crate::domain::vocabulary;

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

fn with_rendering<T>(plan: &Plan, is_adapted: bool, make: impl FnOnce(&RenderContext<'_>) -> T) -> T {
    with_rendering_of(&routine(), plan, is_adapted, make)
}

fn with_rendering_of<T>(
    routine: &Routine,
    plan: &Plan,
    is_adapted: bool,
    make: impl FnOnce(&RenderContext<'_>) -> T,
) -> T {
    let site = site();
    make(&RenderContext {
        id: "routine_01k8zxj5e0fnv8v1v3p0c6b9ra",
        title: "Up & <down>; the ladder, in three rungs",
        excerpt: Some("Standing up from a chair, as training."),
        url: "https://steady.example/routines/up-and-down",
        locale: "en",
        author: Some("Nerys “N” Hoffmann"),
        published_at: time::parse("2026-03-01T08:00:00Z").expect("a moment"),
        updated_at: time::parse("2026-10-05T06:30:15.250Z").expect("a moment"),
        site: &site,
        routine,
        plan,
        is_adapted,
    })
}

fn golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

fn seated() -> Constraints {
    Constraints { positions: vec![Position::Seated], without: vec!["step".to_owned()], max_effort: Some(4) }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that is asked for")]
fn video_data(video: &Video) -> Option<VideoData> {
    let length = video.asset.map(|_| 150.4);
    let url =
        video.url.clone().unwrap_or_else(|| "https://steady.example/media/asset_1/0/film.webm".to_owned());
    Some(VideoData { url, length, is_page: false })
}

#[test]
fn the_text_stands_by_itself() {
    golden("text", &with_rendering(&routine().plan(), false, |rendering| rendering.text()));
}

#[test]
fn the_page_has_all_that_paper_needs() {
    let page = with_rendering(&routine().plan(), false, |rendering| rendering.page());
    golden("page", &page);
    for never in ["<script", "http://", "src=", "@import", "url("] {
        assert!(!page.contains(never), "{never}");
    }
    assert_eq!(page.matches("https://").count(), 2, "its own address, as a link");
    assert!(!page.contains("aria-hidden"), "numbers are for everybody: the list has no markers");
}

#[test]
fn an_adapted_routine_says_so() {
    let plan = routine().adapt(&seated()).expect("a plan");
    golden("adapted_text", &with_rendering(&plan, true, |rendering| rendering.text()));
    assert!(with_rendering(&plan, true, |rendering| rendering.page()).contains("Instead of Sit-to-stand"));
}

/// English phrases in the page of another language, and the author's words within them.
#[test]
fn every_word_has_its_language() {
    let plan = routine().adapt(&seated()).expect("a plan");
    let in_german = |make: fn(&RenderContext<'_>) -> String| {
        with_rendering(&plan, true, |rendering| make(&RenderContext { locale: "de", ..*rendering }))
    };
    let page = in_german(|rendering| rendering.page());
    for part in [
        "<html lang=\"de\">",
        "<p lang=\"en\">It takes 11–23 minutes. Do it on 3–5 days a week, twice a day. \
         You need: <span lang=\"de\">chair</span> (or <span lang=\"de\">bed</span>).</p>",
        "aria-label=\"Safety\" lang=\"en\"><div lang=\"de\">",
        "<strong lang=\"en\">When to stop:</strong> Stop if",
        "<h2>The ladder, <span lang=\"en\">1–2 rounds with 2 minutes of rest between them</span></h2>",
        "<span lang=\"en\">Seated: 10 reps on each side",
        "<div class=\"instead\" lang=\"en\">Instead of <span lang=\"de\">Sit-to-stand</span></div>",
        "lang=\"en\">Last reviewed on 2026-10-01 by <span lang=\"de\">Tomasz &lt;Zieliński&gt;</span>.",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let embed = in_german(|rendering| rendering.embed_html("/routines/up-and-down"));
    assert!(embed.contains("</strong>, <span lang=\"en\">seated: 10 reps on each side"), "{embed}");
}

#[test]
fn the_embed_is_readable_without_styles() {
    golden(
        "embed",
        &with_rendering(&routine().plan(), false, |rendering| rendering.embed_html("/routines/up-and-down")),
    );
}

#[test]
fn chapters_begin_where_the_clips_do() {
    let chapters = |length| {
        with_rendering(&routine().plan(), false, |rendering| rendering.chapters(length)).expect("chapters")
    };
    golden("chapters", &chapters(Some(150.4)));
    assert!(chapters(None).contains("00:01:40.000 --> 00:01:41.000"), "the end of the video is not known");
    let without = Routine { video: None, ..routine() };
    let plan = without.plan();
    let none = with_rendering(&plan, false, |rendering| {
        RenderContext { routine: &without, ..*rendering }.chapters(None)
    });
    assert_eq!(none, None);
}

#[test]
fn reminders_follow_the_frequency() {
    let wanted = |at: &[&str]| Reminders {
        starts_on: time::parse_date("2026-12-02").expect("a day"),
        weeks: 6,
        at: at.iter().map(|text| text.parse().expect("a time")).collect(),
    };
    let calendar = |reminders: &Reminders| {
        with_rendering(&routine().plan(), false, |rendering| rendering.calendar(reminders))
    };
    let text = calendar(&wanted(&[])).expect("a calendar");
    golden("calendar", &text.replace("\r\n", "\n"));
    assert!(text.lines().all(|line| line.len() <= 75), "lines are folded (RFC 5545, 3.1)");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let twice = calendar(&wanted(&["18:45", "07:05", "18:45"])).expect("a calendar");
    assert!(twice.contains("DTSTART:20261202T070500") && twice.contains("DTSTART:20261202T184500"));
    assert_eq!(twice.matches("BEGIN:VEVENT").count(), 2);
    assert!(!text.contains("METHOD"), "it would ask for an organizer (RFC 5546, 3.2.1)");
    for bad in ["24:00", "9:30", "09:60", "0930", "٠٩:٣٠", ""] {
        assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
    }
}

#[test]
fn reminders_of_another_start_or_plan_take_the_place_of_none() {
    let wanted = |day: &str| Reminders {
        starts_on: time::parse_date(day).expect("a day"),
        weeks: 2,
        at: vec!["08:00".parse().expect("a time")],
    };
    let (whole, seated) = (routine().plan(), routine().adapt(&seated()).expect("a plan"));
    let ids = |plan: &Plan, is_adapted: bool, day: &str| {
        let calendar = with_rendering(plan, is_adapted, |rendering| rendering.calendar(&wanted(day)))
            .expect("a calendar");
        let unfolded = calendar.replace("\r\n ", "");
        unfolded.lines().filter_map(|line| line.strip_prefix("UID:").map(str::to_owned)).collect::<Vec<_>>()
    };
    let all = [
        ids(&whole, false, "2026-12-02"),
        ids(&whole, false, "2026-12-03"),
        ids(&seated, true, "2026-12-02"),
    ];
    assert_eq!(all.iter().flatten().collect::<HashSet<_>>().len(), 3, "{all:?}");
    assert_eq!(all[0], ["routine_01k8zxj5e0fnv8v1v3p0c6b9ra-20261202-0800@steady.example"]);
    assert_eq!(all[2], ids(&seated, true, "2026-12-02"));
}

#[test]
fn a_description_ends_with_a_sentence() {
    let note = |kind, text: &str| SafetyNote { kind, text: text.repeat(20) };
    let notes = [
        note(SafetyKind::Stop, "Stop when it hurts. "),
        note(SafetyKind::Caution, "Slowly, and with a hand on the wall. "),
    ];
    let routine = Routine { safety_notes: [notes.clone(), notes].concat(), ..routine() };
    let wanted =
        Reminders { starts_on: time::parse_date("2026-12-02").expect("a day"), weeks: 1, at: Vec::new() };
    let calendar =
        with_rendering_of(&routine, &routine.plan(), false, |rendering| rendering.calendar(&wanted));
    let unfolded = calendar.expect("a calendar").replace("\r\n ", "");
    let description = unfolded.lines().find_map(|line| line.strip_prefix("DESCRIPTION:")).expect("one");
    assert!((1_900..2_150).contains(&description.chars().count()), "{description}");
    let (sentences, page) = description.split_once("Read on before you begin: ").expect("a hint");
    assert!(
        sentences.starts_with("When to stop: Stop when it hurts. ") && sentences.ends_with(". "),
        "{sentences}"
    );
    assert_eq!(page, "https://steady.example/routines/up-and-down");
}

#[test]
fn structured_data_have_the_terms_of_schema_org() {
    let data =
        Value::Object(with_rendering(&routine().plan(), false, |rendering| rendering.structured(video_data)));
    golden("structured", &serde_json::to_string_pretty(&data).expect("plain data"));
    assert_eq!(vocabulary::faults(&data), [""; 0]);
    // A page that shows a video has no moments in its address, and an adapted routine no ways to go on.
    let plan = routine().adapt(&seated()).expect("a plan");
    let page = |video: &Video| video_data(video).map(|file| VideoData { is_page: true, ..file });
    let data = Value::Object(with_rendering(&plan, true, |rendering| rendering.structured(page)));
    assert_eq!(vocabulary::faults(&data), [""; 0]);
    assert_eq!((data.get("additionalVariable"), data["video"].get("contentUrl")), (None, None));
}

fn second() -> impl Strategy<Value = Option<i32>> {
    option::of(0..12)
}

/// `00:00:07.000` in milliseconds.
fn milliseconds(stamp: &str) -> i64 {
    let digits: Vec<i64> = stamp.split([':', '.']).map(|part| part.parse().expect("digits")).collect();
    ((digits[0] * 60 + digits[1]) * 60 + digits[2]) * 1_000 + digits[3]
}

proptest! {
    #[test]
    fn chapters_are_one_after_the_other_and_within_the_video(
        clips in vec(option::of((second(), second())), 1..9),
        own in (second(), second()),
        length in option::of(0.0..14.0_f64),
    ) {
        let mut routine = routine();
        let model = routine.exercises[0].clone();
        let clip = |(start, end)| Video { asset: None, url: None, start, end };
        routine.video = Some(Video { url: Some("https://videos.example/1".to_owned()), ..clip(own) });
        let exercises = clips.iter().enumerate().map(|(index, &moments)| Exercise {
            key: format!("e{index}"),
            name: format!("Exercise {index}"),
            clip: moments.map(clip),
            ..model.clone()
        });
        routine.exercises = exercises.collect();
        let steps = routine.exercises.iter().chain(&routine.exercises);
        let steps = steps.map(|one| Step { exercise: one.key.clone(), prescription: None, note: None });
        routine.blocks[0].steps = steps.collect();
        routine.blocks.truncate(1);
        let plan = routine.plan();
        let text = with_rendering_of(&routine, &plan, false, |rendering| rendering.chapters(length)).unwrap_or_default();
        let cues: Vec<(i64, i64)> = text
            .lines()
            .filter_map(|line| line.split_once(" --> "))
            .map(|(start, end)| (milliseconds(start), milliseconds(end)))
            .collect();
        let first = i64::from(own.0.unwrap_or(0)) * 1_000;
        for &(start, end) in &cues {
            prop_assert!(first <= start && start < end, "{}", text);
            prop_assert!(own.1.is_none_or(|last| end <= i64::from(last) * 1_000), "{}", text);
            prop_assert!(length.is_none_or(|length| Duration::from_millis(end.unsigned_abs()).as_secs_f64() <= length), "{}", text);
        }
        for pair in cues.windows(2) {
            prop_assert!(pair[0] == pair[1] || pair[0].1 <= pair[1].0, "{}", text);
        }
        // Whatever is within the video is there, once.
        let is_within = |start: i32| {
            let is_early = length.is_none_or(|length| f64::from(start) + 0.001 <= length);
            own.0.is_none_or(|first| first <= start) && own.1.is_none_or(|last| start < last) && is_early
        };
        let starts = clips.iter().flatten().filter(|moments| **moments != (None, None));
        let starts = starts.filter(|(start, _)| is_within(start.or(own.0).unwrap_or(0)));
        prop_assert_eq!(cues.len(), starts.count(), "{}", text);
    }
}
