//! The newest of a tag or of a series are one range of an index, whatever their locale.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let replaced = Index::drop().name("entry_tag_published").table("entry_tag").to_owned();
        manager.drop_index(replaced).await?;
        let by_tag = Index::create()
            .name("entry_tag_published")
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
