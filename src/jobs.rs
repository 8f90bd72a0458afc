//! Workers: they take jobs, run each under a heartbeat, and note how it ended. What a job does is in `dispatch`.
//!
//! A worker looks for jobs when a mutation of its own process has ended, when one of its jobs has ended, when the next one
//! is due, and every second. The first three are for speed, only the last is relied on: other processes enqueue too.
//!
//! Pauses and heartbeats are measured by the monotonic clock, so a wall clock that jumps stops neither. What a jump does
//! to the moments in the rows stands in `domain::job`.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};

use crate::app::App;
use crate::domain::core::error::Error;
use crate::domain::job::{self, Claim, Kind};

pub mod collect;
mod dispatch;
pub mod expire;
mod letter;
pub mod promote;
mod question_news;
mod run;
mod scratch;

pub use run::Ended;

/// The longest pause between two looks.
const POLL: Duration = Duration::from_secs(1);
/// What running jobs have to end when the process is told to stop.
const GRACE: Duration = Duration::from_secs(30);

/// Runs jobs until `stop` resolves, and then what is running for half a minute more. What is not done by then is given
/// back for others to take at once; answers how many those were.
pub async fn work(app: App, stop: impl Future<Output = ()>) -> usize {
    scratch::sweep(&app.config.scratch()).await;
    if let Err(error) = collect::plan(&app).await {
        tracing::warn!(%error, "the nightly collection could not be planned, the next start does: {error}");
    }
    if let Err(error) = expire::plan(&app).await {
        tracing::warn!(%error, "the nightly erasure could not be planned, the next start does: {error}");
    }
    let mut workers = Workers {
        name: worker_name(),
        app,
        expects_more: false,
        running: JoinSet::new(),
        held: HashMap::new(),
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        let pause = workers.take().await;
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = workers.running.join_next_with_id() => workers.ended(&ended),
            () = workers.app.db.written(), if pause.is_some() => {}
            () = tokio::time::sleep(pause.unwrap_or(POLL)), if pause.is_some() => {}
        }
    }
    workers.stop().await
}

/// Runs everything that is due, one after the other and schedules first, and answers how each ended.
pub async fn run_due(app: &App) -> Result<Vec<(Claim, Ended)>, Error> {
    let worker = worker_name();
    let mut ended = Vec::new();
    let [first, rest @ ..] = Kind::ALL;
    let shares = [(vec![first], 1), (rest.to_vec(), 1)];
    while let Some(claim) = take(app, &worker, &shares, 1).await?.pop() {
        let end = run::run(app, &claim).await;
        ended.push((claim, end));
    }
    Ok(ended)
}

struct Workers {
    name: String,
    app: App,
    /// Whether the last look took as many of some kind as there were hands, so that there are probably more.
    expects_more: bool,
    running: JoinSet<Ended>,
    held: HashMap<Id, Claim>,
}

/// Kinds of jobs, and how many of them may be taken together.
type Share = (Vec<Kind>, usize);

impl Workers {
    /// Begins what is due while there are hands free; answers how long to wait for more, if for more than a free hand.
    async fn take(&mut self) -> Option<Duration> {
        let free = self.free();
        if free.is_empty() {
            return None;
        }
        match self.look(&free).await {
            Ok(pause) => Some(pause),
            // The database has said so.
            Err(Error::CannotWrite(_)) => Some(POLL),
            Err(error) => {
                tracing::warn!(%error, "jobs could not be looked for: {error}");
                Some(POLL)
            }
        }
    }

    /// The kinds that have hands free, schedules first.
    fn free(&self) -> Vec<Share> {
        let busy = |kind| self.held.values().filter(|held| held.kind() == Some(kind)).count();
        let free = Kind::ALL.map(|kind| {
            let workers = kind.workers(self.app.config.workers);
            (vec![kind], workers.saturating_sub(busy(kind)))
        });
        free.into_iter().filter(|(_, workers)| *workers > 0).collect()
    }

    async fn look(&mut self, free: &[Share]) -> Result<Duration, Error> {
        // One moment for both questions, so that what becomes due between them is not overlooked by both.
        let (db, now) = (self.app.db.reader(), self.app.clock.now());
        // On SQLite taking a job needs the one writer, so the first look is a reader's.
        let kinds: Vec<Kind> = free.iter().flat_map(|(kinds, _)| kinds.iter().copied()).collect();
        if self.expects_more || job::claim::is_due(&db, now, self.app.config.lease_millis(), &kinds).await? {
            let claims = take(&self.app, &self.name, free, usize::MAX).await?;
            let taken = |kind: Kind| claims.iter().filter(|claim| claim.kind() == Some(kind)).count();
            self.expects_more = free
                .iter()
                .any(|(kinds, workers)| kinds.iter().copied().map(taken).sum::<usize>() == *workers);
            for claim in claims {
                let app = self.app.clone();
                let held = claim.clone();
                let task = self.running.spawn(async move { run::run(&app, &claim).await });
                self.held.insert(task.id(), held);
            }
            if self.expects_more {
                // Whichever ends first makes a free hand, and that is when to look again.
                return Ok(POLL);
            }
        }
        let Some(next) = job::claim::next_at(&db, now).await? else { return Ok(POLL) };
        let until = next.0.saturating_sub(self.app.clock.now().0).max(0);
        Ok(Duration::from_millis(until.unsigned_abs()).min(POLL))
    }

    fn ended(&mut self, ended: &Result<(Id, Ended), JoinError>) {
        let id = match ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        self.held.remove(&id);
    }

    async fn stop(mut self) -> usize {
        let finish = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                self.ended(&ended);
            }
        };
        if tokio::time::timeout(GRACE, finish).await.is_ok() {
            return 0;
        }
        self.running.abort_all();
        while let Some(ended) = self.running.join_next_with_id().await {
            if ended.is_ok() {
                self.ended(&ended);
            }
        }
        for claim in self.held.values() {
            run::give_back(&self.app, claim).await;
        }
        self.held.len()
    }
}

/// Takes what each share has hands for, up to `most` in all.
async fn take(app: &App, worker: &str, shares: &[Share], most: usize) -> Result<Vec<Claim>, Error> {
    let (now, lease) = (app.clock.now(), app.config.lease_millis());
    let tx = app.db.begin().await?;
    let mut claims = Vec::new();
    for (kinds, workers) in shares {
        let limit = (*workers).min(most.saturating_sub(claims.len()));
        if limit > 0 {
            let limit = u64::try_from(limit).unwrap_or(u64::MAX);
            claims.extend(job::claim::claim(&tx, worker, now, lease, kinds, limit).await?);
        }
    }
    tx.commit().await?;
    Ok(claims)
}

/// Tells apart the processes that share a database, also after a restart.
fn worker_name() -> String {
    format!("{}-{:08x}", std::process::id(), rand::random::<u32>())
}
