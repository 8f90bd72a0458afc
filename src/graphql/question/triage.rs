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

/// Which question.
#[derive(InputObject)]
pub struct QuestionInput {
    /// `question_…`.
    pub question: ID,
}

/// Which question is declined, and why.
#[derive(InputObject)]
pub struct DeclineQuestionInput {
    /// `question_…`.
    question: ID,
    /// Why.
    reason: DeclineReason,
    /// Words for its reader, plain text, at most 4,000 characters. They stand on the page behind the reader's link.
    reply: Option<String>,
}

/// Which question repeats which.
#[derive(InputObject)]
pub struct MergeQuestionInput {
    /// `question_…`: the one that repeats the other.
    question: ID,
    /// `question_…`: the one that is answered.
    into: ID,
}

/// Who looks after a question.
#[derive(InputObject)]
pub struct AssignQuestionInput {
    /// `question_…`.
    question: ID,
    /// `account_…`; null or left out for nobody.
    assignee: Option<ID>,
}

/// Words about a question, or for its reader.
#[derive(InputObject)]
pub struct QuestionTextInput {
    /// `question_…`.
    question: ID,
    /// Plain text, 1 to 4,000 characters.
    text: String,
}

/// What became of the question.
#[derive(SimpleObject)]
pub struct QuestionPayload {
    /// As it is now; null when the input was refused, or when it is not the viewer's to see any more.
    pub question: Option<DeskQuestion>,
    /// What is wrong. Empty when it was done.
    pub user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TriageMutation;

#[Object]
impl TriageMutation {
    /// Takes a question on, also one that was put aside by mistake. Needs `questions:manage`.
    async fn accept_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question.")] input: QuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(accept(context, input).await)
    }

    /// Says that a question is not going to be answered, perhaps with words for its reader. Needs `questions:manage`.
    async fn decline_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question, and why.")] input: DeclineQuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(decline(context, input).await)
    }

    /// Says that a question repeats another one. Its reader is told when that is answered. Needs `questions:manage`.
    async fn merge_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question repeats which.")] input: MergeQuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(merge(context, input).await)
    }

    /// Marks a question as spam. Needs `questions:manage`.
    async fn mark_question_spam(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question.")] input: QuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(mark_spam(context, input).await)
    }

    /// Hands a question to somebody of the team, or to nobody. Needs `questions:manage`.
    async fn assign_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question, and to whom.")] input: AssignQuestionInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(assign(context, input).await)
    }

    /// Adds a note that only the team reads, with `readQuestions`. It is sealed and erased with the question. Needs
    /// `questions:manage`.
    async fn add_question_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question, and the note.")] input: QuestionTextInput,
    ) -> Option<Result<QuestionPayload>> {
        Some(note(context, input).await)
    }

    /// Writes to the reader of a question. The words stand on the page behind the reader's link; who agreed to be written to
    /// gets a letter that says only that there is something to read. Needs `questions:manage`.
    async fn reply_to_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question, and the words.")] input: QuestionTextInput,
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
