//! A script of mutations, what was answered to each, and whether the database has just that.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use entity::{document, idempotency, question_intake, revision, schedule, upload};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use wellspring::db::Db;
use wellspring::domain::content::revision as revisions;

use crate::commands::program::Server;

/// What became of a mutation, as its sender was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Done,
    Refused,
    /// The answer says that nobody knows, or there was none.
    Unknown,
    /// It needs something that was refused.
    LeftOut,
}

/// The script, once.
#[derive(Debug)]
pub struct Run {
    slug: String,
    save: Fate,
    publish: Fate,
    again: Fate,
    schedule: Fate,
    ask: Fate,
    upload: Fate,
}

impl Run {
    pub fn fates(&self) -> [Fate; 6] {
        [self.save, self.publish, self.again, self.schedule, self.ask, self.upload]
    }

    pub fn is_done(&self) -> bool {
        self.fates().iter().all(|fate| *fate == Fate::Done)
    }

    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Whether only the database knows what became of the second save.
    pub fn again_is_unknown(&self) -> bool {
        self.again == Fate::Unknown
    }

    /// It was sent again, and answered.
    pub fn again_is_done(&mut self) {
        self.again = Fate::Done;
    }

    /// What the second save is sent under.
    fn key(&self) -> String {
        format!("key-{}", self.slug)
    }
}

/// The author's requests and a reader's, of which each is answered before the next is sent.
pub async fn run(server: &Server, token: &str, slug: &str, form: &str) -> Run {
    let save = send(server, token, "savePost", save(slug), None).await;
    let document = save.payload["document"]["id"].clone();
    let of_document = json!({ "document": document });
    let mut run = Run {
        slug: slug.to_owned(),
        save: save.fate,
        publish: Fate::LeftOut,
        again: Fate::LeftOut,
        schedule: Fate::LeftOut,
        ask: Fate::LeftOut,
        upload: Fate::LeftOut,
    };
    // Without its id, as when its result could not be read, nothing more is done with it.
    if run.save == Fate::Done && document.is_string() {
        run.publish = send(server, token, "publishEntry", of_document.clone(), None).await.fate;
        let key = run.key();
        run.again = send(server, token, "savePost", again(slug, &document), Some(&key)).await.fate;
        let mut at = of_document;
        at["at"] = json!(next_month());
        run.schedule = send(server, token, "scheduleEntry", at, None).await.fate;
    }
    let question = json!({
        "text": format!("How do I get up the stairs? {slug}"), "formToken": form,
        "consents": { "answerPrivately": false, "publishParaphrase": true },
    });
    run.ask = send(server, "", "askQuestion", question, None).await.fate;
    let file = json!({
        "filename": format!("{slug}.jpg"), "mimeType": "image/jpeg", "byteSize": 1000, "sha256": "0".repeat(64),
    });
    run.upload = send(server, token, "createUpload", file, None).await.fate;
    run
}

fn save(slug: &str) -> Value {
    json!({ "title": "A post", "slug": slug, "body": "Words of a post. ".repeat(200) })
}

fn again(slug: &str, document: &Value) -> Value {
    json!({ "id": document, "title": "The same", "slug": slug, "expectedRevision": 1 })
}

/// Sends the second save of a run once more, under the same key.
pub async fn send_again(server: &Server, token: &str, run: &Run, document: &str) {
    let input = again(&run.slug, &json!(document));
    let sent = send(server, token, "savePost", input, Some(&run.key())).await;
    assert_eq!(sent.fate, Fate::Done, "{run:?}");
}

pub struct Sent {
    pub fate: Fate,
    pub payload: Value,
    pub status: u16,
    pub retry_after: Option<String>,
}

/// Sends a mutation and sorts the answer. What is neither done nor refused for lack of a disk is a mistake of the script.
pub async fn send(server: &Server, token: &str, mutation: &str, input: Value, key: Option<&str>) -> Sent {
    let mut kind = mutation.to_owned();
    kind[..1].make_ascii_uppercase();
    let fields = match mutation {
        "savePost" => "document { id }",
        _ => "",
    };
    let query = format!(
        "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ path code message }} }} }}"
    );
    let mut request = reqwest::Client::new()
        .post(server.url("/graphql"))
        .json(&json!({ "query": query, "variables": { "input": input } }));
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let answer = request.send().await.expect("the server lives");
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after = retry_after.map(str::to_owned);
    let body: Value = answer.json().await.expect("JSON");
    let code = body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
    let payload = body["data"][mutation].clone();
    let fate = match (status, code) {
        (200, "") if payload["userErrors"] == json!([]) => Fate::Done,
        // It was done, and only its result could not be read.
        (200, "RESULT_UNREAD") => Fate::Done,
        (507, "INSUFFICIENT_STORAGE") | (503, "SERVICE_UNAVAILABLE") => Fate::Refused,
        (504, "OUTCOME_UNKNOWN" | "TIMEOUT") => Fate::Unknown,
        _ => panic!("{mutation}: {status} {body}"),
    };
    Sent { fate, payload, status, retry_after }
}

fn next_month() -> String {
    #[expect(clippy::disallowed_methods, reason = "the real program has the real time")]
    let now = SystemTime::now() + Duration::from_hours(30 * 24);
    let now = now.duration_since(UNIX_EPOCH).expect("after 1970");
    wellspring::domain::core::time::format(entity::Timestamp(i64::try_from(now.as_millis()).expect("soon")))
}

/// What the database has of a document.
struct Stored {
    id: String,
    revisions: i32,
    is_live: bool,
    schedules: usize,
}

/// What was acknowledged is there, what was refused is not, and there is nothing else. Answers the ids of the documents by
/// their slugs.
pub async fn check(db: &Db, runs: &[Run]) -> BTreeMap<String, String> {
    let stored = stored(db).await;
    for run in runs {
        let found = stored.get(&run.slug);
        is(run.save, found.is_some(), run, "save");
        let Some(found) = found else { continue };
        assert!(found.revisions <= 2, "{run:?}");
        is(run.publish, found.is_live, run, "publish");
        is(run.again, found.revisions == 2, run, "again");
        is(run.schedule, found.schedules == 1, run, "schedule");
        assert!(found.schedules <= 1, "{run:?}");
    }
    assert!(
        stored.keys().all(|slug| runs.iter().any(|run| run.slug == *slug)),
        "a document that nobody wrote"
    );

    let uploads = upload::Entity::find().all(db.writer()).await.expect("uploads");
    let names: Vec<_> = uploads.into_iter().map(|upload| upload.filename).collect();
    for run in runs {
        let found = names.iter().filter(|name| **name == format!("{}.jpg", run.slug)).count();
        assert!(found <= 1, "{run:?}");
        is(run.upload, found == 1, run, "upload");
    }
    // What a reader wrote is sealed, so these can only be counted.
    let questions = question_intake::Entity::find().count(db.writer()).await.expect("questions");
    let (done, unknown) = (count(runs, Fate::Done), count(runs, Fate::Unknown));
    assert!((done..=done + unknown).contains(&questions), "{questions} questions, {done} were acknowledged");
    let keys = idempotency::Entity::find().count(db.writer()).await.expect("keys");
    let again = |fate| runs.iter().filter(|run| run.again == fate).count() as u64;
    assert!((again(Fate::Done)..=again(Fate::Done) + again(Fate::Unknown)).contains(&keys), "{keys} keys");
    stored.into_iter().map(|(slug, stored)| (slug, stored.id)).collect()
}

fn count(runs: &[Run], fate: Fate) -> u64 {
    runs.iter().filter(|run| run.ask == fate).count() as u64
}

fn is(fate: Fate, found: bool, run: &Run, what: &str) {
    match fate {
        Fate::Done => assert!(found, "{what} was acknowledged and is not there: {run:?}"),
        Fate::Refused | Fate::LeftOut => assert!(!found, "{what} was refused and is there: {run:?}"),
        Fate::Unknown => {}
    }
}

async fn stored(db: &Db) -> BTreeMap<String, Stored> {
    let revisions = revision::Entity::find().all(db.writer()).await.expect("revisions");
    let schedules = schedule::Entity::find().all(db.writer()).await.expect("schedules");
    let documents = document::Entity::find().all(db.writer()).await.expect("documents");
    let stored = documents.into_iter().map(|row| {
        let of_it: Vec<_> = revisions.iter().filter(|revision| revision.document_id == row.id).collect();
        assert_eq!(of_it.len(), usize::try_from(row.head_revision).expect("few"), "a revision is missing");
        let content = revisions::read(of_it[0]).expect("content");
        let stored = Stored {
            id: wellspring::domain::core::id::format(row.id),
            revisions: row.head_revision,
            is_live: row.live_revision.is_some(),
            schedules: schedules.iter().filter(|schedule| schedule.document_id == row.id).count(),
        };
        (content.entry().slug.clone(), stored)
    });
    stored.collect()
}
