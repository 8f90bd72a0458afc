//! Uploads in parts that somebody else sends: a browser, with a presigned URL per part.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::object::ms;
use super::{Put, Store, StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// 1 to 10,000.
    pub number: i32,
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// An upload that was neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub key: String,
    pub upload_id: String,
    pub started_ms: i64,
}

/// S3 takes this many parts of one upload.
const MOST_PARTS: usize = 10_000;
/// Uploads under way in one list, far more than members may have open.
const MOST_UPLOADS: usize = 1_000_000;

impl Store {
    /// Answers the upload's id.
    pub async fn create_multipart(&self, key: &str, content_type: &str) -> Result<String, StoreError> {
        let request = self.client().create_multipart_upload().bucket(self.bucket()).key(key);
        let created = self.small(Box::pin(request.content_type(content_type).send())).await?;
        created.upload_id.ok_or_else(|| StoreError::internal("the upload has no id"))
    }

    /// Every part sent so far, in order.
    pub async fn list_parts(&self, key: &str, upload_id: &str) -> Result<Vec<Part>, StoreError> {
        let mut parts = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let request = self.client().list_parts().bucket(self.bucket()).key(key).upload_id(upload_id);
            let page = self.small(Box::pin(request.set_part_number_marker(after.take()).send())).await?;
            parts.extend(page.parts.unwrap_or_default().into_iter().map(|part| Part {
                number: part.part_number.unwrap_or(0),
                etag: part.e_tag.unwrap_or_default(),
                size: part.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            }));
            if parts.len() > MOST_PARTS {
                return Err(StoreError::internal("an upload has more parts than there can be"));
            }
            after = page.next_part_number_marker.filter(|_| page.is_truncated == Some(true));
            if after.is_none() {
                // The order is S3's promise, which s3s-fs does not keep and a completion relies on.
                parts.sort_unstable_by_key(|part| part.number);
                return Ok(parts);
            }
        }
    }

    /// The parts in ascending order; all but the last have 5 MiB or more.
    pub async fn complete_multipart(
        &self,
        key: &str,
        upload_id: &str,
        parts: &[Part],
    ) -> Result<Put, StoreError> {
        self.complete(key, upload_id, parts, None).await
    }

    pub(super) async fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: &[Part],
        if_none_match: Option<String>,
    ) -> Result<Put, StoreError> {
        let parts = parts
            .iter()
            .map(|part| CompletedPart::builder().part_number(part.number).e_tag(&part.etag).build());
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let request = self.client().complete_multipart_upload().bucket(self.bucket()).key(key);
        let request = request.upload_id(upload_id).multipart_upload(upload).set_if_none_match(if_none_match);
        // Copying the parts together takes a server its time; five minutes are AWS's own limit to begin with.
        let patience = aws_sdk_s3::config::Config::builder().timeout_config(self.limits().time_for(20 << 20));
        let done = request.customize().config_override(patience).send().await?;
        Ok(Put { etag: done.e_tag.unwrap_or_default() })
    }

    /// An upload that is not there is aborted already.
    pub async fn abort_multipart(&self, key: &str, upload_id: &str) -> Result<(), StoreError> {
        let request =
            self.client().abort_multipart_upload().bucket(self.bucket()).key(key).upload_id(upload_id);
        match self.small(Box::pin(request.send())).await {
            Ok(_) | Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Every upload under way whose key starts with the prefix.
    pub async fn list_multiparts(&self, prefix: &str) -> Result<Vec<Upload>, StoreError> {
        let mut uploads = Vec::new();
        let mut after: (Option<String>, Option<String>) = (None, None);
        loop {
            let request = self.client().list_multipart_uploads().bucket(self.bucket()).prefix(prefix);
            let request = request.set_key_marker(after.0.take()).set_upload_id_marker(after.1.take());
            let page = self.small(Box::pin(request.send())).await?;
            uploads.extend(page.uploads.unwrap_or_default().into_iter().map(|upload| Upload {
                key: upload.key.unwrap_or_default(),
                upload_id: upload.upload_id.unwrap_or_default(),
                started_ms: ms(upload.initiated.as_ref()),
            }));
            if uploads.len() > MOST_UPLOADS {
                return Err(StoreError::internal("the list of uploads has no end"));
            }
            if page.is_truncated != Some(true) || page.next_key_marker.is_none() {
                return Ok(uploads);
            }
            after = (page.next_key_marker, page.next_upload_id_marker);
        }
    }
}
