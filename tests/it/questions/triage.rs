//! The desk's work: every transition from every state, the queue, notes, replies, and who may do what.

use serde_json::{Value, json};

use super::{accepted, as_reader, ask, desk, draft, letters, own, publish, state};
use crate::app::{As, TestApp, refusals, stories};
use crate::team::{member, owner};

stories![
    every_transition_of_every_state_is_as_the_table_says,
    the_queue_is_filtered_and_paged,
    questions_are_handed_out_and_noted,
    the_team_writes_to_a_reader,
    authors_work_on_what_was_assigned_to_them,
];

const STATES: [&str; 7] = ["RECEIVED", "ACCEPTED", "ANSWERED", "DECLINED", "DUPLICATE", "WITHDRAWN", "SPAM"];

/// What can be tried, in the order of the columns.
const TRIES: [&str; 9] =
    ["accept", "decline", "merge", "spam", "answer", "take back", "withdraw", "publish", "erase"];

/// Rows are states, columns the tries: the state after it, or `-` for one that is refused and changes nothing.
const TABLE: [[&str; 9]; 7] = [
    ["ACCEPTED", "DECLINED", "DUPLICATE", "SPAM", "-", "-", "WITHDRAWN", "-", "WITHDRAWN"],
    ["-", "DECLINED", "DUPLICATE", "SPAM", "ANSWERED", "-", "WITHDRAWN", "ACCEPTED", "WITHDRAWN"],
    ["-", "-", "-", "-", "ANSWERED", "ACCEPTED", "WITHDRAWN", "ANSWERED", "WITHDRAWN"],
    ["ACCEPTED", "-", "-", "SPAM", "-", "-", "WITHDRAWN", "-", "WITHDRAWN"],
    ["ACCEPTED", "-", "-", "-", "-", "-", "WITHDRAWN", "-", "WITHDRAWN"],
    ["-", "-", "-", "-", "WITHDRAWN", "-", "-", "-", "WITHDRAWN"],
    ["ACCEPTED", "-", "-", "-", "-", "-", "WITHDRAWN", "-", "SPAM"],
];

async fn every_transition_of_every_state_is_as_the_table_says(app: TestApp) {
    let target = accepted(&app, json!({})).await.id;
    for (from, expected) in STATES.into_iter().zip(TABLE) {
        for (what, expected) in TRIES.into_iter().zip(expected) {
            let (asked, post) = brought_to(&app, from, &target).await;
            assert_eq!(state(&app, &asked.id).await, from);
            let payload = attempt(&app, what, &asked, &target, post.as_deref()).await;
            let after = state(&app, &asked.id).await;
            let found = match refusals(&payload).as_slice() {
                [] => after.as_str(),
                refused => {
                    assert_eq!(after, from, "{from}, {what}: a refusal changes nothing");
                    assert!(refused[0].starts_with("INVALID_TRANSITION"), "{from}, {what}: {refused:?}");
                    "-"
                }
            };
            assert_eq!(found, expected, "{from}, {what}");
        }
    }
}

/// A question in a state, with the post that answers it if one does.
async fn brought_to(app: &TestApp, state: &str, target: &str) -> (super::Asked, Option<String>) {
    let asked = ask(app, json!({})).await;
    let question = json!({ "question": asked.id });
    let mut post = None;
    match state {
        "ACCEPTED" | "ANSWERED" => {
            app.mutate("acceptQuestion", question, "question { id }").await;
            if state == "ANSWERED" {
                let document = draft(app, "Answer", &[&asked.id]).await;
                app.publish(&document).await;
                post = Some(document);
            }
        }
        "DECLINED" => {
            let input = json!({ "question": asked.id, "reason": "OFF_TOPIC" });
            app.mutate("declineQuestion", input, "question { declineReason }").await;
        }
        "DUPLICATE" => {
            let input = json!({ "question": asked.id, "into": target });
            app.mutate("mergeQuestion", input, "question { mergedInto }").await;
        }
        "WITHDRAWN" => {
            let input = json!({ "secret": asked.secret });
            as_reader(app, "withdrawQuestion", input, "question { state }").await;
        }
        "SPAM" => drop(app.mutate("markQuestionSpam", question, "question { id }").await),
        _ => {}
    }
    (asked, post)
}

async fn attempt(app: &TestApp, what: &str, asked: &super::Asked, target: &str, post: Option<&str>) -> Value {
    let question = json!({ "question": asked.id });
    match what {
        "accept" => app.try_mutate("acceptQuestion", question, "question { id }").await,
        "decline" => {
            let input = json!({ "question": asked.id, "reason": "OTHER", "reply": "Not here." });
            app.try_mutate("declineQuestion", input, "question { id }").await
        }
        "merge" => {
            let input = json!({ "question": asked.id, "into": target });
            app.try_mutate("mergeQuestion", input, "question { id }").await
        }
        "spam" => app.try_mutate("markQuestionSpam", question, "question { id }").await,
        "answer" => {
            let document = draft(app, "Another answer", &[&asked.id]).await;
            app.try_mutate("publishEntry", json!({ "document": document }), "document { id }").await
        }
        "take back" => {
            // Where nothing answers it there is a draft at most.
            let document = match post {
                Some(post) => post.to_owned(),
                None => draft(app, "A draft", &[&asked.id]).await,
            };
            app.try_mutate("unpublishEntry", json!({ "document": document }), "document { id }").await
        }
        "withdraw" => {
            let input = json!({ "secret": asked.secret });
            as_reader(app, "withdrawQuestion", input, "question { state }").await
        }
        "publish" => {
            let input = json!({ "question": asked.id, "paraphrase": "Stairs are too much for me." });
            app.try_mutate("publishQuestion", input, "question { id }").await
        }
        _ => as_reader(app, "eraseQuestion", json!({ "secret": asked.secret }), "erased").await,
    }
}

async fn the_queue_is_filtered_and_paged(app: TestApp) {
    app.mutate("saveSite", json!({ "locales": ["en", "de"] }), "site { title }").await;
    let first = ask(&app, json!({})).await;
    let second = accepted(&app, json!({ "locale": "de", "email": "other@reader.example" })).await;
    let third = accepted(&app, json!({ "email": "HILDEGARD@reader.example" })).await;
    publish(&app, &third.id, "Stairs are too much for me.").await;
    let me = app.data(As::Owner, "{ desk { teammates { id name } } }", json!({})).await;
    let me = me["desk"]["teammates"][0]["id"].clone();
    let input = json!({ "question": second.id, "assignee": me });
    app.mutate("assignQuestion", input, "question { assignee { name } }").await;
    let list = async |filter: Value| {
        let query = "query($filter: DeskQuestionFilter) { desk { questions(filter: $filter) { totalCount nodes { id } } } }";
        let found =
            app.data(As::Owner, query, json!({ "filter": filter })).await["desk"]["questions"].clone();
        let nodes = found["nodes"].as_array().expect("a list").clone();
        assert_eq!(found["totalCount"], nodes.len());
        nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let ids = |questions: &[&super::Asked]| {
        questions.iter().map(|question| question.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(list(Value::Null).await, ids(&[&first, &second, &third]));
    assert_eq!(list(json!({ "states": ["RECEIVED"] })).await, ids(&[&first]));
    assert_eq!(list(json!({ "states": ["ACCEPTED", "RECEIVED"], "locale": "de" })).await, ids(&[&second]));
    assert_eq!(list(json!({ "assignee": me })).await, ids(&[&second]));
    assert_eq!(list(json!({ "isUnassigned": true })).await, ids(&[&first, &third]));
    assert_eq!(list(json!({ "isPublished": true })).await, ids(&[&third]));
    assert_eq!(list(json!({ "isPublished": false })).await, ids(&[&first, &second]));
    assert_eq!(list(json!({ "email": " Hildegard@READER.example" })).await, ids(&[&first, &third]));
    assert_eq!(list(json!({ "email": "nobody@reader.example" })).await, [""; 0]);
    assert_eq!(list(json!({ "call": "none" })).await, [""; 0]);
    // An address is a reader's word: whoever may not read those does not look for one, and does not try out paraphrases.
    let session = owner(&app).await;
    let make = "mutation { createToken(input: { name: \"triage\", scopes: [QUESTIONS_MANAGE] }) { secret } }";
    let made = app.data(As::Token(&session), make, json!({})).await["createToken"]["secret"].clone();
    let program = As::Token(made.as_str().expect("a secret"));
    let count = "query($filter: DeskQuestionFilter) { desk { questions(filter: $filter) { totalCount } } }";
    let found = app.data(program, count, json!({ "filter": { "isPublished": true } })).await;
    assert_eq!(found["desk"]["questions"]["totalCount"], 1);
    let filter = json!({ "filter": { "email": "hildegard@reader.example" } });
    assert_eq!(app.send(program, count, filter).await.code(), "FORBIDDEN");
    let publish = format!(
        "mutation {{ publishQuestion(input: {{ question: {:?}, paraphrase: \"Stairs.\" }}) {{ userErrors {{ code }} }} }}",
        third.id
    );
    assert_eq!(app.send(program, &publish, json!({})).await.code(), "FORBIDDEN");

    let query =
        "query($after: String) { desk { questions(orderBy: RECEIVED_AT_DESC, first: 2, after: $after) {
        nodes { id } pageInfo { endCursor hasNextPage } } } }";
    let page = app.data(As::Owner, query, json!({})).await["desk"]["questions"].clone();
    assert_eq!(page["nodes"], json!([{ "id": third.id }, { "id": second.id }]));
    let after = json!({ "after": page["pageInfo"]["endCursor"] });
    let page = app.data(As::Owner, query, after).await["desk"]["questions"].clone();
    assert_eq!(
        (&page["nodes"], &page["pageInfo"]["hasNextPage"]),
        (&json!([{ "id": first.id }]), &json!(false))
    );

    let both = json!({ "filter": { "assignee": me, "isUnassigned": true } });
    let query = "query($filter: DeskQuestionFilter) { desk { questions(filter: $filter) { nodes { id } } } }";
    assert_eq!(app.send(As::Owner, query, both).await.code(), "BAD_USER_INPUT");
    let wrong = json!({ "filter": { "assignee": "post_01h455vb4pex5vsknk084sn02q" } });
    assert_eq!(app.send(As::Owner, query, wrong).await.code(), "INVALID_ID");
}

async fn questions_are_handed_out_and_noted(app: TestApp) {
    let asked = ask(&app, json!({})).await;
    let missing = json!({ "question": asked.id, "assignee": "account_01h455vb4pex5vsknk084sn02q" });
    let refused = app.try_mutate("assignQuestion", missing, "question { id }").await;
    assert_eq!(refusals(&refused), ["NOT_FOUND input.assignee"]);
    let session = owner(&app).await;
    let (tomasz, tomaszs) = member(&app, &session, "Tomasz", "AUTHOR").await;
    let input = json!({ "question": asked.id, "assignee": tomasz });
    let given = app.mutate("assignQuestion", input, "question { assignee { id name } }").await;
    assert_eq!(given["question"]["assignee"], json!({ "id": tomasz, "name": "Tomasz" }));

    for text in ["She writes of her stairs.", "Ask her about the rail."] {
        let query =
            "mutation($input: QuestionTextInput!) { addQuestionNote(input: $input) { userErrors { code } } }";
        let input = json!({ "input": { "question": asked.id, "text": text } });
        let noted = app.data(As::Token(&tomaszs), query, input).await;
        assert_eq!(noted["addQuestionNote"]["userErrors"], json!([]));
    }
    let fields = "questions { question { id } original { text email } notes { text by { name } } }";
    let read = app.mutate("readQuestions", json!({ "questions": [asked.id] }), fields).await;
    let note = |text: &str| json!({ "text": text, "by": { "name": "Tomasz" } });
    let expected = json!([note("She writes of her stairs."), note("Ask her about the rail.")]);
    assert_eq!(read["questions"][0]["notes"], expected);
    assert_eq!(read["questions"][0]["original"]["email"], "hildegard@reader.example");

    // Each reading stands in the audit log, with what was read and by whom.
    let log = app.data(
        As::Token(&session),
        "{ desk { audit(first: 1) { nodes { action subject fields } } } }",
        json!({}),
    );
    let expected = json!([{ "action": "readQuestions", "subject": asked.id, "fields": [] }]);
    assert_eq!(log.await["desk"]["audit"]["nodes"], expected);

    for (ids, expected) in [
        (json!([]), "OUT_OF_RANGE input.questions"),
        (json!(vec![asked.id.clone(); 51]), "OUT_OF_RANGE input.questions"),
        (json!([asked.id, "nonsense"]), "INVALID_ID input.questions.1"),
        (json!(["question_01h455vb4pex5vsknk084sn02q"]), "NOT_FOUND input.questions.0"),
    ] {
        let refused = app.try_mutate("readQuestions", json!({ "questions": ids }), fields).await;
        assert_eq!((refusals(&refused), &refused["questions"]), (vec![expected.to_owned()], &json!([])));
    }
    let nobody = json!({ "question": asked.id });
    app.mutate("assignQuestion", nobody, "question { id }").await;
    assert_eq!(desk(&app, &asked.id, "assignee { id }").await["assignee"], Value::Null);

    // Words that are used again and again.
    let template = json!({ "title": "A doctor, please", "text": "Please ask somebody who can see you." });
    let saved =
        app.mutate("saveReplyTemplate", template, "template { id title text }").await["template"].clone();
    app.mutate(
        "saveReplyTemplate",
        json!({ "title": "Already there", "text": "Look here." }),
        "template { id }",
    )
    .await;
    let change = json!({ "id": saved["id"], "text": "Please see a doctor." });
    app.mutate("saveReplyTemplate", change, "template { title }").await;
    let all = async || {
        app.data(As::Owner, "{ desk { replyTemplates { title text } } }", json!({})).await["desk"]["replyTemplates"].clone()
    };
    let expected = json!([{ "title": "A doctor, please", "text": "Please see a doctor." },
        { "title": "Already there", "text": "Look here." }]);
    assert_eq!(all().await, expected);
    app.mutate("deleteReplyTemplate", json!({ "id": saved["id"] }), "template { id }").await;
    assert_eq!(all().await, json!([{ "title": "Already there", "text": "Look here." }]));
    let gone = app.try_mutate("deleteReplyTemplate", json!({ "id": saved["id"] }), "template { id }").await;
    assert_eq!(refusals(&gone), ["NOT_FOUND input.id"]);
    let empty = app.try_mutate("saveReplyTemplate", json!({ "title": "" }), "template { id }").await;
    assert_eq!(refusals(&empty), ["REQUIRED input.title", "REQUIRED input.text"]);
}

async fn the_team_writes_to_a_reader(app: TestApp) {
    let asked = ask(&app, json!({})).await;
    let words = json!({ "question": asked.id, "text": "How long is your staircase?" });
    app.mutate("replyToQuestion", words, "question { state }").await;
    app.mutate(
        "replyToQuestion",
        json!({ "question": asked.id, "text": "And is there a rail?" }),
        "question { id }",
    )
    .await;
    // One letter for both: it only says that there is something to read.
    app.run_jobs().await;
    let sent = app.app.mailer.take_sent();
    assert_eq!(sent.len(), 1);
    let letter = mail_parser::MessageParser::default().parse(&sent[0].bytes).expect("a message");
    assert_eq!(letter.subject(), Some("News from Untitled site"));
    let text = letter.body_text(0).expect("text").into_owned();
    assert!(!text.contains("staircase") && !text.contains("stairs"), "{text}");
    let link = text.split_whitespace().find(|word| word.starts_with("http")).expect("a link");
    let (page, secret) = link.split_once('#').expect("a secret");
    assert_eq!(page, app.url("/question"));
    let read = own(&app, secret, "replies { text }").await;
    let expected =
        json!({ "replies": [{ "text": "How long is your staircase?" }, { "text": "And is there a rail?" }] });
    assert_eq!(read, expected);
    assert_eq!(
        own(&app, &asked.secret, "replies { text }").await,
        expected,
        "the first link goes on working"
    );

    let decline =
        json!({ "question": asked.id, "reason": "NEEDS_A_DOCTOR", "reply": "Please see somebody soon." });
    let declined = app.mutate("declineQuestion", decline, "question { state declineReason }").await;
    assert_eq!(declined["question"], json!({ "state": "DECLINED", "declineReason": "NEEDS_A_DOCTOR" }));
    assert_eq!(letters(&app).await, ["hildegard@reader.example"]);
    let read = own(&app, &asked.secret, "state replies { text }").await;
    assert_eq!(
        (&read["state"], &read["replies"][2]["text"]),
        (&json!("DECLINED"), &json!("Please see somebody soon."))
    );

    // Who gave no address reads it all the same, and nobody is written to.
    let quiet = ask(
        &app,
        json!({ "email": null, "consents": { "answerPrivately": false, "publishParaphrase": true } }),
    )
    .await;
    app.mutate("replyToQuestion", json!({ "question": quiet.id, "text": "Hello." }), "question { id }").await;
    assert_eq!(letters(&app).await, [""; 0]);
    assert_eq!(own(&app, &quiet.secret, "replies { text }").await["replies"][0]["text"], "Hello.");
    as_reader(&app, "withdrawQuestion", json!({ "secret": quiet.secret }), "question { state }").await;
    let refused = app
        .try_mutate("replyToQuestion", json!({ "question": quiet.id, "text": "Hello?" }), "question { id }")
        .await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.question"]);
    let empty = app
        .try_mutate("replyToQuestion", json!({ "question": asked.id, "text": " " }), "question { id }")
        .await;
    assert_eq!(refusals(&empty), ["REQUIRED input.text"]);
    // The link of an old letter ends when there are many newer ones; that of the form never does.
    for number in 0..10 {
        let words = json!({ "question": asked.id, "text": format!("Number {number}.") });
        app.mutate("replyToQuestion", words, "question { id }").await;
        assert_eq!(letters(&app).await, ["hildegard@reader.example"]);
    }
    assert_eq!(own(&app, secret, "state").await, Value::Null);
    assert_eq!(own(&app, &asked.secret, "state").await["state"], "DECLINED");
    // Spam is not written to, also when the letter was on its way.
    let words = json!({ "question": asked.id, "text": "Once more." });
    app.mutate("replyToQuestion", words.clone(), "question { id }").await;
    app.mutate("markQuestionSpam", json!({ "question": asked.id }), "question { id }").await;
    assert_eq!(letters(&app).await, [""; 0]);
    let refused = app.try_mutate("replyToQuestion", words, "question { id }").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.question"]);
}

async fn authors_work_on_what_was_assigned_to_them(app: TestApp) {
    let session = owner(&app).await;
    let (ada, adas) = member(&app, &session, "Ada", "AUTHOR").await;
    let (hers, other) = (ask(&app, json!({})).await, ask(&app, json!({})).await);
    let input = json!({ "question": hers.id, "assignee": ada });
    app.mutate("assignQuestion", input, "question { id }").await;
    let list = "{ desk { questions { totalCount nodes { id } } } }";
    let found = app.data(As::Token(&adas), list, json!({})).await["desk"]["questions"].clone();
    assert_eq!(found, json!({ "totalCount": 1, "nodes": [{ "id": hers.id }] }));
    for (question, expected) in [(&hers.id, vec![]), (&other.id, vec!["NOT_FOUND input.question".to_owned()])]
    {
        let query =
            "mutation($input: QuestionInput!) { acceptQuestion(input: $input) { userErrors { path code } } }";
        let done = app.data(As::Token(&adas), query, json!({ "input": { "question": question } })).await;
        assert_eq!(refusals(&done["acceptQuestion"]), expected);
    }
    let query = "mutation($input: ReadQuestionsInput!) { readQuestions(input: $input) { questions { original { text } } userErrors { path code } } }";
    let read =
        app.data(As::Token(&adas), query, json!({ "input": { "questions": [hers.id, other.id] } })).await;
    assert_eq!(refusals(&read["readQuestions"]), ["NOT_FOUND input.questions.1"]);
    assert_eq!(read["readQuestions"]["questions"], json!([]));
}
