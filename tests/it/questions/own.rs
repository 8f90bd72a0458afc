//! The reader's own side: what one agrees to, taking a question back, and the words that were agreed to.

use serde_json::{Value, json};

use super::{accepted, as_reader, ask, draft, letters, own, publish, state, token, try_ask};
use crate::app::{As, Reply, TestApp, refusals, stories};

stories![
    a_reader_changes_what_she_agrees_to,
    a_reader_takes_a_question_back,
    what_was_agreed_to_is_known_whatever_the_form_says_now,
    the_page_behind_the_link_is_there,
    a_secret_or_an_address_is_not_taken_from_a_url,
];

/// Whoever keeps the log of a proxy would have them.
async fn a_secret_or_an_address_is_not_taken_from_a_url(app: TestApp) {
    let asked = ask(&app, json!({})).await;
    let by_address = "{ desk { questions(filter: { email: \"hildegard@reader.example\" }) { totalCount } } }";
    for query in
        [format!("{{ askedQuestion(secret: {:?}) {{ state }} }}", asked.secret), by_address.to_owned()]
    {
        let request = app.client().get(app.url("/graphql")).query(&[("query", &query)]);
        let answer =
            Reply::read(request.bearer_auth(app.owner_token()).send().await.expect("an answer")).await;
        assert!(answer.text.contains("addresses are logged, bodies are not"), "{}", answer.text);
        app.data(As::Owner, &query, json!({})).await;
    }
}

const CONSENTS: &str = "question { consents { answerPrivately publishParaphrase } publication { id } }";

async fn a_reader_changes_what_she_agrees_to(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    publish(&app, &asked.id, "Stairs are too much for me.").await;
    let change = async |answer: bool, publish: bool| {
        let consents = json!({ "answerPrivately": answer, "publishParaphrase": publish });
        let input = json!({ "secret": asked.secret, "consents": consents });
        as_reader(&app, "changeQuestionConsents", input, CONSENTS).await
    };
    let found = app.public("{ questions { nodes { text } } }").await;
    assert_eq!(found["questions"]["nodes"][0]["text"], "Stairs are too much for me.");
    // Without the consent the paraphrase leaves the public, and the team cannot put it back.
    let changed = change(true, false).await;
    let expected =
        json!({ "consents": { "answerPrivately": true, "publishParaphrase": false }, "publication": null });
    assert_eq!(changed["question"], expected);
    assert_eq!(app.public("{ questions { nodes { text } } }").await["questions"]["nodes"], json!([]));
    let input = json!({ "question": asked.id, "paraphrase": "Stairs are too much for me." });
    let refused = app.try_mutate("publishQuestion", input, "question { id }").await;
    assert_eq!(refusals(&refused), ["CONSENT_REQUIRED input.question"]);
    // Without the other one nobody writes.
    assert_eq!(change(false, true).await["question"]["consents"]["answerPrivately"], false);
    let post = draft(&app, "Answer", &[&asked.id]).await;
    app.publish(&post).await;
    assert_eq!(state(&app, &asked.id).await, "ANSWERED");
    assert_eq!(letters(&app).await, [""; 0]);
    assert_eq!(refusals(&change(false, false).await), ["CONSENT_REQUIRED input.consents"]);
    // Each change is kept, the first one first.
    let input = json!({ "questions": [asked.id] });
    let fields =
        "questions { original { consents { answerPrivately publishParaphrase wording { version } } } }";
    let read = app.mutate("readQuestions", input, fields).await;
    let consents = read["questions"][0]["original"]["consents"].as_array().expect("a list").clone();
    let pairs: Vec<(bool, bool)> = consents
        .iter()
        .map(|consent| (consent["answerPrivately"] == true, consent["publishParaphrase"] == true))
        .collect();
    assert_eq!(pairs, [(true, true), (true, false), (false, true)]);
    assert!(consents.iter().all(|consent| consent["wording"]["version"] == 1));

    let nameless = ask(
        &app,
        json!({ "email": null, "consents": { "answerPrivately": false, "publishParaphrase": true } }),
    )
    .await;
    let consents = json!({ "answerPrivately": true, "publishParaphrase": true });
    let input = json!({ "secret": nameless.secret, "consents": consents });
    let refused = as_reader(&app, "changeQuestionConsents", input, CONSENTS).await;
    assert_eq!(refusals(&refused), ["INVALID input.consents.answerPrivately"]);
}

async fn a_reader_takes_a_question_back(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    publish(&app, &asked.id, "Stairs are too much for me.").await;
    let input = json!({ "secret": asked.secret });
    let fields = "question { state text publication { id } }";
    let withdrawn = as_reader(&app, "withdrawQuestion", input.clone(), fields).await;
    let expected = json!({ "state": "WITHDRAWN", "publication": null,
        "text": "My legs give way on the stairs since spring. Where do I begin?" });
    assert_eq!(withdrawn["question"], expected);
    assert_eq!(state(&app, &asked.id).await, "WITHDRAWN");
    assert_eq!(app.public("{ questions { totalCount } }").await["questions"]["totalCount"], 0);
    let again = as_reader(&app, "withdrawQuestion", input, fields).await;
    assert_eq!(refusals(&again), ["INVALID_TRANSITION input.secret"]);
    let unknown = as_reader(&app, "withdrawQuestion", json!({ "secret": "wsq_1" }), fields).await;
    assert_eq!(refusals(&unknown), ["EXPIRED input.secret"]);
    // A post that would have answered it is published without it, and nobody is told.
    let post = draft(&app, "Answer", &[&asked.id]).await;
    app.publish(&post).await;
    assert_eq!(state(&app, &asked.id).await, "WITHDRAWN");
    assert_eq!(letters(&app).await, [""; 0]);
    assert_eq!(own(&app, &asked.secret, "answers { slug }").await["answers"], json!([]));
}

async fn what_was_agreed_to_is_known_whatever_the_form_says_now(app: TestApp) {
    let wording = "wording { version hash answerPrivately publishParaphrase }";
    let form = async || {
        app.public(&format!("{{ questionForm {{ {wording} }} }}")).await["questionForm"]["wording"].clone()
    };
    let before = form().await;
    assert_eq!(before["version"], 1);
    let open = token(&app).await;
    let words = json!({ "consentWording": { "answerPrivately": "Write to me." } });
    app.mutate("saveSite", words.clone(), "site { title }").await;
    let after = form().await;
    assert_eq!((&after["version"], &after["answerPrivately"]), (&json!(2), &json!("Write to me.")));
    assert_eq!(after["publishParaphrase"], before["publishParaphrase"]);
    assert_ne!(after["hash"], before["hash"]);
    // The same words are no other version.
    app.mutate("saveSite", words, "site { title }").await;
    assert_eq!(form().await["version"], 2);

    // Whoever had the form open agreed to what it said.
    let old = try_ask(&app, json!({ "formToken": open })).await;
    let new = ask(&app, json!({})).await;
    let agreed = async |secret: &Value| {
        let secret = secret.as_str().expect("a secret");
        own(&app, secret, &format!("consents {{ {wording} }}")).await["consents"]["wording"].clone()
    };
    assert_eq!(agreed(&old["secret"]).await, before);
    assert_eq!(agreed(&json!(new.secret)).await, after);
    let refused = app
        .try_mutate(
            "saveSite",
            json!({ "consentWording": { "answerPrivately": "x".repeat(1_001) } }),
            "site { title }",
        )
        .await;
    assert_eq!(refusals(&refused), ["TOO_LONG input.consentWording.answerPrivately"]);
    app.mutate("saveSite", json!({ "consentWording": null }), "site { title }").await;
    assert_eq!((&form().await["version"], &form().await["hash"]), (&json!(3), &before["hash"]));
}

async fn the_page_behind_the_link_is_there(app: TestApp) {
    for (path, kind) in [
        ("/question", "text/html; charset=utf-8"),
        ("/question/question.js", "text/javascript; charset=utf-8"),
        ("/question/question.css", "text/css; charset=utf-8"),
    ] {
        let answer = app.client().get(app.url(path)).send().await.expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &kind.parse().expect("a value"))
        );
        assert!(
            answer.headers()["content-security-policy"]
                .to_str()
                .expect("text")
                .contains("default-src 'none'")
        );
    }
    let missing = app.client().get(app.url("/question/other.js")).send().await.expect("an answer");
    assert_eq!(missing.status(), 404);
}
