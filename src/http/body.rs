//! Reading a request's body up to a limit.

use axum::body::Body;
use axum::body::Bytes;
use http_body_util::BodyExt;

/// How much of a body that is too large is still read, so that its sender gets to read the answer: most clients look for
/// one only when they have sent everything.
const PATIENCE: usize = 16 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    TooLarge,
    /// The connection broke or the client took too long.
    Broken,
}

/// The whole body, if it has at most `limit` bytes.
pub async fn read(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let mut read = Vec::new();
    let mut length: usize = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length > PATIENCE {
            return Err(BodyError::TooLarge);
        }
        if length <= limit {
            read.extend_from_slice(&data);
        }
    }
    if length > limit { Err(BodyError::TooLarge) } else { Ok(read.into()) }
}
