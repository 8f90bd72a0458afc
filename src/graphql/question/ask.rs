//! Asking: the form, the question, and "me too".

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{DocumentId, QuestionCallId, QuestionId};

use super::asker::{AskedQuestion, ConsentWording, ConsentsInput, own_now};
use super::{Question, by_ids};
use crate::ctx::Ctx;
use crate::domain::access::form::{self, Form};
use crate::domain::access::limit::Class;
use crate::domain::content::entry;
use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::heavy::run_blocking;
use crate::domain::core::id;
use crate::domain::questions::ask::{self as domain, Ask, Asked};
use crate::domain::questions::{read, similar};
use crate::domain::site::wording;
use crate::graphql::error::{Result, UserError};
use crate::graphql::input::parse_optional_id;
use crate::graphql::payload::{done_before, perform_each_time, perform_private, refused};
use crate::graphql::plan::{Plan, QuestionPlan};
use crate::graphql::post::Post;
use crate::graphql::{ctx, load};

/// What a question form needs.
#[derive(SimpleObject)]
pub struct QuestionForm {
    /// The token to send back as `formToken`. It can be used once.
    token: String,
    /// The time in seconds before which the token is refused, because no person fills in a form that fast.
    min_seconds: i32,
    /// The time in hours for which the token is valid.
    max_hours: i32,
    /// A challenge for ALTCHA's widget (version 3 or later) as JSON. Send the widget's solution as `proofOfWork`. Null
    /// if no proof of work is required.
    challenge: Option<String>,
    /// The texts for the checkboxes.
    wording: ConsentWording,
    /// The maximum length of a question in characters.
    max_characters: i32,
}

/// A question that a reader submits.
#[derive(InputObject)]
pub struct AskQuestionInput {
    /// The text of the question, at most 4,000 characters. It is stored encrypted, and only the team members who answer
    /// questions can read it.
    text: String,
    /// The ID of the call for questions (`call_…`) that the reader responds to. If omitted, the question belongs to no
    /// call.
    call: Option<ID>,
    /// A name for the people who answer, at most 120 characters. If omitted, the question is anonymous.
    display_name: Option<String>,
    /// The reader's email address. Allowed only together with the consent `answerPrivately`.
    email: Option<String>,
    /// The consents of the reader. At least one of the two is required.
    consents: ConsentsInput,
    /// The language as a BCP 47 tag, one of the site's. Defaults to the site's first language.
    locale: Option<String>,
    /// The value of `questionForm.token`.
    form_token: String,
    /// The solution of the proof of work, as ALTCHA's widget returns it. Required unless the server's setting
    /// `proof_of_work` is `off`.
    proof_of_work: Option<String>,
    /// A trap for programs that fill in every field. Hide this field in the form and leave it empty.
    website: Option<String>,
}

/// The result of submitting a question.
#[derive(SimpleObject)]
pub struct AskQuestionPayload {
    /// The question as its reader sees it. Null if the input was refused, or if the question was received but cannot be
    /// decrypted at the moment; in the second case `secret` is set.
    question: Option<AskedQuestion>,
    /// The secret with which `askedQuestion` finds the question again. It is shown only this once, because the server
    /// stores just a hash of it.
    secret: Option<String>,
    /// The URL of the server's own page about the question. The secret is behind the `#`.
    url: Option<String>,
    /// Up to three live posts that may already answer the question, the best match first. Empty if the server is too
    /// busy to search.
    similar: Vec<Post>,
    /// The problems with the input. Empty if the question was received.
    user_errors: Vec<UserError>,
}

/// Says that another reader has the same question.
#[derive(InputObject)]
pub struct MeTooInput {
    /// The ID of a public question (`question_…`).
    question: ID,
    /// A random key of 16 to 128 visible ASCII characters, such as a UUID, which the browser creates and keeps. The
    /// server stores only a keyed hash of it that differs from question to question.
    browser_key: String,
}

/// The result of `meToo`.
#[derive(SimpleObject)]
pub struct MeTooPayload {
    /// The question after the change, or null if the input was refused.
    question: Option<Question>,
    /// Whether this browser was counted now. False if it had been counted before.
    counted: bool,
    /// The problems with the input. Empty if the browser was counted, now or before.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AskQuery;

#[Object]
impl AskQuery {
    /// Returns what a question form needs: a token that can be used for one question, and the texts for its checkboxes.
    /// Request it when the form is shown, and again for the next question.
    async fn question_form(&self, context: &Context<'_>) -> Result<QuestionForm> {
        let ctx = ctx(context);
        let words = ctx.fresh_catalog().await?.site.questions.wording.clone();
        let form = Form::new(ctx.now, words.version);
        let whole = |millis: i64, unit: i64| i32::try_from(millis / unit).unwrap_or(i32::MAX);
        Ok(QuestionForm {
            token: form.token(&ctx.keyring),
            min_seconds: whole(ctx.forms.min_age, 1_000),
            max_hours: whole(ctx.forms.max_age, crate::domain::core::time::HOUR),
            challenge: form.challenge(&ctx.keyring, ctx.forms),
            wording: ConsentWording::new(&words),
            max_characters: i32::try_from(domain::MAX_TEXT).unwrap_or(i32::MAX),
        })
    }
}

#[derive(Default)]
pub struct AskMutation;

#[Object]
impl AskMutation {
    /// Submits a question. Only the people who answer questions can read it; the public version is written by them.
    async fn ask_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question.")] input: AskQuestionInput,
    ) -> Option<Result<AskQuestionPayload>> {
        Some(ask(context, input).await)
    }

    /// Counts a reader who has the same question. Each browser counts once, and nobody is identified.
    async fn me_too(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The question and the browser.")] input: MeTooInput,
    ) -> Option<Result<MeTooPayload>> {
        Some(me_too(context, input).await)
    }
}

async fn ask(context: &Context<'_>, input: AskQuestionInput) -> Result<AskQuestionPayload> {
    let ctx = ctx(context);
    ctx.limit_address(Class::PublicMutation)?;
    if let Some(asked) = done_before(context).await? {
        return Ok(received(context, asked, &input.text).await);
    }
    let refusal = |user_errors| AskQuestionPayload {
        question: None,
        secret: None,
        url: None,
        similar: Vec::new(),
        user_errors,
    };
    let mut refusals = Refusals::default();
    let form = checked_form(ctx, &input, &mut refusals).await;
    let catalog = ctx.fresh_catalog().await?;
    let wanted: Option<QuestionCallId> = parse_optional_id(input.call, &["call"], &mut refusals);
    let call = wanted.and_then(|id| catalog.call(id));
    if wanted.is_some() && call.is_none() {
        refusals.push(&["call"], ErrorCode::NotFound, "there is no such call");
    }
    let text = input.text.clone();
    let filled = Ask {
        text: input.text,
        display_name: input.display_name,
        email: input.email,
        consents: input.consents.into(),
        locale: input.locale,
        trap: input.website,
    };
    let checked =
        domain::check(ctx.now, filled, &catalog.site, call.as_ref().map(|call| &***call), &mut refusals);
    let words = match &form {
        Some(form) => wording::by_version(&ctx.db, &catalog.site.questions.wording, form.wording).await?,
        None => None,
    };
    if form.is_some() && words.is_none() {
        refusals.push(&["formToken"], ErrorCode::Expired, "the form is out of date; load it again");
    }
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(refusal(user_errors));
    }
    let (Some(form), Some(words), Some(checked)) = (form, words, checked) else {
        unreachable!("what is missing was refused");
    };
    let outcome = perform_private(context, async |tx| {
        domain::store(tx, &ctx.keyring, ctx.now, checked, (&form, &words)).await
    });
    Ok(match outcome.await? {
        Ok(asked) => received(context, asked, &text).await,
        Err(user_errors) => refusal(user_errors),
    })
}

/// The answer for a question that is stored. The secret is shown this once, so nothing may come in its way.
async fn received(context: &Context<'_>, asked: Asked, text: &str) -> AskQuestionPayload {
    let ctx = ctx(context);
    // Most frontends have the words still.
    let is_selected = context.field().selection_set().any(|field| field.name() == "question");
    let question = if is_selected { own_now(ctx, &asked.secret).await } else { Ok(None) };
    AskQuestionPayload {
        question: or_nothing(question),
        url: Some(domain::url(&ctx.base_url, &asked.secret)),
        similar: or_nothing(look_alike(context, &asked.locale, text).await),
        secret: Some(asked.secret),
        user_errors: Vec::new(),
    }
}

fn or_nothing<T: Default>(answer: Result<T>) -> T {
    answer.unwrap_or_else(|error| {
        tracing::warn!(?error, "a question was received, and its answer is not whole");
        T::default()
    })
}

/// The form that a token came with, if the proof of work is there too.
async fn checked_form(ctx: &Ctx, input: &AskQuestionInput, refusals: &mut Refusals) -> Option<Form> {
    let form = form::read(&ctx.keyring, ctx.now, ctx.forms, &input.form_token, &["formToken"], refusals)?;
    if ctx.forms.proof_digits.is_none() {
        return Some(form);
    }
    let (keys, rules, proof) = (std::sync::Arc::clone(&ctx.keyring), ctx.forms, input.proof_of_work.clone());
    let (form, proved) = run_blocking(move || {
        let mut proved = Refusals::default();
        form::check_proof(&keys, rules, &form, proof.as_deref(), &["proofOfWork"], &mut proved);
        (form, proved)
    })
    .await;
    refusals.extend(proved);
    Some(form)
}

/// Live posts that look like an answer.
async fn look_alike(context: &Context<'_>, locale: &str, text: &str) -> Result<Vec<Post>> {
    let ctx = ctx(context);
    let field = context.field();
    let selected: Vec<_> = field.selection_set().filter(|field| field.name() == "similar").collect();
    if selected.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DocumentId> = similar::find(&ctx.db, (&ctx.word_frequencies, ctx.now), locale, text).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let plan = Plan::of(selected.iter().flat_map(|field| field.selection_set().collect::<Vec<_>>()));
    let found = entry::by_ids(&ctx.db, &ids, plan.columns).await?;
    let nodes = load::nodes(ctx, found, &plan).await?;
    let ranked = ids.iter().filter_map(|id| nodes.iter().find(|node| node.row().id == *id));
    Ok(ranked.cloned().map(Post).collect())
}

async fn me_too(context: &Context<'_>, input: MeTooInput) -> Result<MeTooPayload> {
    let ctx = ctx(context);
    ctx.limit_address(Class::PublicMutation)?;
    let mut refusals = Refusals::default();
    let id: Option<QuestionId> = id::parse_at(&input.question, &["question"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(MeTooPayload { question: None, counted: false, user_errors });
    }
    let id = id.expect("refused otherwise");
    let outcome =
        perform_each_time(context, async |tx| read::me_too(tx, &ctx.keyring, id, &input.browser_key).await);
    Ok(match outcome.await? {
        Ok(counted) => {
            let question = by_ids(ctx, &[id], &QuestionPlan::default()).await?.remove(&id);
            MeTooPayload { question, counted, user_errors: Vec::new() }
        }
        Err(user_errors) => MeTooPayload { question: None, counted: false, user_errors },
    })
}
