//! An id of the database, by which a store of files knows whose it is. A copy of the database has the same.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string_len};
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("installation")
                    .col(integer("id").primary_key())
                    .col(string_len("database_id", 32))
                    .to_owned(),
            )
            .await?;
        let random = match manager.get_database_backend() {
            DbBackend::Postgres => "replace(CAST(gen_random_uuid() AS text), '-', '')",
            _ => "lower(hex(randomblob(16)))",
        };
        let row = format!("INSERT INTO installation (id, database_id) VALUES (1, {random})");
        manager.get_connection().execute_unprepared(&row).await.map(|_| ())
    }
}
