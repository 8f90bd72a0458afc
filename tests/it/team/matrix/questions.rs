//! Inputs for what can be done with questions, in a state in which it could be done.

use serde_json::{Value, json};

use super::{Visitor, fresh};
use crate::app::{As, TestApp};
use crate::questions::{Asked, accepted, ask, publish, token};

/// What is sent by whoever has the secret of a question, and by strangers.
const OF_READERS: [&str; 5] =
    ["askQuestion", "changeQuestionConsents", "eraseQuestion", "meToo", "withdrawQuestion"];

const OF_THE_TEAM: [&str; 14] = [
    "acceptQuestion",
    "addQuestionNote",
    "assignQuestion",
    "declineQuestion",
    "deleteReplyTemplate",
    "eraseOriginal",
    "markQuestionSpam",
    "mergeQuestion",
    "publishQuestion",
    "readQuestions",
    "replyToQuestion",
    "saveQuestionCall",
    "saveReplyTemplate",
    "unpublishQuestion",
];

pub fn is_one(mutation: &str) -> bool {
    OF_READERS.contains(&mutation) || OF_THE_TEAM.contains(&mutation)
}

/// What its input is called.
pub fn kind(mutation: &str) -> String {
    match mutation {
        "acceptQuestion" | "markQuestionSpam" | "unpublishQuestion" | "eraseOriginal" => {
            "Question".to_owned()
        }
        "addQuestionNote" | "replyToQuestion" => "QuestionText".to_owned(),
        "withdrawQuestion" | "eraseQuestion" => "AskedQuestion".to_owned(),
        name => name[..1].to_uppercase() + &name[1..],
    }
}

/// Authors work on what was assigned to them.
pub async fn input(app: &TestApp, visitor: &Visitor, mutation: &str) -> Value {
    let consents = json!({ "answerPrivately": false, "publishParaphrase": true });
    match mutation {
        "askQuestion" => {
            let token = token(app).await;
            return json!({ "text": "What now?", "formToken": token, "consents": consents });
        }
        "saveQuestionCall" => return json!({ "title": fresh("Call") }),
        "saveReplyTemplate" => return json!({ "title": "New", "text": "New" }),
        "deleteReplyTemplate" => {
            let made = json!({ "title": "Old", "text": "Old" });
            let made = app.mutate("saveReplyTemplate", made, "template { id }").await;
            return json!({ "id": made["template"]["id"] });
        }
        _ => {}
    }
    let asked = match mutation {
        "publishQuestion" | "unpublishQuestion" | "meToo" => accepted(app, json!({})).await,
        _ => ask(app, json!({})).await,
    };
    if ["unpublishQuestion", "meToo"].contains(&mutation) {
        publish(app, &asked.id, "Stairs are too much for me.").await;
    }
    assign(app, visitor, &asked).await;
    let Asked { id, secret } = asked;
    match mutation {
        "changeQuestionConsents" => json!({ "secret": secret, "consents": consents }),
        "withdrawQuestion" | "eraseQuestion" => json!({ "secret": secret }),
        "meToo" => json!({ "question": id, "browserKey": "0123456789abcdef" }),
        "declineQuestion" => json!({ "question": id, "reason": "OTHER" }),
        "mergeQuestion" => {
            let other = accepted(app, json!({})).await;
            assign(app, visitor, &other).await;
            json!({ "question": id, "into": other.id })
        }
        "addQuestionNote" | "replyToQuestion" => json!({ "question": id, "text": "New" }),
        "publishQuestion" => json!({ "question": id, "paraphrase": "Stairs are too much for me." }),
        "readQuestions" => json!({ "questions": [id] }),
        _ => json!({ "question": id }),
    }
}

async fn assign(app: &TestApp, visitor: &Visitor, asked: &Asked) {
    let Some(session) = visitor.credential.as_deref().filter(|_| visitor.owns) else { return };
    let me = app.data(As::Token(session), "{ viewer { account { id } } }", json!({})).await;
    let input = json!({ "question": asked.id, "assignee": me["viewer"]["account"]["id"] });
    app.mutate("assignQuestion", input, "question { id }").await;
}
