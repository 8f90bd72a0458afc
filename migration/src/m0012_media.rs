//! Media: what is being uploaded, the objects in the store, the assets that show them, and what was made from images.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_len, binary_len_null, binary_null, boolean, integer, integer_null,
    string, string_len, text, text_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(media_object()).await?;
        manager.create_table(asset()).await?;
        manager.create_table(upload()).await?;
        manager.create_table(rendition()).await?;
        for (name, table, columns) in [
            ("asset_by_creation", "asset", &["created_at", "id"][..]),
            ("asset_by_object", "asset", &["object_id"]),
            ("asset_by_owner", "asset", &["owner_id"]),
            ("upload_by_end", "upload", &["expires_at"]),
            ("upload_by_asset", "upload", &["asset_id"]),
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

/// Bytes in the store, once, however many assets show them.
fn media_object() -> TableCreateStatement {
    Table::create()
        .table("media_object")
        .col(uuid("id").primary_key())
        .col(binary_len("sha256", 32).unique_key())
        .col(string_len("state", 16))
        .col(string("mime_type"))
        .col(big_integer("byte_size"))
        .col(binary_len_null("digest", 32))
        .col(integer_null("width"))
        .col(integer_null("height"))
        .col(big_integer_null("duration_ms"))
        .col(boolean("is_animated"))
        .col(boolean("has_sound"))
        .col(binary_null("thumbhash"))
        .col(integer_null("color"))
        .col(big_integer("created_at"))
        .col(big_integer("touched_at"))
        .to_owned()
}

fn asset() -> TableCreateStatement {
    Table::create()
        .table("asset")
        .col(uuid("id").primary_key())
        .col(uuid("owner_id"))
        .col(string_len("kind", 16))
        .col(string_len("state", 16))
        .col(text_null("rejection"))
        .col(text("filename"))
        .col(text("search_key"))
        .col(string("mime_type"))
        .col(big_integer("byte_size"))
        .col(uuid_null("object_id"))
        .col(boolean("is_private"))
        .col(text_null("alt"))
        .col(boolean("is_decorative"))
        .col(text_null("caption"))
        .col(text_null("transcript"))
        .col(boolean("has_no_speech"))
        .col(integer("focal_x"))
        .col(integer("focal_y"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(ForeignKey::create().name("asset_owner").from("asset", "owner_id").to("account", "id"))
        .foreign_key(
            ForeignKey::create().name("asset_object").from("asset", "object_id").to("media_object", "id"),
        )
        .to_owned()
}

fn upload() -> TableCreateStatement {
    Table::create()
        .table("upload")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(string_len("state", 16))
        .col(text("filename"))
        .col(string("mime_type"))
        .col(big_integer("byte_size"))
        .col(binary_len("sha256", 32))
        .col(boolean("is_private"))
        .col(uuid_null("replaces"))
        .col(text_null("multipart_id"))
        .col(big_integer("part_size"))
        .col(uuid_null("asset_id"))
        .col(text_null("rejection"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .foreign_key(
            ForeignKey::create().name("upload_account").from("upload", "account_id").to("account", "id"),
        )
        .to_owned()
}

/// An image in another size or format. A row is made before its bytes are, by whoever makes them.
fn rendition() -> TableCreateStatement {
    Table::create()
        .table("rendition")
        .col(uuid("object_id"))
        .col(string_len("spec", 64))
        .col(big_integer_null("byte_size"))
        .col(binary_len_null("digest", 32))
        .col(uuid("maker"))
        .col(big_integer("lease_until"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("object_id").col("spec"))
        .foreign_key(
            ForeignKey::create()
                .name("rendition_object")
                .from("rendition", "object_id")
                .to("media_object", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
