//! An operation under an idempotency key: found, waited for, or run and kept.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::ctx::Ctx;
use crate::db::Db;
use crate::domain::access::idempotency::{self, Attempt};
use crate::domain::core::error::Result;

/// How many old keys each new one takes along, so that the table ends without anybody's help.
const SWEEP: u64 = 4;

/// What the resolver of a mutation finds in the request's data.
pub struct Once {
    pub attempt: Attempt,
    /// Whether it is done: now or before.
    done: AtomicBool,
    /// Whether it was done before.
    again: AtomicBool,
    /// Whether the answer must not be stored.
    is_private: AtomicBool,
}

/// An answer as it was stored.
#[derive(Debug)]
pub struct Kept {
    pub body: Vec<u8>,
    /// Whether the effect was there before this request.
    pub replayed: bool,
}

impl Once {
    pub fn new(attempt: Attempt) -> Self {
        Self {
            attempt,
            done: AtomicBool::new(false),
            again: AtomicBool::new(false),
            is_private: AtomicBool::new(false),
        }
    }

    pub fn did(&self) {
        self.done.store(true, Ordering::Relaxed);
    }

    pub fn had_done(&self) {
        self.again.store(true, Ordering::Relaxed);
        self.did();
    }

    /// Says that the answer holds what must not outlive an erasure: it is built again from what was done.
    pub fn keep_private(&self) {
        self.is_private.store(true, Ordering::Relaxed);
    }

    /// The stored answer, if there is one.
    pub async fn find(&self, ctx: &Ctx) -> Result<Option<Kept>> {
        let Some(known) = idempotency::find(&ctx.db, ctx.now, &self.attempt).await? else { return Ok(None) };
        let body = self.attempt.answer(&known)?;
        Ok(body.map(|body| Kept { body, replayed: true }))
    }

    /// Stores the answer when something was done, and answers what everybody gets for this key.
    pub async fn keep(&self, ctx: &Ctx, db: &Db, body: Vec<u8>) -> Result<Option<Kept>> {
        if !self.done.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let replayed = self.again.load(Ordering::Relaxed);
        if self.is_private.load(Ordering::Relaxed) {
            return Ok(Some(Kept { body, replayed }));
        }
        let tx = db.begin().await?;
        let body = idempotency::keep_answer(&tx, ctx.now, &self.attempt, body).await?;
        idempotency::sweep(&tx, ctx.now, SWEEP).await?;
        tx.commit().await?;
        Ok(Some(Kept { body, replayed }))
    }
}
