//! The moment a write becomes visible: footer, fsync, condition, rename, fsync of the folder. The condition and
//! the rename happen under the key's lock, so that of two conditional writers exactly one wins.

use std::fs::{self, File};
use std::io::ErrorKind;

use s3s::{S3Result, s3_error};

use super::Folder;
use super::condition::{self, OnWrite};
use super::fault::{damaged, io_fault};
use super::footer::{self, Meta};
use super::key::Spot;
use super::temp::Temp;

impl Folder {
    /// `temp` holds exactly the bytes and is positioned at their end. Durable when it returns.
    pub(super) fn publish(&self, temp: Temp, meta: &Meta, on_write: &OnWrite) -> S3Result<()> {
        let spot = self.spot(&meta.key)?;
        footer::write(&temp.file, meta)?;
        self.sync_file(&temp.file).map_err(io_fault)?;
        self.make_dir(&spot.dir).map_err(io_fault)?;
        {
            let _lock = self.lock(&spot)?;
            check(&spot, on_write, &meta.key)?;
            temp.rename(&spot.path).map_err(io_fault)?;
        }
        self.sync_dir(&spot.dir).map_err(io_fault)
    }

    /// The object's open file and metadata; None if there is none.
    pub(super) fn open_object(&self, key: &str) -> S3Result<Option<(File, Meta)>> {
        open_at(&self.spot(key)?, key)
    }

    /// An absent object is deleted already.
    pub(super) fn remove(&self, key: &str, on_write: &OnWrite) -> S3Result<()> {
        let spot = self.spot(key)?;
        {
            let _lock = self.lock(&spot)?;
            check(&spot, on_write, key)?;
            match fs::remove_file(&spot.path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(io_fault(error)),
            }
        }
        self.sync_dir(&spot.dir).map_err(io_fault)
    }
}

/// Under the key's lock.
fn check(spot: &Spot, on_write: &OnWrite, key: &str) -> S3Result<()> {
    match on_write {
        OnWrite::Always => Ok(()),
        OnWrite::Absent => {
            let taken = spot.path.try_exists().map_err(io_fault)?;
            if taken { Err(condition::failed()) } else { Ok(()) }
        }
        OnWrite::Matches(condition) => match open_at(spot, key)? {
            Some((_, meta)) if condition::matches(condition, &meta) => Ok(()),
            Some(_) => Err(condition::failed()),
            None => Err(s3_error!(NoSuchKey, "there is no such object")),
        },
    }
}

fn open_at(spot: &Spot, key: &str) -> S3Result<Option<(File, Meta)>> {
    let file = match File::open(&spot.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_fault(error)),
    };
    let meta = footer::read(&file)?;
    if meta.key != key {
        return Err(damaged("an object's file belongs to another key"));
    }
    Ok(Some((file, meta)))
}
