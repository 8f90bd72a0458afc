//! What was done under an idempotency key, for 48 hours.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary_len, binary_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("idempotency")
                    .col(binary_len("id", 32).primary_key())
                    .col(binary_len("request", 32))
                    .col(binary_null("result"))
                    .col(binary_null("answer"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        let by_age =
            Index::create().name("idempotency_created").table("idempotency").col("created_at").to_owned();
        manager.create_index(by_age).await
    }
}
