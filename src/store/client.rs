//! The SDK's client: endpoint, time limits and retries in one place. Nothing here comes from the environment
//! or from files in the home folder.

use std::path::PathBuf;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, Config, Credentials, Region, RequestChecksumCalculation,
    ResponseChecksumValidation,
};
use http::HeaderValue;
use url::Url;

use super::folder::{Durability, Room};
use super::{StoreError, StoreLimits};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksums {
    /// For servers that stumble over the SDK's default checksums (R2, older `MinIO`).
    WhenRequired,
    WhenSupported,
}

#[derive(Clone)]
pub struct S3Settings {
    /// None: AWS, by region.
    pub endpoint: Option<String>,
    /// What browsers use; the endpoint if None.
    pub public_endpoint: Option<String>,
    pub bucket: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    pub path_style: bool,
    pub checksums: Checksums,
}

/// Without the keys.
impl std::fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Settings").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub enum Place {
    Remote(S3Settings),
    Embedded {
        root: PathBuf,
        /// Where browsers reach this program: scheme, host and port, no path. They reach the bucket at
        /// `{base_url}/{bucket}/…`; a proxy before it must leave `Host` and the path as they are.
        base_url: String,
        bucket: String,
        access_key_id: String,
        secret_access_key: String,
        durability: Durability,
        room: Room,
        /// What the keys start with that browsers may send objects to.
        inbox: String,
    },
}

pub(super) fn config(settings: &S3Settings, endpoint: Option<&str>, limits: StoreLimits) -> Builder {
    let credentials = Credentials::new(
        &settings.access_key_id,
        &settings.secret_access_key,
        settings.session_token.clone(),
        None,
        "settings",
    );
    let (request, response) = match settings.checksums {
        Checksums::WhenRequired => {
            (RequestChecksumCalculation::WhenRequired, ResponseChecksumValidation::WhenRequired)
        }
        Checksums::WhenSupported => {
            (RequestChecksumCalculation::WhenSupported, ResponseChecksumValidation::WhenSupported)
        }
    };
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        .force_path_style(settings.path_style)
        .timeout_config(limits.time_for(0))
        .stalled_stream_protection(limits.stalls())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .request_checksum_calculation(request)
        .response_checksum_validation(response);
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint);
    }
    config
}

/// Signs for the endpoint that browsers use; never sends anything.
pub(super) fn presigner(settings: &S3Settings, limits: StoreLimits) -> Client {
    let endpoint = settings.public_endpoint.as_deref().or(settings.endpoint.as_deref());
    // A checksum of a body that is not there yet must not get into the URL.
    let config = config(settings, endpoint, limits)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    Client::from_conf(config.build())
}

/// The URL without its default port and last slash, and the `Host` that browsers send for it.
pub(super) fn base(text: &str) -> Result<(String, HeaderValue), StoreError> {
    let wrong = |what| StoreError::Settings { what };
    let url = Url::parse(text).map_err(|_| wrong("the base URL is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("the base URL must start with http:// or https://"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        // The path is part of the signature, and its first segment is the bucket.
        return Err(wrong("the base URL of the embedded store must not have a path"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the base URL must not have a user name"));
    }
    let host = url.host_str().ok_or_else(|| wrong("the base URL has no host"))?;
    // `port` is None for the default one, which neither browsers nor signers spell out.
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let header = HeaderValue::from_str(&authority).map_err(|_| wrong("the base URL has no host"))?;
    Ok((format!("{}://{authority}", url.scheme()), header))
}
