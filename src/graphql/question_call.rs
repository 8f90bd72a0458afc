//! Calls for questions.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::QuestionCallId;
use entity::question_call::Model;

use super::connection::{KnownCount, Paged, connection, page_args};
use super::ctx;
use super::error::{Result, UserError};
use super::input::{map_patch, parse_optional_id, patch};
use super::payload::{perform, refused};
use super::question::{self, Question, QuestionCount};
use super::scalars::DateTime;
use super::series::Series;
use crate::domain::access::policy::{ManageSite, Visible};
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::domain::core::keyset::{KeyKind, ListId, Slice};
use crate::domain::questions::question_call as domain;
use crate::domain::questions::read::Filter;

/// A period in which readers are asked for questions. A call is public as soon as it is saved, even before it opens.
#[derive(Clone)]
pub struct QuestionCall(Arc<Visible<Model>>);

impl QuestionCall {
    pub fn new(row: Arc<Visible<Model>>) -> Self {
        Self(row)
    }
}

/// A period in which readers are asked for questions. A call is public as soon as it is saved, even before it opens.
#[Object]
impl QuestionCall {
    /// The ID, which begins with a prefix that tells the type.
    pub async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// The slug, which is used in URLs: lower-case letters, digits and hyphens, at most 120 characters. Unique within
    /// the type.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The title, at most 120 characters.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// A description of what is asked for: plain text, at most 4,000 characters.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// The time from which questions are accepted.
    async fn opens_at(&self) -> DateTime {
        DateTime(self.0.opens_at)
    }

    /// The time until which questions are accepted, or null if it is not known yet.
    async fn closes_at(&self) -> Option<DateTime> {
        self.0.closes_at.map(DateTime)
    }

    /// The time of the last change.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Whether questions are accepted now.
    async fn is_open(&self, context: &Context<'_>) -> bool {
        domain::is_open(&self.0, ctx(context).now)
    }

    /// The series in which the questions are answered.
    async fn series(&self, context: &Context<'_>) -> Option<Result<Series>> {
        let id = self.0.series_id?;
        match ctx(context).catalog_at(0).await {
            Ok(catalog) => catalog.series(id).map(Series::new).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// The public questions that were asked in this call, most recently published first.
    async fn questions(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Question, QuestionCount>> {
        let filter = Filter { call: Some(self.0.id), ..Filter::default() };
        question::list(context, Some(filter), page_args(first, after, last, before)).await
    }
}

#[derive(Default)]
pub struct QuestionCallQuery;

#[Object]
impl QuestionCallQuery {
    /// Returns the call for questions with this slug.
    async fn question_call(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The slug of the object.")] slug: String,
    ) -> Option<Result<QuestionCall>> {
        match ctx(context).fresh_catalog().await {
            Ok(catalog) => catalog.calls.by_slug(&slug).map(QuestionCall::new).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// All calls for questions. Those that open last come first.
    async fn question_calls(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "If true, selects only calls that are open now; if false, only those that are not."
        )]
        open: Option<bool>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<QuestionCall, KnownCount>> {
        let ctx = ctx(context);
        let list = ListId::new(&format!("questionCalls {open:?}"));
        let page = page_args(first, after, last, before).page(list, KeyKind::Int)?;
        let catalog = ctx.fresh_catalog().await?;
        let is_wanted = |call: &Model| open.is_none_or(|open| open == domain::is_open(call, ctx.now));
        let mut calls: Vec<_> = catalog.calls.all().filter(|call| is_wanted(call)).cloned().collect();
        calls.sort_by_key(|call| domain::position(call));
        let count = KnownCount(calls.len());
        let Slice { rows, has_previous, has_next } = page.of_sorted(&calls, |call| domain::position(call));
        let rows = rows.into_iter().map(|row| (domain::position(&row), QuestionCall(row))).collect();
        Ok(connection(list, Slice { rows, has_previous, has_next }, count))
    }
}

/// The fields of a call for questions to save. A field that is omitted is not changed, and a field that is `null` is
/// cleared.
#[derive(InputObject)]
pub struct SaveQuestionCallInput {
    /// The ID of the object to change. If omitted, a new one is created.
    id: Option<ID>,
    /// The slug: lower-case letters, digits and hyphens, at most 120 characters. By default it is made from the title.
    slug: MaybeUndefined<String>,
    /// The title, 1 to 120 characters.
    title: MaybeUndefined<String>,
    /// A description of what is asked for: plain text, at most 4,000 characters.
    text: MaybeUndefined<String>,
    /// The time from which questions are accepted. Defaults to the present time.
    opens_at: MaybeUndefined<DateTime>,
    /// The time until which questions are accepted. It has to be after `opensAt`.
    closes_at: MaybeUndefined<DateTime>,
    /// The series in which the questions are answered.
    series: MaybeUndefined<ID>,
}

/// The result of saving an object.
#[derive(SimpleObject)]
pub struct SaveQuestionCallPayload {
    /// The object after the change, or null if the input was refused.
    question_call: Option<QuestionCall>,
    /// The problems with the input. Empty if the object was saved.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct QuestionCallMutation;

#[Object]
impl QuestionCallMutation {
    /// Creates or changes a call for questions. The change is public at once. Requires the scope `content:write`.
    async fn save_question_call(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object to create or to change.")] input: SaveQuestionCallInput,
    ) -> Option<Result<SaveQuestionCallPayload>> {
        Some(save(context, input).await)
    }
}

async fn save(context: &Context<'_>, input: SaveQuestionCallInput) -> Result<SaveQuestionCallPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageSite>()?;
    let mut refusals = Refusals::default();
    let id: Option<QuestionCallId> = parse_optional_id(input.id, &["id"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(SaveQuestionCallPayload { question_call: None, user_errors });
    }
    let save = domain::Save {
        id,
        slug: patch(input.slug),
        title: patch(input.title),
        text: patch(input.text),
        opens_at: map_patch(input.opens_at, |at| at.0),
        closes_at: map_patch(input.closes_at, |at| at.0),
        series: map_patch(input.series, |id| id.0),
    };
    let outcome = perform(context, async |tx| domain::save(tx, &permit, ctx.now, save).await);
    Ok(match outcome.await? {
        Ok(row) => SaveQuestionCallPayload {
            question_call: ctx.fresh_catalog().await?.call(row.id).map(QuestionCall),
            user_errors: Vec::new(),
        },
        Err(user_errors) => SaveQuestionCallPayload { question_call: None, user_errors },
    })
}
