//! The newest of a tag or of a series are one range of an index, whatever their locale, and so are slugs that begin alike.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            // Slugs are compared by their bytes, not by the cluster's locale. SQLite does so already.
            let sql = "ALTER TABLE entry ALTER COLUMN slug TYPE varchar COLLATE \"C\"";
            manager.get_connection().execute_unprepared(sql).await?;
        }
        let by_tag = Index::create()
            .name("entry_tag_newest")
            .table("entry_tag")
            .col("tag_id")
            .col("published_at")
            .col("entry_id")
            .to_owned();
        manager.create_index(by_tag).await?;
        let by_series = Index::create()
            .name("entry_series_newest")
            .table("entry")
            .col("series_id")
            .col("published_at")
            .col("id")
            .to_owned();
        manager.create_index(by_series).await
    }
}
