//! Accounts of the team and their API tokens.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary_len, string, string_null, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("account")
                    .col(uuid("id").primary_key())
                    .col(string("name"))
                    .col(string_null("email").unique_key())
                    .col(string("role"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("api_token")
                    .col(uuid("id").primary_key())
                    .col(uuid("account_id"))
                    .col(string("name"))
                    .col(binary_len("hash", 32).unique_key())
                    .col(string("scopes"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("expires_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("api_token_account")
                            .from("api_token", "account_id")
                            .to("account", "id"),
                    )
                    .to_owned(),
            )
            .await
    }
}
