//! Renditions: found, waited for, or made. Who asks first has one made, others wait for it, and the work goes on when they
//! leave.
//!
//! Room for the work is found before a byte of the original is read, and an original is read once for everything that is
//! wanted of it by then. How many may be wanted at once is bounded: who comes later is to try again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use entity::MediaObjectId;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::App;
use crate::domain::core::error::Error;
use crate::domain::library::asset::File;
use crate::domain::library::asset::image::{Picture, Spec};
use crate::domain::library::asset::object::{self, Blob};
use crate::domain::library::asset::rendition::{self, Turn};
use crate::media::pool::{PoolError, Room};
use crate::media::{self, Format, Unfit};
use crate::store::{Condition, PutMeta, Source, StoreError};

/// How long a request waits for a rendition, no matter who makes it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether another process is ready.
const LOOK: Duration = Duration::from_millis(500);
/// How long an original may take to arrive, while memory is kept for it.
const ARRIVAL: Duration = Duration::from_mins(1);
/// Renditions that are wanted and not made yet, of all originals.
const QUEUE: usize = 256;
/// Renditions that are made of one original before others have their turn.
const ROUND: usize = 32;

/// Why there is no rendition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("more renditions are waited for than the server keeps in mind")]
    Busy,
    /// Another try may end better.
    #[error("{0}")]
    Later(String),
    #[error("{0}")]
    Fault(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable | Error::TimedOut | Error::CannotWrite(_) | Error::Unconfirmed => {
                Self::Later(error.to_string())
            }
            error => Self::Fault(format!("{error:?}")),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            // A rendition that there is no room for is made when there is.
            StoreError::Full => Self::Later(error.to_string()),
            error if error.is_temporary() => Self::Later(error.to_string()),
            error => Self::Fault(error.to_string()),
        }
    }
}

impl From<PoolError> for Trouble {
    fn from(error: PoolError) -> Self {
        Self::Fault(error.to_string())
    }
}

/// It was looked at before it was stored, so this is ours and not the client's.
impl From<Unfit> for Trouble {
    fn from(unfit: Unfit) -> Self {
        Self::Fault(format!("an image could not be rendered: {unfit}"))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Made(Blob),
    /// The object is not there any more.
    Gone,
    /// Another process is at it.
    Theirs,
}

type Told = Result<Outcome, Trouble>;

/// What is wanted in this process and not made yet.
#[derive(Debug, Default)]
pub struct Renditions(Mutex<Wanted>);

#[derive(Debug, Default)]
struct Wanted {
    /// Those of one original, in the order in which they were asked for. One task is at work for each original here.
    of: HashMap<MediaObjectId, Vec<Wish>>,
    count: usize,
}

#[derive(Debug)]
struct Wish {
    spec: Spec,
    waiting: Vec<oneshot::Sender<Told>>,
}

/// What a request waits on for its rendition.
struct Asked {
    told: oneshot::Receiver<Told>,
    /// Nobody is at work for this original yet.
    is_first: bool,
}

impl Renditions {
    fn ask(&self, object: MediaObjectId, spec: Spec) -> Result<Asked, Trouble> {
        let (tell, told) = oneshot::channel();
        let mut wanted = self.wanted();
        let known =
            wanted.of.get_mut(&object).and_then(|wishes| wishes.iter_mut().find(|wish| wish.spec == spec));
        if let Some(wish) = known {
            wish.waiting.push(tell);
            return Ok(Asked { told, is_first: false });
        }
        if wanted.count >= QUEUE {
            return Err(Trouble::Busy);
        }
        wanted.count += 1;
        let is_first = !wanted.of.contains_key(&object);
        wanted.of.entry(object).or_default().push(Wish { spec, waiting: vec![tell] });
        Ok(Asked { told, is_first })
    }

    /// How many requests wait for a rendition.
    pub fn waiting(&self) -> usize {
        self.wanted().of.values().flatten().map(|wish| wish.waiting.len()).sum()
    }

    /// What is wanted of an original.
    fn of(&self, object: MediaObjectId) -> Vec<Spec> {
        self.wanted().of.get(&object).into_iter().flatten().map(|wish| wish.spec).collect()
    }

    /// Ends the work for an original when nothing is wanted of it; false when something is.
    fn end(&self, object: MediaObjectId) -> bool {
        let mut wanted = self.wanted();
        let is_over = wanted.of.get(&object).is_none_or(Vec::is_empty);
        if is_over {
            wanted.of.remove(&object);
        }
        is_over
    }

    fn next(&self, object: MediaObjectId, fits: impl Fn(&Spec) -> bool) -> Option<Spec> {
        self.wanted().of.get(&object)?.iter().map(|wish| wish.spec).find(fits)
    }

    fn tell(&self, object: MediaObjectId, spec: Spec, outcome: &Told) {
        let waiting = {
            let mut wanted = self.wanted();
            let Some(wishes) = wanted.of.get_mut(&object) else { return };
            let Some(at) = wishes.iter().position(|wish| wish.spec == spec) else { return };
            let wish = wishes.remove(at);
            wanted.count -= 1;
            wish.waiting
        };
        for tell in waiting {
            // Who asked may have left.
            let _ = tell.send(outcome.clone());
        }
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what is wanted of an original when the work for it ends in the middle; those who wait learn of it.
struct Work<'a> {
    renditions: &'a Renditions,
    object: MediaObjectId,
    is_done: bool,
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            let mut wanted = self.renditions.wanted();
            let wishes = wanted.of.remove(&self.object).unwrap_or_default();
            wanted.count -= wishes.len();
        }
    }
}

/// `None` when its object is gone. The picture is what is known of the file, and the server can make the rendition.
pub async fn find_or_make(
    app: &App,
    file: &File,
    picture: Picture,
    spec: Spec,
) -> Result<Option<Blob>, Trouble> {
    let name = spec.to_string();
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(row) = rendition::find(&app.db.reader(), file.object.id, &name).await? {
                return Ok(Blob::rendition(&file.object, &row, spec.output.mime()));
            }
            let asked = app.renditions.ask(file.object.id, spec)?;
            if asked.is_first {
                tokio::spawn(work(app.clone(), file.clone(), picture));
            }
            let told = asked.told.await;
            match told.unwrap_or_else(|_| Err(Trouble::Fault("making a rendition panicked".to_owned())))? {
                Outcome::Made(blob) => return Ok(Some(blob)),
                Outcome::Gone => return Ok(None),
                Outcome::Theirs => tokio::time::sleep(LOOK).await,
            }
        }
    });
    waited.await.unwrap_or_else(|_| Err(Trouble::Later("a rendition is not made yet".to_owned())))
}

/// Makes what is wanted of one original until nothing is.
async fn work(app: App, file: File, picture: Picture) {
    let object = file.object.id;
    let mut work = Work { renditions: &app.renditions, object, is_done: false };
    while !app.renditions.end(object) {
        if let Err(trouble) = round(&app, &file, &picture).await {
            for spec in app.renditions.of(object) {
                app.renditions.tell(object, spec, &Err(trouble.clone()));
            }
        }
    }
    work.is_done = true;
}

/// Makes what is wanted of an original, and what is asked for meanwhile as far as there is room for it. An error is one that
/// all have.
async fn round(app: &App, file: &File, picture: &Picture) -> Result<(), Trouble> {
    let object = file.object.id;
    let room = room_for_all(app, object, picture).await?;
    let mut original = None;
    for _ in 0..ROUND {
        let fits = |spec: &Spec| picture.memory_for(spec) <= room.bytes();
        let Some(spec) = app.renditions.next(object, fits) else { break };
        let name = spec.to_string();
        let now = app.clock.now();
        let outcome = match app.write(async |tx| rendition::claim(tx, now, object, &name).await).await? {
            Turn::Made(row) => {
                let blob = Blob::rendition(&file.object, &row, spec.output.mime());
                Ok(blob.map_or(Outcome::Gone, Outcome::Made))
            }
            Turn::Gone => Ok(Outcome::Gone),
            Turn::Theirs => Ok(Outcome::Theirs),
            Turn::Mine(maker) => {
                let made = make(app, file, picture, spec, maker, &room, &mut original).await;
                if made.is_err() {
                    app.write(async |tx| rendition::give_up(tx, object, &name, maker).await).await?;
                }
                match made {
                    // What cannot be read cannot be read for the others either.
                    Err(trouble) if original.is_none() => return Err(trouble),
                    made => made.map(Outcome::Made),
                }
            }
        };
        app.renditions.tell(object, spec, &outcome);
    }
    Ok(())
}

/// Room for the largest rendition that is wanted when there is room.
async fn room_for_all(app: &App, object: MediaObjectId, picture: &Picture) -> Result<Room, PoolError> {
    let most = || app.renditions.of(object).iter().map(|spec| picture.memory_for(spec)).max();
    let mut wanted = most().unwrap_or_default();
    loop {
        let room = app.pool.room(wanted).await?;
        match most() {
            // Asked for while this waited. There are few sizes, so this has an end.
            Some(larger) if larger > wanted => wanted = larger,
            _ => return Ok(room),
        }
    }
}

async fn make(
    app: &App,
    file: &File,
    picture: &Picture,
    spec: Spec,
    maker: Uuid,
    room: &Room,
    original: &mut Option<Bytes>,
) -> Result<Blob, Trouble> {
    let fault = |cause: String| Trouble::Fault(cause);
    let format = Format::from_mime(&file.object.mime_type).ok_or_else(|| fault("not an image".to_owned()))?;
    let bytes = match original {
        Some(bytes) => bytes.clone(),
        None => original.insert(read(app, file).await?).clone(),
    };
    let (object, name, measure) = (file.object.clone(), spec.to_string(), picture.measure);
    let made = app.pool.run_in(room, move || {
        let made = media::render(format, &bytes, &measure, &spec.rendering())?;
        // Hashed there too: a large one would keep a thread busy that readers are answered on.
        Ok::<_, Unfit>((Blob::made(&object, &name, spec.output.mime(), &made), made))
    });
    let (blob, bytes) = made.await??;
    let meta = PutMeta {
        content_type: blob.mime_type.clone(),
        cache_control: Some(object::CACHE_CONTROL.to_owned()),
        content_disposition: None,
        sha256: Some(blob.digest),
    };
    app.store.put(&blob.key, Source::Bytes(bytes.into()), &meta, Condition::None).await?;
    let (object, name) = (file.object.id, spec.to_string());
    let is_kept = app.write(async |tx| rendition::made(tx, object, &name, maker, &blob).await).await?;
    if !is_kept {
        // Its object is gone, or another process was thought to be faster and has the same bytes there.
        tracing::info!(key = blob.key, "a rendition was not needed any more");
    }
    Ok(blob)
}

async fn read(app: &App, file: &File) -> Result<Bytes, Trouble> {
    let original = Blob::original(&file.object);
    let original = original.ok_or_else(|| Trouble::Fault("an object has no size".to_owned()))?;
    let object = app.store.in_time(app.store.get(&original.key, None)).await?;
    let object = object.ok_or_else(|| Trouble::Fault(format!("{} is not in the store", original.key)))?;
    let arrived = tokio::time::timeout(ARRIVAL, object.body.collect(original.byte_size)).await;
    Ok(arrived.unwrap_or(Err(StoreError::Timeout))?)
}

#[cfg(test)]
mod tests;
