//! Everything that the public reads, row by row, as it is in a SQLite file.

use std::path::Path;

use entity::{entry, entry_tag, post, redirect, rich_text};
use sea_orm::{ConnectionTrait, Database, EntityTrait, QueryOrder};

/// The rows of all read tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Dump {
    entry: Vec<entry::Model>,
    rich_text: Vec<rich_text::Model>,
    post: Vec<post::Model>,
    entry_tag: Vec<entry_tag::Model>,
    redirect: Vec<redirect::Model>,
}

impl Dump {
    pub async fn read(db: &impl ConnectionTrait) -> Self {
        use entry_tag::Column::{EntryId, TagId};
        use redirect::Column::{Kind, Locale, Slug};
        let rows = "the read tables can be read";
        Self {
            entry: entry::Entity::find().order_by_asc(entry::Column::Id).all(db).await.expect(rows),
            rich_text: rich_text::Entity::find()
                .order_by_asc(rich_text::Column::EntryId)
                .all(db)
                .await
                .expect(rows),
            post: post::Entity::find().order_by_asc(post::Column::EntryId).all(db).await.expect(rows),
            entry_tag: entry_tag::Entity::find()
                .order_by_asc(EntryId)
                .order_by_asc(TagId)
                .all(db)
                .await
                .expect(rows),
            redirect: redirect::Entity::find()
                .order_by_asc(Kind)
                .order_by_asc(Locale)
                .order_by_asc(Slug)
                .all(db)
                .await
                .expect(rows),
        }
    }

    pub fn entries(&self) -> usize {
        self.entry.len()
    }
}

/// The read tables of a database that nobody writes to.
pub fn dump(database: &Path) -> Dump {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let db = Database::connect(format!("sqlite://{}", database.display())).await.expect("a database");
        let dump = Dump::read(&db).await;
        db.close().await.expect("a clean end");
        dump
    })
}
