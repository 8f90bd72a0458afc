//! The application under test: a real server on a free port, a database of its own, a clock that the story moves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use wellspring::app::{App, Clock};
use wellspring::config::Config;
use wellspring::domain::access::policy::{Scopes, TokenScope};
use wellspring::domain::team::{account, token};
use wellspring::http;
use wellspring::http::server::{ServerLimits, serve};
use wellspring::jobs::{self, Ended};
use wellspring::mail::Way;
use wellspring::store::Durability;

use crate::s3::S3Server;

/// 2026-11-23T09:00:00Z, a Monday.
const START: i64 = 1_795_424_400_000;

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Runs each named story on both databases. A story is an `async fn(TestApp)`.
macro_rules! stories {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let app = crate::app::TestApp::start(crate::app::Backend::Sqlite).await;
                super::$name(app.expect("SQLite is part of the program")).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let app = crate::app::TestApp::start(crate::app::Backend::Postgres).await;
                if let Some(app) = app {
                    super::$name(app).await;
                }
            })*
        }
    };
}
pub(crate) use stories;

/// Where a story's files are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// By the program itself.
    Own,
    /// By another S3 server.
    S3,
}

/// Runs each named story on both databases, with the program's own store and with another one. A story is an
/// `async fn(TestApp)`.
macro_rules! media_stories {
    ($($name:ident),* $(,)?) => {
        crate::app::media_stories!(@on sqlite_alone, Sqlite, Own: $($name),*);
        crate::app::media_stories!(@on postgres_alone, Postgres, Own: $($name),*);
        crate::app::media_stories!(@on sqlite_and_s3, Sqlite, S3: $($name),*);
        crate::app::media_stories!(@on postgres_and_s3, Postgres, S3: $($name),*);
    };
    (@on $module:ident, $backend:ident, $files:ident: $($name:ident),*) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let (backend, files) = (crate::app::Backend::$backend, crate::app::Files::$files);
                if let Some(app) = crate::app::TestApp::start_with(backend, files).await {
                    super::$name(app).await;
                }
            })*
        }
    };
}
pub(crate) use media_stories;

/// The same with files elsewhere alone.
macro_rules! with_s3 {
    ($($name:ident),* $(,)?) => {
        crate::app::media_stories!(@on sqlite_and_s3, Sqlite, S3: $($name),*);
        crate::app::media_stories!(@on postgres_and_s3, Postgres, S3: $($name),*);
    };
}
pub(crate) use with_s3;

/// 32 bytes that several processes of a story share.
pub const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

pub struct TestApp {
    pub app: App,
    pub backend: Backend,
    address: SocketAddr,
    clock: Arc<AtomicI64>,
    client: reqwest::Client,
    owner: String,
    stop: Option<oneshot::Sender<()>>,
    /// The other store, if the story has one.
    pub s3: Option<S3Server>,
    _folder: TempDir,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// Who sends a request.
#[derive(Debug, Clone, Copy)]
pub enum As<'a> {
    Anonymous,
    Owner,
    Token(&'a str),
    /// With the token of a preview.
    Preview(&'a str),
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl TestApp {
    /// `None` where the database is not to be had, which was said loudly.
    pub async fn start(backend: Backend) -> Option<Self> {
        Self::start_with(backend, Files::Own).await
    }

    /// The same with files elsewhere.
    pub async fn start_with(backend: Backend, files: Files) -> Option<Self> {
        Self::start_changed(backend, files, |_| ()).await
    }

    /// The same with other settings than most stories have.
    pub async fn start_changed(
        backend: Backend,
        files: Files,
        change: impl FnOnce(&mut Config),
    ) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match backend {
            Backend::Sqlite => format!("sqlite://{}", folder.path().join("test.db").display()),
            Backend::Postgres => crate::postgres::new_database().await?,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let config = wellspring::config::with(&[
            ("data_dir", folder.path().display().to_string()),
            ("base_url", format!("http://{address}")),
            ("master_key", MASTER_KEY.to_owned()),
            ("database_url", url),
            ("database_connections", "4".to_owned()),
            // A story's clock stands still; those about limits start a node with limits of their own.
            ("rate_limit_mutations", "off".to_owned()),
            ("rate_limit_sign_ins", "off".to_owned()),
            ("rate_limit_public_mutations", "off".to_owned()),
            // Some thousand hashes are much without an optimising compiler; the stories about them ask for few.
            ("proof_of_work", "off".to_owned()),
        ]);
        let mut config = config.expect("good settings");
        config.mail.way = Way::Memory;
        // Whether bytes are on the disk is for the stories that end a process.
        config.durability = Durability::Volatile;
        let s3 = match files {
            Files::Own => None,
            Files::S3 => Some(S3Server::start().await),
        };
        config.s3 = s3.as_ref().map(S3Server::settings);
        change(&mut config);
        let clock = Arc::new(AtomicI64::new(START));
        let app = App::start(config, Clock::Manual(Arc::clone(&clock))).await;
        let app = app.expect("the application starts");

        let (stop, stopped) = oneshot::channel::<()>();
        let router = http::router(app.clone());
        tokio::spawn(serve(listener, router, ServerLimits::default(), async {
            let _ = stopped.await;
        }));
        let owner = token(&app, &Scopes::all()).await;
        let client = reqwest::Client::new();
        Some(Self { app, backend, address, clock, client, owner, stop: Some(stop), s3, _folder: folder })
    }

    pub fn advance(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    /// Runs every job that is due, one after the other: there are no workers in a story. All must be done; answers how
    /// many those were, so that none fails, or dies, without the story saying so.
    pub async fn run_jobs(&self) -> usize {
        let ended = self.try_jobs().await;
        assert_eq!(ended.iter().find(|ended| **ended != Ended::Done), None, "a job was not done");
        ended.len()
    }

    /// The same, whatever comes of them.
    pub async fn try_jobs(&self) -> Vec<Ended> {
        let ended = jobs::run_due(&self.app).await.expect("jobs can be taken");
        ended.into_iter().map(|(_, ended)| ended).collect()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    pub fn owner_token(&self) -> &str {
        &self.owner
    }

    pub async fn token(&self, scopes: &[TokenScope]) -> String {
        token(&self.app, &scopes.iter().copied().collect()).await
    }

    /// Sends an operation as a frontend would.
    pub async fn send(&self, viewer: As<'_>, query: &str, variables: Value) -> Reply {
        let body = json!({ "query": query, "variables": variables, "extensions": { "cost": true } });
        self.post(viewer, body.to_string().into_bytes()).await
    }

    /// Sends any bytes as a request.
    pub async fn post(&self, viewer: As<'_>, body: Vec<u8>) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let credential = match viewer {
            As::Anonymous => None,
            As::Owner => Some(format!("Bearer {}", self.owner)),
            As::Token(token) => Some(format!("Bearer {token}")),
            As::Preview(token) => Some(format!("Preview {token}")),
        };
        if let Some(credential) = credential {
            headers.insert("authorization", HeaderValue::from_str(&credential).expect("a plain token"));
        }
        let request = self.client.post(self.url("/graphql")).headers(headers).body(body);
        Reply::read(request.send().await.expect("an answer")).await
    }

    /// An operation that must succeed without any error; answers its data.
    pub async fn data(&self, viewer: As<'_>, query: &str, variables: Value) -> Value {
        let reply = self.send(viewer, query, variables).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.body.get("errors"), None, "{}", reply.text);
        reply.body["data"].clone()
    }

    /// Data for everybody.
    pub async fn public(&self, query: &str) -> Value {
        self.data(As::Anonymous, query, json!({})).await
    }

    /// A mutation of the owner with one `input`; answers its payload, which must have no user errors.
    pub async fn mutate(&self, mutation: &str, input: Value, fields: &str) -> Value {
        let payload = self.try_mutate(mutation, input, fields).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// The same, whatever the user errors.
    pub async fn try_mutate(&self, mutation: &str, input: Value, fields: &str) -> Value {
        let mut kind = mutation.to_owned();
        kind[..1].make_ascii_uppercase();
        let kind = match mutation {
            "trashDocument" | "restoreDocument" | "unpublishEntry" => "MoveDocument".to_owned(),
            "retryJob" | "dropJob" => "DeadJob".to_owned(),
            "completeUpload" | "abandonUpload" => "Upload".to_owned(),
            "acceptQuestion" | "markQuestionSpam" | "unpublishQuestion" | "eraseOriginal" => {
                "Question".to_owned()
            }
            "addQuestionNote" | "replyToQuestion" => "QuestionText".to_owned(),
            "withdrawQuestion" | "eraseQuestion" => "AskedQuestion".to_owned(),
            _ => kind,
        };
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ path code message }} }} }}"
        );
        self.data(As::Owner, &query, json!({ "input": input })).await[mutation].clone()
    }

    /// Saves a post and answers its document: id, headRevision, slug, state.
    pub async fn save_post(&self, input: Value) -> Value {
        self.mutate("savePost", input, "document { id headRevision slug state }").await["document"].clone()
    }

    /// Saves and publishes a post; answers the document's id.
    pub async fn publish_post(&self, input: Value) -> String {
        let id = self.save_post(input).await["id"].as_str().expect("an id").to_owned();
        self.publish(&id).await;
        id
    }

    pub async fn publish(&self, document: &str) -> Value {
        self.mutate("publishEntry", json!({ "document": document }), "document { state } entry { id path }")
            .await
    }
}

impl Reply {
    pub async fn read(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("a whole answer");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body }
    }

    /// The code of the first error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }

    /// How many statements the operation took.
    pub fn statements(&self) -> u64 {
        self.body["extensions"]["cost"]["statements"].as_u64().expect("a cost was asked for")
    }
}

/// The codes of user errors with their paths, such as `TAKEN input.slug`.
pub fn refusals(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| {
            let path: Vec<_> =
                error["path"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("{} {}", error["code"].as_str().unwrap_or_default(), path.join("."))
        })
        .collect()
}

async fn token(app: &App, scopes: &Scopes) -> String {
    let now = app.clock.now();
    let tx = app.db.begin().await.expect("a transaction");
    let owner = account::first_owner(&tx, now).await.expect("an owner");
    let token = token::create(&tx, now, owner.id, "test", scopes, None).await.expect("a token");
    tx.commit().await.expect("a commit");
    token.reveal().to_owned()
}
