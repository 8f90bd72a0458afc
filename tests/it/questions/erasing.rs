//! What was erased stays erased, whatever comes back; and what is over goes by itself.

use entity::{question, question_intake, question_link};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use wellspring::app::{App, Clock};

use super::{accepted, as_reader, ask, desk, draft, own, publish, state};
use crate::app::{As, TestApp, refusals, stories};
use crate::commands::program::{Server, run, token};
use crate::team::{DAY, owner};

stories![
    what_was_erased_and_is_restored_is_erased_again,
    the_team_erases_for_who_asks_by_mail,
    originals_go_when_their_time_is_over,
    who_repeats_a_question_is_kept_until_its_answer_is_old,
    what_cannot_be_opened_stands_in_nobodys_way,
];

async fn erase(app: &TestApp, secret: &str) -> Value {
    as_reader(app, "eraseQuestion", json!({ "secret": secret }), "erased").await
}

async fn originals(app: &TestApp, id: &str) -> Value {
    let fields = "questions { original { text } notes { text } }";
    let read = app.mutate("readQuestions", json!({ "questions": [id] }), fields).await;
    read["questions"][0].clone()
}

async fn what_was_erased_and_is_restored_is_erased_again(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    publish(&app, &asked.id, "Stairs are too much for me.").await;
    let note = json!({ "question": asked.id, "text": "Of the stairs." });
    app.mutate("addQuestionNote", note.clone(), "question { id }").await;
    let post = draft(&app, "Answer", &[&asked.id]).await;
    app.publish(&post).await;
    app.run_jobs().await;

    // Yesterday's copy: the rows as they are now.
    let reader = app.app.db.reader();
    let row = question_intake::Entity::find().one(&reader).await.expect("rows").expect("a row");
    let links = question_link::Entity::find().all(&reader).await.expect("rows");
    let public = question::Entity::find().one(&reader).await.expect("rows").expect("a row");
    assert_eq!(links.len(), 2, "that of the form, and that of the letter");

    assert_eq!(erase(&app, &asked.secret).await, json!({ "erased": true, "userErrors": [] }));
    assert_eq!(own(&app, &asked.secret, "state").await, Value::Null);
    let known = desk(&app, &asked.id, "state hasAddress erasedAt publication { id }").await;
    assert_eq!(
        (&known["state"], &known["hasAddress"], &known["publication"]),
        (&json!("WITHDRAWN"), &json!(false), &Value::Null)
    );
    assert_ne!(known["erasedAt"], Value::Null);
    assert_eq!(originals(&app, &asked.id).await, json!({ "original": null, "notes": [] }));
    let left = question_intake::Entity::find().one(&reader).await.expect("rows").expect("a row");
    assert_eq!((left.key_id, left.wrapped_key, left.sealed, left.address_hash), (None, None, None, None));
    assert_eq!(question_link::Entity::find().all(&reader).await.expect("rows"), []);
    assert_eq!(refusals(&erase(&app, &asked.secret).await), ["EXPIRED input.secret"]);
    let refused = app.try_mutate("addQuestionNote", note, "question { id }").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.question"]);
    // The post, which is the author's, stays; only its question is gone.
    let found = app.public(r#"{ post(slug: "answer") { title questions { id } } }"#).await;
    assert_eq!(found["post"], json!({ "title": "Answer", "questions": [] }));

    let restore = async || {
        let tx = app.app.db.begin().await.expect("a transaction");
        row.clone().into_active_model().reset_all().update(&tx).await.expect("restored");
        for link in links.clone() {
            link.into_active_model().reset_all().insert(&tx).await.expect("restored");
        }
        public.clone().into_active_model().reset_all().insert(&tx).await.expect("restored");
        tx.commit().await.expect("a commit");
    };
    // Nobody of the team reads it, though nobody has noticed yet.
    restore().await;
    assert_eq!(originals(&app, &asked.id).await, json!({ "original": null, "notes": [] }));
    assert_eq!(own(&app, &asked.secret, "state").await, Value::Null);
    assert_eq!(app.public("{ questions { totalCount } }").await["questions"]["totalCount"], 0);
    // A process that starts notices before it serves anybody.
    restore().await;
    let config = (*app.app.config).clone();
    App::start(config, Clock::System).await.expect("the application starts");
    assert_eq!(own(&app, &asked.secret, "state").await, Value::Null);
    assert_eq!(app.public("{ questions { totalCount } }").await["questions"]["totalCount"], 0);
    let left = question_intake::Entity::find().one(&reader).await.expect("rows").expect("a row");
    assert_eq!((left.wrapped_key, left.sealed), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yesterdays_file_shows_nothing_of_what_was_erased_today() {
    let folder = tempfile::tempdir().expect("a folder");
    let common = "proof_of_work = \"off\"\nform_min_seconds = 0\n";
    std::fs::write(folder.path().join("wellspring.toml"), common).expect("a file");
    let server = Server::start(folder.path(), &[]).await;
    let token = token(folder.path());
    let form = server.data("", "{ questionForm { token } }").await["questionForm"]["token"].clone();
    let query = format!(
        "mutation {{ askQuestion(input: {{ text: \"Canary words?\", formToken: {form}, consents: {{ answerPrivately: false, publishParaphrase: true }} }}) {{ secret }} }}"
    );
    let secret =
        server.data("", &query).await["askQuestion"]["secret"].as_str().expect("a secret").to_owned();
    server.terminate();
    server.ended().await;
    let (database, copy) = (folder.path().join("data/wellspring.db"), folder.path().join("yesterday.db"));
    std::fs::copy(&database, &copy).expect("a copy");

    let server = Server::start(folder.path(), &[]).await;
    let erase = format!("mutation {{ eraseQuestion(input: {{ secret: {secret:?} }}) {{ erased }} }}");
    assert_eq!(server.data("", &erase).await["eraseQuestion"]["erased"], true);
    server.terminate();
    server.ended().await;
    for leftover in ["data/wellspring.db-wal", "data/wellspring.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(leftover));
    }
    std::fs::copy(&copy, &database).expect("the copy is back");

    let server = Server::start(folder.path(), &[]).await;
    let query = format!("{{ askedQuestion(secret: {secret:?}) {{ text }} }}");
    assert_eq!(server.data("", &query).await["askedQuestion"], Value::Null);
    let list = "{ desk { questions { nodes { id state erasedAt } } } }";
    let question = server.data(&token, list).await["desk"]["questions"]["nodes"][0].clone();
    assert_eq!(question["state"], "WITHDRAWN");
    assert_ne!(question["erasedAt"], Value::Null);
    let read = format!(
        "mutation {{ readQuestions(input: {{ questions: [{}] }}) {{ questions {{ original {{ text }} }} }} }}",
        question["id"]
    );
    assert_eq!(server.data(&token, &read).await["readQuestions"]["questions"][0]["original"], Value::Null);
    server.terminate();
    let (_, log) = server.ended().await;
    assert!(log.contains("1 erased questions were back, and are erased again"), "{log}");
    // No key is left with which anything could be opened.
    let doctor = run(folder.path(), &["doctor"]).succeeded();
    assert!(doctor.stdout.contains("sealed questions: none"), "{}", doctor.stdout);
}

async fn the_team_erases_for_who_asks_by_mail(app: TestApp) {
    let asked = ask(&app, json!({})).await;
    let query = "mutation($input: QuestionInput!) { eraseOriginal(input: $input) {
        question { state erasedAt } userErrors { path code } } }";
    let input = json!({ "input": { "question": asked.id } });
    // No program does that.
    assert_eq!(app.send(As::Owner, query, input.clone()).await.code(), "FORBIDDEN");
    let session = owner(&app).await;
    let erased = app.data(As::Token(&session), query, input.clone()).await["eraseOriginal"].clone();
    assert_eq!((&erased["question"]["state"], refusals(&erased)), (&json!("WITHDRAWN"), vec![]));
    assert_eq!(originals(&app, &asked.id).await["original"], Value::Null);
    let missing = json!({ "input": { "question": "question_01h455vb4pex5vsknk084sn02q" } });
    let refused = app.data(As::Token(&session), query, missing).await;
    assert_eq!(refusals(&refused["eraseOriginal"]), ["NOT_FOUND input.question"]);
}

async fn originals_go_when_their_time_is_over(app: TestApp) {
    let days = json!({ "keepSpamDays": 10, "keepClosedDays": 20, "keepAnsweredDays": 30 });
    let saved =
        app.mutate("saveSite", days, "site { questionRetention { spamDays closedDays answeredDays } }").await;
    let expected = json!({ "spamDays": 10, "closedDays": 20, "answeredDays": 30 });
    assert_eq!(saved["site"]["questionRetention"], expected);
    let refused = app
        .try_mutate("saveSite", json!({ "keepSpamDays": 0, "keepClosedDays": 3_651 }), "site { title }")
        .await;
    assert_eq!(refusals(&refused), ["OUT_OF_RANGE input.keepSpamDays", "OUT_OF_RANGE input.keepClosedDays"]);

    let waiting = ask(&app, json!({})).await;
    let spam = ask(&app, json!({})).await;
    app.mutate("markQuestionSpam", json!({ "question": spam.id }), "question { id }").await;
    let declined = ask(&app, json!({})).await;
    let decline = json!({ "question": declined.id, "reason": "OFF_TOPIC" });
    app.mutate("declineQuestion", decline, "question { id }").await;
    let answered = accepted(&app, json!({})).await;
    publish(&app, &answered.id, "Stairs are too much for me.").await;
    let post = draft(&app, "Answer", &[&answered.id]).await;
    app.publish(&post).await;
    app.run_jobs().await;
    wellspring::jobs::expire::plan(&app.app).await.expect("planned");
    let all = [&waiting, &spam, &declined, &answered];
    let left = async || {
        let mut left = Vec::new();
        for asked in all {
            left.push(own(&app, &asked.secret, "text").await["text"].is_string());
        }
        left
    };
    for (days, expected) in [
        (9, [true, true, true, true]),
        (2, [true, false, true, true]),
        (10, [true, false, false, true]),
        (10, [true, false, false, false]),
        (4_000, [true, false, false, false]),
    ] {
        app.advance(days * DAY);
        assert_eq!(app.run_jobs().await, 1, "the job of the night asks for the next one");
        assert_eq!(left().await, expected, "{days}");
    }
    // Where each stands is known still, and so is what the author wrote.
    let states =
        [state(&app, &spam.id).await, state(&app, &declined.id).await, state(&app, &answered.id).await];
    assert_eq!(states, ["SPAM", "DECLINED", "ANSWERED"]);
    let found = app.public("{ questions { nodes { text answers { slug } } } }").await;
    let expected = json!([{ "text": "Stairs are too much for me.", "answers": [{ "slug": "answer" }] }]);
    assert_eq!(found["questions"]["nodes"], expected);
    // And so is what its reader agreed to, who can take that back by the same link; of the others nothing is left.
    let kept = "text displayName email consents { answerPrivately publishParaphrase }";
    let kept = own(&app, &answered.secret, kept).await;
    assert_eq!([&kept["text"], &kept["displayName"], &kept["email"]], [&Value::Null; 3]);
    assert_eq!(kept["consents"], json!({ "answerPrivately": true, "publishParaphrase": true }));
    assert_ne!(desk(&app, &answered.id, "erasedAt").await["erasedAt"], Value::Null);
    assert_eq!(own(&app, &declined.secret, "state").await, Value::Null);
    let withdrawn =
        as_reader(&app, "withdrawQuestion", json!({ "secret": answered.secret }), "question { state }").await;
    assert_eq!(withdrawn["question"]["state"], "WITHDRAWN");
    assert_eq!(app.public("{ questions { totalCount } }").await["questions"]["totalCount"], 0);
}

/// What the job of the night leaves after so many days: whether the text of each question is there.
async fn after(app: &TestApp, days: i64, all: &[&str]) -> Vec<bool> {
    app.advance(days * DAY);
    app.run_jobs().await;
    let mut left = Vec::new();
    for secret in all {
        left.push(own(app, secret, "text").await["text"].is_string());
    }
    left
}

async fn who_repeats_a_question_is_kept_until_its_answer_is_old(app: TestApp) {
    wellspring::jobs::expire::plan(&app.app).await.expect("planned");
    let asked = accepted(&app, json!({})).await;
    let again = ask(&app, json!({ "email": "again@reader.example" })).await;
    app.mutate("mergeQuestion", json!({ "question": again.id, "into": asked.id }), "question { id }").await;
    let all = [&*asked.secret, &*again.secret];
    assert_eq!(after(&app, 400, &all).await, [true, true], "both wait for an answer");
    let post = draft(&app, "Answer", &[&asked.id]).await;
    app.publish(&post).await;
    // The night comes, and the letter leads somewhere still.
    assert_eq!(after(&app, 1, &all).await, [true, true]);
    let told: Vec<String> = app.app.mailer.take_sent().into_iter().map(|letter| letter.to).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(after(&app, 178, &all).await, [true, true]);
    assert_eq!(after(&app, 3, &all).await, [true, false], "180 days, as what is closed");
    assert_eq!(after(&app, 190, &all).await, [false, false], "a year, as what is answered");
}

async fn what_cannot_be_opened_stands_in_nobodys_way(app: TestApp) {
    wellspring::jobs::expire::plan(&app.app).await.expect("planned");
    let (lost, other) = (accepted(&app, json!({})).await, accepted(&app, json!({})).await);
    for asked in [&lost, &other] {
        publish(&app, &asked.id, "Stairs are too much for me.").await;
    }
    let post = draft(&app, "Answer", &[&lost.id, &other.id]).await;
    app.publish(&post).await;
    app.run_jobs().await;
    super::sealing::spoil(&app, &lost.id).await;
    app.advance(366 * DAY);
    app.run_jobs().await;
    // What is public stays, and the reader of the other one has consent and link still.
    assert_eq!(app.public("{ questions { totalCount } }").await["questions"]["totalCount"], 2);
    let kept = own(&app, &other.secret, "text consents { publishParaphrase }").await;
    assert_eq!(kept, json!({ "text": null, "consents": { "publishParaphrase": true } }));
    // The consent to what is public is not thrown away: its key may come back.
    let rows = question_intake::Entity::find().all(&app.app.db.reader()).await.expect("rows");
    let lost_id = wellspring::domain::core::id::parse(&lost.id).expect("an id");
    let kept = rows.iter().find(|row| row.id == lost_id).expect("a row");
    assert!(kept.sealed.is_some() && kept.key_id.is_some() && kept.erased_at.is_none(), "{kept:?}");
    // Nothing is written beside what is left.
    let note = json!({ "question": other.id, "text": "Late." });
    let refused = app.try_mutate("addQuestionNote", note.clone(), "question { id }").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.question"]);
    let refused = app.try_mutate("replyToQuestion", note, "question { id }").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.question"]);
    // Both can be taken back. Of what is not public the consent goes too.
    assert_eq!(erase(&app, &lost.secret).await, json!({ "erased": true, "userErrors": [] }));
    let withdrawn =
        as_reader(&app, "withdrawQuestion", json!({ "secret": other.secret }), "question { state }").await;
    assert_eq!(withdrawn["question"]["state"], "WITHDRAWN");
    assert_eq!(app.public("{ questions { totalCount } }").await["questions"]["totalCount"], 0);
    app.advance(181 * DAY);
    app.run_jobs().await;
    let rows = question_intake::Entity::find().all(&app.app.db.reader()).await.expect("rows");
    assert!(rows.iter().all(|row| row.key_id.is_none() && row.sealed.is_none()), "{rows:?}");
    assert_eq!(question_link::Entity::find().all(&app.app.db.reader()).await.expect("rows"), []);
}
