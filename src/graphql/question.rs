//! Questions of readers as everybody reads them. What a reader sends in is in `ask`, the reader's own side in `asker`, the
//! team's in `desk`, `triage`, `publish` and `original`.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use entity::{DocumentId, QuestionId, question};
use serde_json::Value;

use super::connection::{Paged, connection, node_selections, page_args};
use super::entry::{EntryNode, checked_locale};
use super::error::Result;
use super::plan::{Plan, QuestionPlan};
use super::post::Post;
use super::question_call::QuestionCall;
use super::scalars::DateTime;
use super::tag::Tag;
use super::{ctx, load};
use crate::ctx::Ctx;
use crate::domain::access::policy::Visible;
use crate::domain::content::entry;
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::core::keyset::{KeyKind, ListId, PageArgs, Slice};
use crate::domain::core::{id, time};
use crate::domain::questions::label::label;
use crate::domain::questions::read as domain;
use crate::domain::questions::structured::{Answer, structured};
use crate::domain::site::catalog::Catalog;

pub mod ask;
pub mod asker;
pub mod desk;
mod original;
mod publish;
mod triage;

pub use original::OriginalMutation;
pub use publish::PublishQuestionMutation;
pub use triage::TriageMutation;

/// How many answers a question shows.
const MAX_ANSWERS: usize = 20;

/// A question of a reader, in the words of the author.
#[derive(Clone)]
pub struct Question {
    row: Arc<Visible<question::Model>>,
    catalog: Arc<Catalog>,
    /// The posts that answer it, if they were read along.
    answers: Option<Vec<Arc<EntryNode>>>,
}

/// A reader's question in the author's words. The reader's own text is never public.
#[Object]
impl Question {
    /// The ID of the question.
    pub async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// The language of the reader as a BCP 47 tag.
    async fn locale(&self) -> &str {
        &self.row.locale
    }

    /// The question in plain text, at most 1,000 characters.
    async fn text(&self) -> &str {
        &self.row.text
    }

    /// The name that the author chose for the reader, or null for a reader without a name.
    async fn display_name(&self) -> Option<&str> {
        self.row.display_name.as_deref()
    }

    /// A label to show above the question, in its language or in English, such as "Reader question" or "Question from
    /// Hildegard".
    async fn label(&self) -> String {
        label(&self.row.locale, self.row.display_name.as_deref())
    }

    /// The month (UTC) in which the question was asked, such as `2026-11`.
    async fn asked_in(&self) -> &str {
        &self.row.asked_month
    }

    /// The call for questions that the reader responded to, if any.
    async fn call(&self) -> Option<QuestionCall> {
        self.catalog.call(self.row.call_id?).map(QuestionCall::new)
    }

    /// The tags in the author's order, at most 20.
    async fn tags(&self) -> Vec<Tag> {
        self.row.tag_ids.0.iter().filter_map(|&tag| self.catalog.tag(tag)).map(Tag::new).collect()
    }

    /// The number of browsers that said "me too".
    async fn me_too_count(&self) -> i32 {
        i32::try_from(self.row.me_too).unwrap_or(i32::MAX)
    }

    /// The live posts that answer the question, at most 20. Empty if there is none.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<Post>> {
        if let Some(answers) = &self.answers {
            return Ok(answers.iter().cloned().map(Post).collect());
        }
        let plan = Plan::of(context.field().selection_set());
        let mut found = answers(ctx(context), &[self.row.id], &plan).await?;
        Ok(found.remove(&self.row.id).unwrap_or_default().into_iter().map(Post).collect())
    }

    /// The time at which the question was published.
    async fn published_at(&self) -> DateTime {
        DateTime(self.row.published_at)
    }

    /// The time at which the words were last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }
}

/// Selects questions. A question has to meet all conditions that are given.
#[derive(Debug, Default, InputObject)]
pub struct QuestionFilter {
    /// The slug of a call for questions.
    call: Option<String>,
    /// The slug of a tag.
    tag: Option<String>,
    /// If true, selects only questions that a live post answers; if false, only those without an answer.
    answered: Option<bool>,
    /// The language, as a BCP 47 tag.
    locale: Option<String>,
}

/// Counts a list when it is asked to.
pub struct QuestionCount(Option<domain::Filter>);

#[Object]
impl QuestionCount {
    /// The number of questions in the whole list.
    async fn total_count(&self, context: &Context<'_>) -> Result<i32> {
        let Some(filter) = &self.0 else { return Ok(0) };
        let count = domain::count(&ctx(context).db, filter).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

#[derive(Default)]
pub struct QuestionQuery;

#[Object]
impl QuestionQuery {
    /// Returns the public question with this ID.
    async fn question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the question (`question_…`).")] id: ID,
    ) -> Option<Result<Question>> {
        one(context, &id).await.transpose()
    }

    /// All public questions, most recently published first.
    async fn questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects questions.")] filter: Option<QuestionFilter>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Question, QuestionCount>> {
        let filter = filter_of(ctx(context), filter.unwrap_or_default()).await?;
        list(context, filter, page_args(first, after, last, before)).await
    }
}

async fn one(context: &Context<'_>, text: &str) -> Result<Option<Question>> {
    let Ok(id) = id::parse::<QuestionId>(text) else {
        return Ok(invalid("id", ErrorCode::InvalidId, "expected the id of a question, question_…")?);
    };
    let plan = QuestionPlan::of(context.field().selection_set());
    Ok(by_ids(ctx(context), &[id], &plan).await?.remove(&id))
}

/// Public questions by their ids, read together.
pub async fn by_ids(
    ctx: &Ctx,
    ids: &[QuestionId],
    plan: &QuestionPlan,
) -> Result<HashMap<QuestionId, Question>> {
    let questions = with_answers(ctx, domain::by_ids(&ctx.db, ids).await?, plan).await?;
    Ok(questions.into_iter().map(|question| (question.row.id, question)).collect())
}

/// The domain's filter. `None` when it names a call or tag that does not exist: then nothing fits.
async fn filter_of(ctx: &Ctx, given: QuestionFilter) -> Result<Option<domain::Filter>> {
    let mut filter = domain::Filter { is_answered: given.answered, ..domain::Filter::default() };
    if let Some(text) = given.locale {
        filter.locale = Some(checked_locale(&text, "filter.locale")?);
    }
    let catalog = ctx.fresh_catalog().await?;
    if let Some(slug) = given.call {
        let Some(call) = catalog.calls.by_slug(&slug) else { return Ok(None) };
        filter.call = Some(call.id);
    }
    if let Some(slug) = given.tag {
        let Some(tag) = catalog.tags.by_slug(&slug) else { return Ok(None) };
        filter.tag = Some(tag.id);
    }
    Ok(Some(filter))
}

/// A page of questions.
pub async fn list(
    context: &Context<'_>,
    filter: Option<domain::Filter>,
    args: PageArgs,
) -> Result<Paged<Question, QuestionCount>> {
    let ctx = ctx(context);
    let list = ListId::new(&format!("questions {filter:?}"));
    let page = args.page(list, KeyKind::Int)?;
    let Some(filter) = filter else {
        let nothing = Slice { rows: Vec::new(), has_previous: false, has_next: false };
        return Ok(connection(list, nothing, QuestionCount(None)));
    };
    let Slice { rows, has_previous, has_next } = domain::list(&ctx.db, &filter, &page).await?;
    let positions: Vec<_> = rows.iter().map(|row| domain::position(row)).collect();
    let plan = QuestionPlan::of(node_selections(context.field()));
    let rows = positions.into_iter().zip(with_answers(ctx, rows, &plan).await?).collect();
    let slice = Slice { rows, has_previous, has_next };
    Ok(connection(list, slice, QuestionCount(Some(filter))))
}

/// Rows with the posts that answer them, if those are wanted, read together.
async fn with_answers(
    ctx: &Ctx,
    rows: Vec<Visible<question::Model>>,
    plan: &QuestionPlan,
) -> Result<Vec<Question>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let catalog = ctx.fresh_catalog().await?;
    let ids: Vec<QuestionId> = rows.iter().map(|row| row.id).collect();
    let mut found = match &plan.answers {
        Some(plan) => Some(answers(ctx, &ids, plan).await?),
        None => None,
    };
    let question = |row: Visible<question::Model>| Question {
        answers: found.as_mut().map(|found| found.remove(&row.id).unwrap_or_default()),
        row: Arc::new(row),
        catalog: Arc::clone(&catalog),
    };
    Ok(rows.into_iter().map(question).collect())
}

async fn answers(
    ctx: &Ctx,
    questions: &[QuestionId],
    plan: &Plan,
) -> Result<HashMap<QuestionId, Vec<Arc<EntryNode>>>> {
    let pairs = domain::answers_of(&ctx.db, questions).await?;
    let entries: Vec<DocumentId> = pairs.iter().map(|(_, entry)| *entry).collect();
    let found = entry::by_ids(&ctx.db, &entries, plan.columns).await?;
    let nodes = load::nodes(ctx, found, plan).await?;
    let mut answers: HashMap<QuestionId, Vec<Arc<EntryNode>>> = HashMap::new();
    for (question, entry) in pairs {
        let node = nodes.iter().find(|node| node.row().id == entry);
        let own = answers.entry(question).or_default();
        own.extend(node.filter(|_| own.len() < MAX_ANSWERS).cloned());
    }
    Ok(answers)
}

/// The questions that entries answer, for a page of entries, in the order of the entries.
pub async fn of_entries(
    ctx: &Ctx,
    entries: &[DocumentId],
    plan: &QuestionPlan,
) -> Result<Vec<Vec<Question>>> {
    let pairs = domain::of_entries(&ctx.db, entries).await?;
    let ids: Vec<QuestionId> = pairs.iter().map(|(_, question)| *question).collect();
    let rows = domain::by_ids(&ctx.db, &ids).await?;
    let found = with_answers(ctx, rows, plan).await?;
    let of = |entry: &DocumentId| {
        let own = pairs.iter().filter(|(answering, _)| answering == entry);
        own.filter_map(|(_, id)| found.iter().find(|question| question.row.id == *id)).cloned().collect()
    };
    Ok(entries.iter().map(of).collect())
}

/// Adds the questions that a post answers to its structured data: each as a `Question` whose `acceptedAnswer` is the post.
pub fn add_structured(node: &EntryNode, data: &mut Value) {
    let Some(questions) = node.links().questions.as_ref().filter(|questions| !questions.is_empty()) else {
        return;
    };
    let (row, url, published_at) = (node.row(), node.site_url(), time::format(node.row().published_at));
    let author = node.author_name();
    let answer = Answer {
        text: row.excerpt.as_ref().or(row.seo_description.as_ref()).unwrap_or(&row.title),
        url: &url,
        published_at: &published_at,
        author: author.as_deref(),
    };
    data["mainEntity"] = questions.iter().map(|question| structured(&question.row, answer)).collect();
}
