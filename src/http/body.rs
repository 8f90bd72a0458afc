//! Reading a request's body up to a limit, and what the request holds in memory from then on.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::body::Bytes;
use http_body_util::BodyExt;

use crate::domain::access::budget::{Lease, Payer};

/// In which steps room is taken for a body.
const STEP: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    TooLarge,
    /// Too many bytes of requests are held already.
    NoRoom,
    /// The connection broke or the client took too long.
    Broken,
}

/// What a request holds until it is answered. Without a payer, as where no server is in front, it is not counted.
#[derive(Debug, Clone)]
pub struct Held(Option<Arc<Mutex<Lease>>>);

impl Held {
    pub fn new(payer: Option<&Payer>) -> Self {
        Self(payer.and_then(|payer| payer.lease(0)).map(|lease| Arc::new(Mutex::new(lease))))
    }

    /// Holds so many bytes more; false when there is no room.
    #[must_use]
    pub fn grow(&self, bytes: usize) -> bool {
        self.0.as_ref().is_none_or(|lease| lease.lock().unwrap_or_else(PoisonError::into_inner).grow(bytes))
    }

    /// For what the answer takes while it is built.
    pub fn lease(&self) -> Option<Arc<Mutex<Lease>>> {
        self.0.clone()
    }
}

/// The whole body, if it has at most `limit` bytes. Room is taken for what has come, not for what was announced. What is left of
/// a body that is refused, the server reads past.
pub async fn read(mut body: Body, limit: usize, held: &Held) -> Result<Bytes, BodyError> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        let length = read.len() + data.len();
        if length > limit {
            return Err(BodyError::TooLarge);
        }
        let missing = length.saturating_sub(read.capacity());
        if missing > 0 {
            // Doubled, so that a long body is copied seldom.
            let step = missing.max(read.capacity()).max(STEP);
            if !held.grow(step) {
                return Err(BodyError::NoRoom);
            }
            read.reserve_exact(read.capacity() + step - read.len());
        }
        read.extend_from_slice(&data);
    }
    Ok(read.into())
}
