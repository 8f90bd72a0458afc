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
    /// Id of the document: `document_…`. Its entry has the same characters after another prefix.
    pub async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// What the document becomes when it is published.
    async fn kind(&self) -> EntryKind {
        self.0.kind.into()
    }

    /// Where the document stands.
    async fn state(&self) -> DocumentState {
        domain::state(&self.0).into()
    }

    /// Language as a BCP 47 tag.
    async fn locale(&self) -> &str {
        &self.0.locale
    }

    /// Title of the newest revision.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Slug of the newest revision.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Number of the newest revision; give it as `expectedRevision` when you change the document.
    async fn head_revision(&self) -> i32 {
        self.0.head_revision
    }

    /// Number of the revision that is public.
    async fn live_revision(&self) -> Option<i32> {
        self.0.live_revision
    }

    /// Number of the revision that was public most recently.
    async fn last_live_revision(&self) -> Option<i32> {
        self.0.last_live_revision
    }

    /// When the document was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When the document was last saved, published, unpublished, trashed or restored.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// When the document was published for the first time.
    async fn first_published_at(&self) -> Option<DateTime> {
        self.0.first_published_at.map(DateTime)
    }

    /// Since when the document is in the trash.
    async fn trashed_at(&self) -> Option<DateTime> {
        self.0.trashed_at.map(DateTime)
    }

    /// The entry that the public sees.
    async fn entry(&self, context: &Context<'_>) -> Option<Result<Entry>> {
        live(context, self.0.id).await.map(|node| node.map(Entry::new)).transpose()
    }

    /// The revision with this number, or the newest.
    async fn revision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Number of the revision, from 1; the newest without.")] number: Option<i32>,
    ) -> Option<Result<Revision>> {
        let number = number.unwrap_or(self.0.head_revision);
        revision::by_number(context, self.0.id, number).await.transpose()
    }

    /// All revisions, newest first.
    async fn revisions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Revision, RevisionCount>> {
        let count = RevisionCount(self.0.head_revision);
        revision::list(context, self.0.id, count, page_args(first, after, last, before)).await
    }

    /// What was scheduled for it, latest time first, at most 50: what is pending and what came of the others.
    async fn schedules(&self, context: &Context<'_>) -> Result<Vec<Schedule>> {
        schedule::of_document(context, &self.0).await
    }

    /// Who may look at it by a token: the previews that work, newest first, at most 50.
    async fn previews(&self, context: &Context<'_>) -> Result<Vec<Preview>> {
        preview::of_document(context, &self.0).await
    }

    /// What changed from one revision to another, field by field and line by line.
    async fn difference(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Number of the older revision.")] from: i32,
        #[graphql(desc = "Number of the newer revision; the newest without.")] to: Option<i32>,
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

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum DocumentState {
    /// Not public.
    Draft,
    /// Public, and its newest revision is the live one.
    Published,
    /// Public, with a newer revision that is not.
    Changed,
    /// In the trash: not public, nothing lost.
    Trashed,
}
