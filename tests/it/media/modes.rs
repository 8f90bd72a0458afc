//! Nobody else on the machine reads what the program keeps, whatever the umask.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::kills::{Acknowledged, ready, send_one, show_one};
use super::{files, hex};
use crate::commands::program::{PATIENCE, Server, outcome};

/// A command of the program that may make files for everybody.
fn generous(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_wellspring")]).args(arguments);
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// The mode of everything below, by its path. What goes away meanwhile is left out.
fn modes(folder: &Path, found: &mut BTreeMap<String, (bool, u32)>) {
    let Ok(known) = folder.symlink_metadata() else { return };
    found.insert(folder.display().to_string(), (known.is_dir(), known.permissions().mode() & 0o777));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        modes(&entry.path(), found);
    }
}

fn private(data: &Path) -> Vec<String> {
    let mut found = BTreeMap::new();
    modes(data, &mut found);
    for (path, (is_folder, mode)) in &found {
        assert_eq!(*mode, if *is_folder { 0o700 } else { 0o600 }, "{path} has the mode {mode:o}");
    }
    found.into_keys().collect()
}

async fn a_mail_is_there(data: &Path) {
    let start = Instant::now();
    loop {
        let letters = fs::read_dir(data.join("mail")).into_iter().flatten().flatten();
        if letters.map(|file| file.path()).any(|path| path.extension().is_some_and(|ending| ending == "eml"))
        {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "no letter was written");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_data_folder_is_its_owners_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, data) = (folder.path(), folder.path().join("data"));
    let mut serve = generous(path, &["serve", "--demo", "--listen", "127.0.0.1:0"]);
    let server = Server::start_as(&mut serve).await;
    let run = |words: &[&str]| {
        let done = tokio::task::block_in_place(|| outcome(&mut generous(path, words)));
        done.succeeded().stdout.trim_end().to_owned()
    };
    let token = run(&["token", "create"]);

    // A file and its image, one in parts that is not whole yet, one that the command line takes in.
    let (client, known) = (reqwest::Client::new(), Mutex::new(Acknowledged::default()));
    send_one(&server, &client, &token, 320, &known).await.expect("sent");
    let (asset, _) = known.lock().expect("no panic").completed[0].clone();
    ready(&server, &token, &asset).await;
    show_one(&server, &client, &token, &known).await.expect("shown");
    assert_eq!(known.lock().expect("no panic").shown.len(), 1);
    let large = 33 * 1024 * 1024;
    let input = json!({
        "filename": "late.pdf", "mimeType": "application/pdf", "byteSize": large, "sha256": hex(&Sha256::digest(b"")),
    });
    let create = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } } }";
    let begun = server.send(&token, create, json!({ "input": input })).await.expect("an answer");
    assert!(begun["data"]["createUpload"]["upload"]["id"].is_string(), "{begun}");
    fs::write(path.join("other.jpg"), files::photo(100, 64)).expect("a file");
    run(&["import-media", "other.jpg"]);

    // A letter with a link that lets somebody in.
    let link = run(&["account", "create", "--name", "Edda", "--email", "edda@example.org"]);
    let (_, secret) = link.split_once('=').expect("a link with a secret");
    let choose = format!(
        "mutation {{ choosePassword(input: {{ token: {secret:?}, password: \"seven legs on the floor\" }}) {{
            userErrors {{ code }} }} }}"
    );
    assert_eq!(server.data("", &choose).await["choosePassword"]["userErrors"], json!([]));
    let reset =
        "mutation { requestPasswordReset(input: { email: \"edda@example.org\" }) { userErrors { code } } }";
    assert_eq!(server.data("", reset).await["requestPasswordReset"]["userErrors"], json!([]));
    a_mail_is_there(&data).await;

    let seen = private(&data);
    for part in ["wellspring.db", "wellspring.db-wal", "wellspring.db-shm", "master.key", "scratch", "mail"] {
        assert!(seen.contains(&data.join(part).display().to_string()), "{part} is not among {seen:?}");
    }
    for part in ["/objects/objects/", "/objects/renditions/", "/uploads/", "/locks/", "/mail/"] {
        assert!(seen.iter().any(|path| path.contains(part)), "nothing in {part} of {seen:?}");
    }
    server.terminate();
    let (_, log) = server.ended().await;
    assert_eq!(warnings(&log), [""; 0]);
    run(&["keys", "rotate"]);
    private(&data);
}

fn warnings(log: &str) -> Vec<String> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let messages = lines.filter_map(|line| line["message"].as_str().map(str::to_owned));
    messages.filter(|message| message.contains("other users of this machine")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_folder_of_an_earlier_version_is_warned_of_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, data) = (folder.path(), folder.path().join("data"));
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let log = async || {
        let server = Server::start_as(&mut generous(path, &serve)).await;
        server.terminate();
        server.ended().await.1
    };
    assert_eq!(warnings(&log().await), [""; 0]);
    let open = |name: &str, mode| {
        fs::set_permissions(data.join(name), fs::Permissions::from_mode(mode)).expect("a mode");
    };
    open("wellspring.db", 0o644);
    open("", 0o755);
    let (folder, database) = (data.display(), data.join("wellspring.db"));
    let expected = format!(
        "other users of this machine may read {folder} {}; `chmod -R go= {folder}` ends that",
        database.display()
    );
    assert_eq!(warnings(&log().await), [expected]);
    let mended = Command::new("chmod").args(["-R", "go="]).arg(&data).status().expect("every Unix has chmod");
    assert!(mended.success());
    assert_eq!(warnings(&log().await), [""; 0]);
}
