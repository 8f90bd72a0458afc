//! Who sent a request. A credential that is wrong is refused, never taken for none.

use axum::http::{HeaderMap, header};

use crate::app::App;
use crate::domain::error::Error;
use crate::domain::policy::Viewer;
use crate::domain::token;

/// Why there is no viewer.
#[derive(Debug)]
pub enum AuthError {
    /// Malformed, unknown or expired.
    Invalid,
    /// It could not be looked up.
    Failed(Error),
}

/// The viewer that `Authorization: Bearer …` stands for; anonymous without the header.
pub async fn viewer(app: &App, headers: &HeaderMap) -> Result<Viewer, AuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(Viewer::Anonymous) };
    if values.next().is_some() {
        return Err(AuthError::Invalid);
    }
    let credential = value.to_str().ok().and_then(|text| text.split_once(' '));
    let token = match credential {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(AuthError::Invalid),
    };
    match token::viewer(&app.db.reader(), app.clock.now(), token).await {
        Ok(Some(viewer)) => Ok(viewer),
        Ok(None) => Err(AuthError::Invalid),
        Err(error) => Err(AuthError::Failed(error)),
    }
}
