//! `kill -9` in every phase of uploads: what was acknowledged is there, whole; what is left over is in quarantine, and gone
//! when the collector ran.
//!
//! `WELLSPRING_TEST_KILLS=100` kills a hundred times instead of fifteen.

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{files, hex, text};
use crate::app::MASTER_KEY;
use crate::commands::program::{PATIENCE, Server, run, token};
use crate::postgres::own_address;

const KILLS: usize = 15;
const SENDERS: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_survive_kill_nine_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    survive(folder.path(), "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_survive_kill_nine_on_postgres() {
    let Some(url) = crate::postgres::new_database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    survive(folder.path(), &format!("database_url = \"{url}\"\n")).await;
}

#[expect(clippy::disallowed_methods, reason = "a test's own switch, not a setting of the product")]
fn kills() -> usize {
    std::env::var("WELLSPRING_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// What the server acknowledged.
#[derive(Debug, Default)]
pub struct Acknowledged {
    /// Assets, with the width of their image.
    pub completed: Vec<(String, u32)>,
    /// Uploads that the store said it has.
    pub sent: Vec<String>,
    /// Renditions that were served whole, with their hash.
    pub shown: Vec<(String, String)>,
}

async fn survive(folder: &Path, settings: &str) {
    let settings = format!("{settings}master_key = \"{MASTER_KEY}\"\njob_lease = 3\n");
    std::fs::write(folder.join("wellspring.toml"), settings).expect("a file");
    let (token, kills) = (token(folder), kills());
    let known = Mutex::new(Acknowledged::default());
    // One port for all, so that what was signed before a kill is good after it, of an address that nobody else uses.
    let mut address = format!("{}:0", own_address());
    for round in 0..kills {
        let server = Server::start_at(folder, &["--listen", &address]).await;
        server.address().clone_into(&mut address);
        let senders = (0..SENDERS).map(|sender| {
            let number = u32::try_from(round as u64 * SENDERS + sender).expect("few");
            send_on(&server, &token, number, &known)
        });
        let kill = async {
            // One more than can be sent without one that is completed, in the first round.
            let least = if round == 0 { SENDERS + 1 } else { 0 };
            acknowledged(&known, rand::random_range(least..12)).await;
            // An acknowledgement is always the same moment of a request; some turns later is any moment.
            for _ in 0..rand::random_range(0..4_000) {
                tokio::task::yield_now().await;
            }
            server.kill();
        };
        tokio::join!(futures_util::future::join_all(senders), kill);
    }
    let server = Server::start_at(folder, &["--listen", &address]).await;
    let known = known.into_inner().expect("no panic while it was held");
    check(&server, &token, &known).await;
    drop(server);
    collected(folder);
    let figures = format!(
        "\n{kills} kills: {} files sent, {} completed, {} images shown, none lost\n",
        known.sent.len(),
        known.completed.len(),
        known.shown.len()
    );
    std::io::stderr().write_all(figures.as_bytes()).expect("standard error is open");
    assert!(!known.completed.is_empty(), "the server never lived long enough");
}

/// Waits until this many more things have been acknowledged.
async fn acknowledged(known: &Mutex<Acknowledged>, more: u64) {
    let count = || {
        let known = known.lock().expect("no panic while it was held");
        known.sent.len() + known.completed.len() + known.shown.len()
    };
    let (start, wanted) = (Instant::now(), count() + usize::try_from(more).expect("few"));
    while count() < wanted {
        assert!(start.elapsed() < PATIENCE, "the server acknowledges nothing");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Uploads images one after the other until the server is gone.
async fn send_on(server: &Server, token: &str, number: u32, known: &Mutex<Acknowledged>) {
    let client = reqwest::Client::new();
    for step in 0..1_000 {
        // Every image is another one, so that each has an object of its own.
        let width = 64 + number * 7 + step;
        let Some(()) = send_one(server, &client, token, width, known).await else { return };
        let Some(()) = show_one(server, &client, token, known).await else { return };
    }
}

pub async fn send_one(
    server: &Server,
    client: &reqwest::Client,
    token: &str,
    width: u32,
    known: &Mutex<Acknowledged>,
) -> Option<()> {
    let bytes = files::photo(width, 64);
    let input = json!({
        "filename": "leg.jpg", "mimeType": "image/jpeg", "byteSize": bytes.len(), "sha256": hex(&Sha256::digest(&bytes)),
    });
    let create = "mutation($input: CreateUploadInput!) { createUpload(input: $input) {
        upload { id request { url headers { name value } } } userErrors { message } } }";
    let answer = server.send(token, create, json!({ "input": input })).await.ok()?;
    let upload = &answer["data"]["createUpload"]["upload"];
    assert!(upload.is_object(), "{answer}");
    let mut put = client.put(text(&upload["request"]["url"])).body(bytes);
    for header in upload["request"]["headers"].as_array().expect("headers") {
        if text(&header["name"]) != "content-length" {
            put = put.header(text(&header["name"]), text(&header["value"]));
        }
    }
    assert_eq!(put.send().await.ok()?.status(), 200);
    note(known, |known| known.sent.push(text(&upload["id"]).to_owned()));
    let complete =
        "mutation($id: ID!) { completeUpload(input: { upload: $id }) { upload { asset { id } } } }";
    let answer = server.send(token, complete, json!({ "id": upload["id"] })).await.ok()?;
    let asset = &answer["data"]["completeUpload"]["upload"]["asset"]["id"];
    assert!(asset.is_string(), "{answer}");
    note(known, |known| known.completed.push((text(asset).to_owned(), width)));
    Some(())
}

/// Looks at an image of some asset, in a size that is perhaps made for that.
pub async fn show_one(
    server: &Server,
    client: &reqwest::Client,
    token: &str,
    known: &Mutex<Acknowledged>,
) -> Option<()> {
    let asset = {
        let known = known.lock().expect("no panic while it was held");
        known.completed[rand::random_range(0..known.completed.len())].0.clone()
    };
    let look = "query($id: ID!) { desk { asset(id: $id) { state image(width: 320) { url } } } }";
    let seen = server.send(token, look, json!({ "id": asset })).await.ok()?;
    if let Some(url) = seen["data"]["desk"]["asset"]["image"]["url"].as_str() {
        let response = client.get(url).send().await.ok()?;
        if response.status() == 200 {
            let bytes = response.bytes().await.ok()?;
            note(known, |known| known.shown.push((url.to_owned(), hex(&Sha256::digest(&bytes)))));
        }
    }
    Some(())
}

fn note(known: &Mutex<Acknowledged>, change: impl FnOnce(&mut Acknowledged)) {
    change(&mut known.lock().expect("no panic while it was held"));
}

async fn check(server: &Server, token: &str, known: &Acknowledged) {
    let client = reqwest::Client::new();
    for (id, width) in &known.completed {
        let asset = ready(server, token, id).await;
        assert_eq!(asset["width"], *width);
        let response = client.get(text(&asset["url"])).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let bytes = response.bytes().await.expect("a whole answer");
        assert_eq!(hex(&Sha256::digest(&bytes)), text(&asset["sha256"]));
        assert_eq!(super::decode(&bytes).dimensions(), (*width, 64));
    }
    for (url, hash) in &known.shown {
        let response = client.get(url).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{url}");
        assert_eq!(&hex(&Sha256::digest(response.bytes().await.expect("a whole answer"))), hash);
    }
    // What was sent and not completed can still be.
    let complete = "mutation($id: ID!) { completeUpload(input: { upload: $id }) { upload { asset { id } } userErrors { message } } }";
    for id in &known.sent {
        let answer = server.send(token, complete, json!({ "id": id })).await.expect("an answer");
        let payload = &answer["data"]["completeUpload"];
        assert_eq!(payload["userErrors"], json!([]), "{answer}");
        ready(server, token, text(&payload["upload"]["asset"]["id"])).await;
    }
}

pub async fn ready(server: &Server, token: &str, id: &str) -> Value {
    let start = Instant::now();
    let query = "query($id: ID!) { desk { asset(id: $id) { state rejection width sha256 url } } }";
    loop {
        let answer = server.send(token, query, json!({ "id": id })).await.expect("an answer");
        let asset = &answer["data"]["desk"]["asset"];
        if asset["state"] == "READY" {
            return asset.clone();
        }
        assert_eq!(asset["state"], "PROCESSING", "{answer}");
        assert!(start.elapsed() < PATIENCE, "{answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nothing is missing, and what nobody needs is gone.
fn collected(folder: &Path) {
    let first = run(folder, &["media", "gc", "--min-age", "0"]).succeeded();
    for line in first.stdout.lines() {
        let is_leftover = ["leftover: quarantine/", "unused: objects/", "orphan: renditions/"];
        let is_sum = line.ends_with("0 missing");
        assert!(is_sum || is_leftover.iter().any(|start| line.starts_with(start)), "{line}");
    }
    let second = run(folder, &["media", "gc", "--min-age", "0"]).succeeded();
    assert_eq!(second.stdout, "0 found that nobody needs, 0 missing\n");
}
