//! Files in content: where they are used, the text tracks of videos, and what the public reads of a file that is shown.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_null, boolean, integer, integer_null, json_binary, string,
    string_len, text, text_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [("entry", "cover_id"), ("author", "avatar_id")] {
            manager.alter_table(Table::alter().table(table).add_column(uuid_null(column)).to_owned()).await?;
        }
        manager.create_table(asset_use()).await?;
        manager.create_table(text_track()).await?;
        manager.create_table(shown_asset()).await?;
        for (name, table, columns) in [
            ("asset_use_by_asset", "asset_use", &["asset_id", "document_id", "revision"][..]),
            ("text_track_by_file", "text_track", &["file_id"]),
            ("author_by_avatar", "author", &["avatar_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Which files a revision uses. A row names a file that may be deleted later; the revision is history and stays.
fn asset_use() -> TableCreateStatement {
    Table::create()
        .table("asset_use")
        .col(uuid("document_id"))
        .col(integer("revision"))
        .col(uuid("asset_id"))
        .col(string_len("place", 16))
        .primary_key(Index::create().col("document_id").col("revision").col("asset_id").col("place"))
        .foreign_key(
            ForeignKey::create()
                .name("asset_use_document")
                .from("asset_use", "document_id")
                .to("document", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn text_track() -> TableCreateStatement {
    let cascade = |name: &str, column: &'static str| {
        ForeignKey::create()
            .name(name)
            .from("text_track", column)
            .to("asset", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned()
    };
    Table::create()
        .table("text_track")
        .col(uuid("asset_id"))
        .col(integer("position"))
        .col(uuid("file_id"))
        .col(string_len("kind", 16))
        .col(string("language"))
        .col(text("label"))
        .primary_key(Index::create().col("asset_id").col("position"))
        .foreign_key(&mut cascade("text_track_asset", "asset_id"))
        .foreign_key(&mut cascade("text_track_file", "file_id"))
        .to_owned()
}

/// The public's side of a file: a row is there while something public shows it.
fn shown_asset() -> TableCreateStatement {
    Table::create()
        .table("shown_asset")
        .col(uuid("id").primary_key())
        .col(string_len("kind", 16))
        .col(text("name"))
        .col(string_len("version", 16))
        .col(string("mime_type"))
        .col(big_integer("byte_size"))
        .col(integer_null("width"))
        .col(integer_null("height"))
        .col(big_integer_null("duration_ms"))
        .col(boolean("is_animated"))
        .col(text_null("alt"))
        .col(text_null("caption"))
        .col(text_null("transcript"))
        .col(integer("focal_x"))
        .col(integer("focal_y"))
        .col(binary_null("thumbhash"))
        .col(integer_null("color"))
        .col(json_binary("tracks"))
        .col(big_integer("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .name("shown_asset_asset")
                .from("shown_asset", "id")
                .to("asset", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
