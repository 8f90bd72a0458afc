//! Multipart uploads: a folder per upload with its head and one file per part. A part replaces an earlier one
//! by rename; completion copies the parts into one object and publishes it as any other write; the folder
//! leaves by one rename, so that an upload is there entirely or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use s3s::dto::{Checksum, CompletedPart};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Folder;
use super::condition::OnWrite;
use super::fault::io_fault;
use super::footer::{self, Headers, Meta};
use super::intake::{Received, compare, etag};
use super::temp::Temp;
use crate::private;

/// Smallest part except the last one, in bytes; as in S3.
pub(super) const MIN_PART: u64 = 5 * 1024 * 1024;
/// Largest object in bytes: 5 TiB, as in S3.
const MAX_OBJECT: u64 = 5 * 1024 * 1024 * 1024 * 1024;
const HEAD: &str = "upload";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Upload {
    pub(super) key: String,
    pub(super) started_ms: i64,
    #[serde(flatten)]
    pub(super) headers: Headers,
}

/// Blocking, as everything here; answers the upload's id.
pub(super) fn create(folder: &Folder, key: String, headers: Headers) -> S3Result<String> {
    super::key::check(&key)?;
    let id = Uuid::now_v7().simple().to_string();
    let dir = folder.uploads().join(&id);
    let temp = Temp::create(&folder.tmp()).map_err(io_fault)?;
    let upload = Upload { key, started_ms: footer::modified_ms(&temp.file)?, headers };
    let json = serde_json::to_vec(&upload).map_err(s3s::S3Error::internal_error)?;
    folder.make_room(json.len() as u64).map_err(io_fault)?;
    (&temp.file).write_all(&json).map_err(io_fault)?;
    folder.sync_file(&temp.file).map_err(io_fault)?;
    // A sweeper may take the still empty folder; then this fails and the client asks again.
    private::folders().create(&dir).map_err(io_fault)?;
    temp.rename(&dir.join(HEAD)).map_err(io_fault)?;
    folder.sync_dir(&dir).map_err(io_fault)?;
    folder.sync_dir(&folder.uploads()).map_err(io_fault)?;
    Ok(id)
}

/// The folder of an upload of this key.
pub(super) fn find(folder: &Folder, key: &str, id: &str) -> S3Result<(PathBuf, Upload)> {
    let unknown = || s3_error!(NoSuchUpload, "there is no such upload");
    // The id names a folder, so it must look like one of ours.
    if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err(unknown());
    }
    let dir = folder.uploads().join(id);
    let upload = read_head(&dir).map_err(io_fault)?.filter(|upload| upload.key == key).ok_or_else(unknown)?;
    Ok((dir, upload))
}

fn read_head(dir: &Path) -> io::Result<Option<Upload>> {
    match fs::read(dir.join(HEAD)) {
        Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn check_number(number: i32) -> S3Result<()> {
    if (1..=10_000).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(InvalidArgument, "a part's number is 1 to 10000"))
}

fn part_path(dir: &Path, number: i32) -> PathBuf {
    dir.join(format!("{number:05}"))
}

/// Puts the part in its place; answers its `ETag`.
pub(super) fn put_part(
    folder: &Folder,
    key: &str,
    id: &str,
    number: i32,
    received: Received,
) -> S3Result<String> {
    check_number(number)?;
    let (dir, _) = find(folder, key, id)?;
    let meta = Meta {
        key: key.to_owned(),
        size: received.size,
        etag: etag(&received.sha256, 1),
        sha256: received.checksums.checksum_sha256,
        modified_ms: footer::modified_ms(&received.temp.file)?,
        ..Meta::default()
    };
    footer::write(&received.temp.file, &meta)?;
    folder.sync_file(&received.temp.file).map_err(io_fault)?;
    match received.temp.rename(&part_path(&dir, number)) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(s3_error!(NoSuchUpload, "the upload was completed or aborted meanwhile"));
        }
        Err(error) => return Err(io_fault(error)),
    }
    folder.sync_dir(&dir).map_err(io_fault)?;
    Ok(meta.etag)
}

fn open_part(dir: &Path, number: i32) -> S3Result<Option<(File, Meta)>> {
    match File::open(part_path(dir, number)) {
        Ok(file) => {
            let meta = footer::read(&file)?;
            Ok(Some((file, meta)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_fault(error)),
    }
}

/// The parts above `after`, in order, at most `limit`; and whether there are more.
pub(super) fn parts(
    folder: &Folder,
    key: &str,
    id: &str,
    after: i32,
    limit: usize,
) -> S3Result<(Vec<(i32, Meta)>, bool)> {
    let (dir, _) = find(folder, key, id)?;
    let mut numbers = Vec::new();
    for entry in fs::read_dir(&dir).map_err(io_fault)? {
        let name = entry.map_err(io_fault)?.file_name();
        numbers
            .extend(name.to_str().and_then(|name| name.parse::<i32>().ok()).filter(|number| *number > after));
    }
    numbers.sort_unstable();
    let more = numbers.len() > limit;
    numbers.truncate(limit);
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        found.extend(open_part(&dir, number)?.map(|(_, meta)| (number, meta)));
    }
    Ok((found, more))
}

/// Checks the parts, puts them together, publishes, and removes the upload. A repetition of a completion that
/// was carried out (its answer got lost) finds the object and succeeds again.
pub(super) fn complete(
    folder: &Folder,
    key: &str,
    id: &str,
    wanted: &[CompletedPart],
    declared_size: Option<i64>,
    on_write: &OnWrite,
) -> S3Result<Meta> {
    let (dir, upload) = match find(folder, key, id) {
        Ok(found) => found,
        Err(error) => {
            let done = folder.open_object(key)?.filter(|(_, meta)| meta.upload.as_deref() == Some(id));
            return done.map(|(_, meta)| meta).ok_or(error);
        }
    };
    let (size, digest) = check_parts(&dir, wanted)?;
    if declared_size.is_some_and(|declared| u64::try_from(declared) != Ok(size)) {
        return Err(s3_error!(InvalidRequest, "the parts together have another size than declared"));
    }
    let temp = Temp::create(&folder.tmp()).map_err(io_fault)?;
    for part in wanted {
        append(folder, &temp.file, &dir, part)?;
    }
    let meta = Meta {
        key: key.to_owned(),
        size,
        etag: etag(&digest, wanted.len()),
        sha256: None,
        modified_ms: footer::modified_ms(&temp.file)?,
        upload: Some(id.to_owned()),
        headers: upload.headers,
    };
    if temp.file.metadata().map_err(io_fault)?.len() != size {
        return Err(s3_error!(InvalidPart, "a part was replaced meanwhile"));
    }
    folder.publish(temp, &meta, on_write)?;
    discard(folder, &dir)?;
    Ok(meta)
}

/// The size of the whole, and the SHA-256 over the `ETag` of each part.
fn check_parts(dir: &Path, wanted: &[CompletedPart]) -> S3Result<(u64, [u8; 32])> {
    if wanted.is_empty() || wanted.len() > 10_000 {
        return Err(s3_error!(MalformedXML, "an upload has 1 to 10000 parts"));
    }
    let mut previous = 0;
    for part in wanted {
        let number = part.part_number.unwrap_or(0);
        check_number(number)?;
        if number <= previous {
            return Err(s3_error!(InvalidPartOrder, "the parts must be in ascending order"));
        }
        previous = number;
    }
    let (mut size, mut digest) = (0_u64, Sha256::new());
    for (index, part) in wanted.iter().enumerate() {
        let (_, meta) = open_matching(dir, part)?;
        if meta.size < MIN_PART && index + 1 != wanted.len() {
            return Err(s3_error!(EntityTooSmall, "a part other than the last has less than 5 MiB"));
        }
        size = size.saturating_add(meta.size);
        digest.update(meta.etag.as_bytes());
    }
    if size > MAX_OBJECT {
        return Err(s3_error!(EntityTooLarge, "an object has at most 5 TiB"));
    }
    Ok((size, digest.finalize().into()))
}

fn open_matching(dir: &Path, part: &CompletedPart) -> S3Result<(File, Meta)> {
    let found = open_part(dir, part.part_number.unwrap_or(0))?;
    let (file, meta) = found.ok_or_else(|| s3_error!(InvalidPart, "a part was not uploaded"))?;
    if part.e_tag.as_ref().is_none_or(|etag| etag.value() != meta.etag) {
        return Err(s3_error!(InvalidPart, "a part has another ETag"));
    }
    let claimed = Checksum { checksum_sha256: part.checksum_sha256.clone(), ..Checksum::default() };
    let stored = Checksum { checksum_sha256: meta.sha256.clone(), ..Checksum::default() };
    compare(&claimed, &stored)?;
    Ok((file, meta))
}

/// Checks again on the file that is copied: the part may have been replaced since.
fn append(folder: &Folder, mut to: &File, dir: &Path, part: &CompletedPart) -> S3Result<()> {
    let (mut file, meta) = open_matching(dir, part)?;
    copy_bytes(folder, &mut file, &mut to, meta.size)
}

/// The first `size` bytes; the kernel copies them where it can.
pub(super) fn copy_bytes(folder: &Folder, from: &mut File, to: &mut &File, size: u64) -> S3Result<()> {
    folder.make_room(size).map_err(io_fault)?;
    from.seek(SeekFrom::Start(0)).map_err(io_fault)?;
    let copied = io::copy(&mut from.take(size), to).map_err(io_fault)?;
    if copied != size {
        return Err(io_fault(ErrorKind::UnexpectedEof.into()));
    }
    Ok(())
}

pub(super) fn abort(folder: &Folder, key: &str, id: &str) -> S3Result<()> {
    let (dir, _) = find(folder, key, id)?;
    discard(folder, &dir)
}

/// What the removal does not finish is swept.
fn discard(folder: &Folder, dir: &Path) -> S3Result<()> {
    let gone = folder.tmp().join(Uuid::now_v7().simple().to_string());
    match fs::rename(dir, &gone) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_fault(error)),
    }
    let _ = fs::remove_dir_all(&gone);
    folder.sync_dir(&folder.uploads()).map_err(io_fault)
}

/// Uploads by (key, id) above `after`, at most `limit`; and whether there are more.
pub(super) fn uploads(
    folder: &Folder,
    prefix: &str,
    after: Option<&(String, String)>,
    limit: usize,
) -> S3Result<(Vec<(String, Upload)>, bool)> {
    let mut smallest = BTreeMap::new();
    for entry in fs::read_dir(folder.uploads()).map_err(io_fault)? {
        let path = entry.map_err(io_fault)?.path();
        let Some(id) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // A head that is not readable yet or any more is an upload that is not there.
        let Ok(Some(upload)) = read_head(&path) else { continue };
        let name = (upload.key.clone(), id.to_owned());
        if !upload.key.starts_with(prefix) || after.is_some_and(|after| name <= *after) {
            continue;
        }
        smallest.insert(name, upload);
        if smallest.len() > limit.saturating_add(1) {
            smallest.pop_last();
        }
    }
    let more = smallest.len() > limit;
    Ok((smallest.into_iter().take(limit).map(|((_, id), upload)| (id, upload)).collect(), more))
}

/// Removes the folders of uploads that died before their head was written; says how many.
pub(super) fn sweep_empty(uploads: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(uploads)? {
        // Fails on a folder that holds something, which is what keeps the others.
        swept += usize::from(fs::remove_dir(entry?.path()).is_ok());
    }
    Ok(swept)
}
