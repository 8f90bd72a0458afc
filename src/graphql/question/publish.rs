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

/// The kind of a detail that could reveal who asked a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum PrivateDetailKind {
    /// A name, or a word that looks like one.
    Name,
    /// An email address.
    Email,
    /// A street, a postal code or a place.
    Address,
    /// The URL of a page.
    Url,
    /// A telephone number.
    Phone,
    /// A day, a month or a year.
    Date,
    /// An age.
    Age,
    /// A large number.
    Number,
    /// Words that were copied from the reader's original. They are not published.
    Quote,
}

/// A part of a text that could reveal who asked the question.
#[derive(SimpleObject)]
pub struct PrivateDetail {
    /// The kind of detail that the part looks like.
    kind: PrivateDetailKind,
    /// The part as it stands in the text.
    text: String,
    /// The field that contains the part: `paraphrase` or `displayName`.
    field: &'static str,
    /// The start of the part in characters, counted from 0.
    start: i32,
    /// The end of the part in characters. The character at this position is not included.
    end: i32,
}

impl PrivateDetail {
    fn new((field, found): (&'static str, Found)) -> Self {
        let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        let (start, end) = (place(found.start), place(found.end));
        Self { kind: found.kind.into(), text: found.text, field, start, end }
    }
}

/// The public version of a question.
#[derive(InputObject)]
pub struct PublishQuestionInput {
    /// The ID of the question (`question_…`). It has to be accepted or answered.
    question: ID,
    /// The question in the author's own words: plain text, 1 to 1,000 characters.
    paraphrase: String,
    /// A name for the reader, chosen by the author, at most 120 characters. If null, the name is removed; if omitted,
    /// it is not changed.
    display_name: MaybeUndefined<String>,
    /// The IDs of the tags, at most 20. If null, the tags are removed; if omitted, they are not changed.
    tags: MaybeUndefined<Vec<ID>>,
    /// The details that were returned in `details` and may stay, each exactly as it stands in the text. Words of the
    /// original cannot be confirmed.
    confirmed_details: Option<Vec<String>>,
}

/// The published question, or the details that prevent its publication.
#[derive(SimpleObject)]
pub struct PublishQuestionPayload {
    /// The object after the change, or null if the input was refused.
    question: Option<DeskQuestion>,
    /// All parts that could reveal who asked. Nothing is published until each of them is confirmed or removed.
    details: Vec<PrivateDetail>,
    /// The problems with the input. Empty if the question was published.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PublishQuestionMutation;

#[Object]
impl PublishQuestionMutation {
    /// Publishes a question in the author's words, or replaces the words of a published one. Parts that could reveal
    /// who asked are returned in `details` first, and each such check is recorded in the audit log. Requires the scopes
    /// `questions:manage` and `questions:read`.
    async fn publish_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The public version of the question.")] input: PublishQuestionInput,
    ) -> Option<Result<PublishQuestionPayload>> {
        Some(publish(context, input).await)
    }

    /// Removes the public version of a question. Its state does not change. Requires the scope `questions:manage`.
    async fn unpublish_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question.")] input: QuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(unpublish(context, input).await)
    }

    /// Erases the reader's original for good, for example when a reader asks for it by email. Only owners and editors
    /// who have signed in may do this.
    async fn erase_original(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question.")] input: QuestionInput,
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
