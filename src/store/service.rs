//! The embedded S3 endpoint: signatures and limits in front of the folder. Every request must carry a
//! signature of version 4; there is no anonymous access, and no limit is left at a size that hurts.

use std::sync::Arc;

use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};

use super::access::Caller;
use super::folder::Folder;

/// Bytes of an XML body: 10,000 parts or 1,000 keys of 1,024 escaped bytes fit.
const XML_BODY: usize = 8 * 1024 * 1024;

/// The service answers `/<bucket>` and `/<bucket>/<key>`: mount it so that it sees the path as the client sent
/// it, undecoded, and the `Host` header too; both are part of the signature.
pub fn service(folder: Folder, access_key_id: &str, secret_access_key: &str, caller: Caller) -> S3Service {
    let mut config = S3Config::default();
    config.xml_max_body_size = XML_BODY;
    // Forms (POST Object) are read into memory before anybody asks who sends them. We offer none.
    config.post_object_max_file_size = 0;
    config.form_max_field_size = 1_024;
    config.form_max_fields_size = 4_096;
    config.form_max_parts = 16;
    let mut builder = S3ServiceBuilder::new(folder);
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    let secret = SecretKey::from(secret_access_key);
    builder.set_auth(OneKey { id: access_key_id.to_owned(), secret });
    builder.set_access(caller);
    builder.build()
}

struct OneKey {
    id: String,
    secret: SecretKey,
}

#[async_trait::async_trait]
impl S3Auth for OneKey {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        // The id is no secret: it stands in every signed URL.
        if access_key == self.id {
            return Ok(self.secret.clone());
        }
        Err(s3_error!(InvalidAccessKeyId, "there is no such access key"))
    }
}
