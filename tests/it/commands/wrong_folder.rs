//! Commands where there is no installation: they say so, and leave nothing behind.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database, Statement};

use super::program::{command, outcome, run};
use crate::app::MASTER_KEY;

/// Every command that works on what is there.
pub const COMMANDS: [&[&str]; 10] = [
    &["token", "create"],
    &["account", "create", "--name", "Edda", "--email", "edda@example.org"],
    &["account", "reset", "--email", "edda@example.org"],
    &["import-media", "cover.jpg"],
    &["media", "gc"],
    &["media", "gc", "--dry-run"],
    &["reproject"],
    &["work"],
    &["keys", "rotate"],
    &["doctor", "--listen", "127.0.0.1:0"],
];

/// Runs every command; each must end badly, and name the folder that it looked in and the flag for another one.
fn all_refuse(folder: &Path, arguments: &[&str], looked_in: &Path) {
    for words in COMMANDS {
        let refused = outcome(command(folder, words).args(arguments));
        assert_eq!(refused.code, Some(1), "{words:?}: {}", refused.stderr);
        let told = if words[0] == "doctor" {
            let database = refused.stdout.lines().find(|line| line.starts_with("FAIL  database: "));
            database.expect("a line about the database").to_owned()
        } else {
            assert_eq!(refused.stdout, "", "{words:?}");
            refused.stderr
        };
        assert!(told.contains(&looked_in.display().to_string()), "{words:?}: {told}");
        assert!(told.contains("--data-dir"), "{words:?}: {told}");
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("a folder").next().is_none()
}

#[test]
fn nothing_is_made_in_an_empty_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    all_refuse(path, &[], &path.join("data"));
    all_refuse(path, &["--data-dir", "elsewhere"], &path.join("elsewhere"));
    assert!(is_empty(path));
    // Nor where somebody has made the folder.
    std::fs::create_dir(path.join("data")).expect("a folder");
    all_refuse(path, &[], &path.join("data"));
    assert!(is_empty(&path.join("data")));
}

#[test]
fn files_of_other_programs_stay_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, data) = (folder.path(), folder.path().join("data"));
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("wellspring.db"), "").expect("a file");
    all_refuse(path, &[], &data);
    assert_eq!(super::names(&data), ["wellspring.db"]);
    assert_eq!(std::fs::read(data.join("wellspring.db")).expect("a file"), b"");
}

#[test]
fn a_key_that_is_missing_is_made_by_no_other_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, data) = (folder.path(), folder.path().join("data"));
    run(path, &["migrate"]).succeeded();
    std::fs::remove_file(data.join("master.key")).expect("a key");
    for words in COMMANDS {
        let refused = run(path, words);
        assert_eq!(refused.code, Some(1), "{words:?}: {}", refused.stderr);
        let told = refused.stdout + &refused.stderr;
        assert!(told.contains(&format!("{} is missing", data.join("master.key").display())), "{told}");
        assert_eq!(super::names(&data), ["wellspring.db"], "{words:?}");
    }
    run(path, &["migrate"]).succeeded();
    run(path, &["token", "create"]).succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_of_postgres_stays_empty() {
    let Some(url) = crate::postgres::new_database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let arguments = ["--database-url", &url, "--master-key", MASTER_KEY];
    tokio::task::block_in_place(|| {
        for words in COMMANDS.iter().filter(|words| words[0] != "keys") {
            let refused = outcome(command(path, words).args(arguments));
            assert_eq!(refused.code, Some(1), "{words:?}: {}", refused.stderr);
            let told = refused.stdout + &refused.stderr;
            let expected = format!(
                "the database of database_url has no tables of Wellspring (the data folder is {})",
                path.join("data").display()
            );
            assert!(told.contains(&expected) && told.contains("--data-dir"), "{words:?}: {told}");
        }
    });
    assert!(is_empty(path));
    let db = Database::connect(&url).await.expect("a database");
    let asked = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
    let asked = Statement::from_string(db.get_database_backend(), asked);
    let tables = db.query_one_raw(asked).await.expect("an answer").expect("a row");
    assert_eq!(tables.try_get_by_index::<i64>(0).expect("a number"), 0);
    db.close().await.expect("a clean end");
}
