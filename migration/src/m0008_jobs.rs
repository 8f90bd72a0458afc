//! Jobs: work that is written down in the transaction that asks for it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, json_binary, string, string_null, text_null, uuid,
};

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
                    .table("job")
                    .col(uuid("id").primary_key())
                    .col(string("name"))
                    .col(json_binary("arguments"))
                    .col(string_null("unique_key"))
                    .col(string_null("lane"))
                    .col(big_integer("run_at"))
                    .col(big_integer("not_before"))
                    .col(integer("attempts"))
                    .col(integer("max_attempts"))
                    .col(big_integer("lease"))
                    .col(string_null("worker"))
                    .col(text_null("last_error"))
                    .col(big_integer_null("died_at"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        // A dead job gives its key free. The builder of statements has no partial indexes; both databases have.
        manager
            .get_connection()
            .execute_unprepared("CREATE UNIQUE INDEX job_unique ON job (unique_key) WHERE died_at IS NULL")
            .await?;
        let due = Index::create().name("job_due").table("job").col("not_before").to_owned();
        manager.create_index(due).await?;
        let lane =
            Index::create().name("job_lane").table("job").col("lane").col("run_at").col("id").to_owned();
        manager.create_index(lane).await?;
        let order = Index::create().name("job_order").table("job").col("run_at").col("id").to_owned();
        manager.create_index(order).await
    }
}
