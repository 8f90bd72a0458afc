//! Publishing several documents at once: all of them, or none.

use entity::{DocumentId, Timestamp, document};

use super::{Effect, conclude_each, make_public};
use crate::db::Tx;
use crate::domain::access::policy::{ManageDocuments, Permit};
use crate::domain::content::document::row::lock;
use crate::domain::core::error::{Error, ErrorCode, Result, UserError, refuse};

/// How many documents one bulk publication may name.
const MAX_BULK: usize = 50;

/// Publishes several documents, or none if one of them is refused.
pub async fn publish_all(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    ids: &[DocumentId],
) -> Result<Vec<document::Model>> {
    if ids.is_empty() {
        return refuse(&["documents"], ErrorCode::Required, "name at least one document");
    }
    if ids.len() > MAX_BULK {
        let message = format!("at most {MAX_BULK} documents at once, found {}", ids.len());
        return refuse(&["documents"], ErrorCode::TooMany, message);
    }
    // One order of locks for all, so that two bulk publications cannot wait for each other.
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|&index| ids[index]);
    let mut published = vec![None; ids.len()];
    let mut effects = Effect::default();
    let mut refused = Vec::new();
    for index in order {
        // A savepoint each: PostgreSQL takes no further statement after a violated constraint, such as a taken slug's.
        let step = tx.step().await?;
        let attempt = async {
            let document = lock(&step, permit, ids[index], None, &["document"]).await?;
            make_public(&step, permit, now, document, None).await
        };
        match attempt.await {
            Ok((document, effect)) => {
                step.commit().await?;
                effects.and(effect);
                published[index] = Some(document);
            }
            Err(Error::Refused(errors)) => {
                step.rollback().await;
                refused.extend(errors.into_iter().map(|error| within(index, error)));
            }
            Err(error) => return Err(error),
        }
    }
    if !refused.is_empty() {
        return Err(Error::Refused(refused));
    }
    let late = conclude_each(tx, now, effects).await?;
    for (document, refusals) in late {
        let index = ids.iter().position(|&id| id == document).unwrap_or_default();
        refused.extend(refusals.into_errors().into_iter().map(|error| within(index, error)));
    }
    if !refused.is_empty() {
        return Err(Error::Refused(refused));
    }
    Ok(published.into_iter().flatten().collect())
}

/// A refusal of one of several documents.
fn within(index: usize, mut error: UserError) -> UserError {
    let inner = error.path.into_iter().filter(|name| name != "document");
    error.path = ["documents".to_owned(), index.to_string()].into_iter().chain(inner).collect();
    error
}
