//! An upload as its sender sees it: where it stands, and the requests that send it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::upload::{Model, UploadState as State};

use crate::domain::access::policy::Visible;
use crate::domain::core::id;
use crate::domain::library::upload as domain;
use crate::graphql::asset::DeskAsset;
use crate::graphql::ctx;
use crate::graphql::error::{Error, Result, UNAVAILABLE};
use crate::graphql::scalars::DateTime;
use crate::store::{Presigned, StoreError};

/// The state of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum UploadState {
    /// The file has not been sent completely.
    Open,
    /// The file was sent, and the server is checking it.
    Completed,
    /// The upload is over: the file became an asset, was rejected, or was never sent.
    Ended,
}

/// The upload of a file to the store.
pub struct Upload(pub Visible<Model>);

/// The upload of a file to the store.
#[Object]
impl Upload {
    /// The ID of the upload.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// The state of the upload.
    async fn state(&self) -> UploadState {
        self.0.state.into()
    }

    /// The name of the file.
    async fn filename(&self) -> &str {
        &self.0.filename
    }

    /// The MIME type that was announced.
    async fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// The size in bytes.
    async fn byte_size(&self) -> i32 {
        saturated(self.0.byte_size)
    }

    /// The request that sends the whole file. Null if the file is sent in parts or if the upload is not open. It works
    /// for one hour; query the upload again to get a new one.
    async fn request(&self, context: &Context<'_>) -> Option<Result<SendRequest>> {
        if self.0.state != State::Open || self.0.multipart_id.is_some() {
            return None;
        }
        Some(whole(context, &self.0).await)
    }

    /// The parts of a file that is larger than 32 MiB. They can be sent in any order, in parallel, and again if one
    /// failed. Empty if the file is sent in one piece or if the upload is not open.
    async fn parts(&self, context: &Context<'_>) -> Option<Result<Vec<UploadPart>>> {
        Some(parts(context, &self.0).await)
    }

    /// The asset that resulted from the upload, or null until the upload is completed.
    async fn asset(&self, context: &Context<'_>) -> Option<Result<DeskAsset>> {
        DeskAsset::find(context, self.0.asset_id?).await.transpose()
    }

    /// The reason for which the file was rejected, if it was.
    async fn rejection(&self) -> Option<&str> {
        self.0.rejection.as_deref()
    }

    /// The time at which the upload is cancelled if it has not been completed.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }
}

/// An HTTP request that the client sends to the store: `PUT` with these headers and with the bytes as its body. Size,
/// type and checksum are signed, and the store refuses everything else.
#[derive(SimpleObject)]
pub struct SendRequest {
    /// The URL to send the request to.
    url: String,
    /// The headers to send without changes, in addition to `Content-Length`.
    headers: Vec<HttpHeader>,
}

/// A header of an HTTP request.
#[derive(SimpleObject)]
pub struct HttpHeader {
    /// The name of the header.
    name: String,
    /// The value of the header.
    value: String,
}

/// A part of a file.
#[derive(SimpleObject)]
pub struct UploadPart {
    /// The number of the part, starting at 1.
    number: i32,
    /// The position of the part in the file, in bytes.
    offset: i32,
    /// The size in bytes.
    byte_size: i32,
    /// Whether the part has been stored.
    is_stored: bool,
    /// The request that sends the part. It works for one hour.
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
    let stored = store.in_time(store.list_parts(&key, multipart)).await.map_err(unavailable)?;
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
#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
pub fn unavailable(error: StoreError) -> Error {
    tracing::warn!(%error, "the store of files failed: {error}");
    Error::new(UNAVAILABLE, "the store of files does not answer as it should; try again in a moment")
}

/// No file is larger than a GraphQL integer.
pub fn saturated(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
