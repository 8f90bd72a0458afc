//! A database of an older version, with content: nothing of it is lost by the steps that came since.

use std::future::Future;

use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::{Query, SimpleExpr};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use serde_json::json;
use uuid::Uuid;

use crate::app::{As, Backend, Files, TestApp};
use crate::publishing::{document, post};

/// Steps that there were before files came into content.
const BEFORE_FILES_IN_CONTENT: u32 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_from_before_there_were_covers_is_kept_on_sqlite() {
    content_is_kept(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_from_before_there_were_covers_is_kept_on_postgres() {
    content_is_kept(Backend::Postgres).await;
}

async fn content_is_kept(backend: Backend) {
    let started = TestApp::start_changed(backend, Files::Own, |config| {
        let url = config.database.url.clone();
        now(async move {
            let db = connect(&url).await;
            Migrator::up(&db, Some(BEFORE_FILES_IN_CONTENT)).await.expect("the older steps");
            old_content(&db).await;
            db.close().await.expect("closed");
        });
    });
    let Some(app) = started.await else { return };
    let shown = post(
        &app,
        "old",
        "title cover { id } author { name avatar { id } } body { html embeds { ... on EntryEmbed { slug entry { title } } } }",
    )
    .await;
    assert_eq!(
        shown,
        json!({
            "title": "Old", "cover": null, "author": { "name": "Nerys", "avatar": null },
            "body": {
                "html": "<p>Look:</p>\n<aside class=\"embed embed-post\"><a href=\"/posts/old\">Old</a></aside>",
                "embeds": [{ "slug": "old", "entry": { "title": "Old" } }],
            },
        })
    );
    let id = app.data(As::Owner, "{ desk { documents { nodes { id state } } } }", json!({})).await;
    let id = id["desk"]["documents"]["nodes"][0].clone();
    assert_eq!(id["state"], "PUBLISHED");
    let of_team = document(&app, id["id"].as_str().expect("an id"), "revision { title cover }").await;
    assert_eq!(of_team["revision"], json!({ "title": "Old", "cover": null }));
    // And it takes what is new.
    let cover = crate::media::shown::image(&app, "cover.jpg", 64, "A path").await;
    let save = json!({ "id": id["id"], "expectedRevision": 1, "cover": cover });
    app.save_post(save).await;
    app.publish(id["id"].as_str().expect("an id")).await;
    assert_eq!(post(&app, "old", "cover { alt }").await["cover"]["alt"], "A path");
}

/// Waits inside of what does not wait.
fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work))
}

async fn connect(url: &str) -> DatabaseConnection {
    let url = if url.starts_with("sqlite:") { format!("{url}?mode=rwc") } else { url.to_owned() };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    Database::connect(options).await.expect("a database")
}

/// A post by an author, that links to itself.
async fn old_content(db: &DatabaseConnection) {
    let (account, author, id) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let at = 1_795_000_000_000_i64;
    let content = json!({ "kind": "POST", "title": "Old", "slug": "old", "body": "Look:\n\n::post[old]", "author": author });
    insert(
        db,
        "account",
        &[
            ("id", account.into()),
            ("name", "Somebody".into()),
            ("role", "OWNER".into()),
            ("status", "ACTIVE".into()),
            ("created_at", at.into()),
        ],
    )
    .await;
    insert(
        db,
        "author",
        &[
            ("id", author.into()),
            ("slug", "nerys".into()),
            ("name", "Nerys".into()),
            ("created_at", at.into()),
            ("updated_at", at.into()),
        ],
    )
    .await;
    insert(
        db,
        "document",
        &[
            ("id", id.into()),
            ("kind", "POST".into()),
            ("locale", "en".into()),
            ("slug", "old".into()),
            ("title", "Old".into()),
            ("sort_title", "old".into()),
            ("search_text", "old old".into()),
            ("translation_group", id.into()),
            ("head_revision", 1.into()),
            ("live_revision", 1.into()),
            ("last_live_revision", 1.into()),
            ("first_published_at", at.into()),
            ("created_at", at.into()),
            ("updated_at", at.into()),
            ("owner_id", account.into()),
        ],
    )
    .await;
    insert(
        db,
        "revision",
        &[
            ("document_id", id.into()),
            ("number", 1.into()),
            ("content", content.into()),
            ("editor_id", account.into()),
            ("created_at", at.into()),
        ],
    )
    .await;
    insert(
        db,
        "entry",
        &[
            ("id", id.into()),
            ("kind", "POST".into()),
            ("locale", "en".into()),
            ("slug", "old".into()),
            ("title", "Old".into()),
            ("sort_title", "old".into()),
            ("author_id", author.into()),
            ("tag_ids", "".into()),
            ("series_position", 0.into()),
            ("translation_group", id.into()),
            ("no_index", false.into()),
            ("word_count", 1.into()),
            ("revision", 1.into()),
            ("published_at", at.into()),
            ("updated_at", at.into()),
        ],
    )
    .await;
    insert(
        db,
        "rich_text",
        &[
            ("entry_id", id.into()),
            ("markdown", "Look:\n\n::post[old]".into()),
            ("html", "<p>Look:</p>\n\u{FDD0}0\u{FDD1}".into()),
            ("text", "Look:".into()),
            ("outline", json!([]).into()),
            ("embeds", json!([{ "target": "POST", "slug": "old" }]).into()),
        ],
    )
    .await;
    insert(db, "post", &[("entry_id", id.into())]).await;
}

async fn insert(db: &DatabaseConnection, table: &'static str, row: &[(&'static str, SimpleExpr)]) {
    let mut statement = Query::insert();
    statement
        .into_table(table)
        .columns(row.iter().map(|(column, _)| *column))
        .values_panic(row.iter().map(|(_, value)| value.clone()));
    db.execute(&statement).await.unwrap_or_else(|error| panic!("a row of {table}: {error}"));
}
