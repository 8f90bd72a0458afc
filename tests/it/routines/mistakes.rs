//! What makes no sense in a routine is told by its path, all of it at once, and nothing of it is stored.

use serde_json::{Value, json};

use super::{film, save, two_steps, with};
use crate::app::{TestApp, refusals, stories};
use crate::media::shown;

stories![
    a_dose_that_makes_no_sense_is_refused,
    names_that_lead_nowhere_or_in_a_circle_are_refused,
    what_contradicts_the_record_is_refused,
    a_routine_has_an_end,
    a_video_is_somewhere_and_long_enough,
    everything_that_is_wrong_is_told_at_once,
];

/// Why a routine is not saved.
async fn refused(app: &TestApp, input: Value) -> Vec<String> {
    let payload = app.try_mutate("saveRoutine", input, "document { id }").await;
    assert_eq!(payload["document"], Value::Null);
    refusals(&payload)
}

/// A routine of one exercise with this dose.
#[expect(clippy::needless_pass_by_value, reason = "called with literals")]
fn dose(prescription: Value) -> Value {
    json!({
        "title": "One",
        "exercises": [{ "key": "one", "name": "One", "position": "SEATED", "prescription": prescription }],
        "blocks": [{ "steps": [{ "exercise": "one" }] }]
    })
}

async fn a_dose_that_makes_no_sense_is_refused(app: TestApp) {
    const AT: &str = "input.exercises.0.prescription";
    for (prescription, expected) in [
        (json!({}), vec!["REQUIRED .reps"]),
        (json!({ "reps": { "min": 1 }, "breaths": { "min": 1 } }), vec!["INVALID .reps"]),
        (json!({ "reps": { "min": 12, "max": 8 } }), vec!["OUT_OF_RANGE .reps.max"]),
        (
            json!({ "reps": { "min": -1, "max": 1_000_000_000 } }),
            vec!["OUT_OF_RANGE .reps.min", "OUT_OF_RANGE .reps.max"],
        ),
        (json!({ "reps": { "min": 0 } }), vec!["OUT_OF_RANGE .reps.min"]),
        (json!({ "sets": { "min": 51 }, "reps": { "min": 1 } }), vec!["OUT_OF_RANGE .sets.min"]),
        (
            json!({ "duration": { "min": 60 }, "hold": { "min": 1 }, "tempo": "3-1-2-0" }),
            vec!["INVALID .hold", "INVALID .tempo"],
        ),
        (json!({ "reps": { "min": 1 }, "tempo": "fast" }), vec!["INVALID .tempo"]),
        (
            json!({ "reps": { "min": 1 }, "effort": { "min": 3, "max": 11 } }),
            vec!["OUT_OF_RANGE .effort.max"],
        ),
        (json!({ "reps": { "min": 1 }, "load": { "min": 0, "max": 10 } }), vec!["OUT_OF_RANGE .load.min"]),
    ] {
        let expected: Vec<String> =
            expected.iter().map(|one| one.replacen('.', &format!("{AT}."), 1)).collect();
        assert_eq!(refused(&app, dose(prescription.clone())).await, expected, "{prescription}");
    }
    // The dose of a step is looked at in the same way.
    let step = json!({ "exercise": "squat", "prescription": { "reps": { "min": 2, "max": 1 } } });
    assert_eq!(
        refused(&app, with(json!({ "blocks": [{ "steps": [step] }] }))).await,
        ["OUT_OF_RANGE input.blocks.0.steps.0.prescription.reps.max"]
    );
}

async fn names_that_lead_nowhere_or_in_a_circle_are_refused(app: TestApp) {
    let exercise = |key: &str, alternatives: Value| {
        json!({
            "key": key, "name": key, "position": "SEATED", "prescription": { "reps": { "min": 1 } }, "alternatives": alternatives
        })
    };
    let to = |key: &str| json!([{ "relation": "EASIER", "exercise": key }]);
    let routine = |exercises: Value| json!({ "title": "T", "exercises": exercises, "blocks": [{ "steps": [{ "exercise": "a" }] }] });
    for (exercises, expected) in [
        (json!([exercise("a", to("b"))]), "NOT_FOUND input.exercises.0.alternatives.0.exercise"),
        (json!([exercise("b", json!([]))]), "NOT_FOUND input.blocks.0.steps.0.exercise"),
        (json!([exercise("a", json!([])), exercise("a", json!([]))]), "TAKEN input.exercises.1.key"),
        (json!([exercise("a", to("a"))]), "INVALID input.exercises.0.alternatives"),
        (
            json!([
                exercise("a", json!([])),
                exercise("b", to("c")),
                exercise("c", to("d")),
                exercise("d", to("b"))
            ]),
            "INVALID input.exercises.1.alternatives",
        ),
        (json!([exercise("A b", json!([]))]), "INVALID input.exercises.0.key"),
        (
            json!([
                exercise("a", json!([to("b")[0], { "relation": "SEATED", "exercise": "b" }])),
                exercise("b", json!([]))
            ]),
            "TAKEN input.exercises.0.alternatives.1.exercise",
        ),
    ] {
        assert_eq!(refused(&app, routine(exercises.clone())).await, [expected], "{exercises}");
    }
    let circle = routine(json!([exercise("a", to("b")), exercise("b", to("a"))]));
    let payload = app.try_mutate("saveRoutine", circle, "document { id }").await;
    assert_eq!(payload["userErrors"][0]["message"], json!("alternatives lead in a circle: a → b → a"));
}

async fn what_contradicts_the_record_is_refused(app: TestApp) {
    let exercise = |key: &str, position: &str, effort: Value, alternatives: &[(&str, &str)]| {
        let alternatives =
            alternatives.iter().map(|(relation, to)| json!({ "relation": relation, "exercise": to }));
        json!({ "key": key, "name": key, "position": position,
            "prescription": { "reps": { "min": 1 }, "effort": effort }, "alternatives": alternatives.collect::<Vec<_>>() })
    };
    let other = |effort: Value, equipment: Value| {
        let mut other = exercise("b", "STANDING", effort, &[]);
        other["equipment"] = equipment;
        other
    };
    let routine = |exercises: Value| json!({ "title": "T", "exercises": exercises, "blocks": [{ "steps": [{ "exercise": "a" }] }] });
    let effort = |max: i32| json!({ "min": 1, "max": max });
    let chair = |required: bool| json!([{ "name": "mirror", "required": false }, { "name": "chair", "required": required }]);
    for (relation, own, other, message) in [
        (
            "SEATED",
            effort(5),
            other(effort(3), json!([])),
            Some("SEATED leads to what is done seated, and b is done standing"),
        ),
        (
            "NO_EQUIPMENT",
            effort(5),
            other(effort(3), chair(true)),
            Some("NO_EQUIPMENT leads to what needs none, and b needs “chair”"),
        ),
        ("NO_EQUIPMENT", effort(5), other(effort(6), chair(false)), None),
        (
            "EASIER",
            effort(5),
            other(effort(6), json!([])),
            Some("EASIER never asks for more effort: b has up to 6, this one up to 5"),
        ),
        ("EASIER", effort(5), other(effort(5), chair(true)), None),
        ("EASIER", Value::Null, other(effort(6), json!([])), None),
        (
            "HARDER",
            effort(5),
            other(effort(4), json!([])),
            Some("HARDER never asks for less effort: b has up to 4, this one up to 5"),
        ),
        ("HARDER", effort(5), other(Value::Null, json!([])), None),
    ] {
        let input = routine(json!([exercise("a", "STANDING", own, &[(relation, "b")]), other]));
        let payload = app.try_mutate("saveRoutine", input, "document { id }").await;
        let told = payload["userErrors"][0]["message"].as_str();
        assert_eq!(told, message, "{relation}: {payload}");
        let expected = told.map(|_| "INVALID input.exercises.0.alternatives.0.relation".to_owned());
        assert_eq!(refusals(&payload), expected.into_iter().collect::<Vec<_>>());
    }
    // By the ways back that are implied, c would be easier than itself.
    let standing =
        |key: &str, alternatives: &[(&str, &str)]| exercise(key, "STANDING", Value::Null, alternatives);
    let input = routine(json!([
        standing("a", &[("HARDER", "b"), ("EASIER", "c")]),
        standing("b", &[("HARDER", "c")]),
        standing("c", &[]),
    ]));
    let payload = app.try_mutate("saveRoutine", input, "document { id }").await;
    assert_eq!(refusals(&payload), ["INVALID input.exercises.0.alternatives"]);
    let message = payload["userErrors"][0]["message"].as_str().expect("a message");
    assert!(message.contains("easier than itself") && message.ends_with("a → c → b → a"), "{message}");
}

async fn a_routine_has_an_end(app: TestApp) {
    let step = json!({ "exercise": "breathe" });
    let steps = |count: usize| vec![step.clone(); count];
    assert_eq!(
        refused(&app, with(json!({ "blocks": [{ "steps": steps(4_000) }] }))).await,
        ["TOO_MANY input.blocks.0.steps"]
    );
    let blocks = [json!({ "steps": steps(150) }), json!({ "steps": steps(51) })];
    assert_eq!(refused(&app, with(json!({ "blocks": blocks }))).await, ["TOO_MANY input.blocks"]);
    let blocks = vec![json!({ "steps": [] }); 21];
    assert_eq!(refused(&app, with(json!({ "blocks": blocks }))).await, ["TOO_MANY input.blocks"]);
    let day = json!({ "sets": { "min": 50 }, "duration": { "min": 1_800 } });
    assert_eq!(refused(&app, dose(day)).await, ["OUT_OF_RANGE input.blocks"]);
    let note = json!([{ "kind": "STOP", "text": "x".repeat(501) }]);
    assert_eq!(
        refused(&app, with(json!({ "safetyNotes": note }))).await,
        ["TOO_LONG input.safetyNotes.0.text"]
    );
    save(&app, with(json!({ "blocks": [{ "steps": steps(200) }] }))).await;
}

async fn a_video_is_somewhere_and_long_enough(app: TestApp) {
    let film = film(&app).await;
    let image = shown::image(&app, "leg.jpg", 64, "A leg").await;
    let video = |video: Value| with(json!({ "video": video }));
    let unknown = "asset_01jd0000000000000000000000";
    for (given, expected) in [
        (json!({}), "REQUIRED input.video.asset"),
        (json!({ "asset": film, "url": "https://a.example/b" }), "INVALID input.video.url"),
        (json!({ "url": "javascript:alert(1)" }), "INVALID input.video.url"),
        (json!({ "asset": "post_1" }), "INVALID_ID input.video.asset"),
        (json!({ "asset": unknown }), "NOT_FOUND input.video"),
        (json!({ "asset": image }), "INVALID input.video"),
        (json!({ "asset": film, "start": 1, "end": 1 }), "OUT_OF_RANGE input.video.end"),
        (json!({ "asset": film, "start": -1 }), "OUT_OF_RANGE input.video.start"),
        (json!({ "asset": film, "end": 4_000 }), "OUT_OF_RANGE input.video"),
    ] {
        assert_eq!(refused(&app, video(given.clone())).await, [expected], "{given}");
    }
    let mut routine = two_steps();
    routine["exercises"][2]["clip"] = json!({ "asset": film, "start": 9_000 });
    assert_eq!(refused(&app, routine).await, ["OUT_OF_RANGE input.exercises.2.clip"]);
    // A clip without a file or an address is a part of the routine's own video.
    let part = |video: Value, clip: Value| {
        let mut routine = with(json!({ "video": video }));
        routine["exercises"][2]["clip"] = clip;
        routine
    };
    let elsewhere = json!({ "url": "https://a.example/b", "start": 10, "end": 60 });
    let by_name = json!({ "url": "https://a.example/b", "start": 60 });
    for (video, clip, expected) in [
        (Value::Null, json!({ "start": 1 }), "REQUIRED input.exercises.2.clip.asset"),
        (json!({ "asset": film }), json!({ "start": 4_000 }), "OUT_OF_RANGE input.exercises.2.clip"),
        (elsewhere.clone(), json!({ "start": 9 }), "OUT_OF_RANGE input.exercises.2.clip.start"),
        (elsewhere.clone(), json!({ "end": 61 }), "OUT_OF_RANGE input.exercises.2.clip.end"),
        // It begins with the video where it does not say, and before that is over.
        (elsewhere.clone(), json!({ "end": 10 }), "OUT_OF_RANGE input.exercises.2.clip.end"),
        (elsewhere.clone(), json!({ "start": 60 }), "OUT_OF_RANGE input.exercises.2.clip.start"),
        (elsewhere.clone(), by_name, "OUT_OF_RANGE input.exercises.2.clip.start"),
        // The film has two seconds.
        (json!({ "asset": film }), json!({ "start": 2 }), "OUT_OF_RANGE input.exercises.2.clip"),
    ] {
        assert_eq!(refused(&app, part(video, clip.clone())).await, [expected], "{clip}");
    }
    let other = json!({ "url": "https://a.example/c", "start": 90 });
    save(&app, part(elsewhere, other)).await;
    let saved = save(&app, part(json!({ "asset": film }), json!({ "start": 1, "end": 2 }))).await;
    let without = json!({ "id": saved["id"], "expectedRevision": 1, "video": null });
    assert_eq!(refused(&app, without).await, ["REQUIRED input.exercises.2.clip.asset"]);
}

async fn everything_that_is_wrong_is_told_at_once(app: TestApp) {
    let input = json!({
        "title": "", "goal": "x".repeat(1_001), "frequency": { "perWeek": { "min": 8 } }, "lastReviewed": "2999-01-01",
        "exercises": [
            { "key": "", "name": " ", "position": "SEATED", "prescription": { "reps": { "min": 1 } },
              "equipment": [{ "name": "" }], "cues": ["", "two\nlines"] }
        ]
    });
    assert_eq!(
        refused(&app, input).await,
        [
            "REQUIRED input.title",
            "TOO_LONG input.goal",
            "OUT_OF_RANGE input.frequency.perWeek.min",
            "OUT_OF_RANGE input.lastReviewed",
            "REQUIRED input.exercises.0.key",
            "REQUIRED input.exercises.0.name",
            "REQUIRED input.exercises.0.equipment.0.name",
            "REQUIRED input.exercises.0.cues.0",
            "INVALID input.exercises.0.cues.1",
        ]
    );
}
