//! The change log: one row for each change of what the public can see.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, string_null, uuid_null};

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
                    .table("change")
                    .col(big_integer("seq").primary_key())
                    .col(big_integer("at"))
                    .col(string("action"))
                    .col(string("subject"))
                    .col(uuid_null("subject_id"))
                    .col(string_null("locale"))
                    .col(string_null("slug"))
                    .col(string_null("previous_slug"))
                    .to_owned(),
            )
            .await?;
        let of_subject = Index::create().name("change_subject").table("change").col("subject_id").to_owned();
        manager.create_index(of_subject).await
    }
}
