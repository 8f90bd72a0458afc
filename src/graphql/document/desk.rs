//! The desk: where the team finds its documents.

use async_graphql::{Context, Enum, ID, InputObject, MergedObject, Object};

use super::{Document, DocumentState};
use crate::domain::access::policy::{Permit, ReadDocuments, ReadMedia, ReadQuestions};
use crate::domain::content::document as domain;
use crate::domain::core::error::{self, Refusals};
use crate::domain::core::id;
use crate::domain::core::keyset::{Direction, ListId, Slice};
use crate::graphql::account::TeamDesk;
use crate::graphql::asset::MediaDesk;
use crate::graphql::audit::AuditDesk;
use crate::graphql::connection::{Paged, Uncounted, connection, page_args};
use crate::graphql::ctx;
use crate::graphql::entry::{EntryKind, checked_locale};
use crate::graphql::error::Result;
use crate::graphql::job::{self, Job, JobState};
use crate::graphql::preview::PreviewDesk;
use crate::graphql::question::desk::QuestionDesk;
use crate::graphql::scalars::DateTime;
use crate::graphql::schedule::{self, Schedule};
use crate::graphql::token::TokenDesk;

/// How many characters of a title or slug can be looked for.
const MAX_SEARCH: usize = 300;

/// The order of documents. Documents that are equal in it are sorted by ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DocumentOrder {
    /// The most recently changed come first.
    UpdatedAtDesc,
    /// The least recently changed come first.
    UpdatedAtAsc,
    /// The newest come first.
    CreatedAtDesc,
    /// The oldest come first.
    CreatedAtAsc,
    /// By title from A to Z, without regard to case and accents.
    TitleAsc,
    /// By title from Z to A, without regard to case and accents.
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

/// Selects documents. A document has to meet all conditions that are given.
#[derive(Debug, Default, InputObject)]
pub struct DocumentFilter {
    /// The kind of the document.
    kind: Option<EntryKind>,
    /// The state of the document.
    state: Option<DocumentState>,
    /// The language, as a BCP 47 tag.
    locale: Option<String>,
    /// A part of the newest revision's title or slug, at most 300 characters. Case is ignored.
    text: Option<String>,
}

/// The team's view of the site. Requires a session, or an API token with the scope `drafts:read` or `content:write`.
/// Files can also be read with `media:write`, and questions with `questions:manage` or `questions:read`.
#[derive(MergedObject, Default)]
pub struct Desk(DocumentDesk, MediaDesk, QuestionDesk, TeamDesk, TokenDesk, AuditDesk, PreviewDesk);

#[derive(Default)]
pub struct DocumentDesk;

#[Object]
impl DocumentDesk {
    /// The documents in every state, most recently changed first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn documents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects documents.")] filter: Option<DocumentFilter>,
        #[graphql(desc = "The sort order. Defaults to `UPDATED_AT_DESC`.")] order_by: Option<DocumentOrder>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Document, DocumentCount>> {
        let given = filter.unwrap_or_default();
        let filter = domain::Filter {
            kind: given.kind.map(Into::into),
            state: given.state.map(Into::into),
            locale: given.locale.map(|text| checked_locale(&text, "filter.locale")).transpose()?,
            text: given.text.map(searched).transpose()?.filter(|text| !text.is_empty()),
        };
        let order = order_by.unwrap_or(DocumentOrder::UpdatedAtDesc).into();
        let list = ListId::new(&format!("documents {filter:?} {order:?}"));
        let page = page_args(first, after, last, before).page(list, domain::key_kind(order))?;
        let Slice { rows, has_previous, has_next } =
            domain::list(&ctx(context).db, &permit(context)?, &filter, order, &page).await?;
        let rows = rows.into_iter().map(|row| (domain::position(&row, order), Document(row))).collect();
        Ok(connection(list, Slice { rows, has_previous, has_next }, DocumentCount(filter)))
    }

    /// The editorial calendar: scheduled publications and those that failed, in the order of their times.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn upcoming(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Selects schedules at this time or later. If omitted, the last 7 days and everything to come."
        )]
        from: Option<DateTime>,
        #[graphql(desc = "Selects schedules before this time. If omitted, there is no upper bound.")]
        to: Option<DateTime>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Uncounted<Schedule>> {
        schedule::upcoming(context, &permit(context)?, from, to, page_args(first, after, last, before)).await
    }

    /// The background jobs in the order in which they are due. Completed jobs are not listed. Requires the scope
    /// `content:write`.
    async fn jobs(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects only jobs in this state.")] state: Option<JobState>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Option<Result<Uncounted<Job>>> {
        Some(job::list(context, state, page_args(first, after, last, before)).await)
    }

    /// Returns the document with this ID.
    async fn document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the document (`document_…`), or the ID of its entry.")] id: ID,
    ) -> Option<Result<Document>> {
        let found = async { document(context, &permit(context)?, &id).await };
        found.await.transpose()
    }
}

fn permit(context: &Context<'_>) -> Result<Permit<ReadDocuments>> {
    Ok(ctx(context).viewer.permit()?)
}

/// What to look for, without the control characters that a paste may bring along.
pub fn searched(mut text: String) -> Result<String> {
    if text.chars().count() > MAX_SEARCH {
        let message = format!("at most {MAX_SEARCH} characters");
        return Ok(error::invalid("filter.text", error::ErrorCode::TooLong, message)?);
    }
    text.retain(|c| !c.is_control());
    Ok(text)
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
    /// The number of documents in the whole list.
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
    /// The team's view of the site. Requires a session, or an API token with one of the scopes `drafts:read`,
    /// `content:write`, `media:write`, `questions:manage` and `questions:read`.
    async fn desk(&self, context: &Context<'_>) -> Option<Result<Desk>> {
        let viewer = &ctx(context).viewer;
        let reads = viewer.permit::<ReadDocuments>().map(|_| ());
        let may_enter = reads
            .or_else(|denied| viewer.permit::<ReadMedia>().map(|_| ()).map_err(|_| denied))
            .or_else(|denied| viewer.permit::<ReadQuestions>().map(|_| ()).map_err(|_| denied));
        Some(may_enter.map(|()| Desk::default()).map_err(Into::into))
    }
}
