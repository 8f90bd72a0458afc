//! The desk's queue of questions: where each stands, and nothing of what its reader wrote.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::question_intake::{DeclineReason as RowReason, Model};
use entity::{AccountId, QuestionId};

use super::asker::QuestionState;
use super::{Question, by_ids};
use crate::domain::access::policy::{Permit, ReadOriginals, ReadQuestions, Visible};
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::core::id;
use crate::domain::core::keyset::{Direction, KeyKind, ListId, Slice};
use crate::domain::questions::list::{self as domain, Assigned, Filter};
use crate::domain::team::account;
use crate::graphql::connection::{Paged, connection, node_selections, page_args};
use crate::graphql::ctx;
use crate::graphql::entry::checked_locale;
use crate::graphql::error::Result;
use crate::graphql::execute::only_in_body;
use crate::graphql::plan::QuestionPlan;
use crate::graphql::question_call::QuestionCall;
use crate::graphql::reply_template::{self, ReplyTemplate};
use crate::graphql::scalars::DateTime;

/// The reason for which a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowReason")]
pub enum DeclineReason {
    /// The question is off topic.
    OffTopic,
    /// The reader should see a doctor, because an examination is necessary.
    NeedsADoctor,
    /// An older post already answers the question.
    AlreadyAnswered,
    /// The question cannot be answered without revealing who asked it.
    TooPersonal,
    /// Any other reason.
    Other,
}

/// The order of the team's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DeskQuestionOrder {
    /// The questions that have waited longest come first.
    ReceivedAtAsc,
    /// The newest come first.
    ReceivedAtDesc,
}

/// A member of the team, reduced to what every other member may see. `Account` is the full record, for owners.
#[derive(Clone, SimpleObject)]
pub struct Teammate {
    /// The ID of the account.
    id: ID,
    /// The name that the team knows this person by.
    name: String,
}

/// Everybody of the team who can be named, by id.
#[derive(Clone, Default)]
pub struct Team(Arc<HashMap<AccountId, Teammate>>);

impl Team {
    /// The team, for whoever may see the queue.
    pub async fn read(context: &Context<'_>) -> Result<Self> {
        let ctx = ctx(context);
        let permit = ctx.viewer.permit::<ReadQuestions>()?;
        let rows = account::team(&ctx.db, &permit).await?;
        let mate = |row: &Visible<entity::account::Model>| Teammate {
            id: id::format(row.id).into(),
            name: row.name.clone(),
        };
        Ok(Self(Arc::new(rows.iter().map(|row| (row.id, mate(row))).collect())))
    }

    pub fn get(&self, id: AccountId) -> Option<Teammate> {
        self.0.get(&id).cloned()
    }
}

/// A question as the team sees it, without what its reader wrote.
pub struct DeskQuestion {
    row: Visible<Model>,
    team: Team,
    /// Documents whose live revisions answer it.
    answered_by: Vec<ID>,
    publication: Option<Question>,
}

/// A reader's question as the team sees it, without the reader's own text. The text is read with the mutation
/// `readQuestions`.
#[Object]
impl DeskQuestion {
    /// The ID of the question.
    async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// The state of the question.
    async fn state(&self) -> QuestionState {
        self.row.state.into()
    }

    /// The language in which the reader wrote, as a BCP 47 tag.
    async fn locale(&self) -> &str {
        &self.row.locale
    }

    /// The call for questions that the reader responded to, if any.
    async fn call(&self, context: &Context<'_>) -> Option<Result<QuestionCall>> {
        let id = self.row.call_id?;
        match ctx(context).catalog_at(0).await {
            Ok(catalog) => catalog.call(id).map(QuestionCall::new).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// The time at which the question was received.
    async fn received_at(&self) -> DateTime {
        DateTime(self.row.received_at)
    }

    /// The time at which the question entered its current state.
    async fn changed_at(&self) -> DateTime {
        DateTime(self.row.changed_at)
    }

    /// The team member whom the question is assigned to, if any.
    async fn assignee(&self) -> Option<Teammate> {
        self.team.get(self.row.assignee_id?)
    }

    /// The reason for which the question was declined, if it was.
    async fn decline_reason(&self) -> Option<DeclineReason> {
        self.row.decline_reason.map(Into::into)
    }

    /// The ID of the question that this one is a duplicate of, if it is one.
    async fn merged_into(&self) -> Option<ID> {
        self.row.merged_into.map(|id| id::format(id).into())
    }

    /// Whether the reader gave an email address.
    async fn has_address(&self) -> bool {
        self.row.address_hash.is_some()
    }

    /// The time at which the reader was notified of an answer, or is going to be notified.
    async fn told_at(&self) -> Option<DateTime> {
        self.row.told_at.map(DateTime)
    }

    /// The time at which the reader's original was erased, if it was.
    async fn erased_at(&self) -> Option<DateTime> {
        self.row.erased_at.map(DateTime)
    }

    /// The public version of the question, or null if there is none.
    async fn publication(&self) -> Option<Question> {
        self.publication.clone()
    }

    /// The IDs of the documents whose live revisions answer the question.
    async fn answered_by(&self) -> &[ID] {
        &self.answered_by
    }
}

/// Rows with what belongs to them, read together.
pub async fn with_all(
    context: &Context<'_>,
    rows: Vec<Visible<Model>>,
    plan: &QuestionPlan,
) -> Result<Vec<DeskQuestion>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ctx = ctx(context);
    let ids: Vec<QuestionId> = rows.iter().map(|row| row.id).collect();
    let team = Team::read(context).await?;
    let answering = domain::answering(&ctx.db, &ids).await?;
    let public = by_ids(ctx, &ids, plan).await?;
    let question = |row: Visible<Model>| DeskQuestion {
        team: team.clone(),
        answered_by: answering
            .iter()
            .filter(|(question, _)| *question == row.id)
            .map(|(_, document)| id::format(*document).into())
            .collect(),
        publication: public.get(&row.id).cloned(),
        row,
    };
    Ok(rows.into_iter().map(question).collect())
}

/// Selects questions of the team's queue. A question has to meet all conditions that are given.
#[derive(Debug, Default, InputObject)]
pub struct DeskQuestionFilter {
    /// Selects questions in any of these states.
    states: Option<Vec<QuestionState>>,
    /// The slug of a call for questions.
    call: Option<String>,
    /// The language, as a BCP 47 tag.
    locale: Option<String>,
    /// The ID of the account that the questions are assigned to.
    assignee: Option<ID>,
    /// If true, selects only questions that are assigned to nobody. False has no effect.
    is_unassigned: Option<bool>,
    /// If true, selects only questions with a public version; if false, only those without.
    is_published: Option<bool>,
    /// The email address of the reader, compared without regard to case. It is looked up by a keyed hash. Requires the
    /// scope `questions:read`.
    email: Option<String>,
}

/// Counts a list when it is asked to.
pub struct DeskQuestionCount(Option<Filter>);

#[Object]
impl DeskQuestionCount {
    /// The number of questions in the whole list.
    async fn total_count(&self, context: &Context<'_>) -> Result<i32> {
        let Some(filter) = &self.0 else { return Ok(0) };
        let ctx = ctx(context);
        let permit = ctx.viewer.permit::<ReadQuestions>()?;
        Ok(i32::try_from(domain::count(&ctx.db, &permit, filter).await?).unwrap_or(i32::MAX))
    }
}

#[derive(Default)]
pub struct QuestionDesk;

#[Object]
impl QuestionDesk {
    /// The questions that readers sent in, longest waiting first. Authors see only those that are assigned to them.
    /// Requires the scope `questions:manage` or `questions:read`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects questions.")] filter: Option<DeskQuestionFilter>,
        #[graphql(desc = "The sort order. Defaults to `RECEIVED_AT_ASC`.")] order_by: Option<
            DeskQuestionOrder,
        >,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Option<Result<Paged<DeskQuestion, DeskQuestionCount>>> {
        let args = page_args(first, after, last, before);
        Some(list(context, filter.unwrap_or_default(), order_by, args).await)
    }

    /// Returns the question with this ID.
    async fn question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the question (`question_…`).")] id: ID,
    ) -> Option<Result<DeskQuestion>> {
        one(context, &id).await.transpose()
    }

    /// The members of the team that a question can be assigned to, in the order in which they joined.
    async fn teammates(&self, context: &Context<'_>) -> Option<Result<Vec<Teammate>>> {
        let team = Team::read(context).await;
        Some(team.map(|team| {
            let mut team: Vec<Teammate> = team.0.values().cloned().collect();
            team.sort_by(|a, b| a.id.cmp(&b.id));
            team
        }))
    }

    /// The reply templates by title, at most 100.
    async fn reply_templates(&self, context: &Context<'_>) -> Option<Result<Vec<ReplyTemplate>>> {
        Some(reply_template::all(context).await)
    }
}

async fn list(
    context: &Context<'_>,
    given: DeskQuestionFilter,
    order_by: Option<DeskQuestionOrder>,
    args: crate::domain::core::keyset::PageArgs,
) -> Result<Paged<DeskQuestion, DeskQuestionCount>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadQuestions>()?;
    let direction = match order_by.unwrap_or(DeskQuestionOrder::ReceivedAtAsc) {
        DeskQuestionOrder::ReceivedAtAsc => Direction::Ascending,
        DeskQuestionOrder::ReceivedAtDesc => Direction::Descending,
    };
    // The address itself is not in the fingerprint: it would be in every cursor.
    let is_of_address = given.email.is_some();
    let filter = filter_of(context, given).await?;
    let named = filter.as_ref().map(|filter| Filter { address: None, ..filter.clone() });
    let list = ListId::new(&format!("desk questions {named:?} {direction:?} {is_of_address}"));
    let page = args.page(list, KeyKind::Int)?;
    let Some(filter) = filter else {
        let nothing = Slice { rows: Vec::new(), has_previous: false, has_next: false };
        return Ok(connection(list, nothing, DeskQuestionCount(None)));
    };
    let Slice { rows, has_previous, has_next } =
        domain::list(&ctx.db, &permit, &filter, direction, &page).await?;
    let positions: Vec<_> = rows.iter().map(|row| domain::position(row)).collect();
    let selected = node_selections(context.field());
    let published = selected.into_iter().filter(|field| field.name() == "publication");
    let plan = QuestionPlan::of(published.flat_map(|field| field.selection_set().collect::<Vec<_>>()));
    let rows = positions.into_iter().zip(with_all(context, rows, &plan).await?).collect();
    Ok(connection(list, Slice { rows, has_previous, has_next }, DeskQuestionCount(Some(filter))))
}

/// The domain's filter. `None` when it names a call that does not exist: then nothing fits.
async fn filter_of(context: &Context<'_>, given: DeskQuestionFilter) -> Result<Option<Filter>> {
    let ctx = ctx(context);
    let mut filter = Filter { is_published: given.is_published, ..Filter::default() };
    for state in given.states.unwrap_or_default().into_iter().map(Into::into) {
        if !filter.states.contains(&state) {
            filter.states.push(state);
        }
    }
    if let Some(text) = given.locale {
        filter.locale = Some(checked_locale(&text, "filter.locale")?);
    }
    if let Some(slug) = given.call {
        let catalog = ctx.fresh_catalog().await?;
        let Some(call) = catalog.calls.by_slug(&slug) else { return Ok(None) };
        filter.call = Some(call.id);
    }
    filter.assignee = match (given.assignee, given.is_unassigned) {
        (Some(_), Some(true)) => {
            let message = "give assignee or isUnassigned, not both";
            return Ok(invalid("filter.assignee", ErrorCode::Invalid, message)?);
        }
        (Some(text), _) => {
            let Ok(account) = id::parse::<AccountId>(&text) else {
                let message = "expected the id of an account, account_…";
                return Ok(invalid("filter.assignee", ErrorCode::InvalidId, message)?);
            };
            Some(Assigned::To(account))
        }
        (None, Some(true)) => Some(Assigned::ToNobody),
        (None, _) => None,
    };
    if let Some(email) = given.email {
        // Which questions come from whom is as private as what they say.
        ctx.viewer.permit::<ReadOriginals>()?;
        only_in_body(context, "filter.email")?;
        filter.address = Some(domain::address_hashes(&ctx.keyring, &email));
    }
    Ok(Some(filter))
}

async fn one(context: &Context<'_>, text: &str) -> Result<Option<DeskQuestion>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadQuestions>()?;
    let Ok(id) = id::parse::<QuestionId>(text) else {
        let message = "expected the id of a question, question_…";
        return Ok(invalid("id", ErrorCode::InvalidId, message)?);
    };
    found(context, &permit, id).await
}

/// A question after something was done with it.
pub async fn by_id(context: &Context<'_>, id: QuestionId) -> Result<Option<DeskQuestion>> {
    let permit = ctx(context).viewer.permit::<ReadQuestions>()?;
    found(context, &permit, id).await
}

async fn found(
    context: &Context<'_>,
    permit: &Permit<ReadQuestions>,
    id: QuestionId,
) -> Result<Option<DeskQuestion>> {
    let row = domain::by_id(&ctx(context).db, permit, id).await?;
    Ok(with_all(context, row.into_iter().collect(), &QuestionPlan::default()).await?.pop())
}
