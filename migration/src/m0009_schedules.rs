//! Schedules: what becomes public or leaves it at a time, and what came of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer_null, string, text_null, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("schedule")
                    .col(uuid("id").primary_key())
                    .col(uuid("document_id"))
                    .col(string("action"))
                    .col(integer_null("revision"))
                    .col(integer_null("live_when_made"))
                    .col(big_integer("at"))
                    .col(string("state"))
                    .col(uuid("account_id"))
                    .col(text_null("failure"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("ended_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("schedule_document")
                            .from("schedule", "document_id")
                            .to("document", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("schedule_account")
                            .from("schedule", "account_id")
                            .to("account", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        let of_document = Index::create()
            .name("schedule_of_document")
            .table("schedule")
            .col("document_id")
            .col("at")
            .to_owned();
        manager.create_index(of_document).await?;
        let calendar = Index::create().name("schedule_at").table("schedule").col("at").col("id").to_owned();
        manager.create_index(calendar).await
    }
}
