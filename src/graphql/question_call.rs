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

/// A round in which readers are asked for questions. Public from the moment it is saved, also before it opens.
#[derive(Clone)]
pub struct QuestionCall(Arc<Visible<Model>>);

impl QuestionCall {
    pub fn new(row: Arc<Visible<Model>>) -> Self {
        Self(row)
    }
}

/// A round in which readers are asked for questions. Public from the moment it is saved, also before it opens.
#[Object]
impl QuestionCall {
    /// Id, with the prefix of its kind.
    pub async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// Part of addresses; lower-case letters, digits and hyphens, at most 120 characters, unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Title, at most 120 characters.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What is asked for, plain text, at most 4,000 characters.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// From when on questions are taken.
    async fn opens_at(&self) -> DateTime {
        DateTime(self.0.opens_at)
    }

    /// Until when; null while that is not known.
    async fn closes_at(&self) -> Option<DateTime> {
        self.0.closes_at.map(DateTime)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Whether questions are taken now.
    async fn is_open(&self, context: &Context<'_>) -> bool {
        domain::is_open(&self.0, ctx(context).now)
    }

    /// The series in which its questions are answered.
    async fn series(&self, context: &Context<'_>) -> Option<Result<Series>> {
        let id = self.0.series_id?;
        match ctx(context).catalog_at(0).await {
            Ok(catalog) => catalog.series(id).map(Series::new).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// The public questions that were asked in it, those that were published last first.
    async fn questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Question, QuestionCount>> {
        let filter = Filter { call: Some(self.0.id), ..Filter::default() };
        question::list(context, Some(filter), page_args(first, after, last, before)).await
    }
}

#[derive(Default)]
pub struct QuestionCallQuery;

#[Object]
impl QuestionCallQuery {
    /// The call with this slug.
    async fn question_call(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its slug.")] slug: String,
    ) -> Option<Result<QuestionCall>> {
        match ctx(context).fresh_catalog().await {
            Ok(catalog) => catalog.calls.by_slug(&slug).map(QuestionCall::new).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// All calls, those that open last first.
    async fn question_calls(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those that are open now, or only those that are not.")] open: Option<bool>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
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

/// What to save of a call. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SaveQuestionCallInput {
    /// Which one to change; without, a new one is made.
    id: Option<ID>,
    /// Lower-case letters, digits and hyphens, at most 120 characters. Made from the title when left out.
    slug: MaybeUndefined<String>,
    /// Title, 1 to 120 characters.
    title: MaybeUndefined<String>,
    /// What is asked for, plain text, at most 4,000 characters.
    text: MaybeUndefined<String>,
    /// From when on questions are taken; the present moment when left out.
    opens_at: MaybeUndefined<DateTime>,
    /// Until when. After `opensAt`.
    closes_at: MaybeUndefined<DateTime>,
    /// The series in which its questions are answered.
    series: MaybeUndefined<ID>,
}

/// What was saved.
#[derive(SimpleObject)]
pub struct SaveQuestionCallPayload {
    /// As it is now; null when the input was refused.
    question_call: Option<QuestionCall>,
    /// What is wrong with the input. Empty when it was saved.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct QuestionCallMutation;

#[Object]
impl QuestionCallMutation {
    /// Saves a call for questions. It is public at once. Needs `content:write`.
    async fn save_question_call(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to save.")] input: SaveQuestionCallInput,
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
