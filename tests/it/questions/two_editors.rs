//! Two editors publish and take back answers in any order, at once, while the letters leave: nobody is told twice, and who
//! has an answer is told.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::{accepted, draft, state};
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
    /// Letters leave.
    Work,
}

fn steps() -> impl Strategy<Value = Vec<(Step, Step)>> {
    let step = || {
        prop_oneof![
            3 => (0..POSTS).prop_map(Step::Publish),
            3 => (0..POSTS).prop_map(Step::Unpublish),
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
}

async fn try_order(app: &TestApp, case: u32, order: &[(Step, Step)]) {
    let mut questions = Vec::new();
    for number in 0..QUESTIONS {
        let email = format!("asker-{case}-{number}@reader.example");
        questions.push((accepted(app, json!({ "email": email })).await.id, email));
    }
    // Each post answers two of them, so each question has two answers.
    let mut posts = Vec::new();
    for number in 0..POSTS {
        let pair = [&*questions[number].0, &*questions[(number + 1) % QUESTIONS].0];
        posts.push(draft(app, &format!("Answer {case} {number}"), &pair).await);
    }
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for &(one, other) in order {
        tokio::join!(act(app, one, &posts), act(app, other, &posts));
        collect(app, &mut told);
    }
    // In the end everything is public, and all letters leave.
    for post in &posts {
        act_publish(app, post).await;
    }
    while !app.try_jobs().await.is_empty() {}
    collect(app, &mut told);
    for (question, email) in &questions {
        assert_eq!(state(app, question).await, "ANSWERED", "{order:?}");
        assert_eq!(told.get(email), Some(&1), "{order:?}: {told:?}");
    }
}

fn collect(app: &TestApp, told: &mut BTreeMap<String, usize>) {
    for letter in app.app.mailer.take_sent() {
        *told.entry(letter.to).or_default() += 1;
    }
}

async fn act(app: &TestApp, step: Step, posts: &[String]) {
    match step {
        Step::Publish(post) => act_publish(app, &posts[post]).await,
        Step::Unpublish(post) => {
            // Of one that is not public it is refused, and nothing happens.
            let query = format!(
                "mutation {{ unpublishEntry(input: {{ document: {:?} }}) {{ userErrors {{ code }} }} }}",
                posts[post]
            );
            app.data(As::Owner, &query, json!({})).await;
        }
        Step::Work => drop(app.try_jobs().await),
    }
}

async fn act_publish(app: &TestApp, post: &str) {
    let done = app.try_mutate("publishEntry", json!({ "document": post }), "document { id }").await;
    assert_eq!(done["userErrors"], json!([]));
}
