//! Two editors publish and take back answers and the questions themselves in any order, at once, while the letters leave and
//! readers take their questions back: nobody is told twice, and who has an answer is told.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use super::{Asked, accepted, draft, state};
use crate::app::{As, TestApp, stories};

stories![whatever_two_editors_do_nobody_is_told_twice];

/// How many orders are tried on each database.
const CASES: u32 = 12;
const QUESTIONS: usize = 3;
const POSTS: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Step {
    Publish(usize),
    Unpublish(usize),
    /// The words for a question.
    Paraphrase(usize),
    Hide(usize),
    /// A reader wants nothing to be left.
    Erase(usize),
    /// Letters leave.
    Work,
}

fn steps() -> impl Strategy<Value = Vec<(Step, Step)>> {
    let step = || {
        prop_oneof![
            3 => (0..POSTS).prop_map(Step::Publish),
            3 => (0..POSTS).prop_map(Step::Unpublish),
            2 => (0..QUESTIONS).prop_map(Step::Paraphrase),
            1 => (0..QUESTIONS).prop_map(Step::Hide),
            1 => (0..QUESTIONS).prop_map(Step::Erase),
            2 => Just(Step::Work),
        ]
    };
    proptest::collection::vec((step(), step()), 1..8)
}

async fn whatever_two_editors_do_nobody_is_told_twice(app: TestApp) {
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    for case in 0..CASES {
        let order = steps().new_tree(&mut runner).expect("an order").current();
        try_order(&app, case, &order).await;
    }
    assert_eq!(deadlocks(&app).await, 0);
}

/// How often PostgreSQL had to end a transaction because two waited for each other: everybody locks in one order.
async fn deadlocks(app: &TestApp) -> i64 {
    let db = app.app.db.writer();
    if db.get_database_backend() == DbBackend::Sqlite {
        return 0;
    }
    // Processes report what they count once a second.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await.expect("an answer");
    row.expect("a row").try_get_by_index(0).expect("a number")
}

async fn try_order(app: &TestApp, case: u32, order: &[(Step, Step)]) {
    let mut questions = Vec::new();
    for number in 0..QUESTIONS {
        let email = format!("asker-{case}-{number}@reader.example");
        questions.push((accepted(app, json!({ "email": email })).await, email));
    }
    // Each post answers two of them, so each question has two answers.
    let mut posts = Vec::new();
    for number in 0..POSTS {
        let pair = [&*questions[number].0.id, &*questions[(number + 1) % QUESTIONS].0.id];
        posts.push(draft(app, &format!("Answer {case} {number}"), &pair).await);
    }
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for &(one, other) in order {
        tokio::join!(act(app, one, &posts, &questions), act(app, other, &posts, &questions));
        collect(app, &mut told);
    }
    // In the end everything is public, and all letters leave.
    for post in &posts {
        act_publish(app, post).await;
    }
    while !app.try_jobs().await.is_empty() {}
    collect(app, &mut told);
    let is_erased =
        |number| order.iter().flat_map(|(one, other)| [one, other]).any(|step| step.erases(number));
    for (number, (question, email)) in questions.iter().enumerate() {
        let (state, times) = (state(app, &question.id).await, told.get(email).copied().unwrap_or_default());
        if is_erased(number) {
            assert!(state == "WITHDRAWN" && times <= 1, "{order:?}: {state} {told:?}");
            // Whatever the editors did meanwhile, the public reads nothing of it.
            let query = format!("{{ question(id: {:?}) {{ id }} }}", question.id);
            assert_eq!(app.public(&query).await["question"], Value::Null, "{order:?}");
        } else {
            assert_eq!((&*state, times), ("ANSWERED", 1), "{order:?}: {told:?}");
        }
    }
}

impl Step {
    fn erases(self, question: usize) -> bool {
        matches!(self, Self::Erase(number) if number == question)
    }
}

fn collect(app: &TestApp, told: &mut BTreeMap<String, usize>) {
    for letter in app.app.mailer.take_sent() {
        *told.entry(letter.to).or_default() += 1;
    }
}

async fn act(app: &TestApp, step: Step, posts: &[String], questions: &[(Asked, String)]) {
    // What is not possible any more is refused, and nothing happens; who meets a publication is told to try again.
    let or_not = async |query: String| {
        let reply = app.send(As::Owner, &query, json!({})).await;
        assert!(
            reply.body.get("errors").is_none() || reply.code() == "SERVICE_UNAVAILABLE",
            "{step:?}: {}",
            reply.text
        );
        reply
    };
    match step {
        Step::Publish(post) => act_publish(app, &posts[post]).await,
        Step::Unpublish(post) => {
            let query = format!(
                "mutation {{ unpublishEntry(input: {{ document: {:?} }}) {{ userErrors {{ code }} }} }}",
                posts[post]
            );
            app.data(As::Owner, &query, json!({})).await;
        }
        Step::Paraphrase(question) => {
            let id = &questions[question].0.id;
            or_not(format!(
                "mutation {{ publishQuestion(input: {{ question: {id:?}, paraphrase: \"Stairs are too much for me.\" }}) {{ userErrors {{ code }} }} }}"
            ))
            .await;
        }
        Step::Hide(question) => {
            let id = &questions[question].0.id;
            or_not(format!(
                "mutation {{ unpublishQuestion(input: {{ question: {id:?} }}) {{ userErrors {{ code }} }} }}"
            ))
            .await;
        }
        Step::Erase(question) => {
            let secret = &questions[question].0.secret;
            let query = format!(
                "mutation {{ eraseQuestion(input: {{ secret: {secret:?} }}) {{ userErrors {{ code }} }} }}"
            );
            // It is set upon: whoever meets a publication tries again.
            for _ in 0..10 {
                if or_not(query.clone()).await.body.get("errors").is_none() {
                    return;
                }
            }
            panic!("it is never erased");
        }
        Step::Work => drop(app.try_jobs().await),
    }
}

async fn act_publish(app: &TestApp, post: &str) {
    let done = app.try_mutate("publishEntry", json!({ "document": post }), "document { id }").await;
    assert_eq!(done["userErrors"], json!([]));
}
