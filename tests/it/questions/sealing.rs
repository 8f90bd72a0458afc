//! What a reader wrote is nowhere in clear: not in the database, its log, the store, a letter, or what the program says; and
//! the master key that it needs can be changed while the server runs.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::{QuestionId, question_intake};
use mail_parser::MessageParser;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, Database, DbBackend, EntityTrait, PaginatorTrait,
    QueryFilter, Set, Statement,
};
use serde_json::{Value, json};
use wellspring::app::{App, Clock};
use wellspring::domain::questions::list::address_hashes;
use wellspring::domain::questions::rotate;
use wellspring::keys::MasterKeys;

use super::{Asked, ask};
use crate::app::{As, MASTER_KEY, TestApp, stories};
use crate::commands::program::{PATIENCE, Server, run, token};
use crate::postgres as servers;

stories![
    the_master_key_is_changed_and_every_question_stays,
    a_question_that_nobody_can_open_stands_in_no_ones_way,
];

const WORDS: &str = "canarywords7f3a";
const NAME: &str = "Canaryname7f3a";
const ADDRESS: &str = "canaryaddress7f3a@reader.example";
const NOTE: &str = "canarynote7f3a";
const REPLY: &str = "canaryreply7f3a";
/// As short as the parts of words by which posts are found that look alike.
const STEM: &str = "qwvxz";
const CANARIES: [&str; 6] = [WORDS, NAME, ADDRESS, NOTE, REPLY, STEM];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_has_what_a_reader_wrote_with_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    nothing_is_told(folder.path(), "", None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_has_what_a_reader_wrote_with_postgres() {
    let Some(url) = servers::new_database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let settings = format!("database_url = \"{url}\"\nmaster_key = \"{MASTER_KEY}\"\n");
    nothing_is_told(folder.path(), &settings, Some(&url)).await;
}

/// The folders in which PostgreSQL keeps the tables of this database, as they are now, and its log for crashes.
async fn cluster(url: &str) -> Vec<PathBuf> {
    let db = Database::connect(url).await.expect("a database");
    db.execute_unprepared("CHECKPOINT").await.expect("tables are written");
    let query = "SELECT current_setting('data_directory'), oid::text FROM pg_database WHERE datname = current_database()";
    let asked = Statement::from_string(DbBackend::Postgres, query);
    let answer = db.query_one_raw(asked).await.expect("an answer").expect("a row");
    let column = |index| answer.try_get_by_index::<String>(index).expect("a text");
    let folder = PathBuf::from(column(0));
    let folders = vec![folder.join("base").join(column(1)), folder.join("pg_wal")];
    db.close().await.expect("closed");
    folders
}

/// Sends a canary through everything that can happen to a question, and looks for it everywhere.
async fn nothing_is_told(folder: &Path, settings: &str, url: Option<&str>) {
    let common = "log = \"trace\"\nproof_of_work = \"off\"\nform_min_seconds = 0\n";
    let file = folder.join("wellspring.toml");
    std::fs::write(&file, format!("{settings}{common}")).expect("a file");
    let begun = written(&file).expect("a time");
    let server = Server::start(folder, &[]).await;
    let token = token(folder);
    let secret = go_through(&server, &token).await;
    wait_for_letters(folder, 2).await;

    // While it runs the write-ahead log of the database has what was written last.
    let look_again = async || {
        let mut places = vec![folder.join("data")];
        if let Some(url) = url {
            places.extend(cluster(url).await);
        }
        look(&places, begun);
    };
    look_again().await;
    let withdraw = format!(
        "mutation {{ withdrawQuestion(input: {{ secret: {secret:?} }}) {{ question {{ state }} userErrors {{ code }} }} }}"
    );
    assert_eq!(server.data("", &withdraw).await["withdrawQuestion"]["userErrors"], json!([]));
    look_again().await;
    server.terminate();
    let (status, log) = server.ended().await;
    assert!(status.success());
    look_again().await;
    assert!(log.contains("\"TRACE\""), "the log says everything that it can");
    for canary in CANARIES {
        assert!(!log.to_lowercase().contains(&canary.to_lowercase()), "{canary} is in the log");
    }
    for secret_part in [&secret[4..20], &token[4..20]] {
        assert!(!log.contains(secret_part), "a secret is in the log");
    }
}

/// Asked, triaged, published, answered: answers the reader's secret.
async fn go_through(server: &Server, token: &str) -> String {
    let form = server.data("", "{ questionForm { token } }").await["questionForm"]["token"].clone();
    let ask = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { secret similar { slug } userErrors { code message } } }";
    let input = json!({ "text": format!("My legs {WORDS} are weak, {STEM}. What now?"), "displayName": NAME, "email": ADDRESS,
        "consents": { "answerPrivately": true, "publishParaphrase": true }, "formToken": form });
    // Under a key, so that what is kept for whoever sends it again is looked at too.
    let body = json!({ "query": ask, "variables": { "input": input } }).to_string();
    let request =
        reqwest::Client::new().post(server.url("/graphql")).header("content-type", "application/json");
    let answer = request.header("idempotency-key", "canary").body(body).send().await.expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    let secret = answer["data"]["askQuestion"]["secret"].as_str().expect("a secret").to_owned();
    let id = server.data(token, "{ desk { questions { nodes { id } } } }").await;
    let id = id["desk"]["questions"]["nodes"][0]["id"].as_str().expect("an id").to_owned();
    let done = async |mutation: &str, fields: &str| {
        let query =
            format!("mutation {{ outcome: {mutation} {{ {fields} userErrors {{ code message }} }} }}");
        let answer = server.data(token, &query).await;
        assert_eq!(answer["outcome"]["userErrors"], json!([]), "{query}");
        answer["outcome"].clone()
    };
    done(&format!("acceptQuestion(input: {{ question: {id:?} }})"), "question { id }").await;
    done(&format!("addQuestionNote(input: {{ question: {id:?}, text: \"{NOTE}\" }})"), "question { id }")
        .await;
    let read = format!("readQuestions(input: {{ questions: [{id:?}] }})");
    let read = done(&read, "questions { original { text displayName email } notes { text } }").await;
    for canary in [WORDS, NAME, ADDRESS, NOTE] {
        assert!(read.to_string().contains(canary), "{canary} can be read by those who answer");
    }
    done(&format!("replyToQuestion(input: {{ question: {id:?}, text: \"{REPLY}\" }})"), "question { id }")
        .await;
    let email = format!("{{ desk {{ questions(filter: {{ email: \"{ADDRESS}\" }}) {{ totalCount }} }} }}");
    assert_eq!(server.data(token, &email).await["desk"]["questions"]["totalCount"], 1);
    let refused = format!(
        "publishQuestion(input: {{ question: {id:?}, paraphrase: \"Weak legs, says {NAME}. What now?\" }})"
    );
    let query = format!("mutation {{ {refused} {{ userErrors {{ code }} }} }}");
    assert_eq!(
        server.data(token, &query).await["publishQuestion"]["userErrors"][0]["code"],
        "PRIVATE_DETAILS"
    );
    done(
        &format!("publishQuestion(input: {{ question: {id:?}, paraphrase: \"Weak legs. What now?\" }})"),
        "question { id }",
    )
    .await;
    let post =
        done(&format!("savePost(input: {{ title: \"An answer\", questions: [{id:?}] }})"), "document { id }")
            .await;
    done(&format!("publishEntry(input: {{ document: {} }})", post["document"]["id"]), "entry { id }").await;
    let query = format!("{{ askedQuestion(secret: {secret:?}) {{ state text replies {{ text }} }} }}");
    let own = server.data("", &query).await["askedQuestion"].clone();
    assert_eq!((&own["state"], &own["replies"][0]["text"]), (&json!("ANSWERED"), &json!(REPLY)));
    secret
}

async fn wait_for_letters(folder: &Path, number: usize) {
    let start = std::time::Instant::now();
    let letters = || std::fs::read_dir(folder.join("data/mail")).map_or(0, Iterator::count);
    while letters() < number {
        assert!(start.elapsed() < PATIENCE, "{} letters", letters());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Looks into every file below these folders that was written since. Letters have the address, in one header and nowhere else.
fn look(places: &[PathBuf], begun: SystemTime) {
    for place in places {
        look_below(place, begun);
    }
}

fn look_below(place: &Path, begun: SystemTime) {
    let mut waiting = vec![place.to_owned()];
    let mut files = 0;
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder");
            waiting.extend(entries.flatten().map(|entry| entry.path()));
            continue;
        }
        let read = written(&path).and_then(|written| {
            // PostgreSQL's log is that of all stories, and much of it is older than this one.
            if written < begun { Ok(None) } else { std::fs::read(&path).map(Some) }
        });
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            // What a database removes meanwhile has nothing to tell.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => panic!("{} is not looked into: {error}", path.display()),
        };
        files += 1;
        if path.extension().is_some_and(|extension| extension == "eml") {
            look_into_letter(&bytes);
            continue;
        }
        // The standard library is compiled with optimisations, unlike this loop.
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for canary in CANARIES.map(str::to_lowercase) {
            let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
            let is_there = [&canary, &hex].iter().any(|form| text.contains(*form));
            assert!(!is_there, "{canary} is in {}", path.display());
        }
    }
    assert!(files > 0, "nothing was written in {}", place.display());
}

fn written(path: &Path) -> std::io::Result<SystemTime> {
    std::fs::metadata(path)?.modified()
}

fn look_into_letter(bytes: &[u8]) {
    let raw = String::from_utf8_lossy(bytes);
    assert_eq!(raw.matches(ADDRESS).count(), 1, "{raw}");
    assert!(raw.lines().any(|line| line.starts_with("To: ") && line.contains(ADDRESS)), "{raw}");
    let letter = MessageParser::default().parse(bytes).expect("a message");
    assert_eq!(letter.subject(), Some("News from Untitled site"));
    let parts = [letter.body_text(0).expect("text"), letter.body_html(0).expect("HTML")];
    for part in parts {
        for canary in [WORDS, ADDRESS, NOTE, REPLY] {
            assert!(!part.contains(canary), "{canary}: {part}");
        }
    }
}

const OTHER_KEY: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY=";

async fn the_master_key_is_changed_and_every_question_stays(app: TestApp) {
    let mut all = Vec::new();
    for _ in 0..7 {
        all.push(ask(&app, json!({})).await);
    }
    // Another node with both keys wraps everything anew, while this one serves.
    let with_keys = async |keys: &str| {
        let mut config = (*app.app.config).clone();
        config.master_keys = MasterKeys::parse(keys);
        config.lost_keys = MasterKeys::parse(MASTER_KEY).iter().map(|keys| keys.newest().id()).collect();
        App::start(config, Clock::Manual(Arc::default())).await.expect("the application starts")
    };
    let both = with_keys(&format!("{OTHER_KEY},{MASTER_KEY}")).await;
    let rotate = async |node: &App| {
        let (mut done, mut after) = (Vec::new(), None);
        loop {
            let batch = node
                .write(async |tx| rotate::rotate(tx, &node.keyring, after, 3).await)
                .await
                .expect("rotated");
            match batch.last {
                None => return done,
                last => after = last,
            }
            done.push((batch.done, batch.closed));
        }
    };
    // One that nobody can open any more stands in nobody's way.
    let lost = ask(&app, json!({})).await;
    spoil(&app, &lost.id).await;
    let (done, closed): (Vec<_>, Vec<_>) = rotate(&both).await.into_iter().unzip();
    assert_eq!((done.iter().sum::<usize>(), closed.iter().sum::<usize>()), (7, 1));
    assert_eq!(rotate(&both).await, [(0, 1)]);
    let text = "My legs give way on the stairs since spring. Where do I begin?";
    let read = async |node: &App, secret: &str| {
        let own = wellspring::domain::questions::asker::find(&node.db.reader(), &node.keyring, secret).await;
        own.map(|own| own.and_then(|own| own.original.as_ref().map(|original| original.text.clone())))
    };
    let new = with_keys(OTHER_KEY).await;
    for asked in &all {
        assert_eq!(read(&new, &asked.secret).await.expect("it opens").as_deref(), Some(text));
        // Whoever has the old key only has nothing any more.
        assert!(read(&app.app, &asked.secret).await.is_err());
    }
    assert_eq!(rotate(&new).await, [(0, 1)]);
    // They are found by their address as before.
    let hashes = address_hashes(&new.keyring, "Hildegard@reader.example");
    let found = question_intake::Entity::find().filter(question_intake::Column::AddressHash.is_in(hashes));
    assert_eq!(found.count(&new.db.reader()).await.expect("a count"), 7);
}

async fn a_question_that_nobody_can_open_stands_in_no_ones_way(app: TestApp) {
    let (first, lost, last) =
        (ask(&app, json!({})).await, ask(&app, json!({})).await, ask(&app, json!({})).await);
    let noted = json!({ "question": last.id, "text": "Ask about the stairs." });
    app.mutate("addQuestionNote", noted, "question { id }").await;
    spoil(&app, &lost.id).await;
    let ids = json!({ "questions": [first.id, lost.id, last.id] });
    let fields = "questions { question { id state } original { text } notes { text } isUnreadable }";
    let read = app.mutate("readQuestions", ids, fields).await["questions"].clone();
    let text = "My legs give way on the stairs since spring. Where do I begin?";
    let received = |asked: &Asked| json!({ "id": asked.id, "state": "RECEIVED" });
    assert_eq!(
        read,
        json!([
            { "question": received(&first), "original": { "text": text }, "notes": [], "isUnreadable": false },
            { "question": received(&lost), "original": null, "notes": [], "isUnreadable": true },
            { "question": received(&last), "original": { "text": text },
              "notes": [{ "text": "Ask about the stairs." }], "isUnreadable": false },
        ])
    );
    // The queue needs no key, and what the team does without the words can be done.
    let queue = "{ desk { questions(first: 10) { totalCount nodes { id } } } }";
    assert_eq!(app.data(As::Owner, queue, json!({})).await["desk"]["questions"]["totalCount"], 3);
    app.mutate("markQuestionSpam", json!({ "question": lost.id }), "question { state }").await;
    // Its reader gets an internal error, and can still erase it.
    let own = "query($secret: String!) { askedQuestion(secret: $secret) { text } }";
    let failed = app.send(As::Anonymous, own, json!({ "secret": lost.secret })).await;
    assert_eq!(failed.code(), "INTERNAL_ERROR", "{}", failed.text);
    app.mutate("eraseQuestion", json!({ "secret": lost.secret }), "__typename").await;
    let still = app.send(As::Anonymous, own, json!({ "secret": first.secret })).await;
    assert_eq!(still.body["data"]["askedQuestion"]["text"], text);
}

/// Makes the key of a question useless, as a master key that was lost would.
pub async fn spoil(app: &TestApp, id: &str) {
    let id = wellspring::domain::core::id::parse::<QuestionId>(id).expect("an id");
    let row = question_intake::ActiveModel {
        id: Set(id),
        wrapped_key: Set(Some(vec![7; 60])),
        ..Default::default()
    };
    app.app.write(async |tx| Ok(row.update(tx).await?)).await.expect("a row");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_while_the_server_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let common = "proof_of_work = \"off\"\nform_min_seconds = 0\nrate_limit_public_mutations = 100000\n";
    std::fs::write(folder.path().join("wellspring.toml"), common).expect("a file");
    let server = Server::start(folder.path(), &[]).await;
    let send = async |text: &str| {
        let form = server.data("", "{ questionForm { token } }").await["questionForm"]["token"].clone();
        let query = format!(
            "mutation {{ askQuestion(input: {{ text: {text:?}, formToken: {form}, consents: {{ answerPrivately: false, publishParaphrase: true }} }}) {{ secret }} }}"
        );
        server.data("", &query).await["askQuestion"]["secret"].as_str().expect("a secret").to_owned()
    };
    let first = send("Before it was changed?").await;
    let rotated = run(folder.path(), &["keys", "rotate"]).succeeded();
    assert!(rotated.stderr.contains("1 questions are sealed under the master key"), "{}", rotated.stderr);
    let doctor = run(folder.path(), &["doctor"]).succeeded();
    let newest = MasterKeys::in_folder(&folder.path().join("data")).expect("keys").newest().id();
    let expected = format!("ok    sealed questions: 1 under {newest}, the newest key");
    assert!(doctor.stdout.contains(&expected), "{}", doctor.stdout);
    // And once more while others ask.
    let path = folder.path().to_owned();
    let rotating = tokio::task::spawn_blocking(move || run(&path, &["keys", "rotate"]).succeeded());
    let mut meanwhile = Vec::new();
    while !rotating.is_finished() {
        meanwhile.push(send("While it was changed?").await);
    }
    rotating.await.expect("rotated");
    let second = send("After it was changed?").await;
    let read = async |server: &Server, secret: &str| {
        let query = format!("{{ askedQuestion(secret: {secret:?}) {{ text }} }}");
        server.data("", &query).await["askedQuestion"]["text"].clone()
    };
    assert_eq!(read(&server, &first).await, "Before it was changed?");
    assert_eq!(read(&server, &second).await, "After it was changed?");
    server.terminate();
    server.ended().await;

    // The earlier keys are not needed any more: what was asked in the last moment is taken along by one more.
    run(folder.path(), &["keys", "rotate"]).succeeded();
    let file = folder.path().join("data/master.key");
    let keys = std::fs::read_to_string(&file).expect("the keys");
    let keys: Vec<&str> = keys.lines().collect();
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|key| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 32)));
    std::fs::write(&file, format!("{}\n", keys[0])).expect("a file");
    let server = Server::start(folder.path(), &[]).await;
    assert_eq!(read(&server, &first).await, "Before it was changed?");
    assert_eq!(read(&server, &second).await, "After it was changed?");
    assert!(!meanwhile.is_empty());
    for secret in &meanwhile {
        assert_eq!(read(&server, secret).await, "While it was changed?");
    }
    server.terminate();
    server.ended().await;
    // With a key that is none of those, doctor says so.
    std::fs::write(&file, format!("{OTHER_KEY}\n")).expect("a file");
    let doctor = run(folder.path(), &["doctor"]);
    assert_eq!(doctor.code, Some(1));
    assert!(doctor.stdout.contains("no key that is here: put the missing key behind"), "{}", doctor.stdout);

    // A key that is set is changed by whoever set it.
    let command = ["keys", "rotate", "--master-key", MASTER_KEY];
    let refused = run(folder.path(), &command);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("master_key holds one key only"), "{}", refused.stderr);
}
