//! Routines as data: written, published, adapted, shown in other forms, and embedded in texts.

mod adapting;
mod embedding;
mod mistakes;
mod renderings;
mod saving;

use serde_json::{Value, json};

use crate::app::{As, TestApp};
use crate::media::{files, given, upload};

/// A routine of two steps: one standing with a band, which has a seated alternative, and one of breathing.
pub fn two_steps() -> Value {
    json!({
        "title": "Two steps",
        "safetyNotes": [{ "kind": "STOP", "text": "Stop when it hurts." }],
        "exercises": [
            {
                "key": "squat", "name": "Squat", "position": "STANDING",
                "prescription": { "sets": { "min": 2, "max": 3 }, "reps": { "min": 8, "max": 12 },
                                  "restBetweenSets": { "min": 60 }, "effort": { "min": 4, "max": 6 } },
                "equipment": [{ "name": "band", "substitute": "towel" }],
                "cues": ["Knees over toes"],
                "alternatives": [{ "relation": "SEATED", "exercise": "extension" }]
            },
            {
                "key": "extension", "name": "Leg extension", "position": "SEATED",
                "prescription": { "reps": { "min": 10 }, "side": "EACH", "effort": { "min": 2, "max": 3 } },
                "equipment": [{ "name": "chair" }]
            },
            {
                "key": "breathe", "name": "Long breath out", "position": "SEATED",
                "prescription": { "breaths": { "min": 5, "max": 10 }, "effort": { "min": 0 } }
            }
        ],
        "blocks": [
            { "title": "Legs", "rounds": { "min": 2 }, "restBetweenRounds": { "min": 30 }, "steps": [{ "exercise": "squat" }] },
            { "steps": [{ "exercise": "breathe", "note": "Through the nose." }] }
        ]
    })
}

/// The same with changes.
#[expect(clippy::needless_pass_by_value, reason = "called with literals")]
pub fn with(changes: Value) -> Value {
    let mut routine = two_steps();
    for (name, value) in changes.as_object().expect("an object").clone() {
        routine[name] = value;
    }
    routine
}

pub async fn save(app: &TestApp, input: Value) -> Value {
    app.mutate("saveRoutine", input, "document { id slug headRevision }").await["document"].clone()
}

/// Saves a routine and publishes it; answers its document.
pub async fn published(app: &TestApp, input: Value) -> String {
    let id = save(app, input).await["id"].as_str().expect("an id").to_owned();
    app.publish(&id).await;
    id
}

/// Fields of the live routine with this slug, for everybody.
pub async fn routine(app: &TestApp, slug: &str, fields: &str) -> Value {
    let query = format!("query($slug: String!) {{ routine(slug: $slug) {{ {fields} }} }}");
    app.data(As::Anonymous, &query, json!({ "slug": slug })).await["routine"].clone()
}

/// A film in which nobody speaks, in the library.
pub async fn film(app: &TestApp) -> Value {
    upload(app, &given("film.mp4", "video/mp4", files::film()), json!({})).await["id"].clone()
}
