//! How the team signs in, who owns a document, and what was done by whom.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_len, json_binary, string, string_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        accounts(manager).await?;
        sessions(manager).await?;
        owners(manager).await?;
        audit(manager).await
    }
}

async fn accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for column in [string("status").default("ACTIVE").to_owned(), string_null("password_hash")] {
        manager.alter_table(Table::alter().table("account").add_column(column).to_owned()).await?;
    }
    for column in [big_integer_null("last_used_on"), big_integer_null("revoked_at")] {
        manager.alter_table(Table::alter().table("api_token").add_column(column).to_owned()).await?;
    }
    Ok(())
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let session = Table::create()
        .table("session")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(binary_len("hash", 32).unique_key())
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .foreign_key(&mut of_account("session_account", "session"))
        .to_owned();
    manager.create_table(session).await?;
    let by_account = Index::create().name("session_by_account").table("session").col("account_id").to_owned();
    manager.create_index(by_account).await?;
    let link = Table::create()
        .table("account_link")
        .col(uuid("id").primary_key())
        .col(uuid_null("account_id"))
        .col(string("purpose"))
        .col(binary_len("hash", 32).unique_key())
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .foreign_key(&mut of_account("account_link_account", "account_link"))
        .to_owned();
    manager.create_table(link).await?;
    let by_account =
        Index::create().name("account_link_by_account").table("account_link").col("account_id").to_owned();
    manager.create_index(by_account).await
}

/// Whoever wrote the first revision owns the document.
async fn owners(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .alter_table(Table::alter().table("document").add_column(uuid_null("owner_id")).to_owned())
        .await?;
    let first = "UPDATE document SET owner_id = (SELECT editor_id FROM revision \
                 WHERE revision.document_id = document.id AND revision.number = 1)";
    manager.get_connection().execute_unprepared(first).await?;
    let by_owner = Index::create()
        .name("document_owner")
        .table("document")
        .col("owner_id")
        .col("updated_at")
        .col("id")
        .to_owned();
    manager.create_index(by_owner).await
}

async fn audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let audit = Table::create()
        .table("audit")
        .col(uuid("id").primary_key())
        .col(big_integer("at"))
        .col(uuid_null("account_id"))
        .col(uuid_null("token_id"))
        .col(string("action"))
        .col(string_null("subject"))
        .col(json_binary("fields"))
        .to_owned();
    manager.create_table(audit).await?;
    let by_time = Index::create().name("audit_at").table("audit").col("at").col("id").to_owned();
    manager.create_index(by_time).await
}

fn of_account(name: &str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, "account_id")
        .to("account", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
