//! `wellspring import-media` and `wellspring media gc`: files from the disk into the library, and what is nobody's out of
//! the store.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use entity::asset::AssetState;
use entity::{AccountId, Role, SessionId, UploadId, asset};
use sha2::{Digest, Sha256};

use super::CommandError;
use crate::app::{App, Clock};
use crate::config::Config;
use crate::domain::access::policy::{ManageMedia, Permit, ReadMedia, Viewer};
use crate::domain::core::error::Refusals;
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::time::DAY;
use crate::domain::library::asset as assets;
use crate::domain::library::asset::delete::InUse;
use crate::domain::library::upload::{self, Announcement, Look};
use crate::domain::team::account;
use crate::jobs::collect::{self, Mode, Report};
use crate::jobs::promote;
use crate::media::Format;
use crate::media::container::{Sniffed, sniff};
use crate::store::{Condition, PutMeta, Source};

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files to import: images, video, audio, PDF, WebVTT.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Serve them by signed URLs that end, and by no others.
    #[arg(long)]
    private: bool,
}

#[derive(Debug, Subcommand)]
pub enum MediaCommand {
    /// Remove what nobody needs from the store, and tell what is missing there. The same runs every night.
    Gc(GcArgs),
}

#[derive(Debug, Args)]
pub struct GcArgs {
    /// Tell what would be removed, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Leave alone what is younger than so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 1)]
    min_age: u16,
}

/// Imports files one after the other; one that is no good does not keep the others out.
pub async fn import(config: Config, args: ImportArgs) -> Result<(), CommandError> {
    let app = App::open(config, Clock::System).await?;
    let now = app.clock.now();
    let owner = app.write(async |tx| account::first_owner(tx, now).await).await?;
    let mut refused = 0;
    for path in &args.files {
        match import_one(&app, owner.id, path, args.private).await {
            Ok(asset) => say(&format!("{}  {}", id::format(asset.id), path.display())),
            Err(problem) => {
                refused += 1;
                warn(&format!("{}: {problem}", path.display()));
            }
        }
    }
    app.db.close().await?;
    match refused {
        0 => Ok(()),
        refused => {
            Err(CommandError::Refused(format!("{refused} of {} files were not imported", args.files.len())))
        }
    }
}

/// What the operator may do: everything, on behalf of an owner.
fn viewer(owner: AccountId) -> Viewer {
    Viewer::Team { account: owner, role: Role::Owner, session: SessionId(uuid::Uuid::nil()) }
}

async fn import_one(
    app: &App,
    owner: AccountId,
    path: &Path,
    is_private: bool,
) -> Result<asset::Model, CommandError> {
    let words = "owners may do everything";
    let permit: Permit<ManageMedia> = viewer(owner).permit().expect(words);
    let (format, byte_size, sha256) = read(path)?;
    let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut refusals = Refusals::default();
    let announcement = Announcement {
        filename: &filename,
        mime_type: format.mime(),
        byte_size: i64::try_from(byte_size).unwrap_or(i64::MAX),
        sha256: &hex::encode(sha256),
        is_private,
        replaces: None,
    };
    let announced = upload::check(&announcement, app.config.media.max_bytes, &mut refusals);
    refusals.finish()?;
    let announced = announced.expect("refused otherwise");
    let id = UploadId::generate(app.clock.now());
    let (now, largest) = (app.clock.now(), app.config.media.max_bytes);
    app.write(async |tx| upload::create(tx, &permit, now, id, announced, largest, None).await).await?;
    let meta = PutMeta { content_type: format.mime().to_owned(), sha256: Some(sha256), ..PutMeta::default() };
    let key = upload::storage_key(id);
    app.store.put(&key, Source::File { path, byte_size }, &meta, Condition::None).await?;
    let completed =
        app.write(async |tx| upload::complete(tx, &permit, app.clock.now(), id, Look::Unless).await).await?;
    promote::at_once(app, id).await.map_err(|error| CommandError::Refused(error.to_string()))?;
    let library: Permit<ReadMedia> = viewer(owner).permit().expect(words);
    let asset = assets::by_id(&app.db.reader(), &library, completed.1.id).await?;
    let asset = asset.ok_or_else(|| CommandError::Refused("it was deleted meanwhile".to_owned()))?;
    if asset.state == AssetState::Rejected {
        let reason = asset.rejection.clone().unwrap_or_default();
        app.write(async |tx| {
            assets::delete::delete(tx, &permit, app.clock.now(), asset.id, InUse::Kept).await
        })
        .await?;
        return Err(CommandError::Refused(reason));
    }
    Ok(asset.into_inner())
}

/// What a file is, how long, and its hash.
fn read(path: &Path) -> Result<(Format, u64, [u8; 32]), CommandError> {
    let mut file = File::open(path)?;
    let (mut hash, mut size, mut format) = (Sha256::new(), 0_u64, None);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if size == 0 {
            format = Some(sniff(&buffer[..read.min(4_096)]));
        }
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
    match format {
        Some(Sniffed::Known(format)) => Ok((format, size, hash.finalize().into())),
        Some(Sniffed::Refused(reason)) => Err(CommandError::Refused(reason.to_string())),
        Some(Sniffed::Unknown) | None => Err(CommandError::Refused("such files are not taken".to_owned())),
    }
}

pub async fn run(config: Config, command: MediaCommand) -> Result<(), CommandError> {
    let MediaCommand::Gc(args) = command;
    let app = App::open(config, Clock::System).await?;
    let mode = if args.dry_run { Mode::Report } else { Mode::Remove };
    let report = collect::collect(&app, mode, i64::from(args.min_age) * DAY).await;
    let report = report.map_err(|error| CommandError::Refused(error.to_string()))?;
    show(&report);
    app.db.close().await?;
    match report.missing.len() {
        0 => Ok(()),
        missing => Err(CommandError::Refused(format!("{missing} files are missing in the store, see above"))),
    }
}

fn show(report: &Report) {
    for (what, keys) in [
        ("abandoned", &report.abandoned),
        ("leftover", &report.leftovers),
        ("unused", &report.unused),
        ("orphan", &report.orphans),
        ("lost rendition", &report.lost_renditions),
        ("MISSING", &report.missing),
    ] {
        for key in keys {
            say(&format!("{what}: {key}"));
        }
    }
    let found = report.abandoned.len() + report.leftovers.len() + report.unused.len() + report.orphans.len();
    say(&format!("{found} found that nobody needs, {} missing", report.missing.len()));
}

#[expect(clippy::print_stdout, reason = "the report is what was asked for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a file that was refused is told beside those that were taken")]
fn warn(text: &str) {
    eprintln!("wellspring: {text}");
}
