//! Uploads: a file is announced, sent straight to the store, and completed; then a job looks at it.
//!
//! What is sent lies in quarantine under the upload's own key until the job has found it good. Nothing here speaks with the
//! store: whoever calls does that between two transactions, and what is left behind by a crash in between is collected.

use std::time::Duration;

use entity::asset;
use entity::upload::{ActiveModel, Column, Entity, Model, UploadState};
use entity::{AccountId, AssetId, Timestamp, UploadId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Set,
};

use super::asset::{fresh, kind_of};
use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit, Scope, Visible};
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::id;
use crate::domain::core::time::{HOUR, MINUTE};
use crate::domain::job::{self, NewJob, Task};
use crate::domain::journal::audit;
use crate::domain::team::account;
use crate::media::Format;

mod check;
mod collect;

pub use check::{Announced, Announcement, MEBI, check};
pub use collect::{end, expired, forget, needed};

/// A file up to this size comes in one piece.
pub const WHOLE: i64 = 32 * MEBI;
/// A part of a larger one, unless there would be more than [`MOST_PARTS`] of them.
const PART: i64 = 16 * MEBI;
const MOST_PARTS: i64 = 1_000;
/// How long a client may take.
const LIFETIME: i64 = 24 * HOUR;
/// How long one of the URLs works that a client sends to.
pub const URL_LIFETIME: Duration = Duration::from_hours(1);
/// Uploads of one account that are not in the library yet.
const MOST: i64 = 1_000;
/// Their total size is at most this many times that of the largest file that may be uploaded.
const MOST_LARGEST: i64 = 10;

/// Where the bytes of an upload lie until they were looked at.
pub fn storage_key(id: UploadId) -> String {
    format!("{QUARANTINE}{}", id.0.simple())
}

/// What every key of an upload starts with.
pub const QUARANTINE: &str = "quarantine/";

/// The upload that a key in quarantine belongs to.
pub fn of_storage_key(key: &str) -> Option<UploadId> {
    key.strip_prefix(QUARANTINE)?.parse().ok().map(UploadId)
}

/// One part of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: i32,
    pub offset: i64,
    pub byte_size: i64,
}

/// The parts of an upload in order; one that comes in a single piece has none.
pub fn parts(upload: &Model) -> Vec<Part> {
    if upload.multipart_id.is_none() {
        return Vec::new();
    }
    let size = upload.part_size.max(1);
    let count = i32::try_from(upload.byte_size.div_euclid(size) + 1).unwrap_or(i32::MAX);
    (0..count)
        .map(|index| (index, i64::from(index) * size))
        .take_while(|(_, offset)| *offset < upload.byte_size)
        .map(|(index, offset)| Part {
            number: index + 1,
            offset,
            byte_size: size.min(upload.byte_size - offset),
        })
        .collect()
}

/// How large the parts of a file are; none for one that comes in a single piece.
pub fn part_size(byte_size: i64) -> Option<i64> {
    (byte_size > WHOLE).then(|| PART.max(byte_size.div_euclid(MOST_PARTS) + 1))
}

/// The hash that was announced.
pub fn sha256_of(upload: &Model) -> [u8; 32] {
    upload.sha256.as_slice().try_into().expect("the column has 32 bytes")
}

/// Which parts of a file the store does not have as they were announced.
pub fn missing_parts(upload: &Model, stored: &[(i32, u64)]) -> Vec<i32> {
    let has = |part: &Part| stored.contains(&(part.number, part.byte_size.unsigned_abs()));
    parts(upload).iter().filter(|part| !has(part)).map(|part| part.number).collect()
}

/// Writes down what was announced. `multipart_id` is the store's, for a file that comes in parts.
pub async fn create(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    now: Timestamp,
    id: UploadId,
    announced: Announced,
    largest: i64,
    multipart_id: Option<String>,
) -> Result<Model> {
    // The account is locked by this, so that two announcements at once count each other.
    account::still_may(tx, permit).await?;
    look_at_quota(tx, now, permit.account(), announced.byte_size, largest).await?;
    let mut is_private = announced.is_private;
    if let Some(replaced) = announced.replaces {
        let asset = super::asset::lock(tx, permit, replaced, &["replaces"]).await?;
        if kind_of(announced.format) != asset.kind {
            let message = "the new file must be of the same kind as the one that it replaces";
            return refuse(&["mimeType"], ErrorCode::Invalid, message);
        }
        is_private = asset.is_private;
    }
    let row = ActiveModel {
        id: Set(id),
        account_id: Set(permit.account()),
        state: Set(UploadState::Open),
        filename: Set(announced.filename),
        mime_type: Set(announced.format.mime().to_owned()),
        byte_size: Set(announced.byte_size),
        sha256: Set(announced.sha256.to_vec()),
        is_private: Set(is_private),
        replaces: Set(announced.replaces),
        part_size: Set(part_size(announced.byte_size).unwrap_or(announced.byte_size)),
        multipart_id: Set(multipart_id),
        asset_id: Set(None),
        rejection: Set(None),
        created_at: Set(now),
        expires_at: Set(Timestamp(now.0 + LIFETIME)),
    };
    Ok(row.insert(tx).await?)
}

/// Refuses what is more than one account may have underway. What was announced fills the store, though it may never be
/// completed. What was completed counts until a job has looked at it: who completes quickly is no faster than the jobs.
pub async fn look_at_quota(
    db: &impl ConnectionTrait,
    now: Timestamp,
    account: AccountId,
    byte_size: i64,
    largest: i64,
) -> Result<()> {
    let is_open = Condition::all().add(Column::State.eq(UploadState::Open)).add(Column::ExpiresAt.gt(now));
    let is_underway = Condition::any().add(Column::State.eq(UploadState::Completed)).add(is_open);
    let underway = Entity::find()
        .select_only()
        .expr(Column::Id.count())
        .expr(Expr::cust("CAST(COALESCE(SUM(byte_size), 0) AS BIGINT)"))
        .filter(Column::AccountId.eq(account))
        .filter(is_underway);
    let (count, bytes): (i64, i64) = underway.into_tuple().one(db).await?.unwrap_or_default();
    if count >= MOST {
        let message =
            format!("{MOST} uploads are underway; abandon some, or wait until they are in the library");
        return refuse(&["filename"], ErrorCode::TooMany, message);
    }
    let most = largest.saturating_mul(MOST_LARGEST);
    if bytes.saturating_add(byte_size) > most {
        let message = format!(
            "uploads of {} MiB are underway, and an account may have {} MiB; abandon some, or wait until they are in the library",
            bytes / MEBI,
            most / MEBI
        );
        return refuse(&["byteSize"], ErrorCode::TooMany, message);
    }
    Ok(())
}

/// One's own upload.
pub async fn by_id(
    db: &impl ConnectionTrait,
    permit: &Permit<ManageMedia>,
    id: UploadId,
) -> Result<Option<Visible<Model>>> {
    Scope::<Entity>::uploads(permit).narrow(|select| select.filter(Column::Id.eq(id))).one(db).await
}

/// Refuses what cannot be completed any more; answers whether it was completed before.
pub fn was_completed(upload: &Model, now: Timestamp) -> Result<bool> {
    match upload.state {
        UploadState::Completed => Ok(true),
        UploadState::Ended if upload.asset_id.is_some() => Ok(true),
        UploadState::Open if upload.expires_at > now => Ok(false),
        UploadState::Open | UploadState::Ended => {
            refuse(&["upload"], ErrorCode::Expired, "the upload is over; begin another one")
        }
    }
}

/// When a job looks at a file that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    AtOnce,
    /// Whoever completes it looks itself, and a job only if that did not end in time.
    Unless,
}

/// Turns an upload whose bytes arrived into an asset that a job looks at; doing it again changes nothing.
pub async fn complete(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    now: Timestamp,
    id: UploadId,
    look: Look,
) -> Result<(Model, asset::Model)> {
    let upload = lock(tx, permit, id).await?;
    if was_completed(&upload, now)? {
        let asset =
            asset::Entity::find_by_id(upload.asset_id.unwrap_or(AssetId(upload.id.0))).one(tx).await?;
        return match asset {
            Some(asset) => Ok((upload, asset)),
            None => refuse(&["upload"], ErrorCode::NotFound, "the asset was deleted meanwhile"),
        };
    }
    account::still_may(tx, permit).await?;
    let asset = match upload.replaces {
        Some(asset) => super::asset::lock(tx, permit, asset, &["upload"]).await?,
        None => new_asset(tx, now, &upload).await?,
    };
    let run_at = match look {
        Look::AtOnce => now,
        Look::Unless => Timestamp(now.0 + 15 * MINUTE),
    };
    let job = NewJob {
        task: Task::Promote { upload: id },
        run_at,
        key: Some(job_key(id)),
        // Two files for one asset: the later one wins.
        lane: Some(format!("asset {}", asset.id.0.simple())),
    };
    job::enqueue(tx, now, job).await?;
    audit::record(tx, now, permit.actor(), "completeUpload", Some(id::format(asset.id)), &[]).await?;
    let mut row = upload.into_active_model();
    row.state = Set(UploadState::Completed);
    row.asset_id = Set(Some(asset.id));
    Ok((row.update(tx).await?, asset))
}

/// One's own upload, locked until the transaction ends.
async fn lock(tx: &Tx, permit: &Permit<ManageMedia>, id: UploadId) -> Result<Model> {
    let found = Scope::<Entity>::uploads(permit)
        .narrow(|select| select.filter(Column::Id.eq(id)).lock_exclusive())
        .one(tx)
        .await?;
    match found {
        Some(upload) => Ok(upload.into_inner()),
        None => refuse(&["upload"], ErrorCode::NotFound, "there is no such upload"),
    }
}

/// The key of the job that looks at an upload.
pub fn job_key(id: UploadId) -> String {
    format!("promote {}", id.0.simple())
}

async fn new_asset(tx: &Tx, now: Timestamp, upload: &Model) -> Result<asset::Model> {
    let format = Format::from_mime(&upload.mime_type).expect("checked when it was announced");
    let row = asset::ActiveModel {
        mime_type: Set(upload.mime_type.clone()),
        byte_size: Set(upload.byte_size),
        is_private: Set(upload.is_private),
        ..fresh(upload.account_id, now, kind_of(format), &upload.filename)
    };
    Ok(row.insert(tx).await?)
}

/// Gives an open upload up. What it left in the store is removed by whoever calls.
pub async fn abandon(tx: &Tx, permit: &Permit<ManageMedia>, id: UploadId) -> Result<Model> {
    let upload = lock(tx, permit, id).await?;
    match upload.state {
        UploadState::Ended => Ok(upload),
        UploadState::Completed => {
            refuse(&["upload"], ErrorCode::InvalidTransition, "it was completed; delete the asset instead")
        }
        UploadState::Open => {
            let mut row = upload.into_active_model();
            row.state = Set(UploadState::Ended);
            Ok(row.update(tx).await?)
        }
    }
}

/// An upload, for the job that looks at it.
pub async fn of_job(db: &impl ConnectionTrait, id: UploadId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}
