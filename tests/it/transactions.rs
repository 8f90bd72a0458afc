//! What becomes of a transaction that does not end as it should: it leaves nothing, and nothing after it is lost.

use sea_orm::ConnectionTrait;
use serde_json::json;
use wellspring::db::{CommitError, Db};

use crate::app::{Backend, TestApp, stories};

stories![
    a_transaction_that_is_given_up_leaves_nothing_and_harms_none_after_it,
    a_panic_in_a_transaction_leaves_nothing_and_harms_none_after_it,
    after_a_failed_statement_none_is_let_through,
    a_violated_constraint_ends_the_step_and_not_the_rest,
];

const MARK: &str = "INSERT INTO reply_template (id, title, text, created_at, updated_at) VALUES";

/// A row that only this story writes.
fn mark(app: &TestApp, number: u128) -> String {
    let id = match app.backend {
        Backend::Sqlite => format!("x'{number:032x}'"),
        Backend::Postgres => format!("'{}'", uuid::Uuid::from_u128(number)),
    };
    format!("{MARK} ({id}, 'Mark {number}', 'Words', 0, 0)")
}

/// What somebody reads who has a connection of their own: marks and posts.
async fn seen(app: &TestApp) -> (usize, usize) {
    let db = Db::connect(&app.app.config.database).await.expect("a database");
    let count = async |table: &str| {
        let rows = db
            .writer()
            .query_all_raw(sea_orm::Statement::from_string(db.backend(), format!("SELECT 1 FROM {table}")));
        rows.await.expect("rows").len()
    };
    let seen = (count("reply_template").await, count("document").await);
    db.close().await.expect("a clean end");
    seen
}

async fn a_transaction_that_is_given_up_leaves_nothing_and_harms_none_after_it(app: TestApp) {
    for round in 0..60_u128 {
        let (db, first, second) = (app.app.db.clone(), mark(&app, 2 * round), mark(&app, 2 * round + 1));
        let work = tokio::spawn(async move {
            let tx = db.begin().await.expect("a transaction");
            tx.execute_unprepared(&first).await.expect("written");
            tx.execute_unprepared(&second).await.expect("written");
            std::future::pending::<()>().await;
            tx.commit().await.expect("never reached");
        });
        // Some turns later is any moment: before it began, in the middle of a statement, after the last.
        for _ in 0..round * 40 {
            tokio::task::yield_now().await;
        }
        work.abort();
        let _ = work.await;
        if round % 10 == 9 {
            app.save_post(json!({ "title": format!("After {round}") })).await;
        }
    }
    assert_eq!(seen(&app).await, (0, 6));
}

async fn a_panic_in_a_transaction_leaves_nothing_and_harms_none_after_it(app: TestApp) {
    let (db, mark) = (app.app.db.clone(), mark(&app, 1));
    let work = tokio::spawn(async move {
        let tx = db.begin().await.expect("a transaction");
        tx.execute_unprepared(&mark).await.expect("written");
        panic!("on purpose");
    });
    assert!(work.await.expect_err("it panicked").is_panic());
    app.save_post(json!({ "title": "After it" })).await;
    assert_eq!(seen(&app).await, (0, 1));
}

async fn after_a_failed_statement_none_is_let_through(app: TestApp) {
    let tx = app.app.db.begin().await.expect("a transaction");
    tx.execute_unprepared(&mark(&app, 1)).await.expect("written");
    tx.execute_unprepared("INSERT INTO nowhere VALUES (1)").await.expect_err("no such table");
    tx.execute_unprepared(&mark(&app, 2)).await.expect_err("the transaction is over");
    let ended = tx.commit().await.expect_err("not committed");
    assert!(matches!(ended, CommitError::RolledBack(_)), "{ended:?}");
    app.save_post(json!({ "title": "After it" })).await;
    assert_eq!(seen(&app).await, (0, 1));
}

async fn a_violated_constraint_ends_the_step_and_not_the_rest(app: TestApp) {
    let tx = app.app.db.begin().await.expect("a transaction");
    tx.execute_unprepared(&mark(&app, 1)).await.expect("written");
    let step = tx.step().await.expect("a savepoint");
    step.execute_unprepared(&mark(&app, 2)).await.expect("written");
    step.execute_unprepared(&mark(&app, 1)).await.expect_err("the same id");
    step.rollback().await;
    tx.execute_unprepared(&mark(&app, 3)).await.expect("written");
    tx.commit().await.expect("a commit");
    assert_eq!(seen(&app).await, (2, 0));
}

/// Whoever leaves the one writer of SQLite in a transaction would have everybody else's work wait in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_was_left_in_a_transaction_is_opened_anew() {
    let app = TestApp::start(Backend::Sqlite).await.expect("SQLite is part of the program");
    app.app.db.writer().execute_unprepared("BEGIN").await.expect("begun");
    app.app.db.writer().execute_unprepared(&mark(&app, 1)).await.expect("written");
    app.save_post(json!({ "title": "After it" })).await;
    assert_eq!(seen(&app).await, (0, 1));
}
