//! Previews: a token that shows one document as it would be if it were public, for a day at most.
//!
//! Whoever holds the token reads what the public reads, and the draft in its place: through the same types, also in lists,
//! counts and as a neighbour. The draft is projected in memory and nothing of it is written (`policy::PublicTables`). A preview
//! ends with its time, when it is revoked, and when whoever made it loses the right to; it rests while the document is in
//! the trash.

use entity::preview::{ActiveModel, Column, Entity, Model};
use entity::{DocumentId, PreviewId, Timestamp, api_token, document, preview};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};

use super::document::row::lock;
use super::revision;
use crate::db::Tx;
use crate::domain::access::policy::{ManageDocuments, Permit, ReadDocuments, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::secret::{Purpose, Secret};
use crate::domain::core::time::MINUTE;
use crate::domain::journal::audit;
use crate::domain::site::path;
use crate::domain::site::settings::Settings;
use crate::domain::team::account;

mod show;

pub use show::{Previews, present};

/// How many minutes a preview may last, and lasts when nobody says.
pub const LONGEST: i32 = 24 * 60;
/// How many previews of a document may work at once: as many as are listed.
const MOST: u64 = 50;

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Make {
    pub document: DocumentId,
    /// The revision to show, whatever is saved after it; without one, always the newest.
    pub revision: Option<i32>,
    pub minutes: Option<i32>,
}

/// What was made.
#[derive(Debug, Serialize, Deserialize)]
pub struct Made {
    pub preview: Model,
    /// The token, which is stored nowhere in the clear.
    pub secret: String,
    pub document: document::Model,
    /// Of the revision that is shown now.
    pub slug: String,
}

pub async fn create(tx: &Tx, permit: &Permit<ManageDocuments>, now: Timestamp, make: Make) -> Result<Made> {
    let document = lock(tx, permit, make.document, None, &["document"]).await?;
    if document.trashed_at.is_some() {
        let message = "the document is in the trash; restore it first";
        return refuse(&["document"], ErrorCode::InvalidTransition, message);
    }
    let mut refusals = Refusals::default();
    let minutes = make.minutes.unwrap_or(LONGEST);
    if !(1..=LONGEST).contains(&minutes) {
        refusals.push(&["expiresInMinutes"], ErrorCode::OutOfRange, format!("1 to {LONGEST} minutes"));
    }
    let number = make.revision.unwrap_or(document.head_revision);
    if !(1..=document.head_revision).contains(&number) {
        let message = format!("the document has the revisions 1 to {}", document.head_revision);
        refusals.push(&["revision"], ErrorCode::NotFound, message);
    }
    refusals.finish()?;
    account::still_may(tx, permit).await?;
    // What has ended tells nothing that the audit log does not.
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx).await?;
    let working =
        Entity::find().filter(Column::DocumentId.eq(document.id)).filter(Column::RevokedAt.is_null());
    if working.count(tx).await? >= MOST {
        let message = format!("the document has {MOST} previews that work; revoke one first");
        return refuse(&["document"], ErrorCode::TooMany, message);
    }

    let mut end = Timestamp(now.0 + i64::from(minutes) * MINUTE);
    if let Some(token) = permit.actor().token {
        let token = api_token::Entity::find_by_id(token).one(tx).await?;
        end = token.and_then(|token| token.expires_at).map_or(end, |its_end| Ord::min(end, its_end));
    }
    let content = revision::content(tx, document.id, number).await?;
    let secret = Secret::generate(Purpose::Preview);
    let actor = permit.actor();
    let row = ActiveModel {
        id: Set(PreviewId::generate(now)),
        document_id: Set(document.id),
        revision: Set(make.revision),
        account_id: Set(actor.account),
        token_id: Set(actor.token),
        hash: Set(secret.hash()),
        created_at: Set(now),
        expires_at: Set(end),
        revoked_at: Set(None),
    }
    .insert(tx)
    .await?;
    audit::record(tx, now, actor, "createPreview", Some(id::format(document.id)), &[]).await?;
    let slug = content.entry().slug.clone();
    Ok(Made { preview: row, secret: secret.reveal().to_owned(), document, slug })
}

/// Where the site shows a preview, if its settings say so.
pub fn link(site: &Settings, base_url: &str, made: &Made) -> Option<String> {
    let document = &made.document;
    let pattern = site.preview_urls.of(document.kind)?;
    let path = path::of(site, document.kind, &document.locale, &made.slug);
    let base_url = site.base_url.as_deref().unwrap_or(base_url);
    Some(pattern.fill(base_url, &made.secret, &path, &made.slug, &document.locale))
}

/// Ends a preview at once.
pub async fn revoke(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: PreviewId,
) -> Result<Visible<Model>> {
    let found = Scope::<Entity>::write(permit)
        .narrow(|select| select.filter(Column::Id.eq(id)).lock_exclusive())
        .one(tx)
        .await?;
    let Some(row) = found else {
        return refuse(&["preview"], ErrorCode::NotFound, "there is no such preview");
    };
    if row.revoked_at.is_some() {
        return Ok(row);
    }
    let subject = Some(id::format(row.document_id));
    let mut row = row.into_inner().into_active_model();
    row.revoked_at = Set(Some(now));
    let row = row.update(tx).await?;
    audit::record(tx, now, permit.actor(), "revokePreview", subject, &[]).await?;
    Ok(permit.wrote(row))
}

/// The previews of a document that work, newest first.
pub async fn of_document(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    now: Timestamp,
    document: DocumentId,
) -> Result<Vec<Visible<Model>>> {
    Scope::<preview::Entity>::team(permit)
        .narrow(|select| {
            select
                .filter(Column::DocumentId.eq(document))
                .filter(Column::ExpiresAt.gt(now))
                .filter(Column::RevokedAt.is_null())
                .order_by_desc(Column::Id)
                .limit(MOST)
        })
        .all(db)
        .await
}
