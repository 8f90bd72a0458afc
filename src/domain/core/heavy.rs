//! Heavy work of one viewer: differences, renderings, drafts that are projected. It is done on threads beside those that answer
//! requests, one at a time for each credential, and one core is left to the others. Whoever asks for much waits for its own.
//!
//! Never inside a transaction: who waits here would hold the database's writer. Work of that kind is bounded by the database's
//! connections and takes [`run_blocking`].

use std::sync::{Arc, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::{AddressBlock, Client, Credential};
use super::queue::{self, Queue};

/// For whom work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Credential(Credential),
    Address(AddressBlock),
    /// Everybody who looks at a draft by a link: many links make each other slow, and nobody else.
    Previews,
    /// The program itself.
    Nobody,
}

impl From<&Client> for Who {
    fn from(client: &Client) -> Self {
        match (client.credential, client.address) {
            (Some(credential), _) => Self::Credential(credential),
            (None, Some(address)) => Self::Address(address),
            (None, None) => Self::Nobody,
        }
    }
}

/// Where heavy work of a process is done.
#[derive(Debug)]
pub struct Heavy {
    own: Queue<Who>,
    turns: Arc<Semaphore>,
}

impl Default for Heavy {
    fn default() -> Self {
        Self::new(Self::at_once())
    }
}

/// The right to do one thing.
#[derive(Debug)]
pub struct Turn {
    own: queue::Turn<Who>,
    all: OwnedSemaphorePermit,
}

/// Whether what is worked for is still waited for.
#[derive(Debug)]
pub struct Wanted(Weak<()>);

impl Wanted {
    /// Whether the request is gone: answered, given up, or past its deadline.
    pub fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }
}

impl Heavy {
    /// How much is done at the same time: one less than there are cores.
    pub fn at_once() -> usize {
        std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
    }

    fn new(at_once: usize) -> Self {
        Self { own: Queue::default(), turns: Arc::new(Semaphore::new(at_once)) }
    }

    /// Waits for a turn. A request that is given up before it has one costs nothing.
    pub async fn turn(&self, who: impl Into<Who>) -> Turn {
        // The own queue comes first, so that no credential has two places in the one of all.
        let own = self.own.turn(who.into()).await;
        let all = Arc::clone(&self.turns).acquire_owned().await.expect("turns are never closed");
        Turn { own, all }
    }

    pub async fn run<T: Send + 'static>(
        &self,
        who: impl Into<Who>,
        work: impl FnOnce(&Wanted) -> T + Send + 'static,
    ) -> T {
        self.turn(who).await.run(work).await
    }
}

impl Turn {
    /// Does it. Where nobody waits any more, `work` should end early; what it answers then goes nowhere.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce(&Wanted) -> T + Send + 'static) -> T {
        let waits = Arc::new(());
        let wanted = Wanted(Arc::downgrade(&waits));
        let done = run_blocking(move || {
            let done = work(&wanted);
            // The turn goes along, so that a request that was given up does not make room before its work has ended.
            drop((self.all, self.own));
            done
        })
        .await;
        drop(waits);
        done
    }
}

/// Does work that takes long on a thread that may be taken up: texts of 200,000 characters take a second when they are
/// hostile, and other requests must not wait for them.
pub async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => unreachable!("nobody cancels it, and the runtime outlives its requests"),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    fn who(name: &str) -> Who {
        Who::Credential(Credential::of(name.as_bytes()))
    }

    /// How many run now, and the most that ever did.
    #[derive(Default)]
    struct Count {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Count {
        fn during(&self, work: impl FnOnce()) {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            work();
            self.now.fetch_sub(1, Ordering::SeqCst);
        }

        fn most(&self) -> usize {
            self.most.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn there_are_as_many_at_once_as_there_are_turns_and_one_for_each_credential() {
        let heavy = Arc::new(Heavy::new(2));
        let all = Arc::new(Count::default());
        let (meet, met) = (mpsc::channel::<()>(), mpsc::channel::<()>());
        // The first of each meets the other, so two of them run at the same time.
        let mut meeting = [Some((meet.0, met.1)), Some((met.0, meet.1))];
        let mut tasks = Vec::new();
        let mut own = Vec::new();
        for name in ["a", "b", "c"] {
            let count = Arc::new(Count::default());
            own.push(Arc::clone(&count));
            for nth in 0..8 {
                let (heavy, all, count) = (Arc::clone(&heavy), Arc::clone(&all), Arc::clone(&count));
                let other = match (name, nth) {
                    ("a", 0) => meeting[0].take(),
                    ("b", 0) => meeting[1].take(),
                    _ => None,
                };
                tasks.push(tokio::spawn(async move {
                    let work = move || {
                        if let Some((here, there)) = other {
                            here.send(()).expect("the other one waits");
                            there.recv().expect("the other one comes");
                        }
                    };
                    heavy.run(who(name), move |_| all.during(|| count.during(work))).await;
                }));
            }
        }
        for task in tasks {
            task.await.expect("no work panics");
        }
        assert_eq!(all.most(), 2);
        assert_eq!(own.iter().map(|count| count.most()).collect::<Vec<_>>(), [1, 1, 1]);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_begun() {
        let heavy = Heavy::new(1);
        let held = heavy.turn(who("a")).await;
        let begun = Arc::new(AtomicUsize::new(0));
        let work = |begun: &Arc<AtomicUsize>| {
            let begun = Arc::clone(begun);
            move |_: &Wanted| begun.fetch_add(1, Ordering::SeqCst)
        };
        for name in ["a", "b"] {
            let given_up = heavy.run(who(name), work(&begun));
            assert!(tokio::time::timeout(std::time::Duration::ZERO, given_up).await.is_err());
        }
        drop(held);
        heavy.run(who("b"), work(&begun)).await;
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn work_hears_that_its_request_is_gone_and_has_its_turn_until_it_ends() {
        let heavy = Arc::new(Heavy::new(1));
        let (started, has_started) = tokio::sync::oneshot::channel();
        let (ended, has_ended) = tokio::sync::oneshot::channel();
        let request = tokio::spawn({
            let heavy = Arc::clone(&heavy);
            async move {
                heavy
                    .run(who("a"), move |wanted| {
                        assert!(!wanted.is_over());
                        started.send(()).expect("the test waits");
                        while !wanted.is_over() {
                            std::thread::yield_now();
                        }
                        ended.send(()).expect("the test waits");
                    })
                    .await;
            }
        });
        has_started.await.expect("it starts");
        assert_eq!(heavy.turns.available_permits(), 0);
        request.abort();
        has_ended.await.expect("it ends");
        drop(heavy.turn(who("a")).await);
        assert_eq!(heavy.turns.available_permits(), 1);
    }
}
