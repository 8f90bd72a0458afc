//! `serve --demo`: what a newcomer meets first.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::program::{Server, token};

/// The first query of the README, which is what a newcomer sends.
fn first_query() -> Option<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(readme).ok()?;
    let (_, rest) = text.split_once("```graphql\n")?;
    Some(rest.split_once("```").expect("the block ends").0.to_owned())
}

#[tokio::test]
async fn the_demo_answers_the_first_query_of_the_readme() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["--demo"]).await;
    let query = first_query().expect("the README has a query");
    let data = server.data("", &query).await;
    let nodes = data["posts"]["nodes"].as_array().expect("posts");
    assert_eq!(nodes.len(), 3);
    for node in nodes {
        for field in ["title", "path", "author", "tags", "series"] {
            assert!(!node[field].is_null(), "{field} of {node}");
        }
    }
}

#[tokio::test]
async fn the_demo_is_a_whole_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["--demo"]).await;
    let counts = "{
        posts { totalCount } pages { totalCount } routines { totalCount } tags { totalCount } seriesList { totalCount } authors { totalCount }
        german: posts(filter: { locale: \"de\" }) { totalCount nodes { translations { locale } } }
        site { locales menus { items { url } } }
    }";
    let public = server.data("", counts).await;
    let count = |name: &str| public[name]["totalCount"].as_u64().expect("a number");
    assert!(count("posts") >= 14, "{} posts", count("posts"));
    let named = ["pages", "routines", "tags", "seriesList", "authors", "german"].map(count);
    assert_eq!(named, [2, 3, 8, 2, 2, 2]);
    let english = json!({ "translations": [{ "locale": "en" }] });
    assert_eq!(public["german"]["nodes"], json!([english, english]));

    let token = token(folder.path());
    let states = "{ desk {
        draft: documents(filter: { state: DRAFT }) { totalCount }
        trashed: documents(filter: { state: TRASHED }) { totalCount }
        changed: documents(filter: { state: CHANGED }, first: 5) { totalCount nodes { difference(from: 1) { fields { field } } } }
    } }";
    let desk = server.data(&token, states).await["desk"].clone();
    let count = |name: &str| desk[name]["totalCount"].clone();
    assert_eq!(["draft", "trashed", "changed"].map(count), [1, 1, 1]);
    let changed = &desk["changed"]["nodes"][0]["difference"]["fields"];
    assert!(changed.as_array().is_some_and(|fields| !fields.is_empty()));

    // Every link of the site leads somewhere: menus, embeds, and the posts' own paths.
    let menus = public["site"]["menus"].as_array().expect("menus").iter();
    let links =
        menus.flat_map(|menu| menu["items"].as_array().expect("items")).map(|item| item["url"].clone());
    let query = "query($path: String!) { entry(path: $path) { path } }";
    for link in links {
        let found = server.send("", query, json!({ "path": link })).await.expect("an answer");
        assert_eq!(found["data"]["entry"]["path"], link);
    }
    let texts = "{ entries(first: 100) { nodes { slug wordCount body { embeds {
        ... on EntryEmbed { target: entry { id } } ... on AssetEmbed { target: asset { id } } } } } } }";
    let texts = server.data(&token, texts).await["entries"]["nodes"].clone();
    for entry in texts.as_array().expect("entries") {
        assert!(entry["wordCount"].as_u64().is_some_and(|words| words > 100), "{entry}");
        let embeds = entry["body"]["embeds"].as_array().expect("embeds");
        assert!(embeds.iter().all(|embed| embed["target"] != Value::Null), "{entry}");
    }

    // Its files are there, with their words, and are served.
    let files = "{ authors { nodes { avatar { alt } } } posts(first: 100) { nodes { cover { alt url image(width: 640) { url } } } }
        post(slug: \"kitchen-counter-balance\") { body { embeds { ... on AssetEmbed { poster { alt }
            asset { kind durationSeconds transcript url tracks { kind language url } } } } } } }";
    let files = server.data("", files).await;
    for author in files["authors"]["nodes"].as_array().expect("authors") {
        assert!(author["avatar"]["alt"].is_string(), "{author}");
    }
    let covers: Vec<&Value> =
        files["posts"]["nodes"].as_array().expect("posts").iter().map(|post| &post["cover"]).collect();
    assert_eq!(covers.iter().filter(|cover| cover.is_object()).count(), 5);
    let film = &files["post"]["body"]["embeds"][0];
    assert_eq!(
        (&film["asset"]["kind"], film["asset"]["tracks"].as_array().map(Vec::len)),
        (&json!("VIDEO"), Some(3))
    );
    assert!(film["asset"]["transcript"].is_string() && film["poster"]["alt"].is_string(), "{film}");
    let tracks = film["asset"]["tracks"].as_array().expect("tracks").iter().map(|track| &track["url"]);
    let shown = covers
        .iter()
        .filter(|cover| cover.is_object())
        .flat_map(|cover| [&cover["url"], &cover["image"]["url"]]);
    for url in tracks.chain(shown).chain([&film["asset"]["url"]]) {
        let answer = reqwest::get(url.as_str().expect("a URL")).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{url}");
    }
}

#[tokio::test]
async fn the_demo_has_routines_for_different_bodies() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["--demo"]).await;
    let routines = "{ routines(first: 10) { nodes { slug safetyNotes { kind } lastReviewed reviewedBy } } }";
    let routines = server.data("", routines).await["routines"]["nodes"].clone();
    let routines = routines.as_array().expect("routines");
    let slugs: Vec<&str> = routines.iter().filter_map(|routine| routine["slug"].as_str()).collect();
    assert_eq!(slugs, ["bad-day-in-a-chair", "counter-stands", "sit-to-stand-ladder"]);
    for routine in routines {
        let notes = routine["safetyNotes"].as_array().expect("notes");
        assert!(notes.iter().any(|note| note["kind"] == "STOP"), "{routine}");
        assert!(routine["lastReviewed"].is_string() && routine["reviewedBy"].is_string(), "{routine}");
    }

    // They stand in the posts, with their steps.
    let posts = "{ ladder: post(slug: \"weak-legs-where-to-start\") { body { html } }
        counter: post(slug: \"kitchen-counter-balance\") { body { html } } }";
    let posts = server.data("", posts).await;
    for (post, title, step, count) in [
        ("ladder", "The sit-to-stand ladder", "Sit to stand", 9),
        ("counter", "Four stands and a walk to the biscuit", "Sidesteps along the worktop", 6),
    ] {
        let html = posts[post]["body"]["html"].as_str().expect("html");
        let (_, embed) = html.split_once("<aside class=\"embed embed-routine\">").expect("a routine");
        let (embed, _) = embed.split_once("</aside>").expect("its end");
        for part in [title, "<li class=\"routine-stop\">", &format!("<li><strong>{step}</strong>, ")] {
            assert!(embed.contains(part), "{part} in {embed}");
        }
        assert_eq!(embed.matches("<li><strong>").count(), count, "{embed}");
    }

    // Whoever does not stand can do the ladder and the bad day, and hears which step of the stands has no other form.
    let fields = "plan { steps { exercise { name } replaces } } unmet { number exercise reasons }";
    let query = format!(
        "{{ ladder: routine(slug: \"sit-to-stand-ladder\") {{ adapted(position: SEATED) {{ {fields} }}
                gentle: adapted(maxEffort: 3) {{ {fields} }}
                bare: adapted(position: SEATED, without: [\"ankle weight\", \"bag of rice in a long sock\"]) {{ {fields} }} }}
            chair: routine(slug: \"bad-day-in-a-chair\") {{ adapted(position: SEATED) {{ {fields} }} }}
            counter: routine(slug: \"counter-stands\") {{ adapted(position: SEATED) {{ {fields} }} }} }}"
    );
    let found = server.data("", &query).await;
    let replaced = |plan: &Value| -> Vec<(String, String)> {
        assert_eq!(plan["unmet"], json!([]));
        let steps = plan["plan"]["steps"].as_array().expect("steps").iter();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        steps.filter_map(|step| Some((text(&step["replaces"])?, text(&step["exercise"]["name"])?))).collect()
    };
    let seated = [
        ("Sit to stand", "Press and let go"),
        ("Heel raises at the worktop", "Heel raises on the chair"),
        ("Straighten one knee, with a weight", "Straighten one knee"),
        ("One stair up, one stair down", "Marching on the chair"),
        ("Slow calf at the wall", "Slow calf with a towel"),
    ]
    .map(|(from, to)| (from.to_owned(), to.to_owned()));
    let [stands, heels, knee, stair, calf] = seated.clone();
    let ladder = &found["ladder"];
    assert_eq!(replaced(&ladder["adapted"]), [stands.clone(), heels.clone(), stair.clone(), calf]);
    assert_eq!(replaced(&ladder["bare"]), seated);
    let taps = (stair.0, "Toe taps on the stair".to_owned());
    assert_eq!(replaced(&ladder["gentle"]), [stands, heels, knee, taps]);
    assert!(replaced(&found["chair"]["adapted"]).is_empty());
    assert_eq!(
        found["counter"]["adapted"],
        json!({ "plan": null, "unmet": [
            { "number": 6, "exercise": "Sidesteps along the worktop", "reasons": ["POSITION"] },
        ] })
    );
}

#[tokio::test]
async fn the_ladder_of_the_demo_has_all_that_a_routine_can_have() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["--demo"]).await;
    let dose = "prescription { sets { max } reps { min } duration { min } breaths { min } hold { min } restBetweenReps { min }
        restBetweenSets { min } side tempo effort { min } load { min } distance { min } }";
    let query = format!(
        "{{ routine(slug: \"sit-to-stand-ladder\") {{ goal audience difficulty frequency {{ perWeek {{ min }} perDay {{ min }} }}
            progression {{ text criterion }} safetyNotes {{ kind }} video {{ asset {{ id }} }} lastReviewed reviewedBy
            exercises {{ position cues commonMistakes {dose} equipment {{ required substitute }} clip {{ start end }}
                alternatives {{ relation }} }}
            blocks {{ title rounds {{ min max }} restBetweenRounds {{ min }} steps {{ note hasOwnPrescription }} }}
            plan {{ chapters calendar(startsOn: \"2026-12-01\") }} jsonLd }} }}"
    );
    let routine = server.data("", &query).await["routine"].clone();
    let lacking =
        paths(&routine, "", false).difference(&paths(&routine, "", true)).cloned().collect::<Vec<_>>();
    assert_eq!(lacking, [""; 0], "each field has a value somewhere");
    let values = |path: &[&str]| {
        let mut found = vec![&routine];
        for name in path {
            let inner = found.into_iter().map(|value| &value[name]);
            found = inner
                .flat_map(|value| value.as_array().map_or_else(|| vec![value], |list| list.iter().collect()))
                .collect();
        }
        found.into_iter().filter(|value| !value.is_null()).map(Value::to_string).collect::<BTreeSet<_>>()
    };
    for (path, expected) in [
        (&["safetyNotes", "kind"][..], &["CAUTION", "CONSULT", "STOP"][..]),
        (&["exercises", "alternatives", "relation"], &["EASIER", "HARDER", "NO_EQUIPMENT", "SEATED"]),
        (&["exercises", "prescription", "side"], &["ALTERNATING", "BOTH", "EACH"]),
    ] {
        assert_eq!(values(path), expected.iter().map(|name| format!("{name:?}")).collect(), "{path:?}");
    }
    let both = BTreeSet::from(["false".to_owned(), "true".to_owned()]);
    assert_eq!(values(&["exercises", "equipment", "required"]), both);
    assert_eq!(values(&["blocks", "steps", "hasOwnPrescription"]), both);
    assert!(values(&["blocks", "rounds", "max"]).iter().any(|rounds| rounds != "1"));
    assert!(values(&["exercises", "prescription", "sets", "max"]).iter().any(|sets| sets != "1"));
    let data = serde_json::from_str(routine["jsonLd"].as_str().expect("text")).expect("JSON");
    assert_eq!(crate::vocabulary::faults(&data), [""; 0]);
}

/// Where in an answer there are fields, or only those that say something. All items of a list are in one place.
fn paths(value: &Value, path: &str, must_say: bool) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, inner)| !must_say || !(inner.is_null() || *inner == &json!([])))
            .flat_map(|(name, inner)| {
                let path = format!("{path}.{name}");
                let below = paths(inner, &path, must_say);
                std::iter::once(path).chain(below).collect::<Vec<_>>()
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(|item| paths(item, path, must_say)).collect(),
        _ => BTreeSet::new(),
    }
}

#[tokio::test]
async fn the_demo_has_questions_in_every_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["--demo"]).await;
    let public = "{
        open: questionCalls(open: true) { nodes { closesAt series { slug } } }
        closed: questionCalls(open: false) { nodes { closesAt series { slug } } }
        answered: questions(filter: { answered: true }, first: 100) { totalCount nodes { text displayName } }
        waiting: questions(filter: { answered: false }) { totalCount }
        post(slug: \"weak-legs-where-to-start\") { questions { label meTooCount } jsonLd }
        questionForm { challenge }
    }";
    let public = server.data("", public).await;
    for calls in ["open", "closed"] {
        let calls = public[calls]["nodes"].as_array().expect("a list");
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0]["series"]["slug"], "msmonday");
    }
    assert_eq!((&public["answered"]["totalCount"], &public["waiting"]["totalCount"]), (&json!(9), &json!(1)));
    assert_eq!(public["post"]["questions"][0]["label"], "Question from Hildegard");
    assert!(public["post"]["jsonLd"].as_str().expect("text").contains("acceptedAnswer"));
    assert_eq!(public["questionForm"]["challenge"], json!(null), "a person solves no hashes");

    let token = token(folder.path());
    let desk =
        "{ desk { questions(first: 100) { nodes { id state toldAt erasedAt } } replyTemplates { title } } }";
    let desk = server.data(&token, desk).await["desk"].clone();
    let questions = desk["questions"]["nodes"].as_array().expect("a list").clone();
    let in_state = |state: &str| questions.iter().filter(|question| question["state"] == state).count();
    let states = ["RECEIVED", "ACCEPTED", "ANSWERED", "DECLINED", "DUPLICATE", "WITHDRAWN", "SPAM"];
    assert_eq!(states.map(in_state), [3, 2, 10, 2, 1, 2, 1]);
    assert_eq!(questions.iter().filter(|question| !question["erasedAt"].is_null()).count(), 1);
    assert_eq!(desk["replyTemplates"].as_array().map(Vec::len), Some(3));
    // What readers wrote is read by those who answer, and tells what no paraphrase tells.
    let ids: Vec<_> = questions.iter().map(|question| question["id"].clone()).collect();
    let read = "mutation($input: ReadQuestionsInput!) { readQuestions(input: $input) {
        questions { original { text displayName } question { publication { text displayName } } } userErrors { code } } }";
    let read = server.send(&token, read, json!({ "input": { "questions": ids } })).await.expect("an answer");
    let read = read["data"]["readQuestions"].clone();
    assert_eq!(read["userErrors"], json!([]));
    let mut compared = 0;
    for one in read["questions"].as_array().expect("a list") {
        let (original, public) = (&one["original"], &one["question"]["publication"]);
        if original.is_null() || public.is_null() {
            continue;
        }
        compared += 1;
        assert_ne!(original["text"], public["text"]);
        assert!(original["displayName"].is_null() || original["displayName"] != public["displayName"]);
    }
    assert_eq!(compared, 10);
    // Their readers were told long ago: no letter leaves.
    assert!(!folder.path().join("data/mail").exists());
}

#[tokio::test]
async fn the_demo_stays_out_of_a_site_with_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Server::start(folder.path(), &[]).await;
    let save = "mutation { savePost(input: { title: \"Mine\" }) { document { title } } }";
    server.data(&token, save).await;
    drop(server);
    let server = Server::start(folder.path(), &["--demo"]).await;
    let documents = server.data(&token, "{ desk { documents { nodes { title } } } }").await;
    assert_eq!(documents["desk"]["documents"]["nodes"], json!([{ "title": "Mine" }]));
}
