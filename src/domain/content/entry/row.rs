//! An entry as it is read, and how much of it.

use std::sync::Arc;

use entity::{AssetId, AuthorId, DocumentId, Kind, SeriesId, TagIds, Timestamp};

use crate::domain::access::policy::Visible;
use crate::domain::routine::Routine;

/// An entry as it is read. What was not asked for is empty.
#[derive(Debug, Clone)]
pub struct EntryRow {
    pub id: DocumentId,
    pub kind: Kind,
    pub locale: String,
    pub slug: String,
    pub title: String,
    pub excerpt: Option<String>,
    pub author_id: Option<AuthorId>,
    pub cover_id: Option<AssetId>,
    pub tag_ids: TagIds,
    pub series_id: Option<SeriesId>,
    /// 0 where there is none.
    pub series_position: i32,
    pub translation_group: DocumentId,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub no_index: bool,
    pub word_count: i32,
    pub published_at: Timestamp,
    pub updated_at: Timestamp,
    pub sort_title: Option<String>,
    pub body: Body,
    pub video_url: Option<String>,
    pub routine: Option<Arc<Routine>>,
}

/// The parts of the body that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Body {
    pub markdown: Option<String>,
    pub html: Option<String>,
    pub text: Option<String>,
    pub outline: Option<serde_json::Value>,
    pub embeds: Option<serde_json::Value>,
}

/// What to read beside what every list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Columns {
    pub markdown: bool,
    pub html: bool,
    pub text: bool,
    pub outline: bool,
    pub embeds: bool,
    pub video_url: bool,
    pub routine: bool,
    pub sort_title: bool,
}

impl Columns {
    pub(super) fn body(self) -> bool {
        self.markdown || self.html || self.text || self.outline || self.embeds
    }
}

/// Rows, and the generation of the catalog that they need (0 when there are none).
#[derive(Debug)]
pub struct Found {
    pub rows: Vec<Visible<EntryRow>>,
    pub generation: i64,
}
