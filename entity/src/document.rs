//! What the author writes: a kind, a locale and a list of revisions, of which at most one is live.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, DocumentId, Kind, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentId,
    pub kind: Kind,
    pub locale: String,
    /// The slug of the head revision; the public one is in `entry`.
    pub slug: String,
    /// The title of the head revision.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// The title without case and accents, for ordering.
    #[sea_orm(column_type = "Text")]
    pub sort_title: String,
    /// Title and slug of the head revision in lower case, for the desk's search.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
    /// Shared by the translations of one text; no two of them have the same locale.
    pub translation_group: DocumentId,
    pub head_revision: i32,
    pub live_revision: Option<i32>,
    /// The revision that was live most recently, kept when the document leaves the public.
    pub last_live_revision: Option<i32>,
    pub first_published_at: Option<Timestamp>,
    pub trashed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Who wrote the first revision.
    pub owner_id: AccountId,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
