//! URLs that let a browser do one thing until a time: the signature covers the method, key, query and the
//! headers listed with it. They are made for the public endpoint, without asking the store.

use std::time::Duration;

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};

use super::put::sum;
use super::{Store, StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presigned {
    pub url: String,
    /// Names in lower case; the client must send exactly these. Browsers set `content-length` themselves.
    pub headers: Vec<(String, String)>,
}

impl Store {
    /// A PUT of so many bytes, of this type and with this SHA-256 and no other; `expires` is at most 7 days.
    pub async fn presign_put(
        &self,
        key: &str,
        content_type: &str,
        byte_size: u64,
        sha256: [u8; 32],
        expires: Duration,
    ) -> Result<Presigned, StoreError> {
        let request = self.inner.presigner.put_object().bucket(self.bucket()).key(key);
        let request = request.content_type(content_type).content_length(length(byte_size)?);
        let signed = request.checksum_sha256(sum(sha256)).presigned(config(expires)?).await?;
        Ok(presigned(&signed))
    }

    /// A PUT of one part of so many bytes.
    pub async fn presign_part(
        &self,
        key: &str,
        upload_id: &str,
        number: i32,
        byte_size: u64,
        expires: Duration,
    ) -> Result<Presigned, StoreError> {
        let request = self.inner.presigner.upload_part().bucket(self.bucket()).key(key).upload_id(upload_id);
        let request = request.part_number(number).content_length(length(byte_size)?);
        Ok(presigned(&request.presigned(config(expires)?).await?))
    }

    /// A GET; the store sends `content_disposition` (such as `attachment; filename="plan.pdf"`) with it.
    pub async fn presign_get(
        &self,
        key: &str,
        expires: Duration,
        content_disposition: Option<&str>,
    ) -> Result<String, StoreError> {
        let request = self.inner.presigner.get_object().bucket(self.bucket()).key(key);
        let request = request.set_response_content_disposition(content_disposition.map(str::to_owned));
        Ok(request.presigned(config(expires)?).await?.uri().to_owned())
    }
}

fn config(expires: Duration) -> Result<PresigningConfig, StoreError> {
    PresigningConfig::expires_in(expires)
        .map_err(|_| StoreError::Settings { what: "a URL expires within 7 days" })
}

fn length(byte_size: u64) -> Result<i64, StoreError> {
    i64::try_from(byte_size).map_err(|_| StoreError::internal("the body is too large"))
}

fn presigned(request: &PresignedRequest) -> Presigned {
    let headers = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Presigned { url: request.uri().to_owned(), headers: headers.collect() }
}
