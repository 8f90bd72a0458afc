//! What a preview lays over what is public: the rows of one entry, as they would be if it were published.

use std::ops::Deref;
use std::sync::Arc;

use entity::{PreviewId, QuestionId, Timestamp, entry, post, rich_text, routine, shown_asset};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The rows of one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    pub entry: entry::Model,
    pub rich_text: rich_text::Model,
    pub detail: Detail,
}

/// A projection that is not written but laid over what is public, with the files that it shows and the questions that it
/// answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub projection: Arc<Projection>,
    pub assets: Vec<shown_asset::Model>,
    /// Questions that it answers, public or not.
    pub questions: Arc<[QuestionId]>,
}

impl Deref for Draft {
    type Target = Projection;

    fn deref(&self) -> &Projection {
        &self.projection
    }
}

/// What only one kind has.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    Post(post::Model),
    Page,
    Routine(routine::Model),
}

/// What a preview shows now.
#[derive(Debug, Clone)]
pub struct Preview {
    pub id: PreviewId,
    pub expires_at: Timestamp,
    pub draft: Draft,
    pub(in crate::domain) turns: Arc<Semaphore>,
}

impl Preview {
    /// The right to read, of which the previews of a process have one.
    pub async fn turn(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("turns are never closed")
    }
}
