//! The team's side of an entry: the document with its revisions.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use entity::{DocumentId, document as row};

use super::connection::{Paged, page_args};
use super::difference::RevisionDifference;
use super::entry::{Entry, EntryKind, EntryNode};
use super::error::Result;
use super::plan::Plan;
use super::preview::{self, Preview};
use super::revision::{self, Revision, RevisionCount};
use super::scalars::DateTime;
use super::schedule::{self, Schedule};
use super::{ctx, load};
use crate::domain::access::policy::{ReadDocuments, Visible};
use crate::domain::content::document::{self as domain, State};
use crate::domain::content::entry;
use crate::domain::core::id;

mod desk;
mod save;

pub use desk::{DeskQuery, DocumentCount, searched};
pub use save::{
    DocumentMutation, SaveDocumentInput, SaveDocumentPayload, WithdrawDocumentInput, embedded, save,
};

/// What an author writes: a kind, a language and a list of revisions, of which at most one is live.
#[derive(Clone)]
pub struct Document(Visible<row::Model>);

impl Document {
    pub fn new(row: Visible<row::Model>) -> Self {
        Self(row)
    }
}

/// What an author writes: a kind, a language and a list of revisions, of which at most one is live.
#[Object]
impl Document {
    /// The ID of the document (`document_…`). The ID of its entry has the same characters behind another prefix.
    pub async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// The kind of entry that the document becomes when it is published.
    async fn kind(&self) -> EntryKind {
        self.0.kind.into()
    }

    /// The state of the document.
    async fn state(&self) -> DocumentState {
        domain::state(&self.0).into()
    }

    /// The language as a BCP 47 tag.
    async fn locale(&self) -> &str {
        &self.0.locale
    }

    /// The title of the newest revision.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The slug of the newest revision.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The number of the newest revision. Pass it as `expectedRevision` when changing the document.
    async fn head_revision(&self) -> i32 {
        self.0.head_revision
    }

    /// The number of the public revision, or null if the document is not public.
    async fn live_revision(&self) -> Option<i32> {
        self.0.live_revision
    }

    /// The number of the revision that was public most recently, or null if none ever was.
    async fn last_live_revision(&self) -> Option<i32> {
        self.0.last_live_revision
    }

    /// The time at which the document was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The time at which the document was last saved, published, unpublished, moved to the trash or restored.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// The time at which the document was first published, or null if it never was.
    async fn first_published_at(&self) -> Option<DateTime> {
        self.0.first_published_at.map(DateTime)
    }

    /// The time at which the document was moved to the trash, or null if it is not there.
    async fn trashed_at(&self) -> Option<DateTime> {
        self.0.trashed_at.map(DateTime)
    }

    /// The entry that the public sees, or null if the document is not public.
    async fn entry(&self, context: &Context<'_>) -> Option<Result<Entry>> {
        live(context, self.0.id).await.map(|node| node.map(Entry::new)).transpose()
    }

    /// Returns one revision of the document.
    async fn revision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The number of the revision, starting at 1. Defaults to the newest.")]
        number: Option<i32>,
    ) -> Option<Result<Revision>> {
        let number = number.unwrap_or(self.0.head_revision);
        revision::by_number(context, self.0.id, number).await.transpose()
    }

    /// All revisions, newest first.
    async fn revisions(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Revision, RevisionCount>> {
        let count = RevisionCount(self.0.head_revision);
        revision::list(context, self.0.id, count, page_args(first, after, last, before)).await
    }

    /// Up to 50 schedules of the document, latest time first: the pending ones and the results of earlier ones.
    async fn schedules(&self, context: &Context<'_>) -> Result<Vec<Schedule>> {
        schedule::of_document(context, &self.0).await
    }

    /// Up to 50 previews of the document that can still be used, newest first.
    async fn previews(&self, context: &Context<'_>) -> Result<Vec<Preview>> {
        preview::of_document(context, &self.0).await
    }

    /// Returns the changes from one revision to another, field by field and line by line.
    async fn difference(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The number of the older revision.")] from: i32,
        #[graphql(desc = "The number of the newer revision. Defaults to the newest.")] to: Option<i32>,
    ) -> Option<Result<RevisionDifference>> {
        let to = to.unwrap_or(self.0.head_revision);
        super::difference::between(context, self.0.id, from, to).await.transpose()
    }
}

async fn live(context: &Context<'_>, id: DocumentId) -> Result<Option<Arc<EntryNode>>> {
    let ctx = ctx(context);
    let plan = Plan::of(context.field().selection_set());
    let found = entry::by_ids(&ctx.db, &[id], plan.columns).await?;
    Ok(load::nodes(ctx, found, &plan).await?.pop())
}

/// The document with this id, or nothing for a viewer who may not know of it.
pub async fn by_id(context: &Context<'_>, id: DocumentId) -> Result<Option<Document>> {
    let ctx = ctx(context);
    let Ok(permit) = ctx.viewer.permit::<ReadDocuments>() else { return Ok(None) };
    Ok(domain::by_id(&ctx.db, &permit, id).await?.map(Document))
}

/// The state of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum DocumentState {
    /// The document is not public.
    Draft,
    /// The newest revision is public.
    Published,
    /// An older revision is public; the newest one is not.
    Changed,
    /// The document is in the trash. It is not public, and nothing of it is lost.
    Trashed,
}
