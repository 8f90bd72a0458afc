//! The site, authors, tags and series: small, public, and kept in memory by every node.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, json_binary, string, text_null, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, label, text) in
            [("author", "name", "bio"), ("tag", "name", "description"), ("series", "title", "description")]
        {
            manager
                .create_table(
                    Table::create()
                        .table(table)
                        .col(uuid("id").primary_key())
                        .col(string("slug").unique_key())
                        .col(string(label))
                        .col(text_null(text))
                        .col(big_integer("created_at"))
                        .col(big_integer("updated_at"))
                        .to_owned(),
                )
                .await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("site")
                    .col(integer("id").primary_key())
                    .col(big_integer("generation"))
                    .col(json_binary("settings"))
                    .col(big_integer("updated_at"))
                    .to_owned(),
            )
            .await?;
        // Empty settings mean the defaults; the row is always there, so that a change of generation can lock it.
        manager
            .exec_stmt(
                Query::insert()
                    .into_table("site")
                    .columns(["id", "generation", "settings", "updated_at"])
                    .values_panic([1.into(), 1_i64.into(), serde_json::json!({}).into(), 0_i64.into()])
                    .to_owned(),
            )
            .await
    }
}
