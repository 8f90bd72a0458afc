//! What the public reads of a question, and erasing what its reader wrote.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::QuestionId;

use super::asker::set_tombstone;
use super::desk::DeskQuestion;
use super::triage::{QuestionInput, QuestionPayload, change, parsed};
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::domain::access::policy::{EraseQuestions, PublishQuestions, ReadOriginals};
use crate::domain::core::error::Refusals;
use crate::domain::questions::details::{Detail as Found, DetailKind as Kind};
use crate::domain::questions::{erase, publication as domain};
use crate::graphql::ctx;
use crate::graphql::error::{Result, UserError};
use crate::graphql::input::{map_patch, patch};
use crate::graphql::payload::{forget_log, perform_each_time, refused};

/// What could tell who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum PrivateDetailKind {
    /// A name, or a word that looks like one.
    Name,
    /// A mail address.
    Email,
    /// A street, a post code, a place.
    Address,
    /// Address of a page.
    Url,
    /// Number of a telephone.
    Phone,
    /// A day, a month or a year.
    Date,
    /// An age.
    Age,
    /// A large number.
    Number,
    /// Words that stand so in what the reader wrote. They are not published.
    Quote,
}

/// A part of a text that could tell who asked.
#[derive(SimpleObject)]
pub struct PrivateDetail {
    /// What it looks like.
    kind: PrivateDetailKind,
    /// As it stands in the text.
    text: String,
    /// Which text: `paraphrase` or `displayName`.
    field: &'static str,
    /// Where it begins, in characters from 0.
    start: i32,
    /// Where it ends.
    end: i32,
}

impl PrivateDetail {
    fn new((field, found): (&'static str, Found)) -> Self {
        let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        let (start, end) = (place(found.start), place(found.end));
        Self { kind: found.kind.into(), text: found.text, field, start, end }
    }
}

/// What everybody is to read of a question.
#[derive(InputObject)]
pub struct PublishQuestionInput {
    /// `question_…`, accepted or answered.
    question: ID,
    /// The question in the author's own words, plain text, 1 to 1,000 characters.
    paraphrase: String,
    /// A name for its reader, chosen by the author, at most 120 characters; `null` for none. Left out, it stays as it is.
    display_name: MaybeUndefined<String>,
    /// Ids of tags, at most 20; `null` for none. Left out, they stay as they are.
    tags: MaybeUndefined<Vec<ID>>,
    /// Details that were pointed out and may stay, each as it stands in the text. Words of the original may not.
    confirmed_details: Option<Vec<String>>,
}

/// What became public, or what stands in the way.
#[derive(SimpleObject)]
pub struct PublishQuestionPayload {
    /// As it is now; null when the input was refused.
    question: Option<DeskQuestion>,
    /// What could tell who asked, all of it. As long as something is not confirmed, nothing is published.
    details: Vec<PrivateDetail>,
    /// What is wrong. Empty when it was published.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PublishQuestionMutation;

#[Object]
impl PublishQuestionMutation {
    /// Publishes a question in the author's words, or puts other words in their place. What could tell who asked is pointed
    /// out first, in `details`, and each look is noted in the audit log. Needs `questions:manage` and `questions:read`.
    async fn publish_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What everybody is to read.")] input: PublishQuestionInput,
    ) -> Option<Result<PublishQuestionPayload>> {
        Some(publish(context, input).await)
    }

    /// Takes a question out of the public. It goes on as it is for the team. Needs `questions:manage`.
    async fn unpublish_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question.")] input: QuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(unpublish(context, input).await)
    }

    /// Destroys what a reader wrote, for good, such as for somebody who asks for it by mail. For owners and editors who have
    /// signed in.
    async fn erase_original(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question.")] input: QuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(erase_original(context, input).await)
    }
}

async fn publish(context: &Context<'_>, input: PublishQuestionInput) -> Result<PublishQuestionPayload> {
    let Ctx { now, viewer, keyring, heavy, client, .. } = ctx(context);
    let permit = viewer.permit::<PublishQuestions>()?;
    let id: QuestionId = match parsed(context, &input.question, "question")? {
        Ok(id) => id,
        Err(user_errors) => {
            return Ok(PublishQuestionPayload { question: None, details: Vec::new(), user_errors });
        }
    };
    // What is pointed out tells something of the original.
    viewer.permit::<ReadOriginals>()?;
    let publish = domain::Publish {
        paraphrase: input.paraphrase,
        display_name: patch(input.display_name),
        tags: map_patch(input.tags, |tags| tags.into_iter().map(|tag| tag.0).collect()),
    };
    let begun =
        perform_each_time(context, async |tx| domain::begin_review(tx, &permit, (keyring, *now), id).await);
    let found = match begun.await? {
        Ok(begun) => begun.review((&**heavy, client), &publish).await,
        Err(user_errors) => {
            return Ok(PublishQuestionPayload { question: None, details: Vec::new(), user_errors });
        }
    };
    let mut refusals = Refusals::default();
    found.note_open(&input.confirmed_details.unwrap_or_default(), &mut refusals);
    let details = found.into_details().into_iter().map(PrivateDetail::new).collect();
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(PublishQuestionPayload { question: None, details, user_errors });
    }
    let changed = change(context, &permit, &input.question, async |tx, permit, id| {
        domain::publish(tx, permit, (keyring, *now), id, publish).await
    });
    let QuestionPayload { question, user_errors } = changed.await?;
    Ok(PublishQuestionPayload { question, details, user_errors })
}

async fn unpublish(context: &Context<'_>, input: QuestionInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, .. } = ctx(context);
    let permit = viewer.permit::<PublishQuestions>()?;
    let unpublish = async |tx: &Tx, permit: &_, id| domain::unpublish(tx, permit, *now, id).await;
    change(context, &permit, &input.question, unpublish).await
}

async fn erase_original(context: &Context<'_>, input: QuestionInput) -> Result<QuestionPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<EraseQuestions>()?;
    if let Ok(id) = parsed(context, &input.question, "question")?
        && erase::is_there(&ctx.db, &permit, id).await?
    {
        set_tombstone(ctx, id).await?;
    }
    let erase = async |tx: &Tx, permit: &_, id| erase::by_team(tx, permit, ctx.now, id).await;
    let payload = change(context, &permit, &input.question, erase).await?;
    forget_log(context).await;
    Ok(payload)
}
