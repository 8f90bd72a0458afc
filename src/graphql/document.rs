//! The team's side: documents with their revisions, the desk that lists them, and what moves them about.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{DocumentId, document as row};

use super::connection::{Paged, connection, page_args};
use super::difference::RevisionDifference;
use super::entry::{Entry, EntryKind, EntryNode};
use super::error::{Result, UserError};
use super::input::{map_patch, patch};
use super::payload::{begin, refused, settle};
use super::plan::Plan;
use super::publish::addressed;
use super::revision::{self, Revision, RevisionCount};
use super::scalars::DateTime;
use super::{ctx, load};
use crate::domain::content::{ContentPatch, EntryPatch, Patch, Save};
use crate::domain::document::{self as domain, State};
use crate::domain::error::{self, Refusals};
use crate::domain::keyset::{Direction, ListId, Slice};
use crate::domain::policy::{ManageDocuments, Permit, ReadDocuments, Visible};
use crate::domain::{entry, id};

/// What an author writes: a kind, a language and a list of revisions, of which at most one is live.
pub struct Document(Visible<row::Model>);

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

/// What documents are ordered by. Ties are decided by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DocumentOrder {
    /// Last touched first.
    UpdatedAtDesc,
    /// Longest untouched first.
    UpdatedAtAsc,
    /// Newest first.
    CreatedAtDesc,
    /// Oldest first.
    CreatedAtAsc,
    /// By title, without case and accents.
    TitleAsc,
    /// By title backwards.
    TitleDesc,
}

impl From<DocumentOrder> for domain::Order {
    fn from(order: DocumentOrder) -> Self {
        match order {
            DocumentOrder::UpdatedAtDesc => Self::UpdatedAt(Direction::Descending),
            DocumentOrder::UpdatedAtAsc => Self::UpdatedAt(Direction::Ascending),
            DocumentOrder::CreatedAtDesc => Self::CreatedAt(Direction::Descending),
            DocumentOrder::CreatedAtAsc => Self::CreatedAt(Direction::Ascending),
            DocumentOrder::TitleAsc => Self::Title(Direction::Ascending),
            DocumentOrder::TitleDesc => Self::Title(Direction::Descending),
        }
    }
}

/// Which documents to list. Conditions are joined by "and".
#[derive(Debug, Default, InputObject)]
pub struct DocumentFilter {
    /// What the document is.
    kind: Option<EntryKind>,
    /// Where the document stands.
    state: Option<DocumentState>,
    /// BCP 47 tag of a language.
    locale: Option<String>,
    /// Part of the newest revision's title or slug, whatever its case; at most 300 characters.
    text: Option<String>,
}

/// Where the team works. Everything here needs `drafts:read` or `content:write`.
pub struct Desk(Permit<ReadDocuments>);

/// Where the team works. Everything here needs `drafts:read` or `content:write`.
#[Object]
impl Desk {
    /// Documents in every state, last touched first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn documents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which documents.")] filter: Option<DocumentFilter>,
        #[graphql(desc = "Order; UPDATED_AT_DESC without.")] order_by: Option<DocumentOrder>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Document, DocumentCount>> {
        let given = filter.unwrap_or_default();
        let mut filter = domain::Filter {
            kind: given.kind.map(Into::into),
            state: given.state.map(Into::into),
            locale: given.locale,
            text: given.text.filter(|text| !text.is_empty()),
        };
        if let Some(text) = &mut filter.text {
            *text = text.chars().take(300).filter(|c| !c.is_control()).collect();
        }
        let order = order_by.unwrap_or(DocumentOrder::UpdatedAtDesc).into();
        let list = ListId::new(&format!("documents {filter:?} {order:?}"));
        let page = page_args(first, after, last, before).page(list)?;
        let Slice { rows, has_previous, has_next } =
            domain::list(&ctx(context).db, &self.0, &filter, order, &page).await?;
        let rows = rows.into_iter().map(|row| (domain::position(&row, order), Document(row))).collect();
        Ok(connection(list, Slice { rows, has_previous, has_next }, DocumentCount(filter)))
    }

    /// The document with this id.
    async fn document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "`document_…`, or the id of its entry.")] id: ID,
    ) -> Option<Result<Document>> {
        document(context, &self.0, &id).await.transpose()
    }
}

async fn document(
    context: &Context<'_>,
    permit: &Permit<ReadDocuments>,
    id: &str,
) -> Result<Option<Document>> {
    let mut refusals = Refusals::default();
    let Some(id) = id::parse_document_at(id, &["id"], &mut refusals) else {
        return Ok(error::invalid(
            "id",
            error::ErrorCode::InvalidId,
            "expected an id that starts with document_",
        )?);
    };
    Ok(domain::by_id(&ctx(context).db, permit, id).await?.map(Document))
}

/// Counts a list of documents when it is asked to.
pub struct DocumentCount(domain::Filter);

#[Object]
impl DocumentCount {
    /// How many documents the whole list has.
    async fn total_count(&self, context: &Context<'_>) -> Result<i32> {
        let ctx = ctx(context);
        let count = domain::count(&ctx.db, &ctx.viewer.permit()?, &self.0).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

#[derive(Default)]
pub struct DeskQuery;

#[Object]
impl DeskQuery {
    /// Where the team works. Needs `drafts:read` or `content:write`.
    async fn desk(&self, context: &Context<'_>) -> Option<Result<Desk>> {
        Some(ctx(context).viewer.permit().map(Desk).map_err(Into::into))
    }
}

/// What to save of any document. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SaveDocumentInput {
    /// The document to change; without, a new one is made.
    id: Option<ID>,
    /// Number of the newest revision that you saw; needed to change a document.
    expected_revision: Option<i32>,
    /// Language of a new document, one of the site's; the first of them without.
    locale: Option<String>,
    /// The document that a new one translates.
    translation_of: Option<ID>,
    /// Why this was saved, for the team, at most 500 characters.
    note: Option<String>,
    /// 1 to 300 characters; needed for a new document.
    title: MaybeUndefined<String>,
    /// Lower-case letters, digits and hyphens, at most 120 characters. Made from the title when left out.
    slug: MaybeUndefined<String>,
    /// A summary in plain text, at most 1,000 characters.
    excerpt: MaybeUndefined<String>,
    /// Markdown, at most 200,000 characters.
    body: MaybeUndefined<String>,
    /// Id of the author who signs.
    author: MaybeUndefined<ID>,
    /// Ids of tags in order, at most 20.
    tags: MaybeUndefined<Vec<ID>>,
    /// Id of a series.
    series: MaybeUndefined<ID>,
    /// Place in the series, 1 to 100,000.
    series_position: MaybeUndefined<i32>,
    /// A date to show instead of that of the first publication; must have passed when the document is published.
    published_at: MaybeUndefined<DateTime>,
    /// For search engines and link previews.
    seo: MaybeUndefined<SeoInput>,
}

/// For search engines and link previews. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SeoInput {
    /// Instead of the title, at most 300 characters.
    title: MaybeUndefined<String>,
    /// Instead of the excerpt, at most 1,000 characters.
    description: MaybeUndefined<String>,
    /// Whether search engines should leave the entry out.
    no_index: MaybeUndefined<bool>,
}

/// What was saved.
#[derive(SimpleObject)]
pub struct SaveDocumentPayload {
    /// As it is now; null when the input was refused.
    document: Option<Document>,
    /// What is wrong with the input. Empty when it was saved.
    user_errors: Vec<UserError>,
}

impl SaveDocumentPayload {
    fn refused(user_errors: Vec<UserError>) -> Self {
        Self { document: None, user_errors }
    }
}

/// Saves a document of any kind.
pub async fn save(
    context: &Context<'_>,
    input: SaveDocumentInput,
    kind: impl FnOnce(EntryPatch) -> ContentPatch + Send,
) -> Result<SaveDocumentPayload> {
    let permit = ctx(context).viewer.permit::<ManageDocuments>()?;
    let mut refusals = Refusals::default();
    let id = input.id.and_then(|id| id::parse_document_at(&id, &["id"], &mut refusals));
    let original =
        input.translation_of.and_then(|id| id::parse_document_at(&id, &["translationOf"], &mut refusals));
    if let Err(errors) = refused(refusals)? {
        return Ok(SaveDocumentPayload::refused(errors));
    }
    let seo = match input.seo {
        MaybeUndefined::Undefined => (Patch::Keep, Patch::Keep, Patch::Keep),
        MaybeUndefined::Null => (Patch::Clear, Patch::Clear, Patch::Clear),
        MaybeUndefined::Value(seo) => (patch(seo.title), patch(seo.description), patch(seo.no_index)),
    };
    let entry = EntryPatch {
        title: patch(input.title),
        slug: patch(input.slug),
        excerpt: patch(input.excerpt),
        body: patch(input.body),
        author: map_patch(input.author, |id| id.0),
        tags: map_patch(input.tags, |ids| ids.into_iter().map(|id| id.0).collect()),
        series: map_patch(input.series, |id| id.0),
        series_position: patch(input.series_position),
        published_at: map_patch(input.published_at, |moment| moment.0),
        seo_title: seo.0,
        seo_description: seo.1,
        no_index: seo.2,
    };
    let save = Save {
        id,
        expected_revision: input.expected_revision,
        locale: input.locale,
        translation_of: original,
        note: input.note,
        patch: kind(entry),
    };
    let tx = begin(context).await?;
    let outcome = domain::save(&tx, &permit, ctx(context).now, save).await;
    saved(context, settle(tx, outcome).await?).await
}

/// Which document to move.
#[derive(InputObject)]
pub struct MoveDocumentInput {
    /// `document_…`, or the id of its entry.
    pub document: ID,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    pub expected_revision: Option<i32>,
}

/// Which revision to bring back.
#[derive(InputObject)]
pub struct RestoreRevisionInput {
    /// `document_…`, or the id of its entry.
    document: ID,
    /// Number of the revision whose content to save again as the newest.
    revision: i32,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    expected_revision: Option<i32>,
}

#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Puts a document into the trash. It is not public any more; everything of it is kept. Needs `content:write`.
    async fn trash_document(
        &self,
        context: &Context<'_>,
        input: MoveDocumentInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        Some(change(context, input, Change::Trash).await)
    }

    /// Takes a document out of the trash, as a draft with all its revisions. Needs `content:write`.
    async fn restore_document(
        &self,
        context: &Context<'_>,
        input: MoveDocumentInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        Some(change(context, input, Change::Restore).await)
    }

    /// Saves the content of an old revision as the newest. Nothing becomes public by it. Needs `content:write`.
    async fn restore_revision(
        &self,
        context: &Context<'_>,
        input: RestoreRevisionInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let RestoreRevisionInput { document, revision, expected_revision } = input;
        let document = MoveDocumentInput { document, expected_revision };
        Some(change(context, document, Change::RestoreRevision(revision)).await)
    }
}

enum Change {
    Trash,
    Restore,
    RestoreRevision(i32),
}

async fn change(
    context: &Context<'_>,
    input: MoveDocumentInput,
    change: Change,
) -> Result<SaveDocumentPayload> {
    let (permit, id) = match addressed(context, &input.document)? {
        Ok(found) => found,
        Err(errors) => return Ok(SaveDocumentPayload::refused(errors)),
    };
    let (now, expected) = (ctx(context).now, input.expected_revision);
    let tx = begin(context).await?;
    let outcome = match change {
        Change::Trash => domain::trash(&tx, &permit, now, id, expected).await,
        Change::Restore => domain::restore(&tx, &permit, now, id, expected).await,
        Change::RestoreRevision(number) => {
            domain::restore_revision(&tx, &permit, now, id, number, expected).await
        }
    };
    saved(context, settle(tx, outcome).await?).await
}

async fn saved(
    context: &Context<'_>,
    outcome: Result<row::Model, Vec<UserError>>,
) -> Result<SaveDocumentPayload> {
    Ok(match outcome {
        Ok(saved) => {
            SaveDocumentPayload { document: by_id(context, saved.id).await?, user_errors: Vec::new() }
        }
        Err(errors) => SaveDocumentPayload::refused(errors),
    })
}
