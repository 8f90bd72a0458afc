//! A bounded pool for work on images: one core is left to those who are answered, and no more memory taken than allowed.
//!
//! The threads have a low claim on the processor, so that readers who are answered at the same time hardly notice. They live
//! as long as the pool: what one image has freed is there for the next one, which the allocator keeps by thread. Not the lowest: beside other busy programs it would never end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Memory is counted in these.
const UNIT: u64 = 1024 * 1024;
/// A tenth of the usual share where there is not enough for all (`man 7 sched`).
const NICE: i32 = 10;

/// Bounds the work on images of one process.
#[derive(Debug)]
pub struct Pool {
    memory: Arc<Semaphore>,
    work: mpsc::Sender<Work>,
    units: u32,
}

type Work = Box<dyn FnOnce() + Send>;

/// Why a piece of work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    #[error("the image takes more memory than the server allows (media_memory)")]
    TooLarge,
    /// A defect of a decoder. What it said is in the log alone.
    #[error("the file could not be read")]
    Panicked,
}

impl Pool {
    /// `memory` is in bytes.
    pub fn new(memory: u64) -> Self {
        let units = u32::try_from(memory / UNIT).unwrap_or(u32::MAX).max(1);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (work, waiting) = mpsc::channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..(cores - 1).max(1) {
            let waiting = Arc::clone(&waiting);
            std::thread::spawn(move || work_in_turn(&waiting));
        }
        Self { memory: Arc::new(Semaphore::new(units as usize)), work, units }
    }

    /// Does work that takes up to so many bytes, when its turn comes.
    pub async fn run<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let room = self.room(bytes).await?;
        self.run_in(&room, work).await
    }

    /// Waits until this many bytes of the memory budget are free. The caller reads its input after that, and not before.
    pub async fn room(&self, bytes: u64) -> Result<Room, PoolError> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        if units > self.units {
            return Err(PoolError::TooLarge);
        }
        let memory = Arc::clone(&self.memory).acquire_many_owned(units).await;
        Ok(Room { memory: Arc::new(memory.expect("the semaphore is never closed")), bytes })
    }

    /// Does work for which there is room, when its turn comes. Hands are never held by those who wait for memory.
    pub async fn run_in<T: Send + 'static>(
        &self,
        room: &Room,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let (send, receive) = oneshot::channel();
        // The permit moves into the work, so a caller that stops waiting does not free memory that is still in use.
        let memory = Arc::clone(&room.memory);
        let work = move || {
            let done = work();
            drop(memory);
            // Nobody may be waiting any more.
            let _ = send.send(done);
        };
        self.work.send(Box::new(work)).map_err(|_| PoolError::Panicked)?;
        receive.await.map_err(|_| PoolError::Panicked)
    }
}

/// Memory that one piece of work after the other may use, until this is dropped.
#[derive(Debug)]
pub struct Room {
    memory: Arc<OwnedSemaphorePermit>,
    bytes: u64,
}

impl Room {
    /// How many bytes it is for.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Does work that takes no memory to speak of at the same low priority, without a turn: a film that is copied is not to
/// keep images waiting. Whoever calls bounds how many there are.
pub async fn run_low_priority<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PoolError> {
    let (send, receive) = oneshot::channel();
    std::thread::spawn(move || {
        step_back();
        // Nobody may be waiting any more.
        let _ = send.send(work());
    });
    receive.await.map_err(|_| PoolError::Panicked)
}

/// Does one piece of work after the other until the pool is gone.
fn work_in_turn(waiting: &Mutex<mpsc::Receiver<Work>>) {
    step_back();
    loop {
        // Held while waiting and not while working, so whoever is free takes the next one.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // A panic ends the work, whose sender is dropped with it, and not the hand.
        let _ = catch_unwind(AssertUnwindSafe(work));
    }
}

/// Lowers the priority of this thread. Where that cannot be done, it is only slower for others.
fn step_back() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn memory_is_shared_out_and_given_back() {
        let pool = Arc::new(Pool::new(10 * UNIT));
        assert_eq!(pool.run(11 * UNIT, || ()).await, Err(PoolError::TooLarge));
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (pool, at_once, most) = (Arc::clone(&pool), Arc::clone(&at_once), Arc::clone(&most));
            running.spawn(async move {
                pool.run(6 * UNIT, move || {
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    at_once.fetch_sub(1, Ordering::SeqCst);
                })
                .await
            });
        }
        while let Some(done) = running.join_next().await {
            done.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1, "two of six do not fit into ten");
        assert_eq!(pool.memory.available_permits(), 10);
    }

    #[tokio::test]
    async fn a_panic_is_told_and_leaves_nothing_taken() {
        let pool = Pool::new(10 * UNIT);
        let ended = pool.run(UNIT, || panic!("a decoder met something that it did not expect")).await;
        assert_eq!(ended, Err::<(), _>(PoolError::Panicked));
        assert_eq!(pool.run(10 * UNIT, || 7).await, Ok(7));
        let ended = run_low_priority(|| panic!("a reader of containers did too")).await;
        assert_eq!(ended, Err::<(), _>(PoolError::Panicked));
        assert_eq!(run_low_priority(|| 7).await, Ok(7));
    }
}
