//! Routines: what the public reads of them, and which entries embed which.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, json_binary, string, uuid};

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
        // By slug, as texts have it: a routine may be renamed, go, and come back as another one.
        manager
            .create_table(
                Table::create()
                    .table("routine_embed")
                    .col(uuid("entry_id"))
                    .col(string("slug"))
                    .col(string("locale"))
                    .primary_key(Index::create().col("entry_id").col("slug"))
                    .foreign_key(&mut cascade("routine_embed_entry", "routine_embed"))
                    .to_owned(),
            )
            .await?;
        let by_slug = Index::create()
            .name("routine_embed_by_slug")
            .table("routine_embed")
            .col("slug")
            .col("locale")
            .to_owned();
        manager.create_index(by_slug).await?;
        // Whether a withdrawal that was planned goes although public texts embed the routine.
        let force = boolean("force").default(false).to_owned();
        manager.alter_table(Table::alter().table("schedule").add_column(force).to_owned()).await
    }
}
