//! Publishing a post answers its questions and tells each asker once; taking it back takes the answer back.

use entity::question_link;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use wellspring::jobs::Ended;

use super::{accepted, as_reader, ask, desk, draft, letters, own, publish, state};
use crate::app::{As, TestApp, refusals, stories};
use crate::mail::server::{MailServer, Manner, Step};
use crate::mail::smtp;
use crate::team::{DAY, HOUR};

stories![
    a_publication_answers_its_questions_and_tells_each_asker_once,
    an_answer_that_is_gone_before_the_letter_left_tells_nobody,
    askers_of_repeated_questions_are_told_too,
    who_asked_twice_is_told_once,
    a_letter_that_may_have_left_is_not_sent_for_the_next_publication,
    a_letter_that_was_refused_is_sent_with_the_next_publication,
    what_cannot_be_answered_is_refused_by_its_place,
    schedules_and_bulk_publications_answer_as_well,
    another_revision_answers_other_questions,
];

async fn unpublish(app: &TestApp, post: &str) {
    let query =
        format!("mutation {{ unpublishEntry(input: {{ document: {post:?} }}) {{ userErrors {{ code }} }} }}");
    let done = app.data(As::Owner, &query, json!({})).await;
    assert_eq!(done["unpublishEntry"]["userErrors"], json!([]));
}

async fn a_publication_answers_its_questions_and_tells_each_asker_once(app: TestApp) {
    app.mutate("saveSite", json!({ "title": "Steady Ground" }), "site { title }").await;
    let asked = accepted(&app, json!({})).await;
    let other = accepted(&app, json!({ "email": "antje@reader.example", "displayName": null })).await;
    let silent = accepted(
        &app,
        json!({ "email": null, "consents": { "answerPrivately": false, "publishParaphrase": true } }),
    )
    .await;
    let post = draft(&app, "Weak legs", &[&asked.id, &other.id, &silent.id]).await;
    assert_eq!(state(&app, &asked.id).await, "ACCEPTED", "a draft answers nothing");
    app.publish(&post).await;
    for question in [&asked, &other, &silent] {
        assert_eq!(state(&app, &question.id).await, "ANSWERED");
        let answers = own(&app, &question.secret, "state answers { slug }").await;
        assert_eq!(answers, json!({ "state": "ANSWERED", "answers": [{ "slug": "weak-legs" }] }));
        assert_eq!(desk(&app, &question.id, "answeredBy").await["answeredBy"], json!([post]));
    }
    app.run_jobs().await;
    let sent = app.app.mailer.take_sent();
    let mut to: Vec<&str> = sent.iter().map(|letter| letter.to.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["antje@reader.example", "hildegard@reader.example"]);
    for letter in &sent {
        let letter = mail_parser::MessageParser::default().parse(&letter.bytes).expect("a message");
        // Neither what was asked nor the title of the answer, which would tell it too.
        assert_eq!(letter.subject(), Some("News from Steady Ground"));
        let (text, html) = (letter.body_text(0).expect("text"), letter.body_html(0).expect("HTML"));
        for private in ["legs", "stairs", "weak-legs", "Weak"] {
            assert!(!text.contains(private) && !html.contains(private), "{private}: {text}");
        }
        let greeting = if text.contains("Hello Hildegard,") { "Hello Hildegard," } else { "Hello,\n" };
        assert!(text.replace("\r\n", "\n").starts_with(greeting), "{text}");
        let link = text.split_whitespace().find(|word| word.starts_with("http")).expect("a link");
        let secret = link.split_once('#').expect("a secret").1;
        assert_eq!(own(&app, secret, "state").await["state"], "ANSWERED");
    }

    // Taken back and published again, and another post besides: nobody is told a second time.
    unpublish(&app, &post).await;
    assert_eq!(state(&app, &asked.id).await, "ACCEPTED");
    assert_eq!(own(&app, &asked.secret, "answers { slug }").await["answers"], json!([]));
    app.publish(&post).await;
    let second = draft(&app, "More about legs", &[&asked.id]).await;
    app.publish(&second).await;
    assert_eq!(letters(&app).await, [""; 0]);
    // With one of two answers gone it is answered still.
    unpublish(&app, &post).await;
    assert_eq!(
        (state(&app, &asked.id).await, state(&app, &other.id).await),
        ("ANSWERED".to_owned(), "ACCEPTED".to_owned())
    );
    let query = format!(
        "mutation {{ trashDocument(input: {{ document: {second:?} }}) {{ userErrors {{ code }} }} }}"
    );
    app.data(As::Owner, &query, json!({})).await;
    assert_eq!(state(&app, &asked.id).await, "ACCEPTED");
    assert_eq!(letters(&app).await, [""; 0]);
}

async fn an_answer_that_is_gone_before_the_letter_left_tells_nobody(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    let post = draft(&app, "Weak legs", &[&asked.id]).await;
    app.publish(&post).await;
    unpublish(&app, &post).await;
    assert_eq!(letters(&app).await, [""; 0]);
    assert_eq!(desk(&app, &asked.id, "toldAt").await["toldAt"], Value::Null);
    app.publish(&post).await;
    assert_eq!(letters(&app).await, ["hildegard@reader.example"]);
    unpublish(&app, &post).await;
    app.publish(&post).await;
    assert_eq!(letters(&app).await, [""; 0]);

    // Whoever erased a question meanwhile is not written to.
    let erased = accepted(&app, json!({ "email": "gone@reader.example" })).await;
    let post = draft(&app, "Balance", &[&erased.id]).await;
    app.publish(&post).await;
    as_reader(&app, "eraseQuestion", json!({ "secret": erased.secret }), "erased").await;
    assert_eq!(letters(&app).await, [""; 0]);
}

async fn askers_of_repeated_questions_are_told_too(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    let merge = async |one: &str, into: &str| {
        app.try_mutate("mergeQuestion", json!({ "question": one, "into": into }), "question { mergedInto }")
            .await
    };
    let early = ask(&app, json!({ "email": "early@reader.example" })).await;
    let first = ask(&app, json!({ "email": "first@reader.example" })).await;
    assert_eq!(refusals(&merge(&early.id, &first.id).await), [""; 0]);
    // What was merged before goes along.
    let merged = merge(&first.id, &asked.id).await;
    assert_eq!(merged["question"]["mergedInto"], asked.id.as_str());
    assert_eq!(
        desk(&app, &early.id, "mergedInto state").await,
        json!({ "mergedInto": asked.id, "state": "DUPLICATE" })
    );
    assert_eq!(refusals(&merge(&asked.id, &asked.id).await), ["INVALID input.into"]);
    assert_eq!(refusals(&merge(&asked.id, &first.id).await), ["INVALID_TRANSITION input.into"]);

    let post = draft(&app, "Weak legs", &[&asked.id]).await;
    app.publish(&post).await;
    assert_eq!(
        letters(&app).await,
        ["early@reader.example", "first@reader.example", "hildegard@reader.example"]
    );
    let seen = own(&app, &early.secret, "state answers { slug }").await;
    assert_eq!(seen, json!({ "state": "DUPLICATE", "answers": [{ "slug": "weak-legs" }] }));
    // Whoever asks later hears of the answer that is there.
    let late = ask(&app, json!({ "email": "late@reader.example" })).await;
    assert_eq!(refusals(&merge(&late.id, &asked.id).await), [""; 0]);
    assert_eq!(letters(&app).await, ["late@reader.example"]);
    unpublish(&app, &post).await;
    app.publish(&post).await;
    assert_eq!(letters(&app).await, [""; 0]);
    // By mistake: it is a question of its own again.
    app.mutate("acceptQuestion", json!({ "question": late.id }), "question { mergedInto }").await;
    assert_eq!(
        desk(&app, &late.id, "mergedInto state").await,
        json!({ "mergedInto": null, "state": "ACCEPTED" })
    );
}

async fn who_asked_twice_is_told_once(app: TestApp) {
    let merge = async |one: &str, into: &str| {
        app.mutate("mergeQuestion", json!({ "question": one, "into": into }), "question { id }").await;
    };
    // Sent in three times, as people do who see no answer; the last time with another address.
    let (asked, again) = (accepted(&app, json!({})).await, ask(&app, json!({})).await);
    let other = ask(&app, json!({ "email": "h@work.example" })).await;
    merge(&again.id, &asked.id).await;
    merge(&other.id, &asked.id).await;
    let post = draft(&app, "Weak legs", &[&asked.id]).await;
    // Gone before the letters left, nobody is told; published again, each address is.
    app.publish(&post).await;
    unpublish(&app, &post).await;
    assert_eq!(letters(&app).await, [""; 0]);
    for question in [&asked, &again, &other] {
        assert_eq!(desk(&app, &question.id, "toldAt").await["toldAt"], Value::Null);
    }
    app.publish(&post).await;
    assert_eq!(letters(&app).await, ["h@work.example", "hildegard@reader.example"]);
    // Once more, after the answer.
    let late = ask(&app, json!({})).await;
    merge(&late.id, &asked.id).await;
    assert_eq!(letters(&app).await, [""; 0]);
    assert_ne!(desk(&app, &late.id, "toldAt").await["toldAt"], Value::Null);
    // As a question of its own it has not been told of.
    app.mutate("acceptQuestion", json!({ "question": late.id }), "question { id }").await;
    let post = draft(&app, "Stairs", &[&late.id]).await;
    app.publish(&post).await;
    assert_eq!(letters(&app).await, ["hildegard@reader.example"]);
}

/// Runs what is due with letters to a server of these manners.
async fn work_with(app: &TestApp, manner: Manner) -> Vec<Ended> {
    let server = MailServer::start(manner).await;
    let mut app = app.app.clone();
    app.mailer = smtp(&format!("smtp://{}", server.address));
    let ended = wellspring::jobs::run_due(&app).await.expect("jobs can be taken");
    ended.into_iter().map(|(_, ended)| ended).collect()
}

async fn links(app: &TestApp) -> u64 {
    question_link::Entity::find().count(&app.app.db.reader()).await.expect("a count")
}

async fn a_letter_that_may_have_left_is_not_sent_for_the_next_publication(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    let post = draft(&app, "Weak legs", &[&asked.id]).await;
    app.publish(&post).await;
    // The server has the letter, and its word for that is lost.
    let ended = work_with(&app, Manner::Drop(Step::End)).await;
    assert!(
        matches!(&ended[..], [Ended::Failed(reason)] if reason.contains("may have been sent")),
        "{ended:?}"
    );
    assert_eq!(links(&app).await, 2, "the link in it works");
    unpublish(&app, &post).await;
    app.advance(HOUR);
    assert_eq!(letters(&app).await, [""; 0]);
    app.publish(&post).await;
    assert_eq!(letters(&app).await, [""; 0]);
    assert_ne!(desk(&app, &asked.id, "toldAt").await["toldAt"], Value::Null);

    // With the answer still there it is sent again, as the same letter.
    let asked = accepted(&app, json!({ "email": "antje@reader.example" })).await;
    let post = draft(&app, "Stairs", &[&asked.id]).await;
    app.publish(&post).await;
    assert!(matches!(&work_with(&app, Manner::Drop(Step::End)).await[..], [Ended::Failed(_)]));
    app.advance(HOUR);
    assert_eq!(letters(&app).await, ["antje@reader.example"]);
}

async fn a_letter_that_was_refused_is_sent_with_the_next_publication(app: TestApp) {
    let asked = accepted(&app, json!({})).await;
    let told = async || desk(&app, &asked.id, "toldAt").await["toldAt"] != Value::Null;
    let post = draft(&app, "Weak legs", &[&asked.id]).await;
    app.publish(&post).await;
    // For now; then the answer is gone before the next try.
    let ended = work_with(&app, Manner::Answer(Step::Rcpt, "451 greylisted")).await;
    assert!(matches!(&ended[..], [Ended::Failed(_)]), "{ended:?}");
    assert_eq!((links(&app).await, told().await), (1, true), "nobody has the link");
    unpublish(&app, &post).await;
    app.advance(HOUR);
    assert_eq!(letters(&app).await, [""; 0]);
    assert!(!told().await);
    // For good.
    app.publish(&post).await;
    let ended = work_with(&app, Manner::Answer(Step::Rcpt, "550 nobody here")).await;
    assert!(matches!(&ended[..], [Ended::Died(_)]), "{ended:?}");
    assert_eq!((links(&app).await, told().await), (1, false));
    // The address is in order again, and the team publishes anew.
    unpublish(&app, &post).await;
    app.advance(HOUR);
    app.publish(&post).await;
    assert_eq!(letters(&app).await, ["hildegard@reader.example"]);
    assert!(told().await);
    // Then nothing is left to do for the one that died.
    let dead = app.data(As::Owner, "{ desk { jobs(state: DEAD) { nodes { id } } } }", json!({})).await;
    let id = &dead["desk"]["jobs"]["nodes"][0]["id"];
    app.mutate("retryJob", json!({ "id": id }), "job { id }").await;
    assert_eq!(letters(&app).await, [""; 0]);
}

async fn what_cannot_be_answered_is_refused_by_its_place(app: TestApp) {
    let good = accepted(&app, json!({})).await;
    let received = ask(&app, json!({})).await;
    let repeated = ask(&app, json!({})).await;
    app.mutate("mergeQuestion", json!({ "question": repeated.id, "into": good.id }), "question { id }").await;
    let post = draft(&app, "Weak legs", &[&good.id, &received.id, &repeated.id]).await;
    let refused = app.try_mutate("publishEntry", json!({ "document": post }), "document { id }").await;
    let expected = ["INVALID_TRANSITION input.questions.1", "INVALID_TRANSITION input.questions.2"];
    assert_eq!(refusals(&refused), expected);
    assert!(refused["userErrors"][1]["message"].as_str().expect("text").contains(&good.id));
    assert_eq!(state(&app, &good.id).await, "ACCEPTED");
    assert_eq!(app.public("{ posts { totalCount } }").await["posts"]["totalCount"], 0);
    let later = json!({ "document": post, "at": "2026-12-01T09:00:00Z" });
    let refused = app.try_mutate("scheduleEntry", later, "schedule { id }").await;
    assert_eq!(refusals(&refused), expected);

    for (questions, expected) in [
        (json!(["question_01h455vb4pex5vsknk084sn02q"]), "NOT_FOUND input.questions.0"),
        (json!([good.id, "nonsense"]), "INVALID_ID input.questions.1"),
        (json!(vec![good.id.clone(); 21]), "TOO_MANY input.questions"),
    ] {
        let input = json!({ "title": "Other", "questions": questions });
        assert_eq!(refusals(&app.try_mutate("savePost", input, "document { id }").await), [expected]);
    }
    // Named twice it is answered once.
    let twice = draft(&app, "Twice", &[&good.id, &good.id]).await;
    app.publish(&twice).await;
    assert_eq!(desk(&app, &good.id, "answeredBy").await["answeredBy"], json!([twice]));
}

async fn schedules_and_bulk_publications_answer_as_well(app: TestApp) {
    let (one, two, three) =
        (accepted(&app, json!({})).await, accepted(&app, json!({})).await, accepted(&app, json!({})).await);
    publish(&app, &one.id, "Stairs are too much for me.").await;
    let post = draft(&app, "Later", &[&one.id]).await;
    app.mutate("scheduleEntry", json!({ "document": post, "at": "2026-12-01T09:00:00Z" }), "schedule { id }")
        .await;
    assert_eq!(letters(&app).await, [""; 0]);
    app.advance(10 * DAY);
    app.run_jobs().await;
    assert_eq!(state(&app, &one.id).await, "ANSWERED");
    assert_eq!(letters(&app).await, ["hildegard@reader.example"]);
    let told = desk(&app, &one.id, "toldAt").await["toldAt"].clone();
    assert_ne!(told, Value::Null);

    let posts = [draft(&app, "B", &[&two.id, &three.id]).await, draft(&app, "C", &[&three.id]).await];
    app.mutate("publishEntries", json!({ "documents": posts }), "documents { id }").await;
    assert_eq!(
        (state(&app, &two.id).await, state(&app, &three.id).await),
        ("ANSWERED".to_owned(), "ANSWERED".to_owned())
    );
    assert_eq!(letters(&app).await.len(), 2);
    let received = ask(&app, json!({})).await;
    let bad = draft(&app, "D", &[&received.id]).await;
    let good = draft(&app, "E", &[]).await;
    let refused =
        app.try_mutate("publishEntries", json!({ "documents": [good, bad] }), "documents { id }").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.documents.1.questions.0"]);
    app.advance(HOUR);
}

async fn another_revision_answers_other_questions(app: TestApp) {
    let (one, two) = (accepted(&app, json!({})).await, accepted(&app, json!({})).await);
    let post = draft(&app, "Weak legs", &[&one.id]).await;
    app.publish(&post).await;
    let change = json!({ "id": post, "expectedRevision": 1, "questions": [two.id] });
    app.save_post(change).await;
    assert_eq!(
        (state(&app, &one.id).await, state(&app, &two.id).await),
        ("ANSWERED".to_owned(), "ACCEPTED".to_owned())
    );
    app.publish(&post).await;
    assert_eq!(
        (state(&app, &one.id).await, state(&app, &two.id).await),
        ("ACCEPTED".to_owned(), "ANSWERED".to_owned())
    );
    let difference = format!(
        r#"{{ node(id: "{post}") {{ ... on Document {{ difference(from: 1) {{ fields {{ field }} }} }} }} }}"#
    );
    let found = app.data(As::Owner, &difference, json!({})).await;
    assert_eq!(found["node"]["difference"]["fields"], json!([{ "field": "questions" }]));
    // Built again by another version of the program, everything is as it was, and nobody is told anything.
    letters(&app).await;
    let tx = app.app.db.begin().await.expect("a transaction");
    wellspring::domain::content::publish::reproject(&tx, app.app.clock.now(), None, 10)
        .await
        .expect("projected again");
    tx.commit().await.expect("a commit");
    assert_eq!(
        desk(&app, &two.id, "state answeredBy").await,
        json!({ "state": "ANSWERED", "answeredBy": [post] })
    );
    assert_eq!(letters(&app).await, [""; 0]);
}
