//! A master key that is gone: nothing takes its place in silence.

use std::path::Path;

use wellspring::keys::MasterKeys;

use super::names;
use super::program::{Outcome, command, outcome, run};
use super::wrong_folder::COMMANDS;

const OTHER_KEY: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY=";

/// Commands that may make a key.
const BEGINNING: [&[&str]; 3] = [&["serve", "--listen", "127.0.0.1:0"], &["migrate"], &["seed"]];

fn every_command_says(folder: &Path, expected: &[&str]) {
    let others = COMMANDS.iter().filter(|words| words[0] != "doctor");
    for words in BEGINNING.iter().chain(others) {
        let refused = run(folder, words);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{words:?}");
        for expected in expected {
            assert!(refused.stderr.contains(expected), "{words:?} without {expected}: {}", refused.stderr);
        }
    }
}

fn doctor(folder: &Path, arguments: &[&str]) -> Outcome {
    outcome(command(folder, &["doctor", "--listen", "127.0.0.1:0"]).args(arguments))
}

#[test]
fn a_key_that_questions_are_sealed_under_must_be_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, data) = (folder.path(), folder.path().join("data"));
    run(path, &["seed"]).succeeded();
    let file = data.join("master.key");
    let key = std::fs::read(&file).expect("a key");
    let id = MasterKeys::in_folder(&data).expect("a key").newest().id();
    let flag = format!("--lost-keys {id}");

    // Without its file.
    std::fs::remove_file(&file).expect("a file");
    let left = names(&data);
    let missing = format!("{} is missing, and the database has content: ", file.display());
    let sealed = format!("question(s) are sealed under the master key {id}");
    every_command_says(path, &[&missing, &sealed, &flag]);
    let told = doctor(path, &[]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stdout.contains(&format!("FAIL  master key: {} is missing", file.display())),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains(&format!("under {id}, no key that is here")), "{}", told.stdout);
    assert_eq!(names(&data), left, "no other key is made");

    // With another key in its place.
    std::fs::write(&file, format!("{OTHER_KEY}\n")).expect("a file");
    let place = format!("no such key is in {}", file.display());
    every_command_says(path, &[&sealed, &place, &flag]);
    assert_eq!(doctor(path, &[]).code, Some(1));
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), format!("{OTHER_KEY}\n"));
    let refused = run(path, &["token", "create", "--lost-keys", "0123456789abcdef"]);
    assert_eq!(refused.code, Some(1), "another key was given up");
    let refused = run(path, &["token", "create", "--master-key", OTHER_KEY]);
    assert!(refused.stderr.contains("no such key is in the setting master_key"), "{}", refused.stderr);

    // Who knows that it is gone goes on without it.
    run(path, &["token", "create", "--lost-keys", &id]).succeeded();
    let told = doctor(path, &["--lost-keys", &id]).succeeded();
    assert!(told.stdout.contains("a key that lost_keys says is gone"), "{}", told.stdout);
    std::fs::remove_file(&file).expect("a file");
    let refused = run(path, &["token", "create", "--lost-keys", &id]);
    assert_eq!(refused.code, Some(1), "only what begins an installation makes a key: {}", refused.stderr);
    assert!(!file.exists());
    run(path, &["migrate", "--lost-keys", &id]).succeeded();
    assert!(file.exists());

    // And when it was found after all, everything is as it was.
    std::fs::write(&file, key).expect("a file");
    run(path, &["token", "create"]).succeeded();
    doctor(path, &[]).succeeded();
}

#[test]
fn a_key_without_a_question_is_missed_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, data) = (folder.path(), folder.path().join("data"));
    run(path, &["migrate"]).succeeded();
    run(path, &["token", "create"]).succeeded();
    let file = data.join("master.key");
    std::fs::remove_file(&file).expect("a file");
    let missing = format!("{} is missing, and the database has content. Put the file back", file.display());
    every_command_says(path, &[&missing, "--lost-keys unnamed"]);
    assert!(!file.exists());
    run(path, &["migrate", "--lost-keys", "unnamed"]).succeeded();
    assert!(file.exists());
    run(path, &["token", "create"]).succeeded();
}

#[test]
fn an_id_that_is_none_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = run(folder.path(), &["migrate", "--lost-keys", "all"]);
    let told = "--lost-keys: \"all\" is not a list of ids of master keys, 16 hexadecimal digits each, or unnamed; \
        for example 9f3c0d2b7a6e4815";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
}
