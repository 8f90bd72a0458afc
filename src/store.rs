//! The store of files: S3, spoken through the AWS SDK. Without settings the program is the S3 server itself,
//! over a folder, and the SDK calls it in process: one code path for both. Nothing outside this module may
//! know where the bytes are.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use aws_sdk_s3::Client;
use s3s::service::S3Service;

pub mod cors;
pub mod folder;

mod access;
mod bounded;
mod browser;
mod check;
mod client;
mod error;
mod in_process;
mod limits;
mod multipart;
mod object;
mod presign;
mod put;
mod service;

pub use access::Caller;
pub use check::{Step, check};
pub use client::{Checksums, Place, S3Settings};
pub use error::StoreError;
pub use folder::{Durability, Folder, Room};
pub use limits::StoreLimits;
pub use multipart::{Part, Upload};
pub use object::{Head, Listed, Object, ObjectBody, Page};
pub use presign::Presigned;
pub use put::{Condition, Put, PutMeta, Source};
pub use service::service;

#[cfg(test)]
mod tests;

/// One bucket. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("bucket", &self.inner.bucket).finish_non_exhaustive()
    }
}

struct Inner {
    client: Client,
    presigner: Client,
    bucket: String,
    limits: StoreLimits,
    /// Whether browsers reach the store elsewhere than the program does.
    has_public_endpoint: bool,
    embedded: Option<Embedded>,
}

/// The program as its own S3 server.
struct Embedded {
    program: S3Service,
    browsers: S3Service,
    folder: Folder,
}

impl Store {
    /// Opens the place; a folder is made if it is not there, a remote bucket is not asked (see [`check()`]).
    pub fn open(place: Place, limits: StoreLimits) -> Result<Self, StoreError> {
        match place {
            Place::Remote(settings) => {
                let config = client::config(&settings, settings.endpoint.as_deref(), limits);
                let client = Client::from_conf(config.http_client(bounded::Bounded::new()).build());
                Ok(Self::new(client, &settings, limits, None))
            }
            Place::Embedded {
                root,
                base_url,
                bucket,
                access_key_id,
                secret_access_key,
                durability,
                room,
                inbox,
            } => {
                let (base_url, host) = client::base(&base_url)?;
                let folder = Folder::open(root, &bucket, durability, room).map_err(StoreError::local)?;
                let service = |caller| service(folder.clone(), &access_key_id, &secret_access_key, caller);
                let program = service(Caller::Program);
                let browsers = service(Caller::Browser { inbox });
                let settings = S3Settings {
                    endpoint: Some(base_url),
                    public_endpoint: None,
                    bucket,
                    // Signed, and not looked at by the service.
                    region: "us-east-1".to_owned(),
                    access_key_id,
                    secret_access_key,
                    session_token: None,
                    path_style: true,
                    // There is no wire between the two on which a bit could turn.
                    checksums: Checksums::WhenRequired,
                };
                let connector = in_process::InProcess::new(program.clone(), host);
                let config = client::config(&settings, settings.endpoint.as_deref(), limits);
                let client = Client::from_conf(config.http_client(connector).build());
                Ok(Self::new(client, &settings, limits, Some(Embedded { program, browsers, folder })))
            }
        }
    }

    /// Whether the program is its own store.
    pub fn is_embedded(&self) -> bool {
        self.inner.embedded.is_some()
    }

    /// Answers what came over HTTP at `/<bucket>`, when the program is its own store: what it signs for browsers, and nothing
    /// else. None: the store is elsewhere.
    pub async fn answer(
        &self,
        mut request: http::Request<s3s::Body>,
    ) -> Option<Result<http::Response<s3s::Body>, s3s::HttpError>> {
        let embedded = self.inner.embedded.as_ref()?;
        let uri = request.uri().clone();
        access::shed(request.headers_mut(), &uri);
        Some(embedded.browsers.call(request).await)
    }

    /// The S3 endpoint as the program itself uses it.
    fn embedded(&self) -> Option<&S3Service> {
        self.inner.embedded.as_ref().map(|embedded| &embedded.program)
    }

    /// The folder behind it.
    pub fn folder(&self) -> Option<&Folder> {
        self.inner.embedded.as_ref().map(|embedded| &embedded.folder)
    }

    pub fn bucket(&self) -> &str {
        &self.inner.bucket
    }

    /// Asks the store for somebody who waits for the answer.
    pub async fn in_time<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let answer = tokio::time::timeout(self.inner.limits.waited_for, asked).await;
        answer.unwrap_or(Err(StoreError::Timeout))
    }

    fn new(client: Client, settings: &S3Settings, limits: StoreLimits, embedded: Option<Embedded>) -> Self {
        let inner = Inner {
            client,
            presigner: client::presigner(settings, limits),
            bucket: settings.bucket.clone(),
            limits,
            has_public_endpoint: settings.public_endpoint.is_some(),
            embedded,
        };
        Self { inner: Arc::new(inner) }
    }

    fn limits(&self) -> StoreLimits {
        self.inner.limits
    }

    fn client(&self) -> &Client {
        &self.inner.client
    }
}
