//! Questions among the plants: one of which everything is open, one that is answered without being public, and one for each
//! thing that can be done. What is private has canaries that not even the team finds with a query: it is read by a mutation.

use serde_json::{Value, json};

use super::Known;
use crate::app::TestApp;
use crate::questions::{Asked, accepted, as_reader, ask, publish};

pub struct Questions {
    pub open: Asked,
    pub hidden: Asked,
    pub targets: Vec<(&'static str, String)>,
    pub known: Known,
}

fn secret() -> Value {
    json!({ "text": "CANARY-question-text, why?", "displayName": "CANARY-question-name",
        "email": "canary-question-address@reader.example" })
}

pub async fn questions(app: &TestApp, shared: &Value) -> Questions {
    let call = json!({ "title": "Open call", "text": "Open words", "series": shared["series"],
        "closesAt": "2027-01-01T00:00:00Z" });
    let call =
        app.mutate("saveQuestionCall", call, "questionCall { id }").await["questionCall"]["id"].clone();
    // Its reader is a stranger with the secret, so of this one everything is open.
    let open = accepted(
        app,
        json!({ "text": "Open text, why?", "displayName": "Open name", "email": "open@reader.example", "call": call }),
    )
    .await;
    let reply = json!({ "question": open.id, "text": "Open reply" });
    app.mutate("replyToQuestion", reply, "question { id }").await;
    let paraphrase = json!({ "question": open.id, "paraphrase": "Open paraphrase.", "displayName": "Open pseudonym",
        "tags": shared["tags"], "confirmedDetails": ["Open pseudonym", "Open", "Open paraphrase"] });
    app.mutate("publishQuestion", paraphrase, "question { id } details { text field }").await;

    let hidden = accepted(app, secret()).await;
    let note = json!({ "question": hidden.id, "text": "CANARY-question-note" });
    app.mutate("addQuestionNote", note, "question { id }").await;
    let reply = json!({ "question": hidden.id, "text": "CANARY-question-reply" });
    app.mutate("replyToQuestion", reply, "question { id }").await;
    let declined = ask(app, secret()).await;
    let decline = json!({ "question": declined.id, "reason": "TOO_PERSONAL" });
    app.mutate("declineQuestion", decline, "question { id }").await;
    let gone = ask(app, secret()).await;
    as_reader(app, "eraseQuestion", json!({ "secret": gone.secret }), "erased").await;
    app.run_jobs().await;
    app.app.mailer.take_sent();

    let mut targets = Vec::new();
    for mutation in [
        "acceptQuestion",
        "addQuestionNote",
        "assignQuestion",
        "declineQuestion",
        "markQuestionSpam",
        "mergeQuestion",
        "readQuestions",
        "replyToQuestion",
    ] {
        targets.push((mutation, ask(app, secret()).await.id));
    }
    let me = app.data(crate::app::As::Owner, "{ desk { teammates { id } } }", json!({})).await;
    let me = me["desk"]["teammates"][0]["id"].as_str().expect("an id").to_owned();
    let template = json!({ "title": "Open template", "text": "Open template" });
    let template =
        app.mutate("saveReplyTemplate", template, "template { id }").await["template"]["id"].clone();
    let shown = accepted(app, json!({ "text": "Open too, why?" })).await;
    publish(app, &shown.id, "Stairs are too much for me.").await;
    targets.extend([
        ("mergeQuestion.into", hidden.id.clone()),
        ("assignQuestion.assignee", me.clone()),
        ("publishQuestion", accepted(app, secret()).await.id),
        ("unpublishQuestion", shown.id),
        ("deleteReplyTemplate", template.as_str().expect("an id").to_owned()),
    ]);
    let quoted = |texts: &[&str]| texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>();
    let of_questions = quoted(&[&open.id, &hidden.id, &declined.id, &gone.id]);
    let known = Known::from([
        ("Question.id", of_questions.clone()),
        ("DeskQuestion.id", of_questions),
        ("QuestionCall.slug", quoted(&["open-call", "none"])),
        ("secret", quoted(&[&open.secret, "wsq_none"])),
        ("call", quoted(&["open-call"])),
        ("assignee", quoted(&[&me])),
        ("email", quoted(&["canary-question-address@reader.example"])),
        ("isUnassigned", vec!["true".to_owned()]),
        ("isPublished", vec!["true".to_owned(), "false".to_owned()]),
        ("answered", vec!["true".to_owned(), "false".to_owned()]),
        ("open", vec!["true".to_owned(), "false".to_owned()]),
    ]);
    Questions { open, hidden, targets, known }
}
