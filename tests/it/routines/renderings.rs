//! A routine in other forms. What they look like is fixed by golden files beside the code; here is who gets them and how.

use serde_json::{Value, json};

use super::{film, published, routine, with};
use crate::app::{As, TestApp, stories};
use crate::media::shown;
use crate::publishing::named;
use crate::vocabulary;

stories![
    a_plan_is_text_page_and_calendar,
    chapters_are_those_of_the_video,
    structured_data_name_the_steps,
    structured_data_are_those_of_schema_org,
    what_to_mind_comes_before_what_to_do,
    reminders_that_make_no_sense_are_told,
    renderings_have_addresses_of_their_own,
];

async fn a_plan_is_text_page_and_calendar(app: TestApp) {
    published(&app, with(json!({ "frequency": { "perWeek": { "min": 3 } } }))).await;
    let fields =
        "plan { text printableHtml chapters calendar(startsOn: \"2026-12-01\", weeks: 2, at: [\"07:30\"]) }";
    let plan = routine(&app, "two-steps", fields).await["plan"].clone();
    let text = |name: &str| plan[name].as_str().expect(name);
    assert!(text("text").contains("Step 1. Squat, standing."));
    assert!(text("printableHtml").starts_with("<!doctype html>"));
    assert!(text("calendar").contains("RRULE:FREQ=WEEKLY;BYDAY=TU,TH,SA;COUNT=6"), "{plan}");
    assert!(text("calendar").contains("DTSTART:20261201T073000"));
    assert_eq!(plan["chapters"], Value::Null);
    let adapted = routine(&app, "two-steps", "adapted(position: SEATED) { plan { text } }").await;
    let text = adapted["adapted"]["plan"]["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("Leg extension") && text.contains("This is instead of Squat."), "{text}");
    published(&app, with(json!({ "title": "Plain" }))).await;
    let none = routine(&app, "plain", "plan { calendar(startsOn: \"2026-12-01\") }").await;
    assert_eq!(none["plan"]["calendar"], Value::Null, "nobody said how often");
}

async fn chapters_are_those_of_the_video(app: TestApp) {
    let film = film(&app).await;
    let mut input = with(json!({ "video": { "asset": film } }));
    input["exercises"][2]["clip"] = json!({ "start": 0, "end": 1 });
    let id = published(&app, input).await;
    let shown =
        routine(&app, "two-steps", "video { asset { id durationSeconds } assetId } plan { chapters }").await;
    assert_eq!(shown["video"]["asset"]["id"], json!(film));
    assert_eq!(shown["video"]["assetId"], json!(film));
    let expected = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\nLong breath out\n";
    assert_eq!(shown["plan"]["chapters"], json!(expected));
    // The film is a file of the routine like any other.
    let uses = "query($id: ID!) { desk { asset(id: $id) { usedBy { place isLive document { title } } } } }";
    let used = app.data(As::Owner, uses, json!({ "id": film })).await["desk"]["asset"]["usedBy"].clone();
    assert_eq!(used, json!([{ "place": "CLIP", "isLive": true, "document": { "title": "Two steps" } }]));
    app.mutate("unpublishEntry", json!({ "document": id }), "document { id }").await;
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(app.data(As::Anonymous, node, json!({ "id": film })).await["node"], Value::Null);
}

async fn structured_data_name_the_steps(app: TestApp) {
    let film = film(&app).await;
    let mut input = with(json!({ "video": { "asset": film } }));
    input["exercises"][2]["clip"] = json!({ "start": 0, "end": 1 });
    published(&app, input).await;
    let shown = routine(&app, "two-steps", "jsonLd").await;
    let data: Value = serde_json::from_str(shown["jsonLd"].as_str().expect("JSON")).expect("JSON");
    assert_eq!(data["@type"], json!(["ExercisePlan", "HowTo"]));
    let places = data["step"].as_array().expect("steps").iter();
    assert_eq!(
        places.map(|one| (one["position"].clone(), one["name"].clone())).collect::<Vec<_>>(),
        [
            (json!(1), json!("Before you begin")),
            (json!(2), json!("Legs, 2 rounds with 30 seconds of rest between them")),
            (json!(3), json!("Long breath out")),
        ]
    );
    assert_eq!(data["step"][1]["itemListElement"][0]["name"], json!("Squat"));
    assert_eq!(data["video"]["hasPart"][0]["name"], json!("Long breath out"));
    assert!(data["video"]["contentUrl"].as_str().expect("a URL").contains("/media/asset_"));
    assert_eq!(data["url"], json!(format!("{}/routines/two-steps", app.url(""))));
}

/// As they are served, with and without all that may be left out.
async fn structured_data_are_those_of_schema_org(app: TestApp) {
    let check = |entry: &Value| {
        let data: Value = serde_json::from_str(entry["jsonLd"].as_str().expect("JSON")).expect("JSON");
        assert_eq!(vocabulary::faults(&data), [""; 0], "{data}");
        data
    };
    let film = film(&app).await;
    let cover = shown::image(&app, "leg.jpg", 64, "A leg").await;
    let author = named(&app, "Author", json!({ "name": "Nerys" })).await;
    let more = json!({ "title": "Full", "excerpt": "In short", "cover": cover, "author": author });
    for (kind, field, fields) in [
        ("savePost", "post", json!({ "body": "Three little words" })),
        ("savePage", "page", json!({ "body": "Three little words" })),
        (
            "saveRoutine",
            "routine",
            with(json!({ "video": { "asset": film, "start": 1 }, "goal": "Legs",
            "audience": "All", "difficulty": "EASY", "frequency": { "perWeek": { "min": 3 } }, "lastReviewed": "2026-01-02",
            "reviewedBy": "Tomasz", "progression": [{ "text": "Lower", "criterion": "Twelve are easy" }] })),
        ),
    ] {
        let (mut bare, mut full) = (fields.clone(), fields);
        bare["title"] = json!("Bare");
        full.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        for input in [bare, full] {
            let saved = app.mutate(kind, input, "document { id }").await["document"]["id"].clone();
            app.publish(saved.as_str().expect("an id")).await;
        }
        let query = format!(
            "{{ bare: {field}(slug: \"bare\") {{ jsonLd }} full: {field}(slug: \"full\") {{ jsonLd }} }}"
        );
        let both = app.public(&query).await;
        let (bare, full) = (check(&both["bare"]), check(&both["full"]));
        for name in ["description", "author", "image"] {
            assert!(bare.get(name).is_none() && !full[name].is_null(), "{field}.{name}");
        }
        let words = Some(json!(3)).filter(|_| field == "post");
        assert_eq!(
            (bare.get("wordCount"), full.get("wordCount")),
            (words.as_ref(), words.as_ref()),
            "{field}"
        );
    }
}

async fn what_to_mind_comes_before_what_to_do(app: TestApp) {
    app.mutate("saveSite", json!({ "disclaimer": "Ask your own team." }), "site { title }").await;
    published(&app, with(json!({ "frequency": { "perWeek": { "min": 3 } } }))).await;
    let fields = "jsonLd plan { text printableHtml calendar(startsOn: \"2026-12-01\") }";
    let shown = routine(&app, "two-steps", fields).await;
    let calendar = shown["plan"]["calendar"].as_str().expect("a calendar").replace("\r\n ", "");
    let description = calendar.lines().find(|line| line.starts_with("DESCRIPTION:")).expect("a description");
    let data: Value = serde_json::from_str(shown["jsonLd"].as_str().expect("JSON")).expect("JSON");
    let steps = data["step"].to_string();
    for (text, to_do) in [
        (shown["plan"]["text"].as_str().expect("a text"), "Squat"),
        (shown["plan"]["printableHtml"].as_str().expect("a page"), "Squat"),
        (description, "It takes"),
        (&steps, "Squat"),
    ] {
        let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
        assert!(at("Stop when it hurts.") < at(to_do) && at("Ask your own team.") < at(to_do), "{text}");
    }
}

async fn reminders_that_make_no_sense_are_told(app: TestApp) {
    published(&app, with(json!({ "frequency": { "perWeek": { "min": 3 } } }))).await;
    for (arguments, code) in [
        ("startsOn: \"2026-12-01\", weeks: 0", "OUT_OF_RANGE"),
        ("startsOn: \"2026-12-01\", weeks: 53", "OUT_OF_RANGE"),
        ("startsOn: \"2026-12-01\", at: [\"25:00\"]", "BAD_USER_INPUT"),
        ("startsOn: \"2026-02-30\"", "BAD_USER_INPUT"),
    ] {
        let query = format!("{{ routine(slug: \"two-steps\") {{ plan {{ calendar({arguments}) }} }} }}");
        let reply = app.send(As::Anonymous, &query, json!({})).await;
        assert_eq!(reply.code(), code, "{arguments}: {}", reply.body);
    }
    // At the end of the calendar there are fewer days left, and nothing breaks.
    let last = "plan { calendar(startsOn: \"9999-12-31\") }";
    let last = routine(&app, "two-steps", last).await["plan"]["calendar"].clone();
    assert!(last.as_str().expect("a calendar").contains("BYDAY=FR;"), "{last}");
}

async fn renderings_have_addresses_of_their_own(app: TestApp) {
    let id = published(&app, with(json!({ "frequency": { "perWeek": { "min": 3 } } }))).await;
    let urls = "urls { page text chapters calendar }";
    let shown = routine(
        &app,
        "two-steps",
        &format!("plan {{ {urls} }} adapted(position: SEATED, without: [\"towel\"]) {{ plan {{ {urls} }} }}"),
    )
    .await;
    let (whole, seated) = (&shown["plan"]["urls"], &shown["adapted"]["plan"]["urls"]);
    let get = async |url: &Value| {
        let reply = app.client().get(url.as_str().expect("a URL")).send().await.expect("an answer");
        let kind = reply.headers()["content-type"].to_str().expect("text").to_owned();
        (reply.status().as_u16(), kind, reply.text().await.expect("a text"))
    };
    let (status, kind, page) = get(&whole["page"]).await;
    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.contains("Squat") && !page.contains("Instead of"));
    let (_, _, page) = get(&seated["page"]).await;
    assert!(page.contains("Instead of Squat"), "{page}");
    let (status, kind, text) = get(&seated["text"]).await;
    assert_eq!((status, kind.as_str()), (200, "text/plain; charset=utf-8"));
    assert!(text.contains("Leg extension"));
    let (status, kind, calendar) = get(&whole["calendar"]).await;
    assert_eq!((status, kind.as_str()), (200, "text/calendar; charset=utf-8"));
    let today = wellspring::domain::core::time::date(app.app.clock.now()).to_string().replace('-', "");
    assert!(calendar.contains(&format!("DTSTART:{today}T090000")), "{calendar}");
    assert_eq!(get(&whole["chapters"]).await.0, 404, "it has no video");
    let page = whole["page"].as_str().expect("a URL");
    for (query, status, words) in [
        ("?position=LYING", 422, "step 1, Squat (position)\nstep 2, Long breath out (position)"),
        ("?position=FLYING", 400, "BodyPosition"),
        ("?maxEffort=11", 400, "0 to 10"),
        ("?maxEffort=x", 400, "maxEffort"),
        ("?without=spoon", 400, "band"),
        ("?size=A4", 400, "size"),
    ] {
        let (found, _, text) = get(&json!(format!("{page}{query}"))).await;
        assert_eq!(found, status, "{query}: {text}");
        assert!(text.contains(words), "{query}: {text}");
    }
    for missing in ["page.pdf", "../page.html", ""] {
        assert_eq!(get(&json!(page.replace("page.html", missing))).await.0, 404, "{missing}");
    }
    app.mutate("unpublishEntry", json!({ "document": id }), "document { id }").await;
    assert_eq!(get(&whole["page"]).await.0, 404);
}
