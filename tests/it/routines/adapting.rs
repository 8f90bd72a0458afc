//! A routine for somebody who cannot do all of it.

use serde_json::{Value, json};

use super::{published, routine, two_steps, with};
use crate::app::{As, TestApp, stories};

stories![
    a_step_that_asks_too_much_is_replaced,
    the_steps_that_cannot_be_replaced_are_named,
    what_is_not_there_is_replaced_by_what_is,
    who_has_a_harder_one_stands_in_for_it,
    constraints_that_make_no_sense_are_told,
];

/// `adapted` with these arguments.
async fn adapted(app: &TestApp, arguments: &str) -> Value {
    let fields = format!(
        "adapted({arguments}) {{ plan {{ steps {{ number replaces exercise {{ key }} equipment {{ name replaces }} }}
            equipment {{ name }} duration {{ maxSeconds }} }} unmet {{ number exercise reasons }} }}"
    );
    routine(app, "two-steps", &fields).await["adapted"].clone()
}

async fn a_step_that_asks_too_much_is_replaced(app: TestApp) {
    published(&app, two_steps()).await;
    let seated = adapted(&app, "position: SEATED").await;
    assert_eq!(seated["unmet"], json!([]));
    assert_eq!(
        seated["plan"]["steps"],
        json!([
            { "number": 1, "replaces": "Squat", "exercise": { "key": "extension" }, "equipment": [{ "name": "chair", "replaces": null }] },
            { "number": 2, "replaces": null, "exercise": { "key": "breathe" }, "equipment": [] },
        ])
    );
    assert_eq!(seated["plan"]["equipment"], json!([{ "name": "chair" }]));
    assert_eq!(seated["plan"]["duration"]["maxSeconds"], json!(2 * 2 * 40 + 30 + 40));
    assert_eq!(adapted(&app, "position: SEATED").await, adapted(&app, "maxEffort: 3").await);
    let whole = adapted(&app, "position: [SEATED, STANDING], maxEffort: 6").await;
    assert_eq!(whole["plan"]["steps"][0]["exercise"], json!({ "key": "squat" }));
}

async fn the_steps_that_cannot_be_replaced_are_named(app: TestApp) {
    published(&app, two_steps()).await;
    assert_eq!(
        adapted(&app, "position: LYING, maxEffort: 3").await,
        json!({
            "plan": null,
            "unmet": [
                { "number": 1, "exercise": "Squat", "reasons": ["POSITION", "EFFORT"] },
                { "number": 2, "exercise": "Long breath out", "reasons": ["POSITION"] },
            ]
        })
    );
    let nothing = adapted(&app, "without: [\"band\", \"towel\", \"chair\"]").await;
    assert_eq!(nothing["plan"], Value::Null);
    assert_eq!(nothing["unmet"], json!([{ "number": 1, "exercise": "Squat", "reasons": ["EQUIPMENT"] }]));
}

async fn what_is_not_there_is_replaced_by_what_is(app: TestApp) {
    published(&app, with(json!({ "exercises": [
        { "key": "squat", "name": "Squat", "position": "STANDING", "prescription": { "reps": { "min": 5 } },
          "equipment": [{ "name": "Band", "substitute": "towel" }, { "name": "mirror", "required": false }] },
        { "key": "breathe", "name": "Breathe", "position": "SEATED", "prescription": { "breaths": { "min": 5 } } },
    ] }))).await;
    let plan = adapted(&app, "without: [\" band\", \"MIRROR\"]").await["plan"].clone();
    assert_eq!(plan["steps"][0]["equipment"], json!([{ "name": "towel", "replaces": "Band" }]));
    assert_eq!(plan["steps"][0]["replaces"], Value::Null, "the exercise stays");
    let text = routine(&app, "two-steps", "adapted(without: [\"band\"]) { plan { text } }").await.to_string();
    assert!(!text.contains("Adapted"), "no exercise was replaced: {text}");
    // Nobody said how hard they are.
    let unmet = adapted(&app, "maxEffort: 10").await["unmet"].clone();
    assert_eq!(unmet.as_array().map(Vec::len), Some(2));
    assert_eq!(unmet[0]["reasons"], json!(["EFFORT"]));
}

async fn who_has_a_harder_one_stands_in_for_it(app: TestApp) {
    let exercise = |key: &str, effort: i32, alternatives: Value| {
        json!({ "key": key, "name": key, "position": "STANDING", "alternatives": alternatives,
            "prescription": { "reps": { "min": 5 }, "effort": { "min": 1, "max": effort } } })
    };
    let harder = json!([{ "relation": "HARDER", "exercise": "squat" }]);
    let mut hard = exercise("press", 9, json!([]));
    hard["position"] = json!("SEATED");
    let seated = json!([{ "relation": "SEATED", "exercise": "press" }]);
    let exercises = json!([exercise("half", 3, harder), exercise("squat", 6, seated), hard]);
    published(
        &app,
        with(json!({ "exercises": exercises, "blocks": [{ "steps": [{ "exercise": "squat" }] }] })),
    )
    .await;
    let step = adapted(&app, "maxEffort: 4").await["plan"]["steps"][0].clone();
    assert_eq!((&step["exercise"]["key"], &step["replaces"]), (&json!("half"), &json!("squat")));
    let unmet = json!([{ "number": 1, "exercise": "squat", "reasons": ["POSITION"] }]);
    assert_eq!(adapted(&app, "position: SEATED").await["unmet"], unmet, "the press asks for more");
    // What is told of alternatives is what was written.
    let shown = routine(&app, "two-steps", "exercises { alternatives { relation exercise { key } } }").await;
    assert_eq!(
        shown["exercises"],
        json!([
            { "alternatives": [{ "relation": "HARDER", "exercise": { "key": "squat" } }] },
            { "alternatives": [{ "relation": "SEATED", "exercise": { "key": "press" } }] },
            { "alternatives": [] },
        ])
    );
}

async fn constraints_that_make_no_sense_are_told(app: TestApp) {
    published(&app, two_steps()).await;
    for (arguments, code, words) in [
        ("maxEffort: 11", "OUT_OF_RANGE", "0 to 10"),
        ("maxEffort: -1", "OUT_OF_RANGE", "0 to 10"),
        ("without: [\"chair\", \"bnad\"]", "BAD_USER_INPUT", "without.1"),
    ] {
        let query = format!(
            "{{ routine(slug: \"two-steps\") {{ title adapted({arguments}) {{ unmet {{ number }} }} }} }}"
        );
        let reply = app.send(As::Anonymous, &query, json!({})).await;
        assert_eq!(reply.code(), code, "{arguments}");
        assert_eq!(
            reply.body["data"]["routine"],
            json!({ "title": "Two steps", "adapted": null }),
            "the rest stays"
        );
        let message = reply.body["errors"][0]["message"].as_str().expect("a message");
        assert!(message.contains(words), "{message}");
    }
    let many = (0..51).map(|_| "\"chair\"").collect::<Vec<_>>().join(",");
    let query = format!(
        "{{ routine(slug: \"two-steps\") {{ adapted(without: [{many}]) {{ unmet {{ number }} }} }} }}"
    );
    assert_eq!(app.send(As::Anonymous, &query, json!({})).await.code(), "TOO_MANY");
}
