//! A rendition: found, waited for, or made. Whoever asks first makes it; the work goes on when that client leaves.

use std::time::Duration;

use crate::app::App;
use crate::domain::asset::File;
use crate::domain::asset::image::Spec;
use crate::domain::asset::object::Blob;
use crate::domain::asset::rendition::{self, Turn};
use crate::media::pool::PoolError;
use crate::media::raster::{Crop, Fit, Rendering};
use crate::media::{self, Format, Unfit};
use crate::store::{Condition, PutMeta, Source};

use super::Failure;

/// How long a request waits for a rendition, whoever makes it. The work goes on.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(100);
/// Nothing that is stored under one key ever changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// `None` when its object is gone.
pub async fn find_or_make(app: &App, file: &File, spec: Spec) -> Result<Option<Blob>, Failure> {
    let stored = |row| Blob::rendition(&file.object, &row, spec.output.mime());
    let name = spec.to_string();
    if let Some(row) = rendition::find(&app.db.reader(), file.object.id, &name).await? {
        return Ok(stored(row));
    }
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            match turn(app, file, &name).await? {
                Turn::Made(row) => return Ok(stored(row)),
                Turn::Gone => return Ok(None),
                Turn::Theirs => tokio::time::sleep(LOOK).await,
                Turn::Mine(maker) => {
                    let (app, file) = (app.clone(), file.clone());
                    let work = tokio::spawn(async move { make(&app, &file, spec, maker).await });
                    work.await.map_err(|_| Failure::Fault("making a rendition panicked".to_owned()))??;
                }
            }
        }
    });
    waited.await.unwrap_or_else(|_| Err(Failure::Later("a rendition is not made yet".to_owned())))
}

async fn turn(app: &App, file: &File, name: &str) -> Result<Turn, Failure> {
    let now = app.clock.now();
    Ok(app.write(async |tx| rendition::claim(tx, now, file.object.id, name).await).await?)
}

/// Makes it, or leaves it to others.
async fn make(app: &App, file: &File, spec: Spec, maker: uuid::Uuid) -> Result<(), Failure> {
    let made = produce(app, file, spec, maker).await;
    if made.is_err() {
        let (object, name) = (file.object.id, spec.to_string());
        app.write(async |tx| rendition::give_up(tx, object, &name, maker).await).await?;
    }
    made
}

async fn produce(app: &App, file: &File, spec: Spec, maker: uuid::Uuid) -> Result<(), Failure> {
    let original = Blob::original(&file.object).ok_or(Failure::NotFound)?;
    let format = Format::from_mime(&file.object.mime_type).ok_or(Failure::NotFound)?;
    let Some(object) = app.store.get(&original.key, None).await? else {
        return Err(Failure::Fault(format!("{} is not in the store", original.key)));
    };
    let bytes = object.body.collect(original.byte_size).await?;
    let rendering = Rendering {
        width: spec.width,
        height: spec.height,
        fit: match spec.crop {
            None => Fit::Contain,
            Some((x, y)) => Fit::Cover(Crop { focal_x: part(x), focal_y: part(y) }),
        },
        format: spec.output,
    };
    let memory = media::memory_of(format, &bytes, &rendering).map_err(unfit)?;
    let (object, name) = (file.object.clone(), spec.to_string());
    let made = app.pool.run(memory, move || {
        let made = media::render(format, &bytes, &rendering)?;
        // Hashed there too: a large one would keep a thread busy that readers are answered on.
        Ok((Blob::made(&object, &name, spec.output.mime(), &made), made))
    });
    let made = made.await.map_err(|error: PoolError| Failure::Fault(error.to_string()))?;
    let (stored, made) = made.map_err(unfit)?;
    let meta = PutMeta {
        content_type: stored.mime_type.clone(),
        cache_control: Some(FOREVER.to_owned()),
        content_disposition: None,
        sha256: Some(stored.digest),
    };
    app.store.put(&stored.key, Source::Bytes(made.into()), &meta, Condition::None).await?;
    let (object, name) = (file.object.id, spec.to_string());
    let is_kept = app.write(async |tx| rendition::made(tx, object, &name, maker, &stored).await).await?;
    if !is_kept {
        // Its object is gone, or somebody else was thought to be faster and has the same bytes there.
        tracing::info!(key = stored.key, "a rendition was not needed any more");
    }
    Ok(())
}

fn part(thousandths: u16) -> f32 {
    f32::from(thousandths) / 1_000.0
}

/// It was looked at before it was stored, so this is ours and not the client's.
#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn unfit(unfit: Unfit) -> Failure {
    Failure::Fault(format!("an image could not be rendered: {unfit}"))
}
