//! Doing what a mutation asks for: in one transaction, once under one key, with refusals as an answer.
//!
//! This is the only place of `graphql` that begins a transaction, so no mutation can forget the key, and the only one where a
//! refusal becomes an answer, so none can forget to stop those after it (`in_order`).

use std::sync::Arc;

use async_graphql::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ctx;
use super::error::{Result, UserError};
use super::in_order::Progress;
use super::once::Once;
use crate::db::{Db, Tx};
use crate::domain::access::idempotency;
use crate::domain::core::error::{self as domain, Refusals};

/// What the domain answered: a value, or what is wrong with the input.
pub type Outcome<T> = std::result::Result<T, Vec<UserError>>;

/// Runs `work` in a transaction: commits when the domain agreed and rolls back otherwise. Refusals are an answer,
/// everything else is an error.
///
/// Under an idempotency key `work` runs once. What it answered is kept, sealed, for 48 hours, and later requests get that
/// instead; so it must be all that the payload needs beside what it reads.
pub async fn perform<T: Serialize + DeserializeOwned>(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&Tx) -> domain::Result<T>,
) -> Result<Outcome<T>> {
    let Some(once) = context.data_opt::<Arc<Once>>() else { return perform_each_time(context, work).await };
    let tx = begin(context).await?;
    let now = ctx(context).now;
    if !idempotency::claim(&tx, now, &once.attempt).await? {
        let known = idempotency::find(&tx, now, &once.attempt).await?;
        tx.rollback().await;
        // Gone between the two statements, which only its end can do: the client may begin again.
        let known = known.ok_or(domain::Error::KeyInProgress)?;
        let value = once.attempt.result(&known)?;
        once.had_done();
        context.data_unchecked::<Arc<Progress>>().did(context);
        return Ok(Ok(value));
    }
    let outcome = match work(&tx).await {
        Ok(value) => idempotency::keep_result(&tx, &once.attempt, &value).await.map(|()| value),
        Err(error) => Err(error),
    };
    let settled = settle(context, tx, outcome).await?;
    if settled.is_ok() {
        once.did();
    }
    Ok(settled)
}

/// The same where the answer holds what must not outlive an erasure: of it only what `work` answered is kept.
pub async fn perform_private<T: Serialize + DeserializeOwned>(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&Tx) -> domain::Result<T>,
) -> Result<Outcome<T>> {
    if let Some(once) = context.data_opt::<Arc<Once>>() {
        once.keep_private();
    }
    perform(context, work).await
}

/// What was done under the request's key before, kept by [`perform_private`]. For what is held against the present moment, which
/// a second try would not pass.
pub async fn done_before<T: DeserializeOwned>(context: &Context<'_>) -> Result<Option<T>> {
    let Some(once) = context.data_opt::<Arc<Once>>() else { return Ok(None) };
    let ctx = ctx(context);
    let Some(known) = idempotency::find(&ctx.db, ctx.now, &once.attempt).await? else { return Ok(None) };
    let value = once.attempt.result(&known)?;
    once.keep_private();
    once.had_done();
    Ok(Some(value))
}

/// The same whatever key the request has: for what is no different when it is done twice, for what works once by itself, and
/// for signing in, where a kept answer would be a kept password. A key is not used up by it.
pub async fn perform_each_time<T>(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&Tx) -> domain::Result<T>,
) -> Result<Outcome<T>> {
    let tx = begin(context).await?;
    let outcome = work(&tx).await;
    settle(context, tx, outcome).await
}

/// Sees to it that nothing is left of what was just erased. The erasure has happened, whatever comes of this; the nightly
/// job tries again.
pub async fn forget_log(context: &Context<'_>) {
    if let Err(error) = context.data_unchecked::<Db>().forget_log().await {
        tracing::warn!(%error, "the log of the database still has what was erased: {error}");
    }
}

async fn begin(context: &Context<'_>) -> domain::Result<Tx> {
    context.data_unchecked::<Arc<Progress>>().begins(context);
    Ok(context.data_unchecked::<Db>().begin().await?)
}

async fn settle<T>(context: &Context<'_>, tx: Tx, outcome: domain::Result<T>) -> Result<Outcome<T>> {
    match outcome {
        Ok(value) => {
            tx.commit().await.map_err(domain::Error::from)?;
            context.data_unchecked::<Arc<Progress>>().did(context);
            Ok(Ok(value))
        }
        Err(error) => {
            tx.rollback().await;
            answer(context, error).map(Err)
        }
    }
}

/// What the collected refusals are as an answer, if there are any.
pub fn refused(context: &Context<'_>, refusals: Refusals) -> Result<Outcome<()>> {
    match refusals.finish() {
        Ok(()) => Ok(Ok(())),
        Err(error) => answer(context, error).map(Err),
    }
}

/// The only place where a refusal becomes an answer, so no refused mutation is followed by another one.
fn answer(context: &Context<'_>, error: domain::Error) -> Result<Vec<UserError>> {
    context.data_unchecked::<Arc<Progress>>().stop();
    match error {
        domain::Error::Refused(errors) => Ok(errors.into_iter().map(UserError::from).collect()),
        error => Err(error.into()),
    }
}
