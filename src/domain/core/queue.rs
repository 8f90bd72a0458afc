//! Queues by key: of each key one at a time, in the order in which they came. Nothing is left of a key that nobody waits for.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Locks<K> = Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>;

/// All queues of one purpose. Clones are the same queues.
#[derive(Debug)]
pub struct Queue<K>(Arc<Locks<K>>);

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> Clone for Queue<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The first place in a key's queue, until it is dropped.
#[derive(Debug)]
pub struct Turn<K: Eq + Hash> {
    queue: Queue<K>,
    key: K,
    guard: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash + Clone> Queue<K> {
    /// Waits until nobody before it has the key.
    pub async fn turn(&self, key: K) -> Turn<K> {
        let lock = Arc::clone(self.lock().entry(key.clone()).or_default());
        // Made before the wait: one that is given up leaves the queue too.
        let mut turn = Turn { queue: self.clone(), key, guard: None };
        turn.guard = Some(lock.lock_owned().await);
        turn
    }
}

impl<K> Queue<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        let mut keys = self.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // The map has one, and everybody in the queue has one.
        if keys.get(&self.key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            keys.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_queue_takes_one_at_a_time_and_leaves_nothing_behind() {
        let queue = Queue::default();
        let first = queue.turn(1).await;
        drop(queue.turn(2).await);
        let late = tokio::time::timeout(Duration::ZERO, queue.turn(1)).await;
        assert!(late.is_err(), "the key is taken");
        assert_eq!(queue.lock().len(), 1);
        drop(first);
        assert_eq!(queue.lock().len(), 0);
        drop(queue.turn(1).await);
        assert_eq!(queue.lock().len(), 0);
    }
}
