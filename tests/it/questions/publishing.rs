//! What the public reads of questions: the author's words, and never the reader's.

use serde_json::{Value, json};

use super::{accepted, as_reader, draft, publish};
use crate::app::{As, TestApp, refusals, stories};

stories![
    what_could_tell_who_asked_is_pointed_out_first,
    the_public_reads_what_the_author_wrote,
    a_post_shows_the_questions_that_it_answers,
    what_is_put_aside_leaves_the_public,
];

const FIELDS: &str = "question { publication { text } } details { kind text start end }";

async fn what_could_tell_who_asked_is_pointed_out_first(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    let paraphrase = "Since 2019, says Hildegard of Swansea, my legs give way.";
    let input = json!({ "question": asked.id, "paraphrase": paraphrase });
    let refused = app.try_mutate("publishQuestion", input, FIELDS).await;
    assert_eq!(refusals(&refused), ["PRIVATE_DETAILS input.paraphrase"]);
    let found: Vec<(Value, Value)> = refused["details"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|detail| (detail["kind"].clone(), detail["text"].clone()))
        .collect();
    let detail = |kind: &str, text: &str| (json!(kind), json!(text));
    let expected = [detail("DATE", "Since 2019"), detail("NAME", "Hildegard"), detail("NAME", "Swansea")];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.0, expected.0);
    }
    assert_eq!(app.public("{ questions { totalCount } }").await["questions"]["totalCount"], 0);
    // Each has to be confirmed by itself, and the original is not published at all.
    let some = json!({ "question": asked.id, "paraphrase": paraphrase, "confirmedDetails": [found[0].1] });
    assert_eq!(
        refusals(&app.try_mutate("publishQuestion", some, FIELDS).await),
        ["PRIVATE_DETAILS input.paraphrase"]
    );
    let all: Vec<&Value> = found.iter().map(|(_, text)| text).collect();
    let every = json!({ "question": asked.id, "paraphrase": paraphrase, "confirmedDetails": all });
    let published = app.mutate("publishQuestion", every, FIELDS).await;
    assert_eq!(published["question"]["publication"]["text"], paraphrase);
    let quoted = "My legs give way on the stairs since spring.";
    let quote = json!({ "question": asked.id, "paraphrase": quoted, "confirmedDetails": [quoted, "My legs give way on the stairs since spring"] });
    let refused = app.try_mutate("publishQuestion", quote, FIELDS).await;
    assert_eq!(refusals(&refused), ["PRIVATE_DETAILS input.paraphrase"]);
    assert_eq!(refused["details"][0]["kind"], "QUOTE");

    for (changes, expected) in [
        (json!({ "paraphrase": " " }), "REQUIRED input.paraphrase"),
        (json!({ "paraphrase": "x".repeat(1_001) }), "TOO_LONG input.paraphrase"),
        (json!({ "paraphrase": "Stairs are too mu\u{200B}ch for me." }), "INVALID input.paraphrase"),
        (json!({ "displayName": "An\u{200B}tje" }), "INVALID input.displayName"),
        (json!({ "tags": ["tag_01h455vb4pex5vsknk084sn02q"] }), "NOT_FOUND input.tags.0"),
        (json!({ "tags": ["nonsense"] }), "INVALID_ID input.tags.0"),
        (json!({ "question": "question_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND input.question"),
        (json!({ "question": "post_01h455vb4pex5vsknk084sn02q" }), "INVALID_ID input.question"),
    ] {
        let mut input = json!({ "question": asked.id, "paraphrase": "Stairs are too much for me." });
        for (name, value) in changes.as_object().expect("an object").clone() {
            input[name] = value;
        }
        let refused = app.try_mutate("publishQuestion", input, FIELDS).await;
        assert_eq!(refusals(&refused), [expected], "{changes}");
    }
}

async fn the_public_reads_what_the_author_wrote(app: TestApp) {
    let tag = app.mutate("saveTag", json!({ "name": "Walking" }), "tag { id }").await["tag"]["id"].clone();
    let call = app.mutate("saveQuestionCall", json!({ "title": "Round one" }), "questionCall { id }").await;
    let first = accepted(&app, json!({ "call": call["questionCall"]["id"] })).await;
    let input = json!({ "question": first.id, "paraphrase": "Stairs are too much for me.", "displayName": "Antje", "tags": [tag] });
    app.mutate("publishQuestion", input, FIELDS).await;
    let second = accepted(&app, json!({})).await;
    let input = json!({ "question": second.id, "paraphrase": "How do I get up from the floor?" });
    app.mutate("publishQuestion", input, FIELDS).await;

    let fields =
        "id text displayName label askedIn locale call { slug } tags { slug } meTooCount answers { slug }";
    let found = app.public(&format!("{{ questions {{ totalCount nodes {{ {fields} }} }} }}")).await;
    let named = json!({ "id": first.id, "text": "Stairs are too much for me.", "displayName": "Antje",
        "label": "Question from Antje", "askedIn": "2026-11", "locale": "en", "call": { "slug": "round-one" },
        "tags": [{ "slug": "walking" }], "meTooCount": 0, "answers": [] });
    let nameless = json!({ "id": second.id, "text": "How do I get up from the floor?", "displayName": null,
        "label": "Reader question", "askedIn": "2026-11", "locale": "en", "call": null, "tags": [],
        "meTooCount": 0, "answers": [] });
    assert_eq!(found["questions"], json!({ "totalCount": 2, "nodes": [nameless, named] }));
    let one = app.public(&format!(r#"{{ question(id: "{}") {{ {fields} }} }}"#, first.id)).await;
    assert_eq!(one["question"], named);
    let node =
        app.public(&format!(r#"{{ node(id: "{}") {{ ... on Question {{ text }} }} }}"#, first.id)).await;
    assert_eq!(node["node"]["text"], "Stairs are too much for me.");
    assert_eq!(
        app.public(r#"{ questionCall(slug: "round-one") { questions { nodes { id } } } }"#).await["questionCall"]
            ["questions"]["nodes"],
        json!([{ "id": first.id }])
    );

    let post = draft(&app, "An answer", &[&first.id]).await;
    app.publish(&post).await;
    for (filter, expected) in [
        (r#"tag: "walking""#, vec![&first.id]),
        (r#"tag: "none""#, vec![]),
        (r#"call: "round-one""#, vec![&first.id]),
        ("answered: true", vec![&first.id]),
        ("answered: false", vec![&second.id]),
        (r#"locale: "de""#, vec![]),
        (r#"locale: "en", answered: true, tag: "walking", call: "round-one""#, vec![&first.id]),
    ] {
        let query = format!(
            "{{ questions(filter: {{ {filter} }}) {{ totalCount nodes {{ id answers {{ slug }} }} }} }}"
        );
        let found = app.public(&query).await["questions"].clone();
        let ids: Vec<&str> = found["nodes"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|node| node["id"].as_str())
            .collect();
        assert_eq!(
            (ids, &found["totalCount"]),
            (expected.iter().map(|id| id.as_str()).collect(), &json!(expected.len())),
            "{filter}"
        );
    }
    // Everything that changed stands in the log, by the id.
    let log = app.public("{ changes(first: 100) { nodes { kind action id slug path } } }").await;
    let of_first: Vec<&Value> = log["changes"]["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|change| change["id"] == first.id.as_str())
        .collect();
    let change = |action: &str| json!({ "kind": "QUESTION", "action": action, "id": first.id, "slug": null, "path": null });
    assert_eq!(of_first, [&change("CREATED"), &change("UPDATED")]);
    // Other words are a change of the post as well, and what is left out stays.
    let input = json!({ "question": first.id, "paraphrase": "Steps are too much for me." });
    app.mutate("publishQuestion", input, FIELDS).await;
    let log = app.public("{ changes(last: 2) { nodes { kind action slug } } }").await;
    let updated = |kind: &str, slug: Value| json!({ "kind": kind, "action": "UPDATED", "slug": slug });
    let expected = json!([updated("QUESTION", Value::Null), updated("POST", json!("an-answer"))]);
    assert_eq!(log["changes"]["nodes"], expected);
    let read = async || {
        let query = format!(r#"{{ question(id: "{}") {{ text displayName tags {{ slug }} }} }}"#, first.id);
        app.public(&query).await["question"].clone()
    };
    let expected = json!({ "text": "Steps are too much for me.", "displayName": "Antje", "tags": [{ "slug": "walking" }] });
    assert_eq!(read().await, expected);
    let input = json!({ "question": first.id, "paraphrase": "Steps are too much for me.", "displayName": null, "tags": null });
    app.mutate("publishQuestion", input, FIELDS).await;
    assert_eq!(
        read().await,
        json!({ "text": "Steps are too much for me.", "displayName": null, "tags": [] })
    );
    assert_eq!(
        app.send(As::Anonymous, r#"{ question(id: "nonsense") { id } }"#, json!({})).await.code(),
        "INVALID_ID"
    );
}

async fn a_post_shows_the_questions_that_it_answers(app: TestApp) {
    let (public, private) = (accepted(&app, json!({})).await, accepted(&app, json!({})).await);
    publish(&app, &public.id, "Stairs are too much for me.").await;
    let post = draft(&app, "An answer", &[&private.id, &public.id]).await;
    // A preview shows it as it is going to be.
    let preview = app.mutate("createPreview", json!({ "document": post }), "secret").await;
    let preview = preview["secret"].as_str().expect("a secret").to_owned();
    let query = r#"{ post(slug: "an-answer") { questions { id label answers { slug } } jsonLd } }"#;
    let previewed = app.data(As::Preview(&preview), query, json!({})).await;
    assert_eq!(previewed["post"]["questions"][0]["id"], public.id.as_str());
    app.publish(&post).await;
    let found = app.public(query).await["post"].clone();
    let expected =
        json!([{ "id": public.id, "label": "Question from Antje", "answers": [{ "slug": "an-answer" }] }]);
    assert_eq!(found["questions"], expected);
    let data: Value = serde_json::from_str(found["jsonLd"].as_str().expect("text")).expect("JSON");
    assert_eq!(crate::vocabulary::faults(&data), [""; 0]);
    let question = &data["mainEntity"][0];
    assert_eq!((&data["@type"], &question["@type"]), (&json!("BlogPosting"), &json!("Question")));
    assert_eq!(question["text"], "Stairs are too much for me.");
    assert_eq!(question["author"]["name"], "Antje");
    let answer = &question["acceptedAnswer"];
    assert_eq!((&answer["@type"], &answer["text"]), (&json!("Answer"), &json!("With a chair.")));
    assert_eq!(answer["url"], data["url"]);
    assert!(!found.to_string().contains(&private.id), "what is not public is in no list");

    // The whole list of posts with their questions is read in a fixed number of statements.
    for number in 0..5 {
        let asked = accepted(&app, json!({})).await;
        publish(&app, &asked.id, &format!("Stairs are too much for me, again {number}.")).await;
        let post = draft(&app, &format!("Answer {number}"), &[&asked.id, &public.id]).await;
        app.publish(&post).await;
    }
    let query =
        "query($first: Int) { posts(first: $first) { nodes { questions { text answers { title } } } } }";
    let [few, many] = [1, 6].map(|first| app.send(As::Anonymous, query, json!({ "first": first })));
    let (few, many) = (few.await, many.await);
    assert_eq!(few.statements(), many.statements());
    assert_eq!(many.body["data"]["posts"]["nodes"].as_array().map(Vec::len), Some(6));
    let written = app.data(As::Owner, &format!(r#"{{ desk {{ documents(first: 1) {{ nodes {{ revision {{ questions }} }} }} }} node(id: "{post}") {{ ... on Document {{ revision {{ questions }} }} }} }}"#), json!({})).await;
    assert_eq!(written["node"]["revision"]["questions"], json!([private.id, public.id]));
}

async fn what_is_put_aside_leaves_the_public(app: TestApp) {
    let total = async || app.public("{ questions { totalCount } }").await["questions"]["totalCount"].clone();
    let target = accepted(&app, json!({})).await.id;
    for (mutation, input) in [
        ("declineQuestion", json!({ "reason": "OTHER" })),
        ("mergeQuestion", json!({ "into": target })),
        ("markQuestionSpam", json!({})),
        ("unpublishQuestion", json!({})),
    ] {
        let asked = accepted(&app, json!({})).await;
        publish(&app, &asked.id, "Stairs are too much for me.").await;
        assert_eq!(total().await, 1);
        let mut input = input;
        input["question"] = json!(asked.id);
        app.mutate(mutation, input.clone(), "question { publication { id } }").await;
        assert_eq!(total().await, 0, "{mutation}");
        let log = app.public("{ changes(last: 1) { nodes { kind action id } } }").await;
        let expected = json!([{ "kind": "QUESTION", "action": "DELETED", "id": asked.id }]);
        assert_eq!(log["changes"]["nodes"], expected, "{mutation}");
        if mutation == "unpublishQuestion" {
            let again = app.try_mutate(mutation, input, "question { id }").await;
            assert_eq!(refusals(&again), ["INVALID_TRANSITION input.question"]);
        }
    }
    let asked = accepted(&app, json!({})).await;
    publish(&app, &asked.id, "Stairs are too much for me.").await;
    let erased = as_reader(&app, "eraseQuestion", json!({ "secret": asked.secret }), "erased").await;
    assert_eq!((&erased["erased"], total().await), (&json!(true), json!(0)));
}
