//! A row that is written to find out whether the database can write again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("write_probe")
                    .col(integer("id").primary_key())
                    .col(text("filler"))
                    .to_owned(),
            )
            .await?;
        let row = Query::insert()
            .into_table("write_probe")
            .columns(["id", "filler"])
            .values_panic([1.into(), "".into()])
            .to_owned();
        manager.get_connection().execute(&row).await.map(|_| ())
    }
}
