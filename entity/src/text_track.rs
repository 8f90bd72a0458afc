//! A WebVTT file that belongs to a video or audio file.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AssetId;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "text_track")]
pub struct Model {
    /// The video or audio file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: AssetId,
    /// From 0, in the order in which players offer them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The asset that is the WebVTT file.
    pub file_id: AssetId,
    pub kind: TrackKind,
    /// BCP 47
    pub language: String,
    #[sea_orm(column_type = "Text")]
    pub label: String,
}

/// What a track is for, as in the HTML standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TrackKind {
    /// What is said, and sounds that matter, for who cannot hear.
    #[sea_orm(string_value = "CAPTIONS")]
    Captions,
    /// What is said, in another language.
    #[sea_orm(string_value = "SUBTITLES")]
    Subtitles,
    /// What is seen, for who cannot see.
    #[sea_orm(string_value = "DESCRIPTIONS")]
    Descriptions,
    /// Titles of chapters.
    #[sea_orm(string_value = "CHAPTERS")]
    Chapters,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
