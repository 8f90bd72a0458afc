//! Parts of statements.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, TryGetable};

use super::error::Result;

/// The one value of a statement that answers one row of one column.
pub(in crate::domain) async fn scalar<T: TryGetable>(
    db: &impl ConnectionTrait,
    statement: &SelectStatement,
) -> Result<T> {
    let row = db.query_one(statement).await?;
    let row = row
        .ok_or_else(|| sea_orm::DbErr::RecordNotFound("a statement that always answers a row".to_owned()))?;
    Ok(row.try_get_by_index(0)?)
}
