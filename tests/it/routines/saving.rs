//! A routine from the first draft to what everybody reads.

use serde_json::{Value, json};

use super::{published, routine, save, two_steps, with};
use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::document;

stories![
    a_routine_is_public_with_everything_that_was_written,
    a_routine_has_a_place_in_every_list,
    the_team_reads_a_draft_as_it_was_written,
    a_list_that_is_given_takes_the_place_of_the_one_before,
    a_routine_needs_a_step_and_a_word_of_caution,
    the_pace_of_the_site_decides_how_long_a_routine_takes,
    a_preview_shows_the_draft_of_a_routine,
];

const STEPS: &str = "steps { number note hasOwnPrescription exercise { key name position cues
    alternatives { relation exercise { key } } } prescription { sets { min max } reps { min max } breaths { min max } text }
    equipment { name required substitute } duration { minSeconds maxSeconds } }";

async fn a_routine_is_public_with_everything_that_was_written(app: TestApp) {
    published(
        &app,
        with(json!({
            "goal": "Stronger legs", "audience": "Whoever can stand", "difficulty": "EASY",
            "frequency": { "perWeek": { "min": 3, "max": 5 }, "perDay": { "min": 1 } },
            "progression": [{ "text": "Go lower", "criterion": "Twelve are easy" }],
            "lastReviewed": "2026-01-02", "reviewedBy": "Tomasz",
            "video": { "url": "https://videos.example/1" }
        })),
    )
    .await;
    let fields = "goal audience difficulty frequency { perWeek { min max } perDay { min max } } progression { text criterion }
        safetyNotes { kind text } lastReviewed reviewedBy video { url asset { id } start }";
    assert_eq!(
        routine(&app, "two-steps", fields).await,
        json!({
            "goal": "Stronger legs", "audience": "Whoever can stand", "difficulty": "EASY",
            "frequency": { "perWeek": { "min": 3, "max": 5 }, "perDay": { "min": 1, "max": 1 } },
            "progression": [{ "text": "Go lower", "criterion": "Twelve are easy" }],
            "safetyNotes": [{ "kind": "STOP", "text": "Stop when it hurts." }],
            "lastReviewed": "2026-01-02", "reviewedBy": "Tomasz",
            "video": { "url": "https://videos.example/1", "asset": null, "start": null }
        })
    );
    let fields = format!("{STEPS} blocks {{ title rounds {{ min max }} steps {{ number }} duration {{ minSeconds maxSeconds }} }}
        duration {{ minSeconds maxSeconds }} equipment {{ name required substitutes steps }}");
    let shown = routine(&app, "two-steps", &fields).await;
    // Twice 2 to 3 sets of 8 to 12 reps of 4 seconds, a minute between sets and 30 seconds between rounds.
    let block = json!({ "minSeconds": 2 * (2 * 32 + 60) + 30, "maxSeconds": 2 * (3 * 48 + 120) + 30 });
    assert_eq!(
        shown["blocks"],
        json!([
            { "title": "Legs", "rounds": { "min": 2, "max": 2 }, "steps": [{ "number": 1 }], "duration": block },
            { "title": null, "rounds": { "min": 1, "max": 1 }, "steps": [{ "number": 2 }],
              "duration": { "minSeconds": 20, "maxSeconds": 40 } },
        ])
    );
    assert_eq!(shown["duration"], json!({ "minSeconds": 298, "maxSeconds": 598 }));
    assert_eq!(
        shown["equipment"],
        json!([{ "name": "band", "required": true, "substitutes": ["towel"], "steps": [1] }])
    );
    assert_eq!(
        shown["steps"],
        json!([
            {
                "number": 1, "note": null, "hasOwnPrescription": false,
                "exercise": { "key": "squat", "name": "Squat", "position": "STANDING", "cues": ["Knees over toes"],
                    "alternatives": [{ "relation": "SEATED", "exercise": { "key": "extension" } }] },
                "prescription": { "sets": { "min": 2, "max": 3 }, "reps": { "min": 8, "max": 12 }, "breaths": null,
                    "text": "2–3 sets of 8–12 reps, 1 minute of rest between sets, effort 4–6 of 10" },
                "equipment": [{ "name": "band", "required": true, "substitute": "towel" }],
                "duration": { "minSeconds": 124, "maxSeconds": 264 }
            },
            {
                "number": 2, "note": "Through the nose.", "hasOwnPrescription": false,
                "exercise": { "key": "breathe", "name": "Long breath out", "position": "SEATED", "cues": [], "alternatives": [] },
                "prescription": { "sets": { "min": 1, "max": 1 }, "reps": null, "breaths": { "min": 5, "max": 10 },
                    "text": "5–10 breaths, effort 0 of 10" },
                "equipment": [],
                "duration": { "minSeconds": 20, "maxSeconds": 40 }
            },
        ])
    );
}

async fn a_routine_has_a_place_in_every_list(app: TestApp) {
    let id = published(&app, two_steps()).await;
    let entry = id.replacen("document_", "routine_", 1);
    let lists = format!(
        "{{ routines {{ totalCount nodes {{ title path }} }} entries(filter: {{ kind: ROUTINE }}) {{ nodes {{ id __typename }} }}
            entry(path: \"/routines/two-steps\") {{ ... on Routine {{ steps {{ number }} }} }}
            node(id: \"{entry}\") {{ ... on Routine {{ slug exercises {{ key }} }} }}
            changes(last: 1) {{ nodes {{ kind id path }} }} }}"
    );
    let path = "/routines/two-steps";
    assert_eq!(
        app.public(&lists).await,
        json!({
            "routines": { "totalCount": 1, "nodes": [{ "title": "Two steps", "path": path }] },
            "entries": { "nodes": [{ "id": entry, "__typename": "Routine" }] },
            "entry": { "steps": [{ "number": 1 }, { "number": 2 }] },
            "node": { "slug": "two-steps", "exercises": [{ "key": "squat" }, { "key": "extension" }, { "key": "breathe" }] },
            "changes": { "nodes": [{ "kind": "ROUTINE", "id": entry, "path": path }] },
        })
    );
    app.mutate("saveSite", json!({ "routinePath": "/moves/{slug}" }), "site { routinePath }").await;
    assert_eq!(routine(&app, "two-steps", "path").await, json!({ "path": "/moves/two-steps" }));
    let taken = app.try_mutate("saveSite", json!({ "routinePath": "/{slug}" }), "site { title }").await;
    assert_eq!(refusals(&taken), ["TAKEN input.routinePath"]);
    app.mutate("unpublishEntry", json!({ "document": id }), "document { state }").await;
    assert_eq!(app.public("{ routines { totalCount } }").await["routines"]["totalCount"], json!(0));
}

async fn the_team_reads_a_draft_as_it_was_written(app: TestApp) {
    let saved = save(&app, two_steps()).await;
    let id = saved["id"].as_str().expect("an id");
    let fields = "revision { routine { exercises { key prescription { restBetweenSets { min max } } } safetyNotes { kind }
        blocks { rounds { min max } steps { exercise { key } note } } duration { maxSeconds } } problems { message } }";
    let routine = document(&app, id, fields).await["revision"].clone();
    assert_eq!(
        routine["routine"]["exercises"][0],
        json!({ "key": "squat", "prescription": { "restBetweenSets": { "min": 60, "max": 60 } } })
    );
    assert_eq!(
        routine["routine"]["blocks"][1]["steps"],
        json!([{ "exercise": { "key": "breathe" }, "note": "Through the nose." }])
    );
    assert_eq!(routine["routine"]["duration"]["maxSeconds"], json!(598));
    assert_eq!(routine["problems"], json!([]));
    app.mutate(
        "saveRoutine",
        json!({ "id": id, "expectedRevision": 1, "blocks": [], "goal": "Other" }),
        "document { id }",
    )
    .await;
    let query =
        "query($id: ID!) { desk { document(id: $id) { difference(from: 1, to: 2) { fields { field } } } } }";
    let changed =
        app.data(As::Owner, query, json!({ "id": id })).await["desk"]["document"]["difference"]["fields"]
            .clone();
    assert_eq!(changed, json!([{ "field": "goal" }, { "field": "blocks" }]));
    let problems =
        document(&app, id, "revision { problems { line message } }").await["revision"]["problems"].clone();
    assert_eq!(problems, json!([{ "line": 0, "message": "a routine has at least one step" }]));
}

async fn a_list_that_is_given_takes_the_place_of_the_one_before(app: TestApp) {
    let saved = save(&app, two_steps()).await;
    let changes = [
        (
            json!({ "safetyNotes": [{ "kind": "CAUTION", "text": "Slowly." }] }),
            "safetyNotes { text }",
            json!([{ "text": "Slowly." }]),
        ),
        (json!({ "safetyNotes": null }), "safetyNotes { text }", json!([])),
        (
            json!({ "title": "Other" }),
            "exercises { key }",
            json!([{ "key": "squat" }, { "key": "extension" }, { "key": "breathe" }]),
        ),
        (json!({ "difficulty": "HARD" }), "difficulty", json!("HARD")),
        (json!({ "difficulty": null }), "difficulty", Value::Null),
    ];
    for (revision, (changes, field, expected)) in (1..).zip(changes) {
        let mut input = changes.clone();
        (input["id"], input["expectedRevision"]) = (saved["id"].clone(), json!(revision));
        save(&app, input).await;
        let id = saved["id"].as_str().expect("an id");
        let shown = document(&app, id, &format!("revision {{ routine {{ {field} }} }}")).await;
        let name = field.split(' ').next().expect("a name");
        assert_eq!(shown["revision"]["routine"][name], expected, "{changes}");
    }
}

async fn a_routine_needs_a_step_and_a_word_of_caution(app: TestApp) {
    let id = save(&app, with(json!({ "safetyNotes": [], "blocks": [] }))).await["id"].clone();
    let refused = app.try_mutate("publishEntry", json!({ "document": id }), "entry { id }").await;
    assert_eq!(refusals(&refused), ["REQUIRED input.blocks", "REQUIRED input.safetyNotes"]);
    let later = json!({ "document": id, "at": "2030-01-01T00:00:00Z" });
    let refused = app.try_mutate("scheduleEntry", later, "schedule { id }").await;
    assert_eq!(refusals(&refused), ["REQUIRED input.blocks", "REQUIRED input.safetyNotes"]);
    let careful = save(
        &app,
        with(json!({ "title": "Careful", "safetyNotes": [{ "kind": "CAUTION", "text": "Slowly." }] })),
    )
    .await;
    let publish = json!({ "document": careful["id"] });
    let refused = app.try_mutate("publishEntry", publish.clone(), "entry { id }").await;
    assert_eq!(refusals(&refused), ["REQUIRED input.safetyNotes"]);
    // A disclaimer of the site is shown with every routine, and does as well.
    app.mutate("saveSite", json!({ "disclaimer": "Ask your doctor." }), "site { title }").await;
    app.mutate("publishEntry", publish.clone(), "entry { id }").await;
    app.mutate("unpublishEntry", publish.clone(), "document { id }").await;
    app.mutate("saveSite", json!({ "disclaimer": null }), "site { title }").await;
    assert_eq!(app.try_mutate("publishEntry", publish.clone(), "entry { id }").await["entry"], Value::Null);
    app.mutate("saveSite", json!({ "routinesNeedSafetyNote": false }), "site { title }").await;
    app.mutate("publishEntry", publish, "entry { id }").await;
}

async fn the_pace_of_the_site_decides_how_long_a_routine_takes(app: TestApp) {
    published(&app, two_steps()).await;
    app.mutate("saveSite", json!({ "secondsPerRep": 6, "secondsPerBreath": 10 }), "site { secondsPerRep }")
        .await;
    let length = "duration { minSeconds maxSeconds }";
    let expected =
        json!({ "minSeconds": 2 * (2 * 48 + 60) + 30 + 50, "maxSeconds": 2 * (3 * 72 + 120) + 30 + 100 });
    assert_eq!(routine(&app, "two-steps", length).await["duration"], expected);
    for bad in [json!({ "secondsPerRep": 0 }), json!({ "secondsPerBreath": 61 })] {
        let refused = app.try_mutate("saveSite", bad, "site { title }").await;
        assert_eq!(refusals(&refused).len(), 1);
        assert!(refusals(&refused)[0].starts_with("OUT_OF_RANGE input.secondsPer"), "{refused}");
    }
}

async fn a_preview_shows_the_draft_of_a_routine(app: TestApp) {
    let id = published(&app, two_steps()).await;
    let changes = json!({ "id": id, "expectedRevision": 1, "blocks": [{ "steps": [{ "exercise": "breathe" }] }], "goal": "Calm" });
    app.mutate("saveRoutine", changes, "document { id }").await;
    let made = app.mutate("createPreview", json!({ "document": id }), "secret").await;
    let query = "{ routine(slug: \"two-steps\") { goal steps { exercise { key } } plan { text } jsonLd } }";
    let secret = made["secret"].as_str().expect("a secret");
    let shown = app.data(As::Preview(secret), query, json!({})).await["routine"].clone();
    assert_eq!(shown["goal"], json!("Calm"));
    assert_eq!(shown["steps"], json!([{ "exercise": { "key": "breathe" } }]));
    for text in [&shown["plan"]["text"], &shown["jsonLd"]] {
        let text = text.as_str().expect("a text");
        assert!(text.contains("Calm") && !text.contains("Squat"), "{text}");
    }
    assert_eq!(routine(&app, "two-steps", "goal").await["goal"], Value::Null);
}
