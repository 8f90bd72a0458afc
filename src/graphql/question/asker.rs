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

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum QuestionState {
    /// Nobody has decided about it.
    Received,
    /// It is going to be answered.
    Accepted,
    /// A live post answers it.
    Answered,
    /// It is not going to be answered.
    Declined,
    /// It repeats another question, and is answered with that.
    Duplicate,
    /// Its reader wants no answer any more.
    Withdrawn,
    /// It is no question. Its sender reads `RECEIVED`.
    Spam,
}

/// The words to which a reader consents, in one version.
#[derive(Clone, SimpleObject)]
pub struct ConsentWording {
    /// From 1, in the order in which the site has used them.
    version: i32,
    /// SHA-256 of both texts, in hexadecimal digits.
    hash: String,
    /// What somebody agrees to who gives an address.
    answer_privately: String,
    /// What somebody agrees to whose question may be published in other words.
    publish_paraphrase: String,
}

impl ConsentWording {
    pub fn new(wording: &Wording) -> Self {
        Self {
            version: wording.version,
            hash: wording.hash().iter().map(|byte| format!("{byte:02x}")).collect(),
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

/// What a reader agreed to.
pub struct Consents(Consent, Wordings);

impl Consents {
    pub fn new(consent: Consent, wordings: Wordings) -> Self {
        Self(consent, wordings)
    }
}

/// What a reader agreed to.
#[Object]
impl Consents {
    /// Whether those who answer may write to the address that was given.
    async fn answer_privately(&self) -> bool {
        self.0.answer_privately
    }

    /// Whether the question may be published in other words.
    async fn publish_paraphrase(&self) -> bool {
        self.0.publish_paraphrase
    }

    /// When that was said.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The words that stood beside the checkboxes; null where they are not here any more, as in a restored database.
    async fn wording(&self) -> Option<ConsentWording> {
        let all = self.1.0.iter().rev().filter(|wording| wording.version == self.0.wording);
        all.map(ConsentWording::new).find(|wording| wording.hash == self.0.wording_hash)
    }
}

/// Words of the team for one reader alone.
#[derive(SimpleObject)]
pub struct QuestionReply {
    /// When they were written.
    at: DateTime,
    /// Plain text, at most 4,000 characters.
    text: String,
}

impl From<Reply> for QuestionReply {
    fn from(reply: Reply) -> Self {
        Self { at: DateTime(reply.at), text: reply.text }
    }
}

/// A question as its reader sees it.
pub struct AskedQuestion(Visible<Own>);

/// A question as its reader sees it.
#[Object]
impl AskedQuestion {
    /// Where it stands.
    async fn state(&self) -> QuestionState {
        self.0.state().into()
    }

    /// When it was received.
    async fn received_at(&self) -> DateTime {
        DateTime(self.0.row.received_at)
    }

    /// When it came to where it stands.
    async fn changed_at(&self) -> DateTime {
        DateTime(self.0.row.changed_at)
    }

    /// The call that it followed.
    async fn call(&self, context: &Context<'_>) -> Option<Result<QuestionCall>> {
        let id = self.0.row.call_id?;
        match ctx(context).catalog_at(0).await {
            Ok(catalog) => catalog.call(id).map(QuestionCall::new).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// The reader's own words; null once they are erased.
    async fn text(&self) -> Option<&str> {
        self.0.original.as_ref().map(|original| original.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The name that was given.
    async fn display_name(&self) -> Option<&str> {
        self.0.original.as_ref()?.display_name.as_deref()
    }

    /// The address that was given.
    async fn email(&self) -> Option<&str> {
        self.0.original.as_ref()?.email.as_deref()
    }

    /// What the reader agrees to; null once the question is erased.
    async fn consents(&self, context: &Context<'_>) -> Option<Result<Consents>> {
        let consent = self.0.original.as_ref()?.consent()?.clone();
        Some(Wordings::read(context).await.map(|wordings| Consents::new(consent, wordings)))
    }

    /// What the team wrote to this reader, oldest first.
    async fn replies(&self) -> Vec<QuestionReply> {
        let replies = self.0.original.iter().flat_map(|original| original.replies.iter().cloned());
        replies.map(QuestionReply::from).collect()
    }

    /// What everybody reads of it; null while that is nothing.
    async fn publication(&self, context: &Context<'_>) -> Option<Result<Question>> {
        let id = self.0.row.id;
        let plan = QuestionPlan::of(context.field().selection_set());
        by_ids(ctx(context), &[id], &plan).await.map(|mut found| found.remove(&id)).transpose()
    }

    /// The live posts that answer it, or the question that it repeats.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<Post>> {
        let ctx = ctx(context);
        let pairs = list::answering(&ctx.db, &self.0.answered_as).await?;
        let ids: Vec<_> = pairs.into_iter().map(|(_, document)| document).collect();
        let plan = Plan::of(context.field().selection_set());
        let found = entry::by_ids(&ctx.db, &ids, plan.columns).await?;
        Ok(load::nodes(ctx, found, &plan).await?.into_iter().map(Post).collect())
    }
}

/// What a reader agrees to.
#[derive(InputObject)]
pub struct ConsentsInput {
    /// That those who answer write to the address that was given. Needs one.
    answer_privately: bool,
    /// That the question is published in other words.
    publish_paraphrase: bool,
}

impl From<ConsentsInput> for Given {
    fn from(input: ConsentsInput) -> Self {
        Self { answer_privately: input.answer_privately, publish_paraphrase: input.publish_paraphrase }
    }
}

/// Whoever has the secret of a question.
#[derive(InputObject)]
pub struct AskedQuestionInput {
    /// What came with the question, or in a letter about it.
    secret: String,
}

/// What a reader agrees to from now on.
#[derive(InputObject)]
pub struct ChangeQuestionConsentsInput {
    /// What came with the question, or in a letter about it.
    secret: String,
    /// At least one of the two. To agree to nothing, withdraw the question.
    consents: ConsentsInput,
}

/// What became of the question.
#[derive(SimpleObject)]
pub struct AskedQuestionPayload {
    /// As it is now; null when the input was refused, and while the server cannot open what it seals.
    question: Option<AskedQuestion>,
    /// What is wrong. Empty when it was done.
    user_errors: Vec<UserError>,
}

/// What an erasure did.
#[derive(SimpleObject)]
pub struct EraseQuestionPayload {
    /// Whether nothing is left of the question. The secret leads nowhere then.
    erased: bool,
    /// What is wrong. Empty when it was erased.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AskedQuery;

#[Object]
impl AskedQuery {
    /// One's own question, by the secret that came with it. Null when it leads nowhere, or not any more. With POST alone:
    /// addresses are logged, bodies are not.
    async fn asked_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What came with the question, or in a letter about it.")] secret: String,
    ) -> Option<Result<AskedQuestion>> {
        asked(context, &secret).await.transpose()
    }
}

#[derive(Default)]
pub struct AskedMutation;

#[Object]
impl AskedMutation {
    /// Changes what one agrees to. Without the consent to a paraphrase, what is public of the question leaves the public.
    async fn change_question_consents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What one agrees to.")] input: ChangeQuestionConsentsInput,
    ) -> Option<Result<AskedQuestionPayload>> {
        Some(change_consents(context, input).await)
    }

    /// Takes one's question back: it is not going to be answered, and what is public of it leaves the public.
    async fn withdraw_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question.")] input: AskedQuestionInput,
    ) -> Option<Result<AskedQuestionPayload>> {
        Some(withdraw(context, input).await)
    }

    /// Erases one's question for good: the key of its words is destroyed, and word of that is kept outside the database, so that
    /// a copy of it that is restored is erased again.
    async fn erase_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which question.")] input: AskedQuestionInput,
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
