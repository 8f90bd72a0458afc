//! Questions of readers: asked, sealed, triaged, published, answered, taken back and erased.

mod answering;
mod asking;
mod erasing;
mod forms;
mod own;
mod publishing;
mod sealing;
mod triage;
mod two_editors;

use serde_json::{Value, json};

use crate::app::{As, TestApp, refusals};

/// What a reader fills in.
pub fn filled() -> Value {
    json!({
        "text": "My legs give way on the stairs since spring. Where do I begin?",
        "displayName": "Hildegard",
        "email": "hildegard@reader.example",
        "consents": { "answerPrivately": true, "publishParaphrase": true },
    })
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `question_…`.
    pub id: String,
    pub secret: String,
}

/// The token of a form that has been open for a while.
pub async fn token(app: &TestApp) -> String {
    let form = app.public("{ questionForm { token } }").await;
    app.advance(60_000);
    form["questionForm"]["token"].as_str().expect("a token").to_owned()
}

const ASK: &str = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) {
    secret url similar { slug } question { state text displayName email } userErrors { path code message } } }";

/// Sends a form with these changes; answers the payload, whatever it is.
pub async fn try_ask(app: &TestApp, changes: Value) -> Value {
    let mut input = filled();
    input["formToken"] = token(app).await.into();
    for (name, value) in changes.as_object().expect("an object").clone() {
        input[name] = value;
    }
    app.data(As::Anonymous, ASK, json!({ "input": input })).await["askQuestion"].clone()
}

/// Asks a question that is received.
pub async fn ask(app: &TestApp, changes: Value) -> Asked {
    let payload = try_ask(app, changes).await;
    assert_eq!(refusals(&payload), [""; 0], "{payload}");
    let query = "{ desk { questions(orderBy: RECEIVED_AT_DESC, first: 1) { nodes { id } } } }";
    let newest = app.data(As::Owner, query, json!({})).await;
    let id = newest["desk"]["questions"]["nodes"][0]["id"].as_str().expect("an id").to_owned();
    Asked { id, secret: payload["secret"].as_str().expect("a secret").to_owned() }
}

/// Asks one that is taken on.
pub async fn accepted(app: &TestApp, changes: Value) -> Asked {
    let asked = ask(app, changes).await;
    app.mutate("acceptQuestion", json!({ "question": asked.id }), "question { state }").await;
    asked
}

/// What the desk knows of a question.
pub async fn desk(app: &TestApp, id: &str, fields: &str) -> Value {
    let query = format!("query($id: ID!) {{ desk {{ question(id: $id) {{ {fields} }} }} }}");
    app.data(As::Owner, &query, json!({ "id": id })).await["desk"]["question"].clone()
}

pub async fn state(app: &TestApp, id: &str) -> String {
    desk(app, id, "state").await["state"].as_str().expect("a state").to_owned()
}

/// What a reader sees of the own question.
pub async fn own(app: &TestApp, secret: &str, fields: &str) -> Value {
    let query = format!("query($secret: String!) {{ askedQuestion(secret: $secret) {{ {fields} }} }}");
    app.data(As::Anonymous, &query, json!({ "secret": secret })).await["askedQuestion"].clone()
}

/// A mutation of a reader; answers its payload.
pub async fn as_reader(app: &TestApp, mutation: &str, input: Value, fields: &str) -> Value {
    let kind = match mutation {
        "changeQuestionConsents" => "ChangeQuestionConsentsInput",
        "meToo" => "MeTooInput",
        _ => "AskedQuestionInput",
    };
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ path code message }} }} }}"
    );
    app.data(As::Anonymous, &query, json!({ "input": input })).await[mutation].clone()
}

/// Publishes a paraphrase in which nothing stands out.
pub async fn publish(app: &TestApp, id: &str, paraphrase: &str) {
    let input = json!({ "question": id, "paraphrase": paraphrase, "displayName": "Antje" });
    app.mutate("publishQuestion", input, "question { id } details { text }").await;
}

/// A draft that answers these questions: its document.
pub async fn draft(app: &TestApp, title: &str, questions: &[&str]) -> String {
    let input = json!({ "title": title, "excerpt": "With a chair.", "questions": questions });
    app.save_post(input).await["id"].as_str().expect("an id").to_owned()
}

/// How many questions the database has, whatever became of them.
pub async fn count(app: &TestApp) -> i64 {
    let found = app.data(As::Owner, "{ desk { questions { totalCount } } }", json!({})).await;
    found["desk"]["questions"]["totalCount"].as_i64().expect("a count")
}

/// The letters that left, as the addresses they went to.
pub async fn letters(app: &TestApp) -> Vec<String> {
    app.run_jobs().await;
    let mut to: Vec<String> = app.app.mailer.take_sent().into_iter().map(|letter| letter.to).collect();
    to.sort();
    to
}
