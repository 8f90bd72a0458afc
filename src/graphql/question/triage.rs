//! What the team does with questions.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::QuestionId;
use entity::question_intake::Model;

use super::desk::{DeclineReason, DeskQuestion, by_id};
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::domain::access::policy::{ManageQuestions, OnQuestions, Permit};
use crate::domain::core::error::{self as domain_error, Refusals};
use crate::domain::core::id::{self, PublicId};
use crate::domain::questions::triage as domain;
use crate::graphql::ctx;
use crate::graphql::error::{Result, UserError};
use crate::graphql::payload::{Outcome, perform, refused};

/// Identifies a question.
#[derive(InputObject)]
pub struct QuestionInput {
    /// The ID of the question (`question_…`).
    pub question: ID,
}

/// Declines a question.
#[derive(InputObject)]
pub struct DeclineQuestionInput {
    /// The ID of the question (`question_…`).
    question: ID,
    /// The reason.
    reason: DeclineReason,
    /// A message to the reader in plain text, at most 4,000 characters. The reader sees it on the page behind the link
    /// to the question.
    reply: Option<String>,
}

/// Marks a question as a duplicate of another one.
#[derive(InputObject)]
pub struct MergeQuestionInput {
    /// The ID of the question that is the duplicate (`question_…`).
    question: ID,
    /// The ID of the question that remains (`question_…`).
    into: ID,
}

/// Assigns a question to a member of the team.
#[derive(InputObject)]
pub struct AssignQuestionInput {
    /// The ID of the question (`question_…`).
    question: ID,
    /// The ID of the account (`account_…`) to assign the question to. If null or omitted, the question is assigned to
    /// nobody.
    assignee: Option<ID>,
}

/// A text about a question: a note for the team or a reply to the reader.
#[derive(InputObject)]
pub struct QuestionTextInput {
    /// The ID of the question (`question_…`).
    question: ID,
    /// The text: plain text, 1 to 4,000 characters.
    text: String,
}

/// The question after the change.
#[derive(SimpleObject)]
pub struct QuestionPayload {
    /// The question after the change. Null if the input was refused, or if the caller may no longer see the question.
    pub question: Option<DeskQuestion>,
    /// The problems with the input. Empty if the mutation was carried out.
    pub user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TriageMutation;

#[Object]
impl TriageMutation {
    /// Accepts a question, even if it was declined or marked as spam before. Requires the scope `questions:manage`.
    async fn accept_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question.")] input: QuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(accept(context, input).await)
    }

    /// Declines a question, optionally with a message to its reader. Requires the scope `questions:manage`.
    async fn decline_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question and the reason.")] input: DeclineQuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(decline(context, input).await)
    }

    /// Marks a question as a duplicate of another one. Its reader is notified when the other one is answered. Requires
    /// the scope `questions:manage`.
    async fn merge_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Marks a question as a duplicate of another one.")] input: MergeQuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(merge(context, input).await)
    }

    /// Marks a question as spam. Requires the scope `questions:manage`.
    async fn mark_question_spam(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question.")] input: QuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(mark_spam(context, input).await)
    }

    /// Assigns a question to a member of the team, or to nobody. Requires the scope `questions:manage`.
    async fn assign_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question and the account.")] input: AssignQuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(assign(context, input).await)
    }

    /// Adds a note to a question. Only the team can read it, with `readQuestions`. It is encrypted and is erased
    /// together with the question. Requires the scope `questions:manage`.
    async fn add_question_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question and the note.")] input: QuestionTextInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(note(context, input).await)
    }

    /// Sends a reply to the reader of a question. The reply appears on the page behind the reader's link. A reader who
    /// agreed to be written to gets an email, which says only that there is something to read. Requires the scope
    /// `questions:manage`.
    async fn reply_to_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question and the reply.")] input: QuestionTextInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(reply(context, input).await)
    }
}

/// Does something with a question, and answers with what became of it.
pub async fn change<A: OnQuestions>(
    context: &Context<'_>,
    permit: &Permit<A>,
    question: &str,
    work: impl AsyncFnOnce(&Tx, &Permit<A>, QuestionId) -> domain_error::Result<Model>,
) -> Result<QuestionPayload> {
    let id = match parsed(context, question, "question")? {
        Ok(id) => id,
        Err(user_errors) => return Ok(QuestionPayload { question: None, user_errors }),
    };
    // Under an idempotency key the id is kept and not the row, which has the wrapped key of what may be erased tomorrow.
    let outcome = perform(context, async |tx| work(tx, permit, id).await.map(|row| row.id)).await?;
    Ok(match outcome {
        Ok(id) => QuestionPayload { question: by_id(context, id).await?, user_errors: Vec::new() },
        Err(user_errors) => QuestionPayload { question: None, user_errors },
    })
}

/// An id that a client wrote, or what is wrong with it.
pub fn parsed<I: PublicId>(context: &Context<'_>, text: &str, field: &str) -> Result<Outcome<I>> {
    let mut refusals = Refusals::default();
    let id = id::parse_at(text, &[field], &mut refusals);
    Ok(refused(context, refusals)?.map(|()| id.expect("refused otherwise")))
}

async fn accept(context: &Context<'_>, input: QuestionInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, .. } = ctx(context);
    let permit = viewer.permit::<ManageQuestions>()?;
    let accept = async |tx: &Tx, permit: &_, id| domain::accept(tx, permit, *now, id).await;
    change(context, &permit, &input.question, accept).await
}

async fn decline(context: &Context<'_>, input: DeclineQuestionInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, keyring, .. } = ctx(context);
    let permit = viewer.permit::<ManageQuestions>()?;
    let (reason, reply) = (input.reason.into(), input.reply.as_deref());
    change(context, &permit, &input.question, async |tx, permit, id| {
        domain::decline(tx, permit, (keyring, *now), id, reason, reply).await
    })
    .await
}

async fn merge(context: &Context<'_>, input: MergeQuestionInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, .. } = ctx(context);
    let permit = viewer.permit::<ManageQuestions>()?;
    let into = match parsed(context, &input.into, "into")? {
        Ok(into) => into,
        Err(user_errors) => return Ok(QuestionPayload { question: None, user_errors }),
    };
    change(context, &permit, &input.question, async |tx, permit, id| {
        domain::merge(tx, permit, *now, id, into).await
    })
    .await
}

async fn mark_spam(context: &Context<'_>, input: QuestionInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, .. } = ctx(context);
    let permit = viewer.permit::<ManageQuestions>()?;
    let mark = async |tx: &Tx, permit: &_, id| domain::mark_spam(tx, permit, *now, id).await;
    change(context, &permit, &input.question, mark).await
}

async fn assign(context: &Context<'_>, input: AssignQuestionInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, .. } = ctx(context);
    let permit = viewer.permit::<ManageQuestions>()?;
    let assignee =
        match input.assignee.map(|text| parsed(context, &text, "assignee")).transpose()?.transpose() {
            Ok(assignee) => assignee,
            Err(user_errors) => return Ok(QuestionPayload { question: None, user_errors }),
        };
    change(context, &permit, &input.question, async |tx, permit, id| {
        domain::assign(tx, permit, *now, id, assignee).await
    })
    .await
}

async fn note(context: &Context<'_>, input: QuestionTextInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, keyring, .. } = ctx(context);
    let permit = viewer.permit::<ManageQuestions>()?;
    change(context, &permit, &input.question, async |tx, permit, id| {
        domain::note(tx, permit, (keyring, *now), id, &input.text).await
    })
    .await
}

async fn reply(context: &Context<'_>, input: QuestionTextInput) -> Result<QuestionPayload> {
    let Ctx { now, viewer, keyring, .. } = ctx(context);
    let permit = viewer.permit::<ManageQuestions>()?;
    change(context, &permit, &input.question, async |tx, permit, id| {
        domain::reply(tx, permit, (keyring, *now), id, &input.text).await
    })
    .await
}
