//! Uploads: announcing a file, where to send it, and saying that it was sent. The bytes go straight to the store.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::UploadId;
use entity::upload::{Model, UploadState as State};

use super::asset::DeskAsset;
use super::ctx;
use super::error::{Error, Result, UNAVAILABLE, UserError};
use super::input::parse_optional_id;
use super::payload::{perform, perform_each_time, refused};
use super::scalars::DateTime;
use crate::domain::error;
use crate::domain::error::{ErrorCode, Refusals, refuse};
use crate::domain::id::{self, PublicId};
use crate::domain::policy::{ManageMedia, Visible};
use crate::domain::upload::{self as domain, Announcement, Look};
use crate::media::Format;
use crate::store::{Presigned, StoreError};

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum UploadState {
    /// The file is to be sent.
    Open,
    /// It was sent, and is looked at.
    Completed,
    /// It is over: the file became an asset, was rejected, or never came.
    Ended,
}

/// A file on its way into the store.
pub struct Upload(Visible<Model>);

/// A file on its way into the store.
#[Object]
impl Upload {
    /// Id of the upload.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// Where it stands.
    async fn state(&self) -> UploadState {
        self.0.state.into()
    }

    /// What the file is called.
    async fn filename(&self) -> &str {
        &self.0.filename
    }

    /// What it was announced as.
    async fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// Its size in bytes.
    async fn byte_size(&self) -> i32 {
        saturated(self.0.byte_size)
    }

    /// The request that sends the whole file; null when it comes in parts, or is not open. It works for an hour; ask for the
    /// upload again to get a new one.
    async fn request(&self, context: &Context<'_>) -> Option<Result<SendRequest>> {
        if self.0.state != State::Open || self.0.multipart_id.is_some() {
            return None;
        }
        Some(whole(context, &self.0).await)
    }

    /// The parts of a file of more than 32 MiB, to be sent in any order, several at a time, and again when one failed.
    /// Empty when it comes in one piece, or is not open.
    async fn parts(&self, context: &Context<'_>) -> Option<Result<Vec<UploadPart>>> {
        Some(parts(context, &self.0).await)
    }

    /// What became of it; null until it is completed.
    async fn asset(&self, context: &Context<'_>) -> Option<Result<DeskAsset>> {
        DeskAsset::find(context, self.0.asset_id?).await.transpose()
    }

    /// Why the file was rejected, in a sentence.
    async fn rejection(&self) -> Option<&str> {
        self.0.rejection.as_deref()
    }

    /// When an upload is given up that was not completed.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }
}

/// An HTTP request that a browser sends to the store: PUT with these headers, and the bytes as its body. Size, type and
/// checksum are signed; anything else is refused there.
#[derive(SimpleObject)]
pub struct SendRequest {
    /// Where to send it.
    url: String,
    /// Headers that must be sent as they are, beside `Content-Length`.
    headers: Vec<HttpHeader>,
}

/// A header of an HTTP request.
#[derive(SimpleObject)]
pub struct HttpHeader {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// A part of a file.
#[derive(SimpleObject)]
pub struct UploadPart {
    /// From 1.
    number: i32,
    /// Where in the file it begins, in bytes.
    offset: i32,
    /// Its size in bytes.
    byte_size: i32,
    /// Whether it has arrived.
    is_stored: bool,
    /// The request that sends it. It works for an hour.
    request: SendRequest,
}

impl From<Presigned> for SendRequest {
    fn from(presigned: Presigned) -> Self {
        let header = |(name, value)| HttpHeader { name, value };
        Self { url: presigned.url, headers: presigned.headers.into_iter().map(header).collect() }
    }
}

async fn whole(context: &Context<'_>, upload: &Model) -> Result<SendRequest> {
    let (store, key) = (&ctx(context).store, domain::storage_key(upload.id));
    let sha256 = domain::sha256_of(upload);
    let size = upload.byte_size.unsigned_abs();
    let request = store.presign_put(&key, &upload.mime_type, size, sha256, domain::URL_LIFETIME).await;
    Ok(request.map_err(unavailable)?.into())
}

async fn parts(context: &Context<'_>, upload: &Model) -> Result<Vec<UploadPart>> {
    let Some(multipart) = upload.multipart_id.as_deref().filter(|_| upload.state == State::Open) else {
        return Ok(Vec::new());
    };
    let (store, key) = (&ctx(context).store, domain::storage_key(upload.id));
    let stored = store.list_parts(&key, multipart).await.map_err(unavailable)?;
    let mut parts = Vec::new();
    for part in domain::parts(upload) {
        let (number, size) = (part.number, part.byte_size.unsigned_abs());
        let request = store.presign_part(&key, multipart, number, size, domain::URL_LIFETIME).await;
        parts.push(UploadPart {
            number,
            offset: saturated(part.offset),
            byte_size: saturated(part.byte_size),
            is_stored: stored.iter().any(|stored| stored.number == number && stored.size == size),
            request: request.map_err(unavailable)?.into(),
        });
    }
    Ok(parts)
}

/// The store's own words are for the log.
fn unavailable(error: StoreError) -> Error {
    tracing::warn!(%error, "the store of files failed: {error}");
    Error::new(UNAVAILABLE, "the store of files does not answer as it should; try again in a moment")
}

/// No file is larger than a GraphQL integer.
pub(super) fn saturated(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// The file that is going to be sent.
#[derive(InputObject)]
pub struct CreateUploadInput {
    /// What it is called, without a folder; at most 255 characters.
    filename: String,
    /// One of `image/jpeg`, `image/png`, `image/webp`, `image/avif`, `image/gif`, `video/mp4`, `video/webm`, `audio/mpeg`,
    /// `audio/mp4`, `application/pdf`, `text/vtt`.
    mime_type: String,
    /// Its size in bytes: images up to 100 MiB, documents up to 200 MiB, text tracks up to 1 MiB, video and audio up to the
    /// server's setting.
    byte_size: i32,
    /// SHA-256 of its bytes, as 64 hexadecimal digits.
    sha256: String,
    /// Whether it is only served by signed URLs that end, as a freebie is; without, it is not.
    is_private: Option<bool>,
    /// `asset_…` that this file becomes the new file of. It keeps its id, its words and whether it is private.
    replaces: Option<ID>,
}

/// The upload that was begun.
#[derive(SimpleObject)]
pub struct CreateUploadPayload {
    /// What to send where; null when the input was refused.
    upload: Option<Upload>,
    /// What is wrong. Empty when it was begun.
    user_errors: Vec<UserError>,
}

/// Which upload.
#[derive(InputObject)]
pub struct UploadInput {
    /// `upload_…`
    upload: ID,
}

/// What became of an upload.
#[derive(SimpleObject)]
pub struct UploadPayload {
    /// The upload; null when the input was refused.
    upload: Option<Upload>,
    /// What is wrong. Empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UploadMutation;

#[Object]
impl UploadMutation {
    /// Announces a file; the answer says where to send it. Files are sent straight to the store, not through the API. Needs
    /// `media:write` or `content:write`.
    async fn create_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The file.")] input: CreateUploadInput,
    ) -> Option<Result<CreateUploadPayload>> {
        Some(create(context, input).await)
    }

    /// Says that a file was sent. It becomes an asset, which is PROCESSING until the server has looked at it; doing it again
    /// changes nothing. Needs `media:write` or `content:write`.
    async fn complete_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: UploadInput,
    ) -> Option<Result<UploadPayload>> {
        Some(complete(context, &input).await)
    }

    /// Gives up an upload that is open. Needs `media:write` or `content:write`.
    async fn abandon_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: UploadInput,
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
    let announced = domain::check(announcement, ctx.media.max_bytes, &mut refusals);
    if let Err(user_errors) = refused(refusals)? {
        return Ok(CreateUploadPayload { upload: None, user_errors });
    }
    let announced = announced.expect("refused otherwise");
    let id = UploadId::generate(ctx.now);
    // Before the row: what the store begins for nobody, the collector ends.
    let multipart = match domain::part_size(announced.byte_size) {
        Some(_) => Some(begin_parts(context, id, announced.format).await?),
        None => None,
    };
    let outcome =
        perform(context, async |tx| domain::create(tx, &permit, ctx.now, id, announced, multipart).await)
            .await?;
    Ok(match outcome {
        Ok(row) => CreateUploadPayload { upload: Some(Upload(permit.wrote(row))), user_errors: Vec::new() },
        Err(user_errors) => CreateUploadPayload { upload: None, user_errors },
    })
}

async fn begin_parts(context: &Context<'_>, id: UploadId, format: Format) -> Result<String> {
    let begun = ctx(context).store.create_multipart(&domain::storage_key(id), format.mime()).await;
    begun.map_err(unavailable)
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
        let stored = store.list_parts(&key, multipart).await.map_err(unavailable)?;
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
    let head = store.head(&key).await.map_err(unavailable)?;
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
        Some(multipart) => ctx.store.abort_multipart(&key, multipart).await,
        None => ctx.store.delete(&key).await,
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
    Ok(refused(refusals)?.map(|()| found.expect("refused otherwise")))
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
