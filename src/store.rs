//! The store of files: S3, spoken through the AWS SDK. Without settings the program is the S3 server itself,
//! over a folder, and the SDK calls it in process: one code path for both. Nothing outside this module may
//! know where the bytes are.

use std::fmt;
use std::sync::Arc;

use aws_sdk_s3::Client;
use s3s::service::S3Service;

pub mod cors;
pub mod folder;

mod check;
mod client;
mod error;
mod in_process;
mod multipart;
mod object;
mod presign;
mod put;
mod service;

pub use check::{Step, check};
pub use client::{Checksums, Place, S3Settings};
pub use error::StoreError;
pub use folder::{Durability, Folder};
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
    embedded: Option<(S3Service, Folder)>,
}

impl Store {
    /// Opens the place; a folder is made if it is not there, a remote bucket is not asked (see [`check()`]).
    pub fn open(place: Place) -> Result<Self, StoreError> {
        match place {
            Place::Remote(settings) => {
                let client =
                    Client::from_conf(client::config(&settings, settings.endpoint.as_deref()).build());
                Ok(Self::new(client, &settings, None))
            }
            Place::Embedded { root, base_url, bucket, access_key_id, secret_access_key, durability } => {
                let (base_url, host) = client::base(&base_url)?;
                let folder = Folder::open(root, &bucket, durability).map_err(StoreError::local)?;
                let service = service(folder.clone(), &access_key_id, &secret_access_key);
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
                let connector = in_process::InProcess::new(service.clone(), host);
                let config = client::config(&settings, settings.endpoint.as_deref()).http_client(connector);
                Ok(Self::new(Client::from_conf(config.build()), &settings, Some((service, folder))))
            }
        }
    }

    /// The S3 endpoint to mount over HTTP at `/<bucket>`, when the program is its own store.
    pub fn embedded(&self) -> Option<&S3Service> {
        self.inner.embedded.as_ref().map(|(service, _)| service)
    }

    /// The folder behind it.
    pub fn folder(&self) -> Option<&Folder> {
        self.inner.embedded.as_ref().map(|(_, folder)| folder)
    }

    pub fn bucket(&self) -> &str {
        &self.inner.bucket
    }

    fn new(client: Client, settings: &S3Settings, embedded: Option<(S3Service, Folder)>) -> Self {
        let (presigner, bucket) = (client::presigner(settings), settings.bucket.clone());
        Self { inner: Arc::new(Inner { client, presigner, bucket, embedded }) }
    }

    fn client(&self) -> &Client {
        &self.inner.client
    }
}
