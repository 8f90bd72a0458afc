//! The collector: database and store come together again, both ways, and nothing that is needed goes.

use serde_json::json;
use wellspring::jobs::collect::{self, Mode, Report};
use wellspring::store::{Condition, PutMeta, Source};

use super::{announce, asset, complete, get, get_with, given, image, send, stored, text, upload};
use crate::app::{TestApp, media_stories};

use super::files::{pdf, photo};

media_stories![
    what_was_abandoned_goes_and_what_is_needed_stays,
    what_is_missing_is_told_and_renditions_are_made_again,
    a_dry_run_changes_nothing,
    the_collector_runs_every_night,
];

/// Collects without a grace: nothing is too young.
pub async fn collect(app: &TestApp) -> Report {
    collect::collect(&app.app, Mode::Remove, 0).await.expect("a collection")
}

async fn put(app: &TestApp, key: &str) {
    let meta = PutMeta { content_type: "image/png".to_owned(), ..PutMeta::default() };
    let bytes = Source::Bytes(bytes::Bytes::from_static(b"orphan"));
    app.app.store.put(key, bytes, &meta, Condition::None).await.expect("stored");
}

async fn what_was_abandoned_goes_and_what_is_needed_stays(app: TestApp) {
    let file = given("kept.jpg", "image/jpeg", photo(320, 240));
    let kept = upload(&app, &file, json!({})).await;
    let shown = image(&app, &kept["id"], "width: 320").await;
    assert_eq!(get(&app, text(&shown["url"])).await.status, 200);
    let before = stored(&app).await;
    assert_eq!(before.len(), 2, "a file and a rendition");

    // Sent and never completed; begun in parts and never gone on with; given up; of nobody.
    let other = given("late.jpg", "image/jpeg", photo(100, 100));
    let late = announce(&app, &other, json!({})).await;
    assert_eq!(send(&app, &late["request"], &other.bytes).await, 200);
    let large = given("late.pdf", "application/pdf", pdf(33 * 1024 * 1024));
    let parts = announce(&app, &large, json!({})).await;
    assert_eq!(send(&app, &parts["parts"][0]["request"], &large.bytes[..16 * 1024 * 1024]).await, 200);
    let given_up = announce(&app, &other, json!({})).await;
    assert_eq!(send(&app, &given_up["request"], &other.bytes).await, 200);
    app.mutate("abandonUpload", json!({ "upload": given_up["id"] }), "upload { state }").await;
    assert_eq!(stored(&app).await.iter().filter(|key| key.starts_with("quarantine/")).count(), 1);
    // Sent again after it was given up, while the URL still worked.
    assert_eq!(send(&app, &given_up["request"], &other.bytes).await, 200);
    let nobody = format!("objects/{}", "ab".repeat(32));
    put(&app, &nobody).await;
    let orphan = format!("renditions/{}/320x240.webp", "cd".repeat(32));
    put(&app, &orphan).await;
    put(&app, "backup/of-somebody-else.tar").await;

    let early = collect(&app).await;
    assert_eq!(early.abandoned.len(), 0, "they may still be completed");
    assert_eq!(early.leftovers.len(), 1, "{:?}", early.leftovers);
    assert_eq!(early.orphans, [nobody, orphan]);
    app.advance(25 * 3_600_000);
    let report = collect(&app).await;
    assert_eq!(report.abandoned.len(), 2, "{:?}", report.abandoned);
    let mut expected = before.clone();
    expected.insert(0, "backup/of-somebody-else.tar".to_owned());
    assert_eq!(stored(&app).await, expected, "what is not ours is left alone");
    if app.s3.is_none() {
        // The other server cannot tell.
        assert_eq!(app.app.store.list_multiparts("").await.expect("a list").len(), 0);
    }
    let gone = app.try_mutate("completeUpload", json!({ "upload": late["id"] }), "upload { id }").await;
    assert_eq!(crate::app::refusals(&gone), ["EXPIRED input.upload"]);
    assert_eq!(collect(&app).await, Report::default(), "the second time there is nothing to do");
    assert_eq!(get(&app, text(&shown["url"])).await.status, 200);
}

async fn what_is_missing_is_told_and_renditions_are_made_again(app: TestApp) {
    let file = given("leg.jpg", "image/jpeg", photo(640, 480));
    let found = upload(&app, &file, json!({})).await;
    let shown = image(&app, &found["id"], "width: 320").await;
    let before = get(&app, text(&shown["url"])).await;
    let keys = stored(&app).await;
    let [object, rendition] = [&keys[0], &keys[1]];

    app.app.store.delete(rendition).await.expect("deleted");
    let report = collect(&app).await;
    assert_eq!((report.lost_renditions, report.missing), (vec![rendition.clone()], vec![]));
    let again = get(&app, text(&shown["url"])).await;
    assert_eq!((again.status, again.bytes == before.bytes), (200, true));

    // Nobody has to wait for the night: the first reader who misses it has it made again.
    let wide = image(&app, &found["id"], "width: 640").await;
    let part = async || get_with(&app, text(&wide["url"]), &[("range", "bytes=0-9")]).await.status;
    assert_eq!(part().await, 206);
    app.app.store.delete(&rendition.replace("320x240", "640x480")).await.expect("deleted");
    assert_eq!((part().await, part().await), (503, 206));

    app.app.store.delete(object).await.expect("deleted");
    assert_eq!(collect(&app).await.missing, std::slice::from_ref(object));
    put(&app, object).await;
    assert_eq!(collect(&app).await.missing, std::slice::from_ref(object), "it has another size");
    let whole = app.client().get(text(&found["url"])).send().await.expect("an answer");
    assert_eq!(whole.status(), 500, "wrong bytes are never served");
}

async fn a_dry_run_changes_nothing(app: TestApp) {
    let other = given("late.jpg", "image/jpeg", photo(100, 100));
    let late = announce(&app, &other, json!({})).await;
    assert_eq!(send(&app, &late["request"], &other.bytes).await, 200);
    put(&app, &format!("objects/{}", "ab".repeat(32))).await;
    let dropped = upload(&app, &given("leg.jpg", "image/jpeg", photo(64, 64)), json!({})).await;
    app.mutate("deleteAsset", json!({ "asset": dropped["id"] }), "deletedId").await;
    app.advance(25 * 3_600_000);
    let before = stored(&app).await;
    let report = collect::collect(&app.app, Mode::Report, 0).await.expect("a report");
    assert_eq!((report.abandoned.len(), report.orphans.len(), report.unused.len()), (1, 1, 1));
    assert_eq!(stored(&app).await, before);
    assert_eq!(collect::collect(&app.app, Mode::Report, 0).await.expect("a report"), report);
}

async fn the_collector_runs_every_night(app: TestApp) {
    let other = given("late.jpg", "image/jpeg", photo(100, 100));
    let late = announce(&app, &other, json!({})).await;
    assert_eq!(send(&app, &late["request"], &other.bytes).await, 200);
    collect::plan(&app.app).await.expect("planned");
    collect::plan(&app.app).await.expect("planned once, however often the server starts");
    assert_eq!(app.run_jobs().await, 0, "not at nine in the morning");
    for night in 1..=3 {
        app.advance(24 * 3_600_000);
        assert_eq!(app.run_jobs().await, 1, "night {night}");
    }
    let again = app.try_mutate("completeUpload", json!({ "upload": late["id"] }), "upload { id }").await;
    assert_eq!(crate::app::refusals(&again), ["EXPIRED input.upload"]);
    // A file that nobody could look at is rejected after a week, and says so.
    let waiting = announce(&app, &other, json!({})).await;
    assert_eq!(send(&app, &waiting["request"], &other.bytes).await, 200);
    let completed = complete(&app, &waiting).await;
    let query = "{ desk { jobs(first: 10) { nodes { id name } } } }";
    let jobs = app.data(crate::app::As::Owner, query, json!({})).await;
    let names: Vec<_> = jobs["desk"]["jobs"]["nodes"]
        .as_array()
        .expect("jobs")
        .iter()
        .map(|job| text(&job["name"]))
        .collect();
    assert_eq!(names, ["promote.v1", "collect.v1"]);
    app.app
        .write(async |tx| {
            let upload = wellspring::domain::core::id::parse(text(&waiting["id"])).expect("an id");
            wellspring::domain::job::cancel(tx, &wellspring::domain::library::upload::job_key(upload)).await
        })
        .await
        .expect("cancelled");
    app.advance(9 * 24 * 3_600_000);
    assert_eq!(app.run_jobs().await, 1);
    let found = asset(&app, &completed["asset"]["id"]).await;
    assert_eq!((&found["state"], text(&found["rejection"]).is_empty()), (&json!("REJECTED"), false));
}
