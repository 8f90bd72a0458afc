//! What the public reads in lists: the projection of a live revision. A row here is public by being here.

use sea_orm::entity::prelude::*;

use crate::{AssetId, AuthorId, DocumentId, Kind, SeriesId, TagIds, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentId,
    pub kind: Kind,
    pub locale: String,
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// The title without case and accents, for ordering.
    #[sea_orm(column_type = "Text")]
    pub sort_title: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub excerpt: Option<String>,
    pub author_id: Option<AuthorId>,
    pub cover_id: Option<AssetId>,
    pub tag_ids: TagIds,
    pub series_id: Option<SeriesId>,
    /// From 1; 0 where the author gave none.
    pub series_position: i32,
    pub translation_group: DocumentId,
    #[sea_orm(column_type = "Text", nullable)]
    pub seo_title: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub seo_description: Option<String>,
    pub no_index: bool,
    pub word_count: i32,
    pub revision: i32,
    pub published_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
