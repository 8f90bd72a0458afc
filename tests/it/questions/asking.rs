//! Asking: what is received, what is refused, and what comes back.

use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{as_reader, ask, count, desk, filled, own, publish, state, token, try_ask};
use crate::app::{As, TestApp, refusals, stories};
use crate::team::{DAY, HOUR};

stories![
    a_question_is_received_and_its_reader_comes_back_with_the_secret,
    what_is_wrong_is_told_by_its_path_and_nothing_is_stored,
    a_call_takes_questions_while_it_is_open,
    posts_that_look_like_an_answer_come_back,
    me_too_counts_once_for_each_browser,
    who_fills_in_what_nobody_sees_is_received_as_spam,
    a_question_that_is_sent_again_under_its_key_is_one_question,
];

async fn a_question_is_received_and_its_reader_comes_back_with_the_secret(app: TestApp) {
    let payload = try_ask(&app, json!({})).await;
    assert_eq!(refusals(&payload), [""; 0]);
    let expected = json!({ "state": "RECEIVED", "displayName": "Hildegard", "email": "hildegard@reader.example",
        "text": "My legs give way on the stairs since spring. Where do I begin?" });
    assert_eq!(payload["question"], expected);
    let secret = payload["secret"].as_str().expect("a secret");
    assert_eq!(payload["url"], app.url(&format!("/question#{secret}")));
    assert_eq!(own(&app, secret, "state displayName email text").await, expected);
    let more = own(
        &app,
        secret,
        "receivedAt call { slug } consents { answerPrivately publishParaphrase wording { version hash } }
         replies { text } publication { id } answers { slug }",
    )
    .await;
    let form = app.public("{ questionForm { wording { version hash } } }").await;
    assert_eq!(more["consents"]["wording"], form["questionForm"]["wording"]);
    assert_eq!(more["consents"]["answerPrivately"], true);
    assert_eq!(
        (&more["call"], &more["replies"], &more["publication"], &more["answers"]),
        (&Value::Null, &json!([]), &Value::Null, &json!([]))
    );
    // Another secret of the same form leads nowhere.
    let typo = format!("{}{}", &secret[..secret.len() - 1], if secret.ends_with('0') { '1' } else { '0' });
    for wrong in [typo.as_str(), "wsq_", "", "wsl_00"] {
        assert_eq!(own(&app, wrong, "state").await, Value::Null, "{wrong}");
    }

    // The least that a question can be: no name, no address, in another language of the site.
    app.mutate("saveSite", json!({ "locales": ["en", "de"] }), "site { title }").await;
    let asked = ask(
        &app,
        json!({ "displayName": null, "email": null, "locale": "de", "text": "Warum?",
            "consents": { "answerPrivately": false, "publishParaphrase": true } }),
    )
    .await;
    let known = desk(&app, &asked.id, "state locale hasAddress assignee { id } erasedAt toldAt").await;
    let expected = json!({ "state": "RECEIVED", "locale": "de", "hasAddress": false, "assignee": null,
        "erasedAt": null, "toldAt": null });
    assert_eq!(known, expected);
    assert_eq!(
        own(&app, &asked.secret, "displayName email").await,
        json!({ "displayName": null, "email": null })
    );
}

async fn what_is_wrong_is_told_by_its_path_and_nothing_is_stored(app: TestApp) {
    let consents =
        |answer: bool, publish: bool| json!({ "answerPrivately": answer, "publishParaphrase": publish });
    let cases = [
        (json!({ "text": "" }), "REQUIRED input.text"),
        (json!({ "text": " \n\t " }), "REQUIRED input.text"),
        (json!({ "text": "x".repeat(4_001) }), "TOO_LONG input.text"),
        (json!({ "text": "x".repeat(1_000_000) }), "TOO_LONG input.text"),
        (json!({ "text": "😀🦵❓".repeat(20) }), "INVALID input.text"),
        (json!({ "text": "12 34 ??" }), "INVALID input.text"),
        (json!({ "text": "My legs\u{202E}sgel yM" }), "INVALID input.text"),
        (json!({ "text": "My le\u{200B}gs are weak" }), "INVALID input.text"),
        (json!({ "text": "My le\u{0}gs are weak" }), "INVALID input.text"),
        (json!({ "displayName": "Hilde\r\nBcc: all@reader.example" }), "INVALID input.displayName"),
        (json!({ "displayName": "Hilde\u{200B}gard" }), "INVALID input.displayName"),
        (json!({ "displayName": "Hilde\u{202E}drag" }), "INVALID input.displayName"),
        (json!({ "displayName": "…" }), "INVALID input.displayName"),
        (json!({ "displayName": "x".repeat(121) }), "TOO_LONG input.displayName"),
        (json!({ "email": "hilde\r\nBcc: all@reader.example" }), "INVALID input.email"),
        (json!({ "email": "hilde@reader.example\u{202E}" }), "INVALID input.email"),
        (json!({ "email": "hilde" }), "INVALID input.email"),
        (json!({ "consents": consents(false, false) }), "CONSENT_REQUIRED input.consents.answerPrivately"),
        (json!({ "consents": consents(false, true) }), "CONSENT_REQUIRED input.consents.answerPrivately"),
        (json!({ "email": null, "consents": consents(false, false) }), "CONSENT_REQUIRED input.consents"),
        (json!({ "email": null }), "REQUIRED input.email"),
        (json!({ "locale": "tlh" }), "INVALID input.locale"),
        (json!({ "locale": "a b" }), "INVALID input.locale"),
        (json!({ "call": "question_01h455vb4pex5vsknk084sn02q" }), "INVALID_ID input.call"),
        (json!({ "call": "call_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND input.call"),
        (json!({ "formToken": "nonsense" }), "INVALID input.formToken"),
    ];
    for (changes, expected) in cases {
        let payload = try_ask(&app, changes.clone()).await;
        assert!(refusals(&payload).contains(&expected.to_owned()), "{changes}: {payload}");
        assert_eq!((&payload["secret"], &payload["question"]), (&Value::Null, &Value::Null), "{changes}");
    }
    assert_eq!(count(&app).await, 0);
    // Everything at once, and the form is still good for another try.
    let token = token(&app).await;
    let bad =
        json!({ "text": "", "email": "x", "displayName": "\u{200B}", "locale": "xx", "formToken": token });
    let payload = try_ask(&app, bad).await;
    let expected =
        ["REQUIRED input.text", "INVALID input.displayName", "INVALID input.email", "INVALID input.locale"];
    assert_eq!(refusals(&payload)[..3], expected[..3]);
    assert!(refusals(&payload).contains(&expected[3].to_owned()), "{payload}");
    let payload = try_ask(&app, json!({ "formToken": token })).await;
    assert_eq!(refusals(&payload), [""; 0]);
    assert_eq!(count(&app).await, 1);
    // Texts in other scripts, and what emoji and Persian are written with, are words like any other.
    for text in
        ["למה הרגליים שלי חלשות?", "چرا پاهایم ضعیف می\u{200C}شوند؟", "Why? 👩\u{200D}🦽 Because of it?"]
    {
        assert_eq!(refusals(&try_ask(&app, json!({ "text": text })).await), [""; 0], "{text}");
    }
}

async fn a_call_takes_questions_while_it_is_open(app: TestApp) {
    let series = app.mutate("saveSeries", json!({ "title": "MSMonday" }), "series { id }").await;
    let input = json!({ "title": "Questions for Monday", "text": "About stairs.",
        "opensAt": "2026-11-23T12:00:00Z", "closesAt": "2026-11-25T12:00:00Z", "series": series["series"]["id"] });
    let fields = "questionCall { id slug title text isOpen opensAt closesAt series { slug } }";
    let call = app.mutate("saveQuestionCall", input, fields).await["questionCall"].clone();
    let expected = json!({ "id": call["id"], "slug": "questions-for-monday", "title": "Questions for Monday",
        "text": "About stairs.", "isOpen": false, "opensAt": "2026-11-23T12:00:00Z",
        "closesAt": "2026-11-25T12:00:00Z", "series": { "slug": "msmonday" } });
    assert_eq!(call, expected);
    let open = async |open: &str| {
        let query = format!("{{ questionCalls({open}) {{ totalCount nodes {{ slug }} }} }}");
        app.public(&query).await["questionCalls"]["totalCount"].clone()
    };
    assert_eq!((open("open: true").await, open("open: false").await), (json!(0), json!(1)));
    let refused = try_ask(&app, json!({ "call": call["id"] })).await;
    assert_eq!(refusals(&refused), ["CLOSED input.call"]);

    app.advance(3 * HOUR);
    assert_eq!((open("open: true").await, open("open: false").await), (json!(1), json!(0)));
    let asked = ask(&app, json!({ "call": call["id"] })).await;
    assert_eq!(own(&app, &asked.secret, "call { slug }").await["call"]["slug"], "questions-for-monday");
    let query =
        r#"{ desk { questions(filter: { call: "questions-for-monday" }) { nodes { call { slug } } } } }"#;
    let of_call = app.data(As::Owner, query, json!({})).await;
    assert_eq!(
        of_call["desk"]["questions"]["nodes"],
        json!([{ "call": { "slug": "questions-for-monday" } }])
    );

    app.advance(2 * DAY);
    let refused = try_ask(&app, json!({ "call": call["id"] })).await;
    assert_eq!(refusals(&refused), ["CLOSED input.call"]);
    let longer = json!({ "id": call["id"], "closesAt": null });
    app.mutate("saveQuestionCall", longer, "questionCall { isOpen closesAt }").await;
    assert_eq!(refusals(&try_ask(&app, json!({ "call": call["id"] })).await), [""; 0]);

    for (changes, expected) in [
        (json!({ "title": "" }), "REQUIRED input.title"),
        (json!({ "title": "Other", "slug": "questions-for-monday" }), "TAKEN input.slug"),
        (
            json!({ "title": "Other", "opensAt": "2026-12-01T00:00:00Z", "closesAt": "2026-12-01T00:00:00Z" }),
            "OUT_OF_RANGE input.closesAt",
        ),
        (
            json!({ "title": "Other", "series": "series_01h455vb4pex5vsknk084sn02q" }),
            "NOT_FOUND input.series",
        ),
        (json!({ "id": "call_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND input.id"),
    ] {
        let payload = app.try_mutate("saveQuestionCall", changes, "questionCall { id }").await;
        assert_eq!(refusals(&payload), [expected]);
    }
    let log = app.public("{ changes(first: 100) { nodes { kind action id slug } } }").await;
    let of_calls: Vec<&Value> = log["changes"]["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|change| change["kind"] == "QUESTION_CALL")
        .collect();
    let change = |action: &str| json!({ "kind": "QUESTION_CALL", "action": action, "id": call["id"], "slug": "questions-for-monday" });
    assert_eq!(of_calls, [&change("CREATED"), &change("UPDATED")]);
}

async fn posts_that_look_like_an_answer_come_back(app: TestApp) {
    app.publish_post(
        json!({ "title": "Weak legs on the stairs: where to begin", "excerpt": "With a chair." }),
    )
    .await;
    app.publish_post(json!({ "title": "Dinner, sitting down" })).await;
    app.publish_post(json!({ "title": "Up from the floor", "body": "## Stairs\n\n## Weak knees\n\nText." }))
        .await;
    app.save_post(json!({ "title": "Weak legs on the stairs, a draft" })).await;
    app.mutate("saveSite", json!({ "locales": ["en", "de"] }), "site { title }").await;
    app.publish_post(json!({ "title": "Weak legs on the stairs", "locale": "de", "slug": "german" })).await;
    let similar = async |text: &str| {
        let payload = try_ask(&app, json!({ "text": text })).await;
        let posts = payload["similar"].as_array().expect("a list").clone();
        posts.iter().map(|post| post["slug"].as_str().expect("a slug").to_owned()).collect::<Vec<_>>()
    };
    let found = similar("My LEGS are WEAK, and every stair is too much: where shall I begin?").await;
    assert_eq!(found, ["weak-legs-on-the-stairs-where-to-begin", "up-from-the-floor"]);
    assert_eq!(similar("May I have a dog?").await, [""; 0]);
    assert_eq!(similar("Dinner on the stairs?").await, [""; 0], "one word each is no likeness");
    let found = similar("Weak on stairs, is sitting at dinner right?").await;
    assert_eq!(found[0], "dinner-sitting-down", "two words of one post say more than two of several");

    app.publish_post(json!({ "title": "Dinner, sitting down again" })).await;
    let found = similar("Sitting at dinner?").await;
    assert_eq!(found, ["dinner-sitting-down-again", "dinner-sitting-down"], "of two alike the newest first");

    // What a post answers is among what finds it, while it is public.
    let asked = super::accepted(&app, json!({})).await;
    publish(&app, &asked.id, "Hot baths leave me limp and shivering.").await;
    let post = super::draft(&app, "A letter", &[&asked.id]).await;
    app.publish(&post).await;
    assert_eq!(similar("Hot baths make me limp.").await, ["a-letter"]);
    app.mutate("unpublishQuestion", json!({ "question": asked.id }), "question { id }").await;
    assert_eq!(similar("Hot baths make me limp.").await, [""; 0]);
}

async fn me_too_counts_once_for_each_browser(app: TestApp) {
    let asked = super::accepted(&app, json!({})).await;
    let me_too = async |question: &str, key: &str| {
        let input = json!({ "question": question, "browserKey": key });
        as_reader(&app, "meToo", input, "counted question { meTooCount }").await
    };
    let [one, other] = ["3b1f7c52-7d1e-4a6e-9a43", "8e03978e-40d5-43dd-bc93"];
    assert_eq!(refusals(&me_too(&asked.id, one).await), ["NOT_FOUND input.question"]);
    publish(&app, &asked.id, "Stairs are too much for me.").await;
    for (key, counted, number) in [(one, true, 1), (one, false, 1), (other, true, 2), (one, false, 2)] {
        let payload = me_too(&asked.id, key).await;
        let expected = json!({ "counted": counted, "question": { "meTooCount": number }, "userErrors": [] });
        assert_eq!(payload, expected);
    }
    for bad in ["short", "with space in between", &"x".repeat(129), "ümlaut-ümlaut-ümlaut"] {
        assert_eq!(refusals(&me_too(&asked.id, bad).await), ["INVALID input.browserKey"]);
    }
    let all = (0..8).map(|number| {
        let key = format!("browser-number-{}", number / 2);
        let app = &app;
        let id = &asked.id;
        async move {
            let input = json!({ "question": id, "browserKey": key });
            as_reader(app, "meToo", input, "counted").await["counted"].clone()
        }
    });
    let counted: Vec<Value> = futures_util::future::join_all(all).await;
    assert_eq!(counted.iter().filter(|counted| **counted == true).count(), 4);
    // Other words for the question do not lose the count.
    publish(&app, &asked.id, "Stairs are far too much for me.").await;
    let query = format!(r#"{{ question(id: "{}") {{ meTooCount }} }}"#, asked.id);
    assert_eq!(app.public(&query).await["question"]["meTooCount"], 6);
    // Nor does a while in which it is not public, and who counted then counts no second time.
    app.mutate("unpublishQuestion", json!({ "question": asked.id }), "question { id }").await;
    assert_eq!(refusals(&me_too(&asked.id, one).await), ["NOT_FOUND input.question"]);
    publish(&app, &asked.id, "Stairs are too much for me.").await;
    let expected = json!({ "counted": false, "question": { "meTooCount": 6 }, "userErrors": [] });
    assert_eq!(me_too(&asked.id, one).await, expected);
    // Of what is taken back nothing is kept.
    as_reader(&app, "withdrawQuestion", json!({ "secret": asked.secret }), "question { state }").await;
    let left = entity::me_too::Entity::find().all(&app.app.db.reader()).await.expect("rows");
    assert_eq!(left, []);
}

async fn who_fills_in_what_nobody_sees_is_received_as_spam(app: TestApp) {
    let asked = ask(&app, json!({ "website": "https://pills.example" })).await;
    assert_eq!(own(&app, &asked.secret, "state").await["state"], "RECEIVED");
    assert_eq!(state(&app, &asked.id).await, "SPAM");
    assert_eq!(state(&app, &ask(&app, json!({ "website": "" })).await.id).await, "RECEIVED");
}

async fn a_question_that_is_sent_again_under_its_key_is_one_question(app: TestApp) {
    let call = json!({ "title": "Ask today", "opensAt": "2026-11-23T00:00:00Z", "closesAt": "2026-11-23T12:00:00Z" });
    let call = app.mutate("saveQuestionCall", call, "questionCall { id }").await["questionCall"].clone();
    let mut input = filled();
    input["formToken"] = token(&app).await.into();
    input["call"] = call["id"].clone();
    let body = json!({ "query": super::ASK, "variables": { "input": input } }).to_string();
    let send = async || {
        let request = app.client().post(app.url("/graphql")).header("content-type", "application/json");
        let answer = request.header("idempotency-key", "asked-once").body(body.clone()).send().await;
        answer.expect("an answer").text().await.expect("a whole answer")
    };
    let (first, second) = (send().await, send().await);
    assert!(first.contains("wsq_"), "{first}");
    assert_eq!(first, second);
    // Whoever lost the answer gets it, though by now the form is too old and the call is closed.
    app.advance(30 * HOUR);
    assert_eq!(send().await, first);
    assert_eq!(count(&app).await, 1);
}
