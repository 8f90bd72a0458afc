//! The folder as an S3 server: requests in, answers out. Rules live in the modules beside; operations that
//! are not here answer `NotImplemented`, which is the trait's default.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Checksum, ChecksumMode, ChecksumType,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput,
    CopyObjectResult, CopySource, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, Error,
    GetBucketLocationInput, GetBucketLocationOutput, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput,
    Metadata, MetadataDirective, MultipartUpload, Part, PutObjectInput, PutObjectOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::condition::{OnRead, OnWrite, matches, time_of, timestamp};
use super::fault::io_fault;
use super::footer::{self, Headers, Meta};
use super::intake::{Claims, Intake, Received, etag};
use super::list::Query;
use super::temp::Temp;
use super::{Folder, blocking, multipart, read};

/// Most entries in one answer, as in S3.
const PAGE: i32 = 1_000;

mod listing;

macro_rules! headers {
    ($input:expr) => {
        Headers {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $input.content_encoding.take(),
            content_language: $input.content_language.take(),
            metadata: $input.metadata.take().unwrap_or_default().into_iter().collect(),
        }
    };
}

macro_rules! claims {
    ($request:expr) => {{
        let input = &mut $request.input;
        let checksums = Checksum {
            checksum_crc32: input.checksum_crc32.take(),
            checksum_crc32c: input.checksum_crc32c.take(),
            checksum_crc64nvme: input.checksum_crc64nvme.take(),
            checksum_sha1: input.checksum_sha1.take(),
            checksum_sha256: input.checksum_sha256.take(),
            ..Checksum::default()
        };
        let (length, md5) = (input.content_length, input.content_md5.take());
        Claims::new(length, md5, checksums, &$request.headers, $request.trailing_headers.take())
    }};
}

/// Silence would promise it.
macro_rules! refuse_unkept {
    ($input:expr) => {
        if $input.sse_customer_algorithm.is_some()
            || $input.server_side_encryption.is_some()
            || $input.object_lock_mode.is_some()
            || $input.tagging.is_some()
        {
            return Err(s3_error!(NotImplemented, "encryption, locks and tags are not kept"));
        }
    };
}

impl Folder {
    fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.bucket() {
            return Ok(());
        }
        Err(s3_error!(NoSuchBucket, "there is no such bucket"))
    }
}

fn strong(etag: String) -> ETag {
    ETag::Strong(etag)
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn metadata(meta: &mut Meta) -> Option<Metadata> {
    let metadata = std::mem::take(&mut meta.headers.metadata);
    (!metadata.is_empty()).then(|| metadata.into_iter().collect())
}

#[async_trait::async_trait]
impl S3 for Folder {
    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.check_bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.check_bucket(&request.input.bucket)?;
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        let claims = claims!(request);
        let mut input = request.input;
        super::key::check(&input.key)?;
        refuse_unkept!(input);
        if input.write_offset_bytes.is_some() {
            return Err(s3_error!(NotImplemented, "an object cannot be appended to"));
        }
        let on_write = OnWrite::new(input.if_match.take(), input.if_none_match.take())?;
        let headers = headers!(input);
        let intake = Intake::receive(self, input.body.take(), claims).await?;
        let folder = self.clone();
        let (etag, sums) = blocking(move || {
            let Received { temp, size, sha256, checksums } = intake.finish()?;
            let meta = Meta {
                key: input.key,
                size,
                etag: etag(&sha256, 1),
                sha256: checksums.checksum_sha256.clone(),
                modified_ms: footer::modified_ms(&temp.file)?,
                upload: None,
                headers,
            };
            folder.publish(temp, &meta, &on_write)?;
            Ok((meta.etag, checksums))
        })
        .await?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(strong(etag)),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            checksum_type: Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
            ..PutObjectOutput::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let if_range = request.headers.get(http::header::IF_RANGE);
        let if_range = if_range.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        if input.part_number.is_some() || input.version_id.is_some() {
            return Err(s3_error!(NotImplemented, "parts and versions of an object are not kept"));
        }
        let on_read = OnRead {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let reading = read::get(self, input.key, on_read, input.range, if_range).await?;
        let (mut meta, part) = (reading.meta, reading.part);
        let content_range = part.map(|(start, length)| {
            let last = start.saturating_add(length).saturating_sub(1);
            format!("bytes {start}-{last}/{}", meta.size)
        });
        // The checksum is the whole object's; a client would hold it against the part.
        let wants_sum =
            part.is_none() && wants_checksum(input.checksum_mode.as_ref()) && meta.sha256.is_some();
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(reading.body),
            content_length: Some(signed(part.map_or(meta.size, |(_, length)| length))),
            content_range,
            metadata: metadata(&mut meta),
            last_modified: Some(time_of(&meta)),
            checksum_type: wants_sum.then(|| ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
            checksum_sha256: meta.sha256.filter(|_| wants_sum),
            e_tag: Some(strong(meta.etag)),
            content_type: meta.headers.content_type,
            cache_control: meta.headers.cache_control,
            content_disposition: meta.headers.content_disposition,
            content_encoding: meta.headers.content_encoding,
            content_language: meta.headers.content_language,
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        if input.part_number.is_some() || input.version_id.is_some() {
            return Err(s3_error!(NotImplemented, "parts and versions of an object are not kept"));
        }
        let on_read = OnRead {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let mut meta = read::head(self, input.key, on_read).await?;
        let wants_sum = wants_checksum(input.checksum_mode.as_ref()) && meta.sha256.is_some();
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(signed(meta.size)),
            metadata: metadata(&mut meta),
            last_modified: Some(time_of(&meta)),
            checksum_type: wants_sum.then(|| ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
            checksum_sha256: meta.sha256.filter(|_| wants_sum),
            e_tag: Some(strong(meta.etag)),
            content_type: meta.headers.content_type,
            cache_control: meta.headers.cache_control,
            content_disposition: meta.headers.content_disposition,
            content_encoding: meta.headers.content_encoding,
            content_language: meta.headers.content_language,
            ..HeadObjectOutput::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let on_write = OnWrite::new(input.if_match, None)?;
        let folder = self.clone();
        blocking(move || folder.remove(&input.key, &on_write)).await?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let objects = input.delete.objects;
        if objects.len() > 1_000 {
            return Err(s3_error!(MalformedXML, "at most 1000 objects can be deleted at once"));
        }
        let folder = self.clone();
        let (deleted, errors) = blocking(move || {
            let (mut deleted, mut errors) = (Vec::new(), Vec::new());
            for object in objects {
                match folder.remove(&object.key, &OnWrite::Always) {
                    Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..Default::default() }),
                    Err(error) => errors.push(Error {
                        code: Some(error.code().as_str().to_owned()),
                        message: error.message().map(str::to_owned),
                        key: Some(object.key),
                        version_id: None,
                    }),
                }
            }
            Ok((deleted, errors))
        })
        .await?;
        let quiet = input.delete.quiet == Some(true);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: (!errors.is_empty()).then_some(errors),
            ..DeleteObjectsOutput::default()
        }))
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let mut input = request.input;
        self.check_bucket(&input.bucket)?;
        let CopySource::Bucket { bucket, key: from, version_id: None } = input.copy_source.clone() else {
            return Err(s3_error!(NotImplemented, "only an object of this bucket can be copied"));
        };
        self.check_bucket(&bucket)?;
        let replace =
            input.metadata_directive.as_ref().is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
        if *from == *input.key && !replace {
            return Err(s3_error!(InvalidRequest, "a copy onto itself must replace the metadata"));
        }
        let headers = replace.then(|| headers!(input));
        let folder = self.clone();
        let meta = blocking(move || {
            let found = folder.open_object(&from)?;
            let (mut file, meta) = found.ok_or_else(|| s3_error!(NoSuchKey, "there is no such object"))?;
            let wanted = input.copy_source_if_match.is_none_or(|condition| matches(&condition, &meta));
            let spared = input.copy_source_if_none_match.is_some_and(|condition| matches(&condition, &meta));
            if !wanted || spared {
                return Err(super::condition::failed());
            }
            let temp = Temp::create(&folder.tmp()).map_err(io_fault)?;
            multipart::copy_bytes(&folder, &mut file, &mut &temp.file, meta.size)?;
            let headers = headers.unwrap_or_else(|| meta.headers.clone());
            let modified_ms = footer::modified_ms(&temp.file)?;
            let copy = Meta { key: input.key, modified_ms, upload: None, headers, ..meta };
            folder.publish(temp, &copy, &OnWrite::Always)?;
            Ok(copy)
        })
        .await?;
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(CopyObjectResult {
                last_modified: Some(time_of(&meta)),
                e_tag: Some(strong(meta.etag)),
                checksum_sha256: meta.sha256,
                ..CopyObjectResult::default()
            }),
            ..CopyObjectOutput::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.check_bucket(&request.input.bucket)?;
        let input = request.input;
        let limit = input.max_keys.unwrap_or(PAGE).min(PAGE);
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
            start_after: input.start_after.clone().filter(|_| input.continuation_token.is_none()),
            after_name: input.continuation_token.as_deref().map(listing::decode_token).transpose()?,
            limit: usize::try_from(limit).map_err(|_| s3_error!(InvalidArgument, "max-keys is negative"))?,
        };
        let folder = self.clone();
        let page = blocking(move || super::list::list(&folder, &query)).await?;
        Ok(S3Response::new(listing::output(input, limit, page)))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let mut input = request.input;
        self.check_bucket(&input.bucket)?;
        refuse_unkept!(input);
        let headers = headers!(input);
        let (folder, key) = (self.clone(), input.key.clone());
        let id = blocking(move || multipart::create(&folder, key, headers)).await?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(
        &self,
        mut request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.check_bucket(&request.input.bucket)?;
        multipart::check_number(request.input.part_number)?;
        let claims = claims!(request);
        let mut input = request.input;
        // Before the body is taken: the client should not send 5 GiB to an upload that is gone.
        let (folder, key, id) = (self.clone(), input.key.clone(), input.upload_id.clone());
        blocking(move || multipart::find(&folder, &key, &id).map(|_| ())).await?;
        let intake = Intake::receive(self, input.body.take(), claims).await?;
        let folder = self.clone();
        let (etag, sums) = blocking(move || {
            let received = intake.finish()?;
            let sums = received.checksums.clone();
            let etag =
                multipart::put_part(&folder, &input.key, &input.upload_id, input.part_number, received)?;
            Ok((etag, sums))
        })
        .await?;
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(strong(etag)),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            ..UploadPartOutput::default()
        }))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let limit = input.max_parts.unwrap_or(PAGE).clamp(1, PAGE);
        let after = input.part_number_marker.unwrap_or(0);
        let (folder, key, id) = (self.clone(), input.key.clone(), input.upload_id.clone());
        let (parts, more) = blocking(move || {
            multipart::parts(&folder, &key, &id, after, usize::try_from(limit).unwrap_or(1))
        })
        .await?;
        let last = parts.last().map(|(number, _)| *number);
        let parts = parts.into_iter().map(|(number, meta)| Part {
            part_number: Some(number),
            size: Some(signed(meta.size)),
            last_modified: Some(time_of(&meta)),
            checksum_sha256: meta.sha256,
            e_tag: Some(strong(meta.etag)),
            ..Part::default()
        });
        Ok(S3Response::new(ListPartsOutput {
            parts: Some(parts.collect()),
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            max_parts: Some(limit),
            part_number_marker: Some(after),
            is_truncated: Some(more),
            next_part_number_marker: last.filter(|_| more),
            ..ListPartsOutput::default()
        }))
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let limit = input.max_uploads.unwrap_or(PAGE).clamp(1, PAGE);
        // A key marker alone stands behind every upload of that key.
        let after = input.key_marker.filter(|key| !key.is_empty()).map(|key| {
            let id = input.upload_id_marker.filter(|id| !id.is_empty());
            (key, id.unwrap_or_else(|| "g".to_owned()))
        });
        let (folder, prefix) = (self.clone(), input.prefix.clone().unwrap_or_default());
        let (uploads, more) = blocking(move || {
            multipart::uploads(&folder, &prefix, after.as_ref(), usize::try_from(limit).unwrap_or(1))
        })
        .await?;
        let last = uploads.last().filter(|_| more).map(|(id, upload)| (upload.key.clone(), id.clone()));
        let (next_key_marker, next_upload_id_marker) = last.unzip();
        let uploads = uploads.into_iter().map(|(id, upload)| MultipartUpload {
            key: Some(upload.key),
            upload_id: Some(id),
            initiated: Some(timestamp(upload.started_ms)),
            ..MultipartUpload::default()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            uploads: Some(uploads.collect()),
            bucket: Some(input.bucket),
            prefix: input.prefix,
            max_uploads: Some(limit),
            is_truncated: Some(more),
            next_key_marker,
            next_upload_id_marker,
            ..ListMultipartUploadsOutput::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let on_write = OnWrite::new(input.if_match, input.if_none_match)?;
        let parts = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let (folder, id, size) = (self.clone(), input.upload_id, input.mpu_object_size);
        let key = input.key.clone();
        let meta = blocking(move || multipart::complete(&folder, &key, &id, &parts, size, &on_write)).await?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(strong(meta.etag)),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let folder = self.clone();
        blocking(move || multipart::abort(&folder, &input.key, &input.upload_id)).await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

fn wants_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}
