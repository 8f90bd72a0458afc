//! Documents and their revisions: the team's side.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, integer_null, json_binary, string, text, text_null, uuid,
};

use crate::columns::sorted_text;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("document")
                    .col(uuid("id").primary_key())
                    .col(string("kind"))
                    .col(string("locale"))
                    .col(string("slug"))
                    .col(text("title"))
                    .col(sorted_text(manager, "sort_title"))
                    .col(text("search_text"))
                    .col(uuid("translation_group"))
                    .col(integer("head_revision"))
                    .col(integer_null("live_revision"))
                    .col(integer_null("last_live_revision"))
                    .col(big_integer_null("first_published_at"))
                    .col(big_integer_null("trashed_at"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .index(
                        Index::create().name("document_slug").unique().col("kind").col("locale").col("slug"),
                    )
                    .index(
                        Index::create()
                            .name("document_translation")
                            .unique()
                            .col("translation_group")
                            .col("locale"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("revision")
                    .col(uuid("document_id"))
                    .col(integer("number"))
                    .col(json_binary("content"))
                    .col(uuid("editor_id"))
                    .col(text_null("note"))
                    .col(big_integer("created_at"))
                    .primary_key(Index::create().col("document_id").col("number"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("revision_document")
                            .from("revision", "document_id")
                            .to("document", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("revision_editor")
                            .from("revision", "editor_id")
                            .to("account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        for (name, column) in [("document_updated", "updated_at"), ("document_created", "created_at")] {
            manager
                .create_index(Index::create().name(name).table("document").col(column).col("id").to_owned())
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("document_title")
                    .table("document")
                    .col("sort_title")
                    .col("id")
                    .to_owned(),
            )
            .await
    }
}
