//! Copies of files that are looked at: those of a process that is gone are removed when the next one starts.

use std::fs::File;
use std::time::Duration;

use wellspring::jobs;

use crate::app::{TestApp, stories};

stories![copies_that_a_crash_left_are_removed_at_start];

async fn copies_that_a_crash_left_are_removed_at_start(app: TestApp) {
    let scratch = app.app.config.scratch();
    let make = |name: &str| {
        let folder = scratch.join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("source"), b"the words of a patient").expect("a copy");
        folder
    };
    let (left, held, young) = (make("upload-left"), make("upload-held"), make("upload-young"));
    File::create(left.join("lock")).expect("a lock");
    let lock = File::create(held.join("lock")).expect("a lock");
    lock.lock().expect("held by a process that lives");

    let workers = tokio::spawn(jobs::work(app.app.clone(), std::future::pending()));
    for _ in 0..60_000 {
        if !left.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.abort();
    assert!(!left.exists());
    assert!(held.join("source").exists(), "another process is at it");
    assert!(young.join("source").exists(), "its lock is about to be made");
}
