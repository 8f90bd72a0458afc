//! An asset for bytes that are stored already, for who brings files along instead of uploading them.

use entity::asset::{ActiveModel, AssetState, Model};
use entity::{MediaObjectId, Timestamp};
use sea_orm::{ActiveModelTrait, Set};

use super::{kind_of, object};
use crate::db::Tx;
use crate::domain::access::policy::{ManageMedia, Permit};
use crate::domain::core::error::{ErrorCode, Result, refuse};
use crate::domain::core::id;
use crate::domain::journal::audit;
use crate::media::Format;

pub async fn adopt(
    tx: &Tx,
    permit: &Permit<ManageMedia>,
    now: Timestamp,
    filename: &str,
    object: MediaObjectId,
) -> Result<Model> {
    let found = object::stored_and_locked(tx, object).await?;
    let Some((object, format)) =
        found.and_then(|row| Format::from_mime(&row.mime_type).map(|format| (row, format)))
    else {
        return refuse(&["object"], ErrorCode::NotFound, "the bytes are not in the store any more");
    };
    let row = ActiveModel {
        state: Set(AssetState::Ready),
        filename: Set(filename.to_owned()),
        object_id: Set(Some(object.id)),
        mime_type: Set(object.mime_type),
        byte_size: Set(object.byte_size),
        ..super::fresh(permit.account(), now, kind_of(format), filename)
    };
    let asset = row.insert(tx).await?;
    audit::record(tx, now, permit.actor(), "importMedia", Some(id::format(asset.id)), &[]).await?;
    Ok(asset)
}
