//! Previews: a token that shows one document as it would be if it were public, for a day at most.
//!
//! Whoever holds the token reads what the public reads, and the draft in its place: through the same types, also in lists,
//! counts and as a neighbour. The draft is projected for each request and nothing of it is written (`policy::PublicTables`).
//! A preview ends with its time, when it is revoked, with the API token that made it, when its maker is suspended or gets
//! another role, and it rests while the document is in the trash.

use entity::preview::{ActiveModel, Column, Entity, Model};
use entity::{
    AccountId, AccountStatus, DocumentId, PreviewId, Timestamp, account, api_token, document, preview,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::document::lock;
use super::error::{ErrorCode, Refusals, Result, refuse};
use super::id::{self, PublicId};
use super::policy::{ManageDocuments, Permit, ReadDocuments, Scope, Visible};
use super::projection::{Projection, project};
use super::secret::{Purpose, Secret, hash_of};
use super::site::Settings;
use super::time::MINUTE;
use super::{apart, audit, path, publish, revision, token};

/// How many minutes a preview may last, and lasts when nobody says.
pub const LONGEST: i32 = 24 * 60;
/// How many previews of a document are listed.
const LISTED: u64 = 50;

/// What a preview shows now.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    pub id: PreviewId,
    pub expires_at: Timestamp,
    pub projection: Projection,
}

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Make {
    pub document: DocumentId,
    /// The revision to show, whatever is saved after it; without one, always the newest.
    pub revision: Option<i32>,
    pub minutes: Option<i32>,
}

/// What was made.
#[derive(Debug)]
pub struct Made {
    pub preview: Visible<Model>,
    pub secret: Secret,
    pub document: Visible<document::Model>,
    /// Of the revision that is shown now.
    pub slug: String,
}

pub async fn create(
    tx: &DatabaseTransaction,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    make: Make,
) -> Result<Made> {
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
    // What has ended tells nothing that the audit log does not.
    Entity::delete_many()
        .filter(Column::DocumentId.eq(document.id))
        .filter(Column::ExpiresAt.lte(now))
        .exec(tx)
        .await?;

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
        expires_at: Set(Timestamp(now.0 + i64::from(minutes) * MINUTE)),
        revoked_at: Set(None),
    }
    .insert(tx)
    .await?;
    audit::record(tx, now, actor, "createPreview", Some(id::format(document.id)), &[]).await?;
    Ok(Made {
        preview: permit.wrote(row),
        secret,
        slug: content.entry().slug.clone(),
        document: permit.wrote(document),
    })
}

/// Where the site shows a preview, if its settings say so.
pub fn link(site: &Settings, base_url: &str, made: &Made) -> Option<String> {
    let document = &made.document;
    let pattern = site.preview_urls.of(document.kind)?;
    let path = path::of(site, document.kind, &document.locale, &made.slug);
    let base_url = site.base_url.as_deref().unwrap_or(base_url);
    Some(pattern.fill(base_url, made.secret.reveal(), &path, &made.slug, &document.locale))
}

/// Ends a preview at once.
pub async fn revoke(
    tx: &DatabaseTransaction,
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

/// Ends every preview that an account has made.
pub(super) async fn revoke_all(tx: &DatabaseTransaction, now: Timestamp, account: AccountId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::val(now))
        .filter(Column::AccountId.eq(account))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The previews of a document, newest first: those that work and those that were revoked.
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
                .order_by_desc(Column::Id)
                .limit(LISTED)
        })
        .all(db)
        .await
}

/// What a token shows. `None` when it is malformed, unknown or over.
pub async fn present(db: &impl ConnectionTrait, now: Timestamp, secret: &str) -> Result<Option<Preview>> {
    let Some(hash) = hash_of(Purpose::Preview, secret) else { return Ok(None) };
    let row = Entity::find().filter(Column::Hash.eq(hash)).one(db).await?;
    let Some(row) = row.filter(|row| row.revoked_at.is_none() && now < row.expires_at) else {
        return Ok(None);
    };
    if !maker_is_good(db, now, &row).await? {
        return Ok(None);
    }
    let document = document::Entity::find_by_id(row.document_id).one(db).await?;
    let Some(document) = document.filter(|document| document.trashed_at.is_none()) else { return Ok(None) };
    let number = row.revision.unwrap_or(document.head_revision);
    let content = revision::content(db, document.id, number).await?;
    // A date in the future stays: the draft stands where it will stand then. An unknown directive is visible text.
    let first_published_at = document.first_published_at.unwrap_or(now);
    let source = publish::source(&document, number, first_published_at, now);
    let (projection, _) = apart(move || project(&source, &content)).await;
    Ok(Some(Preview { id: row.id, expires_at: row.expires_at, projection }))
}

async fn maker_is_good(db: &impl ConnectionTrait, now: Timestamp, row: &Model) -> Result<bool> {
    if let Some(id) = row.token_id {
        let token = api_token::Entity::find_by_id(id).one(db).await?;
        if !token.is_some_and(|token| token::works(&token, now)) {
            return Ok(false);
        }
    }
    let account = account::Entity::find_by_id(row.account_id).one(db).await?;
    Ok(account.is_some_and(|account| account.status == AccountStatus::Active))
}
