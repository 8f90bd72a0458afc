//! Letters as files, for a site without a mail server and for trying things out. They hold links that let somebody in, so
//! only their owner may read them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Cause, SendError, Stamp};
use crate::private;

/// Writes a letter as `{time}-{id}.eml`; names sort by time. The file is there whole or not at all.
pub(super) async fn write(folder: PathBuf, stamp: Stamp, bytes: Vec<u8>) -> Result<(), SendError> {
    let moment = jiff::Timestamp::from_millisecond(stamp.millis).unwrap_or_default();
    let name = format!("{}-{}", moment.strftime("%Y%m%dT%H%M%S%.3fZ"), stamp.id.simple());
    in_background(move || place(&folder, &name, &bytes)).await
}

pub(super) async fn check(folder: PathBuf) -> Result<String, SendError> {
    let shown = folder.display().to_string();
    in_background(move || {
        match fs::metadata(&folder) {
            // The first letter makes it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            known => known?,
        };
        let probe = folder.join(".check");
        private::create(&probe)?.write_all(b"ok")?;
        fs::remove_file(probe)
    })
    .await?;
    Ok(format!("no mail server is set; letters become files in {shown}"))
}

async fn in_background(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), SendError> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| SendError::Temporary(Cause::Folder(error.kind())))
}

fn place(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    private::make_folder(folder)?;
    let unfinished = folder.join(format!(".{name}.tmp"));
    let mut file = private::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(format!("{name}.eml")))?;
    // The name is safe on the disk only when the folder is.
    fs::File::open(folder)?.sync_all()
}
