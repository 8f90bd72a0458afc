//! A request's body on its way to a temporary file: streamed in constant memory, hashed once, and held
//! against everything the client said about it before anybody can see it.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::{Checksum, StreamingBlob};
use s3s::{S3Result, TrailingHeaders, s3_error};

use super::fault::{body_fault, io_fault};
use super::temp::Temp;
use super::{Folder, blocking};

/// Largest body of one request, as in S3: 5 GiB.
const MAX_BODY: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes gathered before a trip to the file; what is smaller makes one trip in all.
pub(super) const BATCH: usize = 256 * 1024;

/// What the client said the body would be.
pub(super) struct Claims {
    length: Option<i64>,
    /// Base64, RFC 1864.
    md5: Option<String>,
    checksums: Checksum,
    /// The algorithms announced by `x-amz-trailer`; the values come after the body.
    trailers: Vec<String>,
    trailing: Option<TrailingHeaders>,
}

/// A body that was all it was said to be.
pub(super) struct Received {
    pub(super) temp: Temp,
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
    /// The checksums the client asked for, and always SHA-256.
    pub(super) checksums: Checksum,
}

/// Everything but the last batch is in the file; `finish` does the rest in one trip.
pub(super) struct Intake {
    folder: Folder,
    temp: Option<Temp>,
    hasher: ChecksumHasher,
    md5: Option<Md5>,
    sha256: sha2::Sha256,
    size: u64,
    rest: Vec<u8>,
    claims: Claims,
}

impl Claims {
    pub(super) fn new(
        length: Option<i64>,
        md5: Option<String>,
        checksums: Checksum,
        headers: &HeaderMap,
        trailing: Option<TrailingHeaders>,
    ) -> Self {
        let announced = headers.get_all("x-amz-trailer").iter().filter_map(|value| value.to_str().ok());
        let trailers =
            announced.flat_map(|line| line.split(',')).map(|name| name.trim().to_lowercase()).collect();
        Self { length, md5, checksums, trailers, trailing }
    }

    fn hasher(&self) -> ChecksumHasher {
        let sums = &self.checksums;
        let wants = |given: &Option<String>, name: &str| {
            given.is_some() || self.trailers.iter().any(|trailer| trailer == name)
        };
        ChecksumHasher {
            crc32: wants(&sums.checksum_crc32, "x-amz-checksum-crc32").then(Crc32::new),
            crc32c: wants(&sums.checksum_crc32c, "x-amz-checksum-crc32c").then(Crc32c::new),
            sha1: wants(&sums.checksum_sha1, "x-amz-checksum-sha1").then(Sha1::new),
            // Always counted, beside the others: it is the ETag.
            sha256: None::<Sha256>,
            crc64nvme: wants(&sums.checksum_crc64nvme, "x-amz-checksum-crc64nvme").then(Crc64Nvme::new),
        }
    }

    /// Moves the values that came after the body to where the headers' values are.
    fn read_trailers(&mut self) -> S3Result<()> {
        if self.trailers.is_empty() {
            return Ok(());
        }
        let values = self.trailing.as_ref().and_then(TrailingHeaders::take).unwrap_or_default();
        for name in &self.trailers {
            let slot = match name.as_str() {
                "x-amz-checksum-crc32" => &mut self.checksums.checksum_crc32,
                "x-amz-checksum-crc32c" => &mut self.checksums.checksum_crc32c,
                "x-amz-checksum-sha1" => &mut self.checksums.checksum_sha1,
                "x-amz-checksum-sha256" => &mut self.checksums.checksum_sha256,
                "x-amz-checksum-crc64nvme" => &mut self.checksums.checksum_crc64nvme,
                _ => continue,
            };
            let value = values.get(name.as_str()).and_then(|value| value.to_str().ok());
            let value =
                value.ok_or_else(|| s3_error!(InvalidRequest, "an announced checksum did not come"))?;
            *slot = Some(value.trim().to_owned());
        }
        Ok(())
    }
}

impl Intake {
    /// Takes the whole body. What is refused or broken off leaves nothing: the file goes with this value.
    pub(super) async fn receive(
        folder: &Folder,
        body: Option<StreamingBlob>,
        claims: Claims,
    ) -> S3Result<Self> {
        let length = match claims.length.map(u64::try_from) {
            None => return Err(s3_error!(MissingContentLength, "the length of the body must be declared")),
            Some(Err(_)) => return Err(s3_error!(InvalidArgument, "the declared length is negative")),
            Some(Ok(length)) if length > MAX_BODY => {
                return Err(s3_error!(EntityTooLarge, "one request carries at most 5 GiB"));
            }
            Some(Ok(length)) => length,
        };
        let mut intake = Self {
            folder: folder.clone(),
            temp: None,
            hasher: claims.hasher(),
            md5: claims.md5.as_ref().map(|_| Md5::new()),
            sha256: sha2::Digest::new(),
            size: 0,
            rest: Vec::with_capacity(usize::try_from(length).unwrap_or(BATCH).min(BATCH)),
            claims,
        };
        let mut received: u64 = 0;
        if let Some(mut body) = body {
            while let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(body_fault)?;
                received = received.saturating_add(chunk.len() as u64);
                if received > length {
                    return Err(s3_error!(IncompleteBody, "the body is longer than its declared length"));
                }
                intake = intake.push(chunk).await?;
            }
        }
        if received != length {
            return Err(s3_error!(IncompleteBody, "the body is shorter than its declared length"));
        }
        intake.claims.read_trailers()?;
        Ok(intake)
    }

    async fn push(mut self, mut chunk: Bytes) -> S3Result<Self> {
        while !chunk.is_empty() {
            let room = BATCH.saturating_sub(self.rest.len()).max(1);
            let piece = chunk.split_to(room.min(chunk.len()));
            self.rest.extend_from_slice(&piece);
            if self.rest.len() >= BATCH {
                self = blocking(move || {
                    self.write_rest()?;
                    Ok(self)
                })
                .await?;
            }
        }
        Ok(self)
    }

    fn write_rest(&mut self) -> S3Result<()> {
        let temp = match &self.temp {
            Some(temp) => temp,
            None => self.temp.insert(Temp::create(&self.folder.tmp()).map_err(io_fault)?),
        };
        self.hasher.update(&self.rest);
        sha2::Digest::update(&mut self.sha256, &self.rest);
        if let Some(md5) = &mut self.md5 {
            md5.update(&self.rest);
        }
        self.folder.make_room(self.rest.len() as u64).map_err(io_fault)?;
        (&temp.file).write_all(&self.rest).map_err(io_fault)?;
        self.size = self.size.saturating_add(self.rest.len() as u64);
        self.rest.clear();
        Ok(())
    }

    /// Writes the last batch and compares. Blocking.
    pub(super) fn finish(mut self) -> S3Result<Received> {
        self.write_rest()?;
        let sha256: [u8; 32] = sha2::Digest::finalize(self.sha256).into();
        let mut found = self.hasher.finalize();
        found.checksum_sha256 = Some(STANDARD.encode(sha256));
        compare(&self.claims.checksums, &found)?;
        if let (Some(md5), Some(claimed)) = (self.md5, &self.claims.md5) {
            let claimed = STANDARD.decode(claimed).ok().filter(|bytes| bytes.len() == 16);
            let claimed = claimed.ok_or_else(|| s3_error!(InvalidDigest, "Content-MD5 is not an MD5"))?;
            if md5.finalize()[..] != claimed[..] {
                return Err(s3_error!(BadDigest, "the body does not have the declared Content-MD5"));
            }
        }
        let temp = self.temp.ok_or_else(|| s3_error!(InternalError, "the temporary file is missing"))?;
        Ok(Received { temp, size: self.size, sha256, checksums: found })
    }
}

pub(super) fn compare(claimed: &Checksum, found: &Checksum) -> S3Result<()> {
    let pairs = [
        (&claimed.checksum_crc32, &found.checksum_crc32),
        (&claimed.checksum_crc32c, &found.checksum_crc32c),
        (&claimed.checksum_crc64nvme, &found.checksum_crc64nvme),
        (&claimed.checksum_sha1, &found.checksum_sha1),
        (&claimed.checksum_sha256, &found.checksum_sha256),
    ];
    if pairs.iter().any(|(claimed, found)| claimed.is_some() && claimed != found) {
        return Err(s3_error!(BadDigest, "the body does not have the declared checksum"));
    }
    Ok(())
}

/// An `ETag` of our own making: half a SHA-256, and as S3 marks one that is not an MD5, a dash and the number of
/// parts. Clients that compare an `ETag` with an MD5 leave those alone.
pub(super) fn etag(sha256: &[u8; 32], parts: usize) -> String {
    format!("{}-{parts}", hex::encode(&sha256[..16]))
}
