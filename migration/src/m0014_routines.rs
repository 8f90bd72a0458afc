//! Routines: what the public reads of them, and which entries embed which.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let cascade = |name: &str, table: &'static str| {
            ForeignKey::create()
                .name(name)
                .from(table, "entry_id")
                .to("entry", "id")
                .on_delete(ForeignKeyAction::Cascade)
                .to_owned()
        };
        manager
            .create_table(
                Table::create()
                    .table("routine")
                    .col(uuid("entry_id").primary_key())
                    .col(json_binary("routine"))
                    .foreign_key(&mut cascade("routine_entry", "routine"))
                    .to_owned(),
            )
            .await?;
        // No key to the routine: its row goes and comes back whenever it is published again.
        manager
            .create_table(
                Table::create()
                    .table("routine_embed")
                    .col(uuid("entry_id"))
                    .col(uuid("routine_id"))
                    .primary_key(Index::create().col("entry_id").col("routine_id"))
                    .foreign_key(&mut cascade("routine_embed_entry", "routine_embed"))
                    .to_owned(),
            )
            .await?;
        let by_routine = Index::create()
            .name("routine_embed_by_routine")
            .table("routine_embed")
            .col("routine_id")
            .to_owned();
        manager.create_index(by_routine).await
    }
}
