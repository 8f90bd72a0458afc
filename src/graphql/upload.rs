//! Uploads: announcing a file, and saying that it was sent. The bytes go straight to the store.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::UploadId;
use entity::upload::Model;

use super::ctx;
use super::error::{Result, UserError};
use super::input::parse_optional_id;
use super::payload::{perform, perform_each_time, refused};
use crate::domain::access::policy::{ManageMedia, Visible};
use crate::domain::core::error::{self, Error, ErrorCode, Refusals, refuse};
use crate::domain::core::id::{self, PublicId};
use crate::domain::library::upload::{self as domain, Announcement, Look};
use crate::media::Format;

mod object;

use object::unavailable;
pub use object::{Upload, saturated};

/// Announces a file that the client is going to send.
#[derive(InputObject)]
pub struct CreateUploadInput {
    /// The name of the file without a folder, at most 255 characters.
    filename: String,
    /// The MIME type: one of `image/jpeg`, `image/png`, `image/webp`, `image/avif`, `image/gif`, `video/mp4`,
    /// `video/webm`, `audio/mpeg`, `audio/mp4`, `application/pdf`, `text/vtt`.
    mime_type: String,
    /// The size in bytes: at most 100 MiB for images, 200 MiB for documents, 1 MiB for text tracks, and the server's
    /// setting `media_max_megabytes` for video and audio.
    byte_size: i32,
    /// The SHA-256 hash of the file, as 64 hexadecimal digits.
    sha256: String,
    /// Whether the file is served only by signed URLs that expire, as a download for subscribers should be. Defaults to
    /// false.
    is_private: Option<bool>,
    /// The ID of the asset (`asset_…`) whose file this one replaces. The asset keeps its ID, its texts and its privacy.
    replaces: Option<ID>,
}

/// The result of announcing an upload.
#[derive(SimpleObject)]
pub struct CreateUploadPayload {
    /// The upload, with the URLs to send the file to. Null if the input was refused.
    upload: Option<Upload>,
    /// The problems with the input. Empty if the upload was created.
    user_errors: Vec<UserError>,
}

/// Identifies an upload.
#[derive(InputObject)]
pub struct UploadInput {
    /// The ID of the upload (`upload_…`).
    upload: ID,
}

/// The result of a change to an upload.
#[derive(SimpleObject)]
pub struct UploadPayload {
    /// The upload, or null if the input was refused.
    upload: Option<Upload>,
    /// The problems with the input. Empty if the mutation was carried out.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UploadMutation;

#[Object]
impl UploadMutation {
    /// Announces a file and returns the URLs to which the client sends it. The bytes go straight to the store and not
    /// through the API. Requires the scope `media:write` or `content:write`.
    async fn create_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The file to upload.")] input: CreateUploadInput,
    ) -> Option<Result<CreateUploadPayload>> {
        Some(Box::pin(create(context, input)).await)
    }

    /// Completes an upload after the file was sent. The resulting asset is `PROCESSING` until the server has checked
    /// it. Repeating the mutation has no effect. Requires the scope `media:write` or `content:write`.
    async fn complete_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object that the mutation changes.")] input: UploadInput,
    ) -> Option<Result<UploadPayload>> {
        Some(complete(context, &input).await)
    }

    /// Cancels an upload that has not been completed. Requires the scope `media:write` or `content:write`.
    async fn abandon_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object that the mutation changes.")] input: UploadInput,
    ) -> Option<Result<UploadPayload>> {
        Some(abandon(context, &input).await)
    }
}

async fn create(context: &Context<'_>, input: CreateUploadInput) -> Result<CreateUploadPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageMedia>()?;
    let mut refusals = Refusals::default();
    let replaces = parse_optional_id(input.replaces, &["replaces"], &mut refusals);
    let announcement = Announcement {
        filename: &input.filename,
        mime_type: &input.mime_type,
        byte_size: input.byte_size.into(),
        sha256: &input.sha256,
        is_private: input.is_private.unwrap_or(false),
        replaces,
    };
    let announced = domain::check(&announcement, ctx.media.max_bytes, &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(CreateUploadPayload { upload: None, user_errors });
    }
    let announced = announced.expect("refused otherwise");
    let id = UploadId::generate(ctx.now);
    let (size, largest) = (announced.byte_size, ctx.media.max_bytes);
    // Before the row: what the store begins without one, the collector ends. An account without room begins nothing there; it
    // is refused below, unless the same announcement was answered before under its key.
    let look = domain::look_at_quota(&ctx.db, ctx.now, permit.account(), size, largest);
    let (in_parts, multipart) = match domain::part_size(size) {
        Some(_) if look.await.is_ok() => (true, Some(begin_parts(context, id, announced.format).await?)),
        part_size => (part_size.is_some(), None),
    };
    let outcome = perform(context, async |tx| {
        if in_parts && multipart.is_none() {
            domain::look_at_quota(tx, ctx.now, permit.account(), size, largest).await?;
            // There is room since a moment ago.
            return Err(Error::Unavailable);
        }
        domain::create(tx, &permit, ctx.now, id, announced, largest, multipart).await
    })
    .await?;
    Ok(match outcome {
        Ok(row) => CreateUploadPayload { upload: Some(Upload(permit.wrote(row))), user_errors: Vec::new() },
        Err(user_errors) => CreateUploadPayload { upload: None, user_errors },
    })
}

async fn begin_parts(context: &Context<'_>, id: UploadId, format: Format) -> Result<String> {
    let (store, key) = (&ctx(context).store, domain::storage_key(id));
    store.in_time(store.create_multipart(&key, format.mime())).await.map_err(unavailable)
}

async fn complete(context: &Context<'_>, input: &UploadInput) -> Result<UploadPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageMedia>()?;
    let upload = match find(context, input).await? {
        Ok(upload) => upload,
        Err(user_errors) => return Ok(UploadPayload { upload: None, user_errors }),
    };
    // The store is asked before the transaction, so that nobody waits for it inside the database. What changes between the
    // two, the job sees.
    let arrived = match domain::was_completed(&upload, ctx.now) {
        Ok(true) => Ok(()),
        Ok(false) => arrived(context, &upload).await?,
        Err(refusal) => Err(refusal),
    };
    let id = upload.id;
    let outcome = perform_each_time(context, async |tx| {
        arrived?;
        domain::complete(tx, &permit, ctx.now, id, Look::AtOnce).await
    })
    .await?;
    Ok(match outcome {
        Ok((row, _)) => UploadPayload { upload: Some(Upload(permit.wrote(row))), user_errors: Vec::new() },
        Err(user_errors) => UploadPayload { upload: None, user_errors },
    })
}

/// Whether everything that was announced is in the store.
async fn arrived(context: &Context<'_>, upload: &Model) -> Result<error::Result<()>> {
    let (store, key) = (&ctx(context).store, domain::storage_key(upload.id));
    if let Some(multipart) = &upload.multipart_id {
        let stored = store.in_time(store.list_parts(&key, multipart)).await.map_err(unavailable)?;
        let stored: Vec<_> = stored.iter().map(|part| (part.number, part.size)).collect();
        let missing = domain::missing_parts(upload, &stored);
        if missing.is_empty() {
            return Ok(Ok(()));
        }
        let shown: Vec<_> = missing.iter().take(10).map(ToString::to_string).collect();
        let more = if missing.len() > shown.len() { " and more" } else { "" };
        let message = format!("these parts have not arrived: {}{more}", shown.join(", "));
        return Ok(refuse(&["upload"], ErrorCode::Required, message));
    }
    let head = store.in_time(store.head(&key)).await.map_err(unavailable)?;
    Ok(match head {
        None => refuse(&["upload"], ErrorCode::Required, "the file has not arrived"),
        Some(head) if head.size != upload.byte_size.unsigned_abs() => {
            let message = format!("{} bytes were announced, and {} arrived", upload.byte_size, head.size);
            refuse(&["upload"], ErrorCode::Invalid, message)
        }
        Some(_) => Ok(()),
    })
}

async fn abandon(context: &Context<'_>, input: &UploadInput) -> Result<UploadPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageMedia>()?;
    let upload = match find(context, input).await? {
        Ok(upload) => upload,
        Err(user_errors) => return Ok(UploadPayload { upload: None, user_errors }),
    };
    let id = upload.id;
    let outcome = perform_each_time(context, async |tx| domain::abandon(tx, &permit, id).await).await?;
    let row = match outcome {
        Ok(row) => row,
        Err(user_errors) => return Ok(UploadPayload { upload: None, user_errors }),
    };
    // What stays behind when this fails, the collector removes.
    let key = domain::storage_key(id);
    let removed = match &row.multipart_id {
        Some(multipart) => ctx.store.in_time(ctx.store.abort_multipart(&key, multipart)).await,
        None => ctx.store.in_time(ctx.store.delete(&key)).await,
    };
    if let Err(error) = removed {
        tracing::info!(%error, "what was sent for an upload that was given up is left to the collector: {error}");
    }
    Ok(UploadPayload { upload: Some(Upload(permit.wrote(row))), user_errors: Vec::new() })
}

async fn find(
    context: &Context<'_>,
    input: &UploadInput,
) -> Result<std::result::Result<Visible<Model>, Vec<UserError>>> {
    let mut refusals = Refusals::default();
    let id: Option<UploadId> = id::parse_at(&input.upload, &["upload"], &mut refusals);
    let found = match id {
        Some(id) => by_id(context, id).await?,
        None => None,
    };
    if found.is_none() && id.is_some() {
        refusals.push(&["upload"], ErrorCode::NotFound, "there is no such upload of yours");
    }
    Ok(refused(context, refusals)?.map(|()| found.expect("refused otherwise")))
}

async fn by_id(context: &Context<'_>, id: UploadId) -> Result<Option<Visible<Model>>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageMedia>()?;
    Ok(domain::by_id(&ctx.db, &permit, id).await?)
}

/// One's own upload, to go on with it.
pub async fn desk(context: &Context<'_>, id: &str) -> Result<Option<Upload>> {
    let Ok(id) = id::parse(id) else {
        return Ok(error::invalid("id", ErrorCode::InvalidId, "expected an id that starts with upload_")?);
    };
    Ok(by_id(context, id).await?.map(Upload))
}
