//! Many writers at once, and a reader who asks for what comes after its cursor: it gets every change once, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::app::{TestApp, stories};

stories![a_polling_reader_misses_nothing_that_concurrent_writers_change];

const WRITERS: usize = 8;
const EACH: usize = 25;

async fn a_polling_reader_misses_nothing_that_concurrent_writers_change(app: TestApp) {
    let app = Arc::new(app);
    let stop = Arc::new(AtomicBool::new(false));
    let reader = {
        let (app, stop) = (Arc::clone(&app), Arc::clone(&stop));
        tokio::spawn(async move {
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            loop {
                // Looked at before reading, so that the last round begins after the last commit.
                let is_last = stop.load(Ordering::SeqCst);
                let (found, next) = super::changes(&app, cursor).await;
                seen.extend(found);
                cursor = next;
                if is_last {
                    return seen;
                }
            }
        })
    };
    let writers = (0..WRITERS).map(|writer| {
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for number in 0..EACH {
                let slug = format!("w{writer}-{number}");
                app.publish_post(json!({ "title": slug, "slug": slug })).await;
                mine.push(format!("CREATED POST en {slug} /posts/{slug}"));
            }
            mine
        })
    });
    let mut written = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        written.push(writer.await.expect("no panic"));
    }
    stop.store(true, Ordering::SeqCst);
    let seen = reader.await.expect("no panic");
    assert_eq!(seen.len(), WRITERS * EACH);
    for mine in &written {
        let of_writer: Vec<_> = seen.iter().filter(|change| mine.contains(change)).cloned().collect();
        assert_eq!(of_writer, *mine, "each once, in the order of its writer");
    }
    // Read again from the beginning, the log is what the reader saw growing.
    assert_eq!(super::changes(&app, Value::Null).await.0, seen);
}
