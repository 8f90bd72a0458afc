//! Samples of the documentation, as they are pasted, in a real browser.
//!
//! Where there is no Chromium, the stories say so and pass, unless `WELLSPRING_TEST_BROWSER=required`.

mod media;

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::Notify;
use wellspring::config::Config;

use crate::app::{As, Backend, Files, TestApp};

const FORM: &str = include_str!("../../docs/question-form.md");
/// ALTCHA's widget as npm has it in `altcha@3.2.2`, `dist/main/altcha.min.js`; its licence, MIT, is beside it.
const WIDGET: &str = include_str!("samples/altcha-3.2.2.min.js");
const TEXT: &str = "zebra knees hurt";
const EMAIL: &str = "reader@example.org";
/// How long a browser may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(5);

/// Fills in the form, and does with it what is asked for once that is possible or never will be.
const FILL: &str = "
const form = document.querySelector('#ask');
form.elements.text.value = 'zebra knees hurt';
form.elements.email.value = 'reader@example.org';
form.elements.answerPrivately.checked = true;
form.elements.publishParaphrase.checked = true;
";
const CLICK_WHEN_READY: &str = "
const button = form.querySelector('button');
const click = () => { if (!button.disabled) { ready.disconnect(); button.click(); } };
const ready = new MutationObserver(click);
ready.observe(button, { attributes: true });
click();
const told = new MutationObserver(() => fetch('/done'));
told.observe(document.querySelector('#outcome'), { childList: true });
";
/// Presses the button although it is disabled, once the script has said why it cannot go on.
const CLICK_WHEN_TOLD: &str = "
const told = new MutationObserver(() => { form.querySelector('button').click(); fetch('/done'); });
told.observe(document.querySelector('#outcome'), { childList: true });
";
const CLICK: &str = "form.querySelector('button').click(); fetch('/done');";
/// What a browser does whose user presses a button that is not disabled.
const SUBMIT_ALL_THE_SAME: &str = "HTMLFormElement.prototype.submit.call(form);";

/// The first block of a language in a text.
fn sample<'a>(text: &'a str, language: &str) -> &'a str {
    let begin = format!("```{language}\n");
    let (_, rest) = text.split_once(&begin).expect("a sample");
    rest.split_once("\n```").expect("the end of the sample").0
}

/// What a site serves, and what it and the server behind it were asked: method, address and headers.
#[derive(Clone)]
struct Site {
    files: Arc<HashMap<&'static str, (&'static str, String)>>,
    app: String,
    asked: Arc<Mutex<Vec<String>>>,
    done: Arc<Notify>,
}

impl Site {
    async fn answer(self, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
        let referrer = headers.get(header::REFERER).map(|value| format!("{value:?}")).unwrap_or_default();
        self.asked.lock().expect("no story panics here").push(format!("{method} {uri} {referrer}"));
        if uri.path() == "/graphql" {
            return self.forward(method, headers, body).await;
        }
        match uri.path() {
            // A form that was sent without its script.
            _ if method == Method::POST || uri.query().is_some() => return "received".into_response(),
            "/done" => self.done.notify_one(),
            // A browser takes a page as loaded, and ends, when all of its images have been answered.
            "/hold" => drop(tokio::time::timeout(PATIENCE, self.done.notified()).await),
            _ => {}
        }
        match self.files.get(uri.path()) {
            Some((kind, text)) => ([(header::CONTENT_TYPE, *kind)], text.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    async fn forward(&self, method: Method, mut headers: HeaderMap, body: Bytes) -> Response {
        headers.remove(header::HOST);
        let request = reqwest::Client::new().request(method, &self.app).headers(headers).body(body);
        let reply = request.send().await.expect("the application answers");
        let (status, mut headers) = (reply.status(), reply.headers().clone());
        headers.remove(header::TRANSFER_ENCODING);
        (status, headers, reply.bytes().await.expect("a whole answer")).into_response()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no story panics here").clone()
    }
}

/// Serves a site on an origin of its own.
async fn serve(site: &Site) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let site = site.clone();
    let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        site.clone().answer(method, uri, headers, body)
    };
    let router = Router::new().fallback(handler);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// What the page has become, and what was asked for meanwhile.
struct Seen {
    page: String,
    asked: Vec<String>,
}

impl Seen {
    fn leaks(&self) -> Vec<&String> {
        let words = ["zebra", "knees", "reader@", "reader%40", "example.org"];
        self.asked.iter().filter(|line| words.iter().any(|word| line.contains(word))).collect()
    }

    fn posts(&self) -> usize {
        self.asked.iter().filter(|line| line.starts_with("POST")).count()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    There,
    WithWidget,
    Missing,
}

async fn visit(app: &TestApp, browser: &Path, script: Script, drive: &str) -> Seen {
    let empty =
        Site { files: Arc::default(), app: app.url("/graphql"), asked: Arc::default(), done: Arc::default() };
    let api = serve(&empty).await;
    let sample_html = sample(FORM, "html");
    let html =
        format!("<!doctype html>{sample_html}<img src=\"/hold\" alt=\"\"><script>{FILL}{drive}</script>");
    let mut files = HashMap::from([("/", ("text/html; charset=utf-8", html))]);
    if script == Script::WithWidget {
        files.insert("/altcha.js", ("text/javascript", WIDGET.to_owned()));
    }
    if script != Script::Missing {
        let script = sample(FORM, "js").replace("https://cms.example", &api);
        assert!(script.contains(&api), "the address stands in the sample");
        files.insert("/ask.js", ("text/javascript", script));
    }
    let site = Site { files: Arc::new(files), ..empty };
    let url = serve(&site).await;
    let browser = browser.to_owned();
    let page = tokio::task::spawn_blocking(move || dump(&browser, &url)).await.expect("the browser ends");
    Seen { page, asked: site.asked() }
}

/// The page after its scripts have run.
fn dump(browser: &Path, url: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("page");
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .args(["--dump-dom", url])
        .stdin(Stdio::null())
        .stdout(Stdio::from(std::fs::File::create(&output).expect("a file")))
        .stderr(Stdio::null())
        .spawn()
        .expect("the browser starts");
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the browser did not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::fs::read_to_string(output).expect("a page")
}

#[expect(clippy::disallowed_methods, reason = "where programs are is no setting of the product")]
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file());
    if found.is_none() {
        let required = std::env::var("WELLSPRING_TEST_BROWSER").is_ok_and(|value| value == "required");
        assert!(!required, "there is no Chromium in PATH, and WELLSPRING_TEST_BROWSER=required");
        // Not through the macro, whose output is shown for failures only.
        let notice = "\nNOTICE: there is no Chromium, so the samples of the documentation are not tried\n";
        std::io::stderr().write_all(notice.as_bytes()).expect("stderr");
    }
    found
}

async fn start(backend: Backend, proof: Option<u8>) -> Option<(TestApp, PathBuf)> {
    let browser = browser()?;
    let change = |config: &mut Config| {
        // The clock of a story stands still while its reader fills in the form.
        config.forms.min_seconds = 0;
        config.forms.proof_digits = proof;
    };
    Some((TestApp::start_changed(backend, Files::Own, change).await?, browser))
}

async fn a_reader_asks(backend: Backend, script: Script) {
    let proof = (script == Script::WithWidget).then_some(1);
    let Some((app, browser)) = start(backend, proof).await else { return };
    let seen = visit(&app, &browser, script, CLICK_WHEN_READY).await;
    assert!(seen.page.contains("Keep this link: http"), "{}\n{:#?}", seen.page, seen.asked);
    assert_eq!(seen.leaks(), [""; 0]);
    let query = "{ desk { questions { nodes { id } } } }";
    let found = app.data(As::Owner, query, json!({})).await["desk"]["questions"]["nodes"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    let input = json!({ "questions": [found[0]["id"]] });
    let read = app.mutate("readQuestions", input, "questions { original { text email } }").await;
    assert_eq!(read["questions"], json!([{ "original": { "text": TEXT, "email": EMAIL } }]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_for_questions_works_as_pasted_on_sqlite() {
    a_reader_asks(Backend::Sqlite, Script::There).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_for_questions_works_as_pasted_on_postgres() {
    a_reader_asks(Backend::Postgres, Script::There).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_for_questions_leaks_nothing_when_its_script_is_missing() {
    let Some((app, browser)) = start(Backend::Sqlite, None).await else { return };
    let clicked = visit(&app, &browser, Script::Missing, CLICK).await;
    assert!(clicked.page.contains("id=\"ask\""), "{}", clicked.page);
    assert_eq!((clicked.leaks().len(), clicked.posts()), (0, 0), "{:#?}", clicked.asked);
    let sent = visit(&app, &browser, Script::Missing, SUBMIT_ALL_THE_SAME).await;
    assert_eq!((sent.leaks().len(), sent.posts()), (0, 1), "{:#?}", sent.asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_for_questions_works_with_the_widget_of_altcha() {
    a_reader_asks(Backend::Sqlite, Script::WithWidget).await;
}

/// The documentation names the version that is tried, and the file.
#[test]
fn the_widget_is_the_one_that_the_documentation_names() {
    assert!(FORM.contains("`node_modules/altcha/dist/main/altcha.min.js`"));
    assert!(FORM.contains("version 3.2.2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_cannot_be_sent_while_a_proof_is_wanted_and_the_widget_is_missing() {
    let Some((app, browser)) = start(Backend::Sqlite, Some(1)).await else { return };
    let seen = visit(&app, &browser, Script::There, CLICK_WHEN_TOLD).await;
    let asked = |line: &&String| line.starts_with("POST /graphql");
    // The question for the form, and nothing else, goes to the server; nothing goes to the site.
    assert_eq!(
        (seen.leaks().len(), seen.posts()),
        (0, seen.asked.iter().filter(asked).count()),
        "{:#?}",
        seen.asked
    );
    let query = "{ desk { questions { nodes { id } } } }";
    assert_eq!(app.data(As::Owner, query, json!({})).await["desk"]["questions"]["nodes"], json!([]));
}
