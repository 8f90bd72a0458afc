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

/// Which questions to read.
#[derive(InputObject)]
pub struct ReadQuestionsInput {
    /// 1 to 50 ids, `question_…`.
    questions: Vec<ID>,
}

/// What a reader sent in.
pub struct QuestionOriginal(Original, Wordings);

/// What a reader sent in. Nobody but those who answer reads it, and it is copied to nowhere.
#[Object]
impl QuestionOriginal {
    /// The reader's own words.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The name that was given.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// The address that was given.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// What the reader agrees to, the first answer first; the last one holds.
    async fn consents(&self) -> Vec<Consents> {
        self.0.consents.iter().map(|consent| Consents::new(consent.clone(), self.1.clone())).collect()
    }

    /// What the team wrote to the reader, oldest first.
    async fn replies(&self) -> Vec<QuestionReply> {
        self.0.replies.iter().cloned().map(QuestionReply::from).collect()
    }
}

/// A note of the team.
#[derive(SimpleObject)]
pub struct QuestionNote {
    /// When it was written.
    at: DateTime,
    /// Who wrote it.
    by: Option<Teammate>,
    /// Plain text, at most 4,000 characters.
    text: String,
}

/// A question with what is private of it.
#[derive(SimpleObject)]
pub struct OpenQuestion {
    /// Where it stands.
    question: DeskQuestion,
    /// What its reader sent in; null once it is erased, and when it is unreadable.
    original: Option<QuestionOriginal>,
    /// Whether it cannot be opened: it is sealed under a master key that is not here, or was changed in the database. The
    /// operator finds the cause in the log and with `wellspring doctor`.
    is_unreadable: bool,
    /// Notes of the team, oldest first.
    notes: Vec<QuestionNote>,
}

/// What was read.
#[derive(SimpleObject)]
pub struct ReadQuestionsPayload {
    /// In the order of the ids; empty when one of them was refused.
    questions: Vec<OpenQuestion>,
    /// What is wrong. Empty when they were read.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct OriginalMutation;

#[Object]
impl OriginalMutation {
    /// Reads what readers sent in. A mutation, because each reading is noted in the audit log. Needs `questions:read`.
    async fn read_questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which questions.")] input: ReadQuestionsInput,
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
    // The database may be a copy from before an erasure; the stones are not in it.
    let stones = tombstones(ctx, &ids).await?;
    let outcome = perform_each_time(context, async |tx| {
        if !stones.is_empty() {
            erase::apply(tx, ctx.now, &stones).await?;
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
