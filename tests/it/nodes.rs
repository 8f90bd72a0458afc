//! Several nodes on one database, and what happens when its connections are all at work.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde_json::json;
use tower::ServiceExt;
use wellspring::app::{App, Clock};
use wellspring::config::Config;
use wellspring::db::{Db, Reader, Tx, migrate};
use wellspring::domain::core::error::Error;
use wellspring::http;

use crate::app::{Backend, MASTER_KEY, TestApp, stories};
use crate::catalog::ask;

/// An upper bound for things that must happen; long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(5);
/// A limit that a story waits for.
const SHORT: Duration = Duration::from_secs(3);

stories![
    a_read_without_a_free_connection_is_answered_503_and_works_again_later,
    a_statement_beyond_its_limit_is_ended,
    the_deadline_of_a_request_ends_its_work_in_the_database,
];

/// The settings of a story's application, with limits that the story changes.
fn settings(app: &TestApp, change: impl FnOnce(&mut Config)) -> Config {
    let mut config = app.app.config.as_ref().clone();
    change(&mut config);
    config
}

/// The settings of nodes that share a database and a data folder.
fn shared(url: &str, folder: &Path) -> Config {
    let config = wellspring::config::with(&[
        ("database_url", url.to_owned()),
        ("data_dir", folder.display().to_string()),
        ("database_connections", "2".to_owned()),
        ("master_key", MASTER_KEY.to_owned()),
    ]);
    config.expect("good settings")
}

async fn start(config: Config) -> App {
    App::start(config, Clock::System).await.expect("the application starts")
}

/// The answer of a node to a question about its site.
async fn request(node: &App) -> Response<Body> {
    let request = Request::post("/graphql")
        .header("host", "127.0.0.1")
        .header("content-type", "application/json")
        .body(Body::from(json!({ "query": "{ site { title } }" }).to_string()))
        .expect("a good request");
    http::router(node.clone()).oneshot(request).await.expect("a router always answers")
}

/// A statement that runs far longer than any story: in SQLite a count without an end, in PostgreSQL a sleep.
fn endless(db: &Reader) -> Statement {
    let backend = db.get_database_backend();
    let sql = match backend {
        sea_orm::DbBackend::Sqlite => {
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        }
        _ => "SELECT 1 FROM pg_sleep(6000)",
    };
    Statement::from_string(backend, sql)
}

async fn run(db: Reader, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
    db.query_one_raw(statement).await
}

/// Waits until PostgreSQL runs nothing endless for this story's database.
async fn no_statement_sleeps(db: &Reader) {
    let sql = "SELECT 1 FROM pg_stat_activity \
               WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(6000)'";
    let sleeping = Statement::from_string(db.get_database_backend(), sql);
    while run(db.clone(), sleeping.clone()).await.expect("an answer").is_some() {
        tokio::task::yield_now().await;
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("took too long")
}

/// Takes every connection on which a read could run: transactions on PostgreSQL, where readers and writers share a pool;
/// the readers themselves on SQLite.
enum Held {
    Transactions(Vec<Tx>),
    Readers(Vec<tokio::task::JoinHandle<Result<Option<QueryResult>, DbErr>>>),
}

impl Held {
    async fn all(node: &App, backend: Backend) -> Self {
        let count = node.config.database.connections;
        match backend {
            Backend::Postgres => {
                let mut transactions = Vec::new();
                for _ in 0..count {
                    transactions.push(node.db.begin().await.expect("a free connection"));
                }
                Self::Transactions(transactions)
            }
            Backend::Sqlite => {
                let busy = (0..count).map(|_| {
                    let db = node.db.reader();
                    let statement = endless(&db);
                    tokio::spawn(run(db, statement))
                });
                Self::Readers(busy.collect())
            }
        }
    }

    async fn release(self) {
        match self {
            Self::Transactions(transactions) => {
                for transaction in transactions {
                    transaction.rollback().await;
                }
            }
            Self::Readers(busy) => busy.iter().for_each(tokio::task::JoinHandle::abort),
        }
    }
}

async fn a_read_without_a_free_connection_is_answered_503_and_works_again_later(app: TestApp) {
    let node = start(settings(&app, |config| {
        config.database.connections = 2;
        config.database.acquire_timeout = SHORT;
        config.database.statement_timeout = PATIENCE;
    }))
    .await;
    let held = Held::all(&node, app.backend).await;
    // On SQLite the readers are taken by tasks that may not have begun: only a refusal says that all of them have.
    let refused = within(async {
        loop {
            let response = request(&node).await;
            if response.status() != StatusCode::OK {
                break response;
            }
        }
    })
    .await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    let body = axum::body::to_bytes(refused.into_body(), 10_000).await.expect("a short body");
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(body["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE");
    assert_eq!(body["errors"][0]["message"], "the server is busy, try again in a moment");

    held.release().await;
    let again = within(async {
        loop {
            let response = request(&node).await;
            if response.status() != StatusCode::SERVICE_UNAVAILABLE {
                break response.status();
            }
        }
    });
    assert_eq!(again.await, StatusCode::OK);
    node.db.close().await.expect("a clean end");
}

async fn a_statement_beyond_its_limit_is_ended(app: TestApp) {
    let node = start(settings(&app, |config| {
        config.database.connections = 2;
        config.database.acquire_timeout = PATIENCE;
        config.database.statement_timeout = SHORT;
    }))
    .await;
    let db = node.db.reader();
    let statement = endless(&db);
    let both = async { tokio::join!(run(db.clone(), statement.clone()), run(db.clone(), statement.clone())) };
    let (one, two) = within(both).await;
    for ended in [one, two] {
        let error = Error::from(ended.expect_err("the statement has no end"));
        assert!(matches!(error, Error::TimedOut), "{error:?}");
    }
    assert_eq!(
        within(ask(&node, "{ site { title } }")).await,
        json!({ "site": { "title": "Untitled site" } })
    );
    node.db.close().await.expect("a clean end");
}

async fn the_deadline_of_a_request_ends_its_work_in_the_database(app: TestApp) {
    let node = start(settings(&app, |config| {
        config.database.connections = 2;
        config.database.acquire_timeout = PATIENCE;
        config.database.statement_timeout = 10 * PATIENCE;
    }))
    .await;
    let db = node.db.reader();
    let statement = endless(&db);
    let both = async { tokio::join!(run(db.clone(), statement.clone()), run(db.clone(), statement.clone())) };
    // The end of this future is what the deadline of a request, or a client that hangs up, does to its work.
    tokio::time::timeout(SHORT, both).await.expect_err("the statements have no end");
    let next = Statement::from_string(db.get_database_backend(), "SELECT 1");
    let next = tokio::time::timeout(PATIENCE / 3, run(db.clone(), next)).await;
    next.expect("a connection comes back long before the limit of its statement").expect("an answer");
    if app.backend == Backend::Postgres {
        within(no_statement_sleeps(&db)).await;
    }
    node.db.close().await.expect("a clean end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_five_nodes_that_start_at_once_exactly_one_migrates() {
    let Some(url) = crate::postgres::new_database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = shared(&url, folder.path());
    let starts = (0..5).map(|_| {
        let (config, url) = (config.clone(), url.clone());
        tokio::spawn(async move {
            let db = Db::connect(&config.database).await.expect("a database");
            let steps = migrate(&db, &url).await.expect("migrated by one of the nodes");
            db.close().await.expect("a clean end");
            steps
        })
    });
    let mut steps = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        steps.push(within(start).await.expect("no panic"));
    }
    steps.sort_unstable();
    let all = <migration::Migrator as migration::MigratorTrait>::migrations().len();
    assert_eq!(steps, [0, 0, 0, 0, all]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_nodes_start_at_once_on_an_empty_database_and_all_serve() {
    let Some(url) = crate::postgres::new_database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = shared(&url, folder.path());
    let starts: Vec<_> = (0..5).map(|_| tokio::spawn(start(config.clone()))).collect();
    for node in starts {
        let node = within(node).await.expect("the node starts");
        assert_eq!(ask(&node, "{ site { title } }").await, json!({ "site": { "title": "Untitled site" } }));
        node.db.close().await.expect("a clean end");
    }
}
