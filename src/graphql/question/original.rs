//! Reading what readers wrote: for the team, one by one, and noted each time.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::QuestionId;

use super::asker::{Consents, QuestionReply, Wordings, tombstones};
use super::desk::{DeskQuestion, Team, Teammate, with_all};
use crate::domain::access::policy::ReadOriginals;
use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::id;
use crate::domain::questions::erase;
use crate::domain::questions::original::{self as domain, MAX_READ, Original};
use crate::graphql::ctx;
use crate::graphql::error::{Result, UserError};
use crate::graphql::payload::{perform_each_time, refused};
use crate::graphql::plan::QuestionPlan;
use crate::graphql::scalars::DateTime;

/// The questions to read.
#[derive(InputObject)]
pub struct ReadQuestionsInput {
    /// The IDs of 1 to 50 questions (`question_…`).
    questions: Vec<ID>,
}

/// What a reader sent in.
pub struct QuestionOriginal(Original, Wordings);

/// What a reader sent in. Only the people who answer questions can read it, and it is not copied anywhere else.
#[Object]
impl QuestionOriginal {
    /// The reader's own text.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The name that the reader gave, if any.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// The email address that the reader gave, if any.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The consents of the reader over time, oldest first. The last one is valid.
    async fn consents(&self) -> Vec<Consents> {
        self.0.consents.iter().map(|consent| Consents::new(consent.clone(), self.1.clone())).collect()
    }

    /// The team's replies to the reader, oldest first.
    async fn replies(&self) -> Vec<QuestionReply> {
        self.0.replies.iter().cloned().map(QuestionReply::from).collect()
    }
}

/// A note of the team on a question.
#[derive(SimpleObject)]
pub struct QuestionNote {
    /// The time at which the note was written.
    at: DateTime,
    /// The team member who wrote the note.
    by: Option<Teammate>,
    /// The note in plain text, at most 4,000 characters.
    text: String,
}

/// A question together with its private parts.
#[derive(SimpleObject)]
pub struct OpenQuestion {
    /// The question as the queue shows it.
    question: DeskQuestion,
    /// The reader's original. Null if it was erased or cannot be decrypted.
    original: Option<QuestionOriginal>,
    /// Whether the question cannot be decrypted, because its master key is missing or the row was changed in the
    /// database. The cause is in the server's log, and `wellspring doctor` checks for it.
    is_unreadable: bool,
    /// The team's notes, oldest first.
    notes: Vec<QuestionNote>,
}

/// The questions that were read.
#[derive(SimpleObject)]
pub struct ReadQuestionsPayload {
    /// The questions in the order of the IDs. Empty if one of them was refused.
    questions: Vec<OpenQuestion>,
    /// The problems with the input. Empty if the questions were read.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct OriginalMutation;

#[Object]
impl OriginalMutation {
    /// Reads the original texts of questions. This is a mutation because each reading is recorded in the audit log.
    /// Requires the scope `questions:read`.
    async fn read_questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The questions to read.")] input: ReadQuestionsInput,
    ) -> Option<Result<ReadQuestionsPayload>> {
        Some(read(context, input).await)
    }
}

async fn read(context: &Context<'_>, input: ReadQuestionsInput) -> Result<ReadQuestionsPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadOriginals>()?;
    let mut refusals = Refusals::default();
    if input.questions.is_empty() || input.questions.len() > MAX_READ {
        let message = format!("1 to {MAX_READ} questions at once, found {}", input.questions.len());
        refusals.push(&["questions"], ErrorCode::OutOfRange, message);
    }
    let mut ids: Vec<QuestionId> = Vec::new();
    for (index, text) in input.questions.iter().take(MAX_READ).enumerate() {
        ids.extend(id::parse_at::<QuestionId>(text, &["questions", &index.to_string()], &mut refusals));
    }
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(ReadQuestionsPayload { questions: Vec::new(), user_errors });
    }
    // The database may be a copy from before an erasure; the erased_before are not in it.
    let erased_before = tombstones(ctx, &ids).await?;
    let outcome = perform_each_time(context, async |tx| {
        if !erased_before.is_empty() {
            erase::apply(tx, ctx.now, &erased_before).await?;
        }
        domain::read(tx, &permit, &ctx.keyring, ctx.now, &ids).await
    });
    let opened = match outcome.await? {
        Ok(opened) => opened,
        Err(user_errors) => return Ok(ReadQuestionsPayload { questions: Vec::new(), user_errors }),
    };
    let team = Team::read(context).await?;
    let wordings = Wordings::read(context).await?;
    let mut questions = Vec::with_capacity(opened.len());
    let (rows, rest): (Vec<_>, Vec<_>) = opened.into_iter().map(domain::Opened::split).unzip();
    for (question, sealed) in with_all(context, rows, &QuestionPlan::default()).await?.into_iter().zip(rest) {
        let note = |note: domain::Note| QuestionNote {
            at: DateTime(note.at),
            by: team.get(note.account),
            text: note.text,
        };
        let notes = sealed.notes.into_iter().map(note).collect();
        questions.push(OpenQuestion {
            question,
            original: sealed.original.map(|original| QuestionOriginal(original, wordings.clone())),
            is_unreadable: sealed.is_unreadable,
            notes,
        });
    }
    Ok(ReadQuestionsPayload { questions, user_errors: Vec::new() })
}
