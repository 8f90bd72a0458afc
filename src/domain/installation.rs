//! What the database knows about the installation that it belongs to: its own id, whether it has content, and under which
//! master keys. All but the id is also asked of databases of earlier versions.

use entity::{account, document, installation};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect};

use crate::db::has_table;
use crate::domain::core::error::Result;
use crate::domain::questions::rotate;

/// What would be lost without a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// How many questions are sealed under each master key, by its id.
    pub sealed: Vec<(String, i64)>,
    /// Whether there is an account, a document or a sealed question.
    pub is_there: bool,
}

/// The id of the database, the same in every copy.
pub async fn database_id(db: &impl ConnectionTrait) -> Result<String> {
    let row = installation::Entity::find().one(db).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the id of the database".to_owned()))?;
    Ok(row.database_id)
}

/// Looks for content in a database of this version or an earlier one.
pub async fn content(db: &impl ConnectionTrait) -> Result<Content> {
    let sealed =
        if has_table(db, "question_intake").await? { rotate::sealed_under(db).await? } else { Vec::new() };
    let is_there = !sealed.is_empty() || has_accounts(db).await? || has_documents(db).await?;
    Ok(Content { sealed, is_there })
}

async fn has_accounts(db: &impl ConnectionTrait) -> Result<bool> {
    if !has_table(db, "account").await? {
        return Ok(false);
    }
    let ids = account::Entity::find().select_only().column(account::Column::Id);
    Ok(ids.into_tuple::<entity::AccountId>().one(db).await?.is_some())
}

async fn has_documents(db: &impl ConnectionTrait) -> Result<bool> {
    if !has_table(db, "document").await? {
        return Ok(false);
    }
    let ids = document::Entity::find().select_only().column(document::Column::Id);
    Ok(ids.into_tuple::<entity::DocumentId>().one(db).await?.is_some())
}
