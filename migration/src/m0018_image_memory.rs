//! What decoding an image takes, so that room for it is found before its bytes are read. Empty for images that are there: of
//! those the most is assumed that their format and size can take.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, integer_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column in a statement.
        for table in ["media_object", "shown_asset"] {
            for column in [integer_null("samples"), big_integer_null("decoding")] {
                let alter = Table::alter().table(table).add_column(column).to_owned();
                manager.alter_table(alter).await?;
            }
        }
        Ok(())
    }
}
