//! How many bytes of revisions each account has saved in a day.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("saved_bytes")
            .col(uuid("account_id").primary_key())
            .col(integer("day"))
            .col(big_integer("bytes"))
            .to_owned();
        manager.create_table(table).await
    }
}
