//! `kill -9` in the middle of saves, publications and jobs, again and again on one database: what was acknowledged is there,
//! what was not is there whole or not at all, and what was scheduled happens once.
//!
//! `WELLSPRING_TEST_CRASHES=50` kills fifty times instead of twenty.

mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use entity::{DocumentId, Timestamp, change, document, entry, revision};
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};
use serde_json::{Value, json};
use wellspring::db::Db;
use wellspring::domain::content::{publish, revision as revisions};
use wellspring::domain::core::id;

use self::writer::{Request, Words, Writer, Written};
use crate::app::MASTER_KEY;
use crate::commands::Dump;
use crate::commands::program::{PATIENCE, Server, token};

const CRASHES: usize = 20;
/// Jobs of a killed server are taken over after so many seconds.
const LEASE: &str = "3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_nine_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("wellspring.db").display());
    survives_kill_nine(folder.path(), &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_nine_on_postgres() {
    let Some(url) = crate::postgres::new_database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    survives_kill_nine(folder.path(), &url).await;
}

#[expect(clippy::disallowed_methods, reason = "a test's own switch, not a setting of the product")]
fn crashes() -> usize {
    std::env::var("WELLSPRING_TEST_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(CRASHES)
}

async fn survives_kill_nine(folder: &Path, url: &str) {
    std::fs::write(
        folder.join("wellspring.toml"),
        format!("database_url = \"{url}\"\nmaster_key = \"{MASTER_KEY}\"\njob_lease = {LEASE}\n"),
    )
    .expect("a file");
    let (path, crashes) = (folder, crashes());
    let token = token(path);
    let mut server = Server::start(path, &[]).await;
    let save_tag = "mutation { saveTag(input: { name: \"Strength\" }) { tag { id } } }";
    let tag = server.data(&token, save_tag).await["saveTag"]["tag"]["id"].clone();
    let tag = tag.as_str().expect("an id").to_owned();

    let mut writers = [Writer::new("one"), Writer::new("two")];
    let mut slowest = Duration::ZERO;
    let mut in_flight = Vec::new();
    for _ in 0..crashes {
        server = crash_and_restart(server, path, &mut writers, &token, &tag).await;
        slowest = slowest.max(server.ready_after);
        in_flight.extend(check(&server, url, &token, &mut writers).await);
    }
    let (documents, saves) = writers
        .iter()
        .flat_map(|writer| &writer.documents)
        .fold((0, 0), |sum, document| (sum.0 + 1, sum.1 + document.revisions.len()));
    // Written past the test harness, which keeps what passing tests print.
    let figures = format!(
        "\n{crashes} crashes over {documents} documents with {saves} revisions: ready again after at most {} ms; \
         of {} requests in flight {} had been written\n",
        slowest.as_millis(),
        in_flight.len(),
        in_flight.iter().filter(|fate| **fate == Fate::Written).count(),
    );
    std::io::stderr().write_all(figures.as_bytes()).expect("standard error is open");
}

/// Lets both editors write, kills the server after a random number of acknowledged requests, and starts it again.
async fn crash_and_restart(
    server: Server,
    path: &Path,
    writers: &mut [Writer; 2],
    token: &str,
    tag: &str,
) -> Server {
    let (acknowledged, mut acknowledgements) = tokio::sync::mpsc::unbounded_channel();
    let count = rand::random_range(2..=30);
    let kill = async {
        for _ in 0..count {
            acknowledgements.recv().await.expect("the editors write on");
        }
        // An acknowledgement is always the same moment of a request; some turns later is any moment.
        for _ in 0..rand::random_range(0..4_000) {
            tokio::task::yield_now().await;
        }
        server.kill();
    };
    let [one, two] = writers;
    tokio::join!(
        one.write(&server, token, tag, acknowledged.clone()),
        two.write(&server, token, tag, acknowledged),
        kill
    );
    drop(server);
    Server::start(path, &[]).await
}

/// What became of a request whose answer never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Written,
    Gone,
}

/// Compares the database and the API with what was acknowledged; answers what became of the requests in flight.
async fn check(server: &Server, url: &str, token: &str, writers: &mut [Writer; 2]) -> Vec<Fate> {
    jobs_are_done(server, token).await;
    let db =
        wellspring::config::with(&[("database_url", url.to_owned()), ("master_key", MASTER_KEY.to_owned())]);
    let db = Db::connect(&db.expect("good settings").database).await.expect("a database");
    let stored = stored(db.writer()).await;
    let fates = writers.iter_mut().filter_map(|writer| settle(writer, &stored)).collect();
    let known: Vec<&Written> = writers.iter().flat_map(|writer| &writer.documents).collect();
    assert_eq!(stored.len(), known.len(), "a document that nobody wrote");
    for document in &known {
        let found = &stored[document.id.as_ref().expect("settled")];
        assert_eq!((&found.revisions, found.live), (&document.revisions, document.live), "{document:?}");
    }
    check_entries(&db, &stored).await;
    check_log(db.writer(), &known).await;
    db.close().await.expect("a clean end");
    check_public(server, &known).await;
    fates
}

/// Waits until everything that was scheduled has happened: also what the killed server was at.
async fn jobs_are_done(server: &Server, token: &str) {
    let start = Instant::now();
    let query =
        "{ desk { jobs(first: 3) { nodes { name lastError } } upcoming(first: 1) { nodes { failure } } } }";
    loop {
        let mut desk = server.data(token, query).await["desk"].clone();
        if let Some(jobs) = desk["jobs"]["nodes"].as_array_mut() {
            jobs.sort_by_key(|job| job["name"].as_str().map(str::to_owned));
        }
        // The jobs of the night wait for it.
        let waiting = |name: &str| json!({ "name": name, "lastError": null });
        let tonight = json!([waiting("collect.v1"), waiting("expire.v1")]);
        if desk == json!({ "jobs": { "nodes": tonight }, "upcoming": { "nodes": [] } }) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{desk}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The change log has every publication once, whoever made it.
async fn check_log(db: &DatabaseConnection, known: &[&Written]) {
    let rows = change::Entity::find().order_by_asc(change::Column::Seq).all(db).await.expect("a log");
    assert!(rows.iter().map(|row| row.seq).eq(1..=i64::try_from(rows.len()).expect("few")), "a gap");
    for document in known {
        let id = id::parse::<DocumentId>(document.id.as_ref().expect("settled")).expect("an id").0;
        let noted = rows.iter().filter(|row| row.subject_id == Some(id)).count();
        assert_eq!(noted, document.publications, "{document:?}");
    }
}

/// A document as it is in the database.
#[derive(Debug)]
struct Stored {
    revisions: Vec<Words>,
    live: Option<usize>,
}

async fn stored(db: &DatabaseConnection) -> BTreeMap<String, Stored> {
    let mut stored = BTreeMap::new();
    let all =
        revision::Entity::find().order_by_asc(revision::Column::Number).all(db).await.expect("revisions");
    for row in document::Entity::find().all(db).await.expect("documents") {
        let parts: Vec<_> = all.iter().filter(|revision| revision.document_id == row.id).collect();
        let numbers: Vec<_> = parts.iter().map(|revision| revision.number).collect();
        assert_eq!(numbers, (1..=row.head_revision).collect::<Vec<_>>(), "a gap");
        let words = parts.iter().map(|revision| {
            let content = revisions::read(revision).expect("content");
            Words { slug: content.entry().slug.clone(), body: content.entry().body.clone() }
        });
        let live = row.live_revision.map(|number| usize::try_from(number).expect("from 1"));
        stored.insert(id::format(row.id), Stored { revisions: words.collect(), live });
    }
    stored
}

/// Finds out whether the request that was under way has happened: all of it or nothing.
fn settle(writer: &mut Writer, stored: &BTreeMap<String, Stored>) -> Option<Fate> {
    let request = writer.in_flight.take()?;
    let document = writer.documents.last_mut().expect("the request was about it");
    if let (None, Request::Save(words)) = (&document.id, &request) {
        let mut found = stored.iter().filter(|(_, stored)| stored.revisions.contains(words));
        let Some((id, _)) = found.next() else {
            writer.documents.pop();
            return Some(Fate::Gone);
        };
        document.id = Some(id.clone());
    }
    let found = &stored[document.id.as_ref().expect("an id")];
    let mut after = document.clone();
    after.apply(&request);
    if (&found.revisions, found.live) != (&after.revisions, after.live) {
        return Some(Fate::Gone);
    }
    *document = after;
    Some(Fate::Written)
}

/// Every live document has its entry, no other has one, and each is what its revision gives when projected again.
async fn check_entries(db: &Db, stored: &BTreeMap<String, Stored>) {
    let entries = entry::Entity::find().all(db.writer()).await.expect("entries");
    let entries: BTreeSet<_> =
        entries.iter().map(|entry| (id::format(entry.id), usize::try_from(entry.revision).ok())).collect();
    let live = stored.iter().filter(|(_, stored)| stored.live.is_some());
    assert_eq!(entries, live.map(|(id, stored)| (id.clone(), stored.live)).collect());
    let tx = db.begin().await.expect("a transaction");
    let before = Dump::read(&tx).await;
    let rebuilt: Vec<DocumentId> =
        publish::reproject(&tx, Timestamp(0), None, 10_000).await.expect("projected again");
    assert_eq!(rebuilt.len(), entries.len());
    assert_eq!(Dump::read(&tx).await, before);
    tx.rollback().await;
}

/// The public reads exactly what is live, in lists and at every path that a document ever had.
async fn check_public(server: &Server, known: &[&Written]) {
    let live = |document: &&&Written| document.live.map(|number| document.revisions[number - 1].clone());
    let mut expected: Vec<_> = known
        .iter()
        .filter_map(|document| live(&document))
        .map(|Words { slug, body }| {
            json!({
                "title": format!("Title of {slug}"), "slug": slug, "body": { "markdown": body },
                "tags": [{ "name": "Strength" }],
            })
        })
        .collect();
    let (mut found, mut after) = (Vec::new(), Value::Null);
    let query = "query($after: String) { posts(first: 100, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { title slug body { markdown } tags { name } }
    } }";
    loop {
        let page = server.send("", query, json!({ "after": after })).await.expect("an answer");
        let posts = &page["data"]["posts"];
        assert_eq!(posts["totalCount"], expected.len(), "{page}");
        found.extend(posts["nodes"].as_array().expect("nodes").iter().cloned());
        after = posts["pageInfo"]["endCursor"].clone();
        if posts["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let by_slug = |post: &Value| post["slug"].to_string();
    found.sort_by_key(by_slug);
    expected.sort_by_key(by_slug);
    assert_eq!(found, expected);

    let query = "query($path: String!) { entry(path: $path) { path } }";
    for document in known.iter().filter(|document| document.public_slugs.len() > 1) {
        let now = live(&document).map(|words| json!({ "path": format!("/posts/{}", words.slug) }));
        for slug in &document.public_slugs {
            let variables = json!({ "path": format!("/posts/{slug}") });
            let found = server.send("", query, variables).await.expect("an answer");
            assert_eq!(found["data"]["entry"], json!(now), "{slug}");
        }
    }
}
