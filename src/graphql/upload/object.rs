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
pub struct Upload(pub Visible<Model>);

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
