//! What a request is sent with: the secret of a session or an API token, told apart by its prefix, or that of a preview.

use std::sync::Arc;

use entity::{ApiTokenId, SessionId, Timestamp};
use sea_orm::ConnectionTrait;

use super::team::{session, token};
use crate::db::Tx;
use crate::domain::access::policy::Viewer;
use crate::domain::content::preview;
use crate::domain::content::preview::Previews;
use crate::domain::core::error::Result;
use crate::domain::core::secret::Purpose;

/// Who presented a credential that is good.
#[derive(Debug)]
pub struct Presented {
    pub viewer: Viewer,
    /// What to note of its use, where that was not done lately.
    pub used: Option<Used>,
}

#[derive(Debug, Clone, Copy)]
pub enum Used {
    Session(SessionId),
    Token(ApiTokenId),
}

/// What a credential says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Somebody of the team, or a program.
    Bearer,
    /// A look at one document.
    Preview,
}

/// Whose credential this is. `None` when it is malformed, unknown or over.
pub async fn present(
    db: &impl ConnectionTrait,
    previews: &Previews,
    now: Timestamp,
    scheme: Scheme,
    secret: &str,
) -> Result<Option<Presented>> {
    if scheme == Scheme::Preview {
        let found = preview::present(db, previews, now, secret).await?;
        return Ok(found.map(|preview| Presented { viewer: Viewer::Preview(Arc::new(preview)), used: None }));
    }
    if secret.starts_with(Purpose::Session.prefix()) {
        let found = session::viewer(db, now, secret).await?;
        return Ok(found.map(|(viewer, used)| Presented { viewer, used: used.map(Used::Session) }));
    }
    let found = token::viewer(db, now, secret).await?;
    Ok(found.map(|(viewer, used)| Presented { viewer, used: used.map(Used::Token) }))
}

/// Notes when a credential was used.
pub async fn note_use(tx: &Tx, now: Timestamp, used: Used) -> Result<()> {
    match used {
        Used::Session(id) => session::used(tx, now, id).await,
        Used::Token(id) => token::used(tx, now, id).await,
    }
}
