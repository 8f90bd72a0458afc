//! What keeps programs out: a token that is good once and for a time, a proof of work, and limits.

use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{count, filled, try_ask};
use crate::app::{As, Backend, Files, TestApp, refusals, stories};
use crate::team::HOUR;

stories![a_form_is_good_once_and_neither_too_early_nor_too_late];

async fn form(app: &TestApp) -> Value {
    app.public("{ questionForm { token challenge minSeconds maxHours maxCharacters } }").await["questionForm"]
        .clone()
}

async fn send(app: &TestApp, form: &Value, proof: Option<String>) -> Vec<String> {
    let mut input = filled();
    input["formToken"] = form["token"].clone();
    input["proofOfWork"] = proof.into();
    let payload = app.data(As::Anonymous, super::ASK, json!({ "input": input })).await;
    refusals(&payload["askQuestion"])
}

async fn a_form_is_good_once_and_neither_too_early_nor_too_late(app: TestApp) {
    let one = form(&app).await;
    let expected = (&json!(3), &json!(24), &json!(4_000), &Value::Null);
    assert_eq!((&one["minSeconds"], &one["maxHours"], &one["maxCharacters"], &one["challenge"]), expected);
    app.advance(2_999);
    assert_eq!(send(&app, &one, None).await, ["TOO_SOON input.formToken"]);
    app.advance(1);
    assert_eq!(send(&app, &one, None).await, [""; 0]);
    assert_eq!(send(&app, &one, None).await, ["EXPIRED input.formToken"]);

    let late = form(&app).await;
    app.advance(24 * HOUR - 1);
    let just = form(&app).await;
    assert_eq!(send(&app, &late, None).await, [""; 0]);
    app.advance(24 * HOUR);
    assert_eq!(send(&app, &just, None).await, ["EXPIRED input.formToken"]);

    let good = form(&app).await["token"].as_str().expect("a token").to_owned();
    for at in [0, 5, 20, 40, good.len() - 2] {
        let turned = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
        let bad = format!("{}{turned}{}", &good[..at], &good[at + 1..]);
        let payload = try_ask(&app, json!({ "formToken": bad })).await;
        assert_eq!(refusals(&payload), ["INVALID input.formToken"], "{at}");
    }
    assert_eq!(count(&app).await, 2);

    // Of many that are sent at the same moment one is received.
    let one = form(&app).await;
    app.advance(10_000);
    let all = futures_util::future::join_all((0..8).map(|_| send(&app, &one, None))).await;
    assert_eq!(all.iter().filter(|refused| refused.is_empty()).count(), 1);
    assert_eq!(count(&app).await, 3);
}

/// What ALTCHA's widget answers.
fn solved(challenge: &str) -> String {
    let challenge: Challenge = serde_json::from_str(challenge).expect("a challenge");
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).expect("a good challenge");
    let payload = Payload { solution: solution.expect("there is one"), challenge };
    STANDARD.encode(serde_json::to_vec(&payload).expect("plain data"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_of_work_belongs_to_its_form() {
    let app = TestApp::start_changed(Backend::Sqlite, Files::Own, |config| {
        config.forms.proof_digits = Some(1);
    })
    .await
    .expect("SQLite is part of the program");
    let (one, other) = (form(&app).await, form(&app).await);
    app.advance(10_000);
    let challenge = |form: &Value| form["challenge"].as_str().expect("a challenge").to_owned();
    let proof = solved(&challenge(&one));
    let wanted = ["PROOF_REQUIRED input.proofOfWork"];
    assert_eq!(send(&app, &one, None).await, wanted);
    assert_eq!(send(&app, &one, Some(String::new())).await, wanted);
    assert_eq!(send(&app, &one, Some("nonsense".to_owned())).await, wanted);
    assert_eq!(send(&app, &one, Some("A".repeat(5_000))).await, wanted);
    // A solution of another form, an unsolved challenge, and one that somebody made easier.
    assert_eq!(send(&app, &other, Some(proof.clone())).await, wanted);
    let mut payload: Value = serde_json::from_slice(&STANDARD.decode(&proof).expect("base64")).expect("JSON");
    payload["solution"]["counter"] = json!(4_000_000);
    assert_eq!(send(&app, &one, Some(STANDARD.encode(payload.to_string()))).await, wanted);
    payload["challenge"]["parameters"]["keyPrefix"] = json!("");
    assert_eq!(send(&app, &one, Some(STANDARD.encode(payload.to_string()))).await, wanted);
    assert_eq!(count(&app).await, 0);
    assert_eq!(send(&app, &one, Some(proof.clone())).await, [""; 0]);
    // It is used with its form.
    assert_eq!(send(&app, &one, Some(proof)).await, ["EXPIRED input.formToken"]);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_sends_so_many_and_no_more() {
    let app = TestApp::start_changed(Backend::Sqlite, Files::Own, |config| {
        config.rate_limits.public_mutations = Some(3);
    })
    .await
    .expect("SQLite is part of the program");
    let mut forms = Vec::new();
    for _ in 0..4 {
        forms.push(form(&app).await);
    }
    app.advance(10_000);
    for form in &forms[..3] {
        assert_eq!(send(&app, form, None).await, [""; 0]);
    }
    let mut input = filled();
    input["formToken"] = forms[3]["token"].clone();
    let reply = app.send(As::Anonymous, super::ASK, json!({ "input": input })).await;
    assert_eq!(reply.code(), "RATE_LIMITED");
    app.advance(20_000);
    assert_eq!(send(&app, &forms[3], None).await, [""; 0]);
    assert_eq!(count(&app).await, 4);
}
