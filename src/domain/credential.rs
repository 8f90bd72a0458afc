//! What a request is sent with: the secret of a session or an API token, told apart by its prefix.

use entity::{ApiTokenId, SessionId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::error::Result;
use super::policy::Viewer;
use super::secret::Purpose;
use super::{session, token};

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

/// Whose credential this is. `None` when it is malformed, unknown or over.
pub async fn present(db: &impl ConnectionTrait, now: Timestamp, secret: &str) -> Result<Option<Presented>> {
    if secret.starts_with(Purpose::Session.prefix()) {
        let found = session::viewer(db, now, secret).await?;
        return Ok(found.map(|(viewer, used)| Presented { viewer, used: used.map(Used::Session) }));
    }
    let found = token::viewer(db, now, secret).await?;
    Ok(found.map(|(viewer, used)| Presented { viewer, used: used.map(Used::Token) }))
}

/// Notes when a credential was used.
pub async fn note_use(tx: &DatabaseTransaction, now: Timestamp, used: Used) -> Result<()> {
    match used {
        Used::Session(id) => session::used(tx, now, id).await,
        Used::Token(id) => token::used(tx, now, id).await,
    }
}
