//! Who sent a request. A credential that is wrong is refused, never taken for none.

use std::time::Duration;

use axum::http::{HeaderMap, header};

use crate::app::App;
use crate::domain::access::policy::Viewer;
use crate::domain::core::error::Error;
use crate::domain::credential::{self, Presented, Scheme};

/// How long a request waits for its credential's use to be noted, once an hour or day.
const NOTE: Duration = Duration::from_secs(1);

/// Why there is no viewer.
#[derive(Debug)]
pub enum AuthError {
    /// Malformed, unknown or expired.
    Invalid,
    /// It could not be looked up.
    Failed(Error),
}

/// The viewer that `Authorization: Bearer …` or `Authorization: Preview …` stands for; anonymous without the header.
pub async fn viewer(app: &App, headers: &HeaderMap) -> Result<Viewer, AuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(Viewer::Anonymous) };
    if values.next().is_some() {
        return Err(AuthError::Invalid);
    }
    let credential = value.to_str().ok().and_then(|text| text.split_once(' '));
    let (scheme, token) = match credential {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => (Scheme::Bearer, token.trim()),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("preview") => (Scheme::Preview, token.trim()),
        _ => return Err(AuthError::Invalid),
    };
    let now = app.clock.now();
    let presented = credential::present(&app.db.reader(), &app.previews, now, scheme, token).await;
    let presented = presented.map_err(AuthError::Failed)?;
    let Presented { viewer, used } = presented.ok_or(AuthError::Invalid)?;
    if let Some(used) = used {
        // Worth a line, not a refusal and not a long wait: the credential is good.
        match tokio::time::timeout(NOTE, app.note_use(used)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the use of a credential could not be noted: {error}"),
            Err(_) => tracing::info!("the use of a credential is noted another time, the database is busy"),
        }
    }
    Ok(viewer)
}
