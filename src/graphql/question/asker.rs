//! The reader's own side of a question: whoever has the secret.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use bytes::Bytes;
use entity::question_intake::QuestionState as State;
use entity::{QuestionId, Timestamp};

use super::{Question, by_ids};
use crate::ctx::Ctx;
use crate::domain::access::limit::Class;
use crate::domain::access::policy::Visible;
use crate::domain::content::entry;
use crate::domain::core::error::{self, Refusals};
use crate::domain::questions::ask::Consents as Given;
use crate::domain::questions::asker::{self as domain, Own};
use crate::domain::questions::original::{Consent, Reply};
use crate::domain::questions::{erase, list};
use crate::domain::site::wording::{self, Wording};
use crate::graphql::error::{Result, UserError};
use crate::graphql::execute::only_in_body;
use crate::graphql::payload::{forget_log, perform_each_time, refused};
use crate::graphql::plan::{Plan, QuestionPlan};
use crate::graphql::post::Post;
use crate::graphql::question_call::QuestionCall;
use crate::graphql::scalars::DateTime;
use crate::graphql::{ctx, load};
use crate::store::{Condition, PutMeta, Source, StoreError};

/// The state of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum QuestionState {
    /// Nobody has decided about the question yet.
    Received,
    /// The question is going to be answered.
    Accepted,
    /// A live post answers the question.
    Answered,
    /// The question is not going to be answered.
    Declined,
    /// The question is a duplicate of another one and is answered together with it.
    Duplicate,
    /// The reader has withdrawn the question.
    Withdrawn,
    /// The question is spam. Its sender sees the state `RECEIVED`.
    Spam,
}

/// One version of the texts that readers consent to.
#[derive(Clone, SimpleObject)]
pub struct ConsentWording {
    /// The version number. It starts at 1 and grows with each change of the texts.
    version: i32,
    /// The SHA-256 hash of the two texts, as 64 hexadecimal digits.
    hash: String,
    /// The text for readers who give an email address.
    answer_privately: String,
    /// The text for readers whose question may be published as a paraphrase.
    publish_paraphrase: String,
}

impl ConsentWording {
    pub fn new(wording: &Wording) -> Self {
        Self {
            version: wording.version,
            hash: hex::encode(wording.hash()),
            answer_privately: wording.answer_privately.clone(),
            publish_paraphrase: wording.publish_paraphrase.clone(),
        }
    }
}

/// Every version of the words, read once for a request.
#[derive(Clone)]
pub struct Wordings(Arc<Vec<Wording>>);

impl Wordings {
    pub async fn read(context: &Context<'_>) -> Result<Self> {
        let ctx = ctx(context);
        let current = ctx.fresh_catalog().await?.site.questions.wording.clone();
        Ok(Self(Arc::new(wording::all(&ctx.db, current).await?)))
    }
}

/// The consents that a reader has given.
pub struct Consents(Consent, Wordings);

impl Consents {
    pub fn new(consent: Consent, wordings: Wordings) -> Self {
        Self(consent, wordings)
    }
}

/// The consents that a reader has given.
#[Object]
impl Consents {
    /// Whether the team may write to the reader's email address.
    async fn answer_privately(&self) -> bool {
        self.0.answer_privately
    }

    /// Whether the question may be published as a paraphrase.
    async fn publish_paraphrase(&self) -> bool {
        self.0.publish_paraphrase
    }

    /// The time at which the consents were given.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The texts that the reader agreed to. Null if the server no longer has that version, for example after an older
    /// database was restored.
    async fn wording(&self) -> Option<ConsentWording> {
        let all = self.1.0.iter().rev().filter(|wording| wording.version == self.0.wording);
        all.map(ConsentWording::new).find(|wording| wording.hash == self.0.wording_hash)
    }
}

/// A message from the team to one reader.
#[derive(SimpleObject)]
pub struct QuestionReply {
    /// The time at which the reply was written.
    at: DateTime,
    /// The reply in plain text, at most 4,000 characters.
    text: String,
}

impl From<Reply> for QuestionReply {
    fn from(reply: Reply) -> Self {
        Self { at: DateTime(reply.at), text: reply.text }
    }
}

/// A question as the reader who asked it sees it.
pub struct AskedQuestion(Visible<Own>);

/// A question as the reader who asked it sees it.
#[Object]
impl AskedQuestion {
    /// The state of the question.
    async fn state(&self) -> QuestionState {
        self.0.state().into()
    }

    /// The time at which the question was received.
    async fn received_at(&self) -> DateTime {
        DateTime(self.0.row.received_at)
    }

    /// The time at which the question entered its current state.
    async fn changed_at(&self) -> DateTime {
        DateTime(self.0.row.changed_at)
    }

    /// The call for questions that the reader responded to, if any.
    async fn call(&self, context: &Context<'_>) -> Option<Result<QuestionCall>> {
        let id = self.0.row.call_id?;
        match ctx(context).catalog_at(0).await {
            Ok(catalog) => catalog.call(id).map(QuestionCall::new).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// The reader's own text, or null once it has been erased.
    async fn text(&self) -> Option<&str> {
        self.0.original.as_ref().map(|original| original.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The name that the reader gave, if any.
    async fn display_name(&self) -> Option<&str> {
        self.0.original.as_ref()?.display_name.as_deref()
    }

    /// The email address that the reader gave, if any.
    async fn email(&self) -> Option<&str> {
        self.0.original.as_ref()?.email.as_deref()
    }

    /// The consents of the reader, or null once the question has been erased.
    async fn consents(&self, context: &Context<'_>) -> Option<Result<Consents>> {
        let consent = self.0.original.as_ref()?.consent()?.clone();
        Some(Wordings::read(context).await.map(|wordings| Consents::new(consent, wordings)))
    }

    /// The team's replies to this reader, oldest first.
    async fn replies(&self) -> Vec<QuestionReply> {
        let replies = self.0.original.iter().flat_map(|original| original.replies.iter().cloned());
        replies.map(QuestionReply::from).collect()
    }

    /// The public version of the question, or null if there is none.
    async fn publication(&self, context: &Context<'_>) -> Option<Result<Question>> {
        let id = self.0.row.id;
        let plan = QuestionPlan::of(context.field().selection_set());
        by_ids(ctx(context), &[id], &plan).await.map(|mut found| found.remove(&id)).transpose()
    }

    /// The live posts that answer the question, or the one that it is a duplicate of.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<Post>> {
        let ctx = ctx(context);
        let pairs = list::answering(&ctx.db, &self.0.answered_as).await?;
        let ids: Vec<_> = pairs.into_iter().map(|(_, document)| document).collect();
        let plan = Plan::of(context.field().selection_set());
        let found = entry::by_ids(&ctx.db, &ids, plan.columns).await?;
        Ok(load::nodes(ctx, found, &plan).await?.into_iter().map(Post).collect())
    }
}

/// The consents of a reader.
#[derive(InputObject)]
pub struct ConsentsInput {
    /// Allows the team to write to the reader's email address. Requires an address.
    answer_privately: bool,
    /// Allows the question to be published as a paraphrase.
    publish_paraphrase: bool,
}

impl From<ConsentsInput> for Given {
    fn from(input: ConsentsInput) -> Self {
        Self { answer_privately: input.answer_privately, publish_paraphrase: input.publish_paraphrase }
    }
}

/// Identifies a question by its secret.
#[derive(InputObject)]
pub struct AskedQuestionInput {
    /// The secret that was returned when the question was submitted, or that an email about it contains.
    secret: String,
}

/// Changes the consents of a reader.
#[derive(InputObject)]
pub struct ChangeQuestionConsentsInput {
    /// The secret that was returned when the question was submitted, or that an email about it contains.
    secret: String,
    /// The new consents. At least one is required; to take back both, withdraw the question.
    consents: ConsentsInput,
}

/// The question after the change.
#[derive(SimpleObject)]
pub struct AskedQuestionPayload {
    /// The question after the change. Null if the input was refused, or if the question cannot be decrypted at the
    /// moment.
    question: Option<AskedQuestion>,
    /// The problems with the input. Empty if the mutation was carried out.
    user_errors: Vec<UserError>,
}

/// The result of erasing a question.
#[derive(SimpleObject)]
pub struct EraseQuestionPayload {
    /// Whether the question is erased. If it is, its secret no longer works.
    erased: bool,
    /// The problems with the input. Empty if the question was erased.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AskedQuery;

#[Object]
impl AskedQuery {
    /// Returns the caller's own question, looked up by its secret. Null if the secret is unknown or no longer valid.
    /// Only POST requests may use this field, because URLs are logged and bodies are not.
    async fn asked_question(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The secret that was returned when the question was submitted, or that an email about it contains."
        )]
        secret: String,
    ) -> Option<Result<AskedQuestion>> {
        asked(context, &secret).await.transpose()
    }
}

#[derive(Default)]
pub struct AskedMutation;

#[Object]
impl AskedMutation {
    /// Changes the reader's consents. If the consent to a paraphrase is taken back, the public version of the question
    /// is removed.
    async fn change_question_consents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question and the new consents.")] input: ChangeQuestionConsentsInput,
    ) -> Option<Result<AskedQuestionPayload>> {
        Some(change_consents(context, input).await)
    }

    /// Withdraws the reader's own question. It is not going to be answered, and its public version is removed.
    async fn withdraw_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question, identified by its secret.")] input: AskedQuestionInput,
    ) -> Option<Result<AskedQuestionPayload>> {
        Some(withdraw(context, input).await)
    }

    /// Erases the reader's own question for good. The key of its text is destroyed, and a record outside the database
    /// makes sure that it is erased again if an older copy of the database is restored.
    async fn erase_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question, identified by its secret.")] input: AskedQuestionInput,
    ) -> Option<Result<EraseQuestionPayload>> {
        Some(erase(context, input).await)
    }
}

async fn change_consents(
    context: &Context<'_>,
    input: ChangeQuestionConsentsInput,
) -> Result<AskedQuestionPayload> {
    let ctx = ctx(context);
    ctx.limit_address(Class::PublicMutation)?;
    let consents = input.consents.into();
    let mut refusals = Refusals::default();
    domain::check(consents, &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(AskedQuestionPayload { question: None, user_errors });
    }
    let outcome = perform_each_time(context, async |tx| {
        domain::change_consents(tx, &ctx.keyring, ctx.now, &input.secret, consents).await
    });
    answered(ctx, &input.secret, outcome.await?).await
}

async fn withdraw(context: &Context<'_>, input: AskedQuestionInput) -> Result<AskedQuestionPayload> {
    let ctx = ctx(context);
    ctx.limit_address(Class::PublicMutation)?;
    let outcome = perform_each_time(context, async |tx| domain::withdraw(tx, ctx.now, &input.secret).await);
    answered(ctx, &input.secret, outcome.await?).await
}

/// The question after something was done. What was done is done, also while nothing can be opened.
pub(super) async fn own_now(ctx: &Ctx, secret: &str) -> Result<Option<AskedQuestion>> {
    match domain::find(&ctx.db, &ctx.keyring, secret).await {
        Ok(own) => Ok(own.map(AskedQuestion)),
        Err(error::Error::Unavailable) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn asked(context: &Context<'_>, secret: &str) -> Result<Option<AskedQuestion>> {
    only_in_body(context, "secret")?;
    let ctx = ctx(context);
    Ok(domain::find(&ctx.db, &ctx.keyring, secret).await?.map(AskedQuestion))
}

async fn answered(
    ctx: &Ctx,
    secret: &str,
    outcome: std::result::Result<QuestionId, Vec<UserError>>,
) -> Result<AskedQuestionPayload> {
    Ok(match outcome {
        Ok(_) => AskedQuestionPayload { question: own_now(ctx, secret).await?, user_errors: Vec::new() },
        Err(user_errors) => AskedQuestionPayload { question: None, user_errors },
    })
}

async fn erase(context: &Context<'_>, input: AskedQuestionInput) -> Result<EraseQuestionPayload> {
    let ctx = ctx(context);
    ctx.limit_address(Class::PublicMutation)?;
    if let Some(id) = domain::id_of(&ctx.db, &input.secret).await? {
        set_tombstone(ctx, id).await?;
    }
    let outcome =
        perform_each_time(context, async |tx| domain::erase(tx, ctx.now, &input.secret).await).await?;
    let user_errors = outcome.err().unwrap_or_default();
    if user_errors.is_empty() {
        forget_log(context).await;
    }
    Ok(EraseQuestionPayload { erased: user_errors.is_empty(), user_errors })
}

/// Leaves word outside the database that a question is erased. Before the row is changed, so that no crash can lose it.
pub(super) async fn set_tombstone(ctx: &Ctx, id: QuestionId) -> Result<()> {
    let meta = PutMeta { content_type: "text/plain".to_owned(), ..PutMeta::default() };
    let Timestamp(millis) = ctx.now;
    let source = Source::Bytes(Bytes::from(format!("erased at {millis}\n")));
    let key = erase::tombstone(id);
    let put = ctx.store.in_time(ctx.store.put(&key, source, &meta, Condition::None));
    // Large: it is a whole request to the store.
    Box::pin(put).await.map_err(|error| unavailable(&error))?;
    Ok(())
}

/// Those of these questions that have a tombstone.
pub(super) async fn tombstones(ctx: &Ctx, ids: &[QuestionId]) -> Result<Vec<QuestionId>> {
    let looks = ids.iter().map(async |&id| {
        let key = erase::tombstone(id);
        let head = ctx.store.in_time(ctx.store.head(&key)).await;
        head.map(|head| head.map(|_| id))
    });
    let found = futures_util::future::try_join_all(looks).await.map_err(|error| unavailable(&error))?;
    Ok(found.into_iter().flatten().collect())
}

fn unavailable(error: &StoreError) -> error::Error {
    tracing::warn!(%error, "the store of files does not answer: {error}");
    error::Error::Unavailable
}
