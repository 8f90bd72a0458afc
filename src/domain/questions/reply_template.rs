//! Words that the team uses again and again when it writes to a reader.

use entity::reply_template::{Column, Entity, Model};
use entity::{ReplyTemplateId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder, QuerySelect,
};

use crate::db::Tx;
use crate::domain::access::policy::{ManageTemplates, Permit, ReadQuestions, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::patch::Patch;
use crate::domain::core::text;
use crate::domain::journal::audit;
use crate::domain::site::named;

/// How many a site may have.
pub const MAX: u64 = 100;

/// A new one, or changes to the one with this id.
#[derive(Debug, Clone, Default)]
pub struct Save {
    pub id: Option<ReplyTemplateId>,
    pub title: Patch<String>,
    pub text: Patch<String>,
}

/// All of them, by title.
pub async fn list(db: &impl ConnectionTrait, permit: &Permit<ReadQuestions>) -> Result<Vec<Visible<Model>>> {
    let all = Scope::<Entity>::templates(permit);
    let mut rows = all.narrow(|select| select.order_by_asc(Column::Id).limit(MAX)).all(db).await?;
    rows.sort_by_cached_key(|row| crate::domain::core::text::sort_key(&row.title));
    Ok(rows)
}

pub async fn save(tx: &Tx, permit: &Permit<ManageTemplates>, now: Timestamp, save: Save) -> Result<Model> {
    let Save { id, title, text: words } = save;
    let stored = match id {
        Some(id) => Some(lock(tx, id).await?),
        None => None,
    };
    let is_new = stored.is_none();
    let mut row = stored.unwrap_or_else(|| Model {
        id: ReplyTemplateId::generate(now),
        title: String::new(),
        text: String::new(),
        created_at: now,
        updated_at: now,
    });
    let mut refusals = Refusals::default();
    named::apply_label(title, &mut row.title, "title", &mut refusals);
    match words {
        Patch::Keep if !row.text.is_empty() => {}
        Patch::Keep | Patch::Clear => refusals.push(&["text"], ErrorCode::Required, "must not be empty"),
        Patch::Set(written) => {
            row.text =
                text::require(&written, text::DESCRIPTION, &["text"], &mut refusals).unwrap_or_default();
        }
    }
    if is_new && Entity::find().count(tx).await? >= MAX {
        refusals.push(&[], ErrorCode::TooMany, format!("a site has at most {MAX} templates"));
    }
    refusals.finish()?;
    row.updated_at = now;
    let row = row.into_active_model().reset_all();
    let row = if is_new { row.insert(tx).await? } else { row.update(tx).await? };
    audit::record(tx, now, permit.actor(), "saveReplyTemplate", Some(id::format(row.id)), &[]).await?;
    Ok(row)
}

/// Removes one. What was written with it stays.
pub async fn delete(
    tx: &Tx,
    permit: &Permit<ManageTemplates>,
    now: Timestamp,
    id: ReplyTemplateId,
) -> Result<Model> {
    let row = lock(tx, id).await?;
    Entity::delete_by_id(id).exec(tx).await?;
    audit::record(tx, now, permit.actor(), "deleteReplyTemplate", Some(id::format(id)), &[]).await?;
    Ok(row)
}

async fn lock(tx: &Tx, id: ReplyTemplateId) -> Result<Model> {
    match Entity::find_by_id(id).lock_exclusive().one(tx).await? {
        Some(row) => Ok(row),
        None => refuse(&["id"], ErrorCode::NotFound, "there is no such template"),
    }
}
