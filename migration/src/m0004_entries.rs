//! The public's side: what a live revision is projected into. Everything here can be rebuilt by `reproject`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json_binary, string, text, text_null, uuid, uuid_null,
};

use crate::columns::sorted_text;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        entry(manager).await?;
        parts_of_entry(manager).await?;
        indexes(manager).await
    }
}

async fn entry(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("entry")
                .col(uuid("id").primary_key())
                .col(string("kind"))
                .col(string("locale"))
                .col(string("slug"))
                .col(text("title"))
                .col(sorted_text(manager, "sort_title"))
                .col(text_null("excerpt"))
                .col(uuid_null("author_id"))
                .col(text("tag_ids"))
                .col(uuid_null("series_id"))
                .col(integer("series_position"))
                .col(uuid("translation_group"))
                .col(text_null("seo_title"))
                .col(text_null("seo_description"))
                .col(boolean("no_index"))
                .col(integer("word_count"))
                .col(integer("revision"))
                .col(big_integer("published_at"))
                .col(big_integer("updated_at"))
                .foreign_key(&mut cascade("entry_document", "entry", "id", "document"))
                .foreign_key(
                    ForeignKey::create().name("entry_author").from("entry", "author_id").to("author", "id"),
                )
                .foreign_key(
                    ForeignKey::create().name("entry_series").from("entry", "series_id").to("series", "id"),
                )
                .to_owned(),
        )
        .await
}

async fn parts_of_entry(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("rich_text")
                .col(uuid("entry_id").primary_key())
                .col(text("markdown"))
                .col(text("html"))
                .col(text("text"))
                .col(json_binary("outline"))
                .col(json_binary("embeds"))
                .foreign_key(&mut cascade("rich_text_entry", "rich_text", "entry_id", "entry"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("post")
                .col(uuid("entry_id").primary_key())
                .col(text_null("video_url"))
                .foreign_key(&mut cascade("post_entry", "post", "entry_id", "entry"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("entry_tag")
                .col(uuid("tag_id"))
                .col(uuid("entry_id"))
                .col(string("locale"))
                .col(big_integer("published_at"))
                .primary_key(Index::create().col("entry_id").col("tag_id"))
                .foreign_key(&mut cascade("entry_tag_entry", "entry_tag", "entry_id", "entry"))
                .foreign_key(
                    ForeignKey::create().name("entry_tag_tag").from("entry_tag", "tag_id").to("tag", "id"),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("redirect")
                .col(string("kind"))
                .col(string("locale"))
                .col(string("slug"))
                .col(uuid("entry_id"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().col("kind").col("locale").col("slug"))
                .foreign_key(&mut cascade("redirect_document", "redirect", "entry_id", "document"))
                .to_owned(),
        )
        .await
}

/// One index per public order, each ending in the id so that a keyset page is one range of it.
async fn indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let public = |name: &str, columns: &[&'static str]| {
        let mut index = Index::create().name(name).table("entry").to_owned();
        for column in columns {
            index.col(*column);
        }
        index
    };
    manager.create_index(public("entry_slug", &["slug", "kind", "locale"]).unique().to_owned()).await?;
    for (name, columns) in [
        ("entry_published", &["published_at", "id"][..]),
        ("entry_updated", &["updated_at", "id"]),
        ("entry_title", &["sort_title", "id"]),
        ("entry_kind_published", &["kind", "published_at", "id"]),
        ("entry_kind_updated", &["kind", "updated_at", "id"]),
        ("entry_kind_title", &["kind", "sort_title", "id"]),
        ("entry_kind_locale_published", &["kind", "locale", "published_at", "id"]),
        ("entry_author_published", &["author_id", "published_at", "id"]),
        ("entry_series_position", &["series_id", "series_position", "id"]),
        ("entry_series_published", &["series_id", "locale", "published_at", "id"]),
        ("entry_translation", &["translation_group"]),
    ] {
        manager.create_index(public(name, columns)).await?;
    }
    manager
        .create_index(
            Index::create()
                .name("entry_tag_published")
                .table("entry_tag")
                .col("tag_id")
                .col("locale")
                .col("published_at")
                .col("entry_id")
                .to_owned(),
        )
        .await
}

fn cascade(
    name: &str,
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, column)
        .to(target, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
