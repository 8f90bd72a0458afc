//! Previews: tokens that show one document as it would be if it were public.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary_len, integer_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut preview = Table::create();
        preview
            .table("preview")
            .col(uuid("id").primary_key())
            .col(uuid("document_id"))
            .col(integer_null("revision"))
            .col(uuid("account_id"))
            .col(uuid_null("token_id"))
            .col(binary_len("hash", 32).unique_key())
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("revoked_at"));
        for (name, column, table) in [
            ("preview_document", "document_id", "document"),
            ("preview_account", "account_id", "account"),
            ("preview_token", "token_id", "api_token"),
        ] {
            preview.foreign_key(ForeignKey::create().name(name).from("preview", column).to(table, "id"));
        }
        manager.create_table(preview).await?;
        for (name, column) in [("preview_by_document", "document_id"), ("preview_by_account", "account_id")] {
            manager.create_index(Index::create().name(name).table("preview").col(column).to_owned()).await?;
        }
        Ok(())
    }
}
