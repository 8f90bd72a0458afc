//! What belongs together: a database, the keys that it is sealed under, and the store that has its files.

use std::sync::Arc;

use serde_json::json;
use wellspring::app::installation::{MARKER, Mismatch};
use wellspring::app::{App, Clock, StartError};
use wellspring::config::Config;
use wellspring::db::Found;
use wellspring::jobs::collect::{self, Mode};
use wellspring::keys::MasterKeys;
use wellspring::store::{Condition, PutMeta, Source};

use crate::app::{Backend, MASTER_KEY, TestApp, media_stories, stories};
use crate::questions::ask;

const OTHER_KEY: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY=";

stories![a_node_with_another_key_does_not_start];
media_stories![a_store_belongs_to_one_database];

async fn start(config: Config) -> Result<App, StartError> {
    App::start(config, Clock::Manual(Arc::default())).await
}

async fn a_node_with_another_key_does_not_start(app: TestApp) {
    let mut config = (*app.app.config).clone();
    config.master_keys = MasterKeys::parse(OTHER_KEY);
    start(config.clone()).await.expect("nothing is sealed yet");
    ask(&app, json!({})).await;
    ask(&app, json!({})).await;
    let id = MasterKeys::parse(MASTER_KEY).expect("a key").newest().id();
    let refused = start(config.clone()).await.err().expect("refused");
    let StartError::Mismatch(Mismatch::LostKeys { sealed, ids, place }) = refused else {
        panic!("{refused}");
    };
    assert_eq!(sealed, format!("2 question(s) are sealed under the master key {id}"));
    assert_eq!((ids, place.as_str()), (id.clone(), "the setting master_key"));
    config.lost_keys = vec![id];
    start(config.clone()).await.expect("the operator knows that it is gone");
    config.lost_keys.clear();
    config.master_keys = MasterKeys::parse(&format!("{OTHER_KEY},{MASTER_KEY}"));
    start(config).await.expect("an earlier key is a key");
}

async fn a_store_belongs_to_one_database(app: TestApp) {
    let ours = (*app.app.config).clone();
    let mut theirs = ours.clone();
    let folder = tempfile::tempdir().expect("a folder");
    theirs.database.url = match app.backend {
        Backend::Sqlite => format!("sqlite://{}", folder.path().join("other.db").display()),
        Backend::Postgres => crate::postgres::new_database().await.expect("a database"),
    };
    assert_ne!(wellspring::db::look(&theirs.database).await.expect("an answer"), Found::Ours);
    let refused = start(theirs.clone()).await.err().expect("refused");
    let StartError::Mismatch(Mismatch::Store { theirs: found, ours: other, .. }) = refused else {
        panic!("{refused}");
    };
    assert_ne!(found, other);
    assert_eq!(found, mark(&app).await);

    // A store of an earlier version has no mark, and gets one.
    app.app.store.delete(MARKER).await.expect("deleted");
    start(ours).await.expect("the application starts");
    assert_eq!(mark(&app).await, found);

    // Nothing is removed from a store that was given to another database while the server runs.
    let file = Source::Bytes(bytes::Bytes::from_static(b"of the other database"));
    app.app.store.put("objects/theirs", file, &PutMeta::default(), Condition::None).await.expect("stored");
    app.app.store.delete(MARKER).await.expect("deleted");
    start(theirs).await.expect("the store is given to it");
    assert_eq!(mark(&app).await, other);
    let refused = collect::collect(&app.app, Mode::Remove, 0).await.expect_err("refused");
    assert!(refused.to_string().contains("has the files of another database"), "{refused}");
    assert!(app.app.store.head("objects/theirs").await.expect("an answer").is_some());
}

async fn mark(app: &TestApp) -> String {
    let mark = app.app.store.get(MARKER, None).await.expect("an answer").expect("a mark");
    String::from_utf8(mark.body.collect(128).await.expect("bytes").to_vec()).expect("UTF-8")
}
