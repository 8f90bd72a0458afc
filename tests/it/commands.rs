//! The program as an operator uses it: its commands, settings and signals.

mod accounts;
mod demo;
mod dump;
mod lost_key;
pub mod program;
mod serve;
mod settings;
mod work;
pub mod worker;
mod wrong_folder;

use std::path::Path;

use serde_json::json;

use self::program::{Server, command, outcome, run};

pub use self::dump::{Dump, dump};

#[test]
fn schema_prints_the_committed_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let printed = run(folder.path(), &["schema"]).succeeded();
    assert_eq!(printed.stdout, include_str!("../../schema.graphql"));
    assert_eq!(printed.stderr, "");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "it touches no database");
}

#[test]
fn migrate_runs_every_step_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = <migration::Migrator as migration::MigratorTrait>::migrations().len();
    for expected in [steps, 0] {
        let log = run(folder.path(), &["migrate"]).succeeded().log();
        let last = log.last().expect("a line");
        assert_eq!(
            (&last["message"], &last["steps"]),
            (&json!("the database is up to date"), &json!(expected))
        );
    }
}

#[test]
fn seed_goes_only_into_an_empty_database() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["seed"]).succeeded();
    let database = folder.path().join("data/wellspring.db");
    let seeded = dump(&database);
    let again = run(folder.path(), &["seed"]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""));
    let told = "wellspring: the database has content already; the demo goes only into an empty one\n";
    assert_eq!(again.stderr, told);
    assert_eq!(dump(&database), seeded);
}

#[test]
fn reproject_leaves_every_entry_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["seed"]).succeeded();
    let database = folder.path().join("data/wellspring.db");
    let before = dump(&database);
    let log = run(folder.path(), &["reproject"]).succeeded().log();
    let last = log.last().expect("a line");
    assert_eq!(last["message"], "every entry was built again");
    assert_eq!(last["entries"], before.entries());
    assert_eq!(dump(&database), before);
}

#[tokio::test]
async fn a_token_is_printed_alone_and_opens_the_desk() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    run(path, &["migrate"]).succeeded();
    let all = run(path, &["token", "create", "--log", "debug"]).succeeded().stdout;
    let arguments =
        ["token", "create", "--name", "reader", "--scope", "content:read", "--expires-in-days", "1"];
    let reading = run(path, &arguments).succeeded().stdout;
    for token in [&all, &reading] {
        let digits = token.strip_prefix("wsp_").and_then(|rest| rest.strip_suffix('\n')).expect("one token");
        assert_eq!(digits.len(), 72);
        assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    }
    assert_ne!(all, reading);
    let server = Server::start(path, &[]).await;
    let desk = "{ desk { documents { totalCount } } }";
    let open = server.data(all.trim_end(), desk).await;
    assert_eq!(open, json!({ "desk": { "documents": { "totalCount": 0 } } }));
    let refused = server.send(reading.trim_end(), desk, json!({})).await.expect("an answer");
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[test]
fn a_scope_that_does_not_exist_makes_no_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = run(folder.path(), &["token", "create", "--scope", "content:read", "--scope", "nonsense"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    let told = "wellspring: there is no scope \"nonsense\"; there are content:read, drafts:read, content:write, \
        media:write, questions:read, questions:manage\n";
    assert_eq!(refused.stderr, told);
}

fn doctor(folder: &Path, arguments: &[&str]) -> program::Outcome {
    outcome(command(folder, &["doctor"]).args(arguments))
}

#[test]
fn doctor_finds_nothing_wrong_with_a_good_installation() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["migrate"]).succeeded();
    let first = "ok    settings: all can be used\n\
        ok    data folder: ./data can be written\n\
        ok    listen address: 127.0.0.1:0 is free\n\
        ok    mail: no mail server is set; letters become files in ./data/mail\n\
        ok    master key: can be used\n";
    let last = "ok    database: Sqlite answers\n\
        ok    migrations: up to date\n\
        ok    content: the site can be read\n\
        ok    sealed questions: none\n";
    let before = doctor(folder.path(), &["--listen", "127.0.0.1:0"]).succeeded();
    let none = "ok    store: there is none yet; serve makes it in the data folder\n";
    assert_eq!(before.stdout, format!("{first}{none}{last}"));
    assert_eq!(names(&folder.path().join("data")), ["master.key", "wellspring.db"], "it makes nothing");
    run(folder.path(), &["token", "create"]).succeeded();
    let store = "ok    store: put: wrote 42 bytes with a checksum\n\
        ok    store: head: size and type are right; the store keeps the checksum\n\
        ok    store: get: the bytes came back as they were\n\
        ok    store: range: four bytes of the middle came\n\
        ok    store: condition: a taken key is not overwritten\n\
        ok    store: presign: URLs are signed for 127.0.0.1:0; browsers must reach it under this name\n\
        ok    store: unsigned: an unsigned header cannot turn an upload into a copy\n\
        ok    store: browser: a signed PUT and GET went through and brought the bytes back\n\
        ok    store: list: the object is listed\n\
        ok    store: delete: the object is gone\n";
    let after = doctor(folder.path(), &["--listen", "127.0.0.1:0"]).succeeded();
    let files = "ok    files: the store has those of this database\n";
    assert_eq!(after.stdout, format!("{first}{store}{last}{files}"));
    assert_eq!(after.stderr, "");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("plain")).collect();
    names.sort();
    names
}

#[test]
fn doctor_says_what_is_wrong_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "in the way").expect("a file");
    let url = "postgres://wellspring:hunter2@127.0.0.1:1/wellspring";
    let found = doctor(
        folder.path(),
        &[
            "--data-dir",
            "file/data",
            "--listen",
            "192.0.2.1:80",
            "--database-url",
            url,
            "--master-key",
            crate::app::MASTER_KEY,
        ],
    );
    assert_eq!(found.code, Some(1));
    let lines: Vec<&str> = found.stdout.lines().collect();
    let starts = [
        "ok    settings: all can be used",
        "FAIL  data folder: file/data cannot be written: ",
        "FAIL  listen address: 192.0.2.1:80 cannot be used: ",
        "FAIL  mail: the mail folder cannot be written: not a directory; see smtp_url",
        "ok    master key: can be used",
        "FAIL  store: ",
        "FAIL  database: ",
    ];
    assert_eq!(lines.len(), starts.len(), "{}", found.stdout);
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
    assert!(lines[1].ends_with("; set data_dir to another folder"), "{}", lines[1]);
    assert!(lines[2].ends_with("; set listen to another address"), "{}", lines[2]);
    assert_eq!(found.stderr, "wellspring: 5 problem(s), see above\n");
    assert!(!found.stdout.contains("hunter2"), "{}", found.stdout);
}
