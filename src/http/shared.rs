//! What anybody may ask again and again and the database has to be asked for: asked once a second at most, for all.

use tokio::sync::Mutex;

/// How long an answer is good for, in milliseconds.
const GOOD_FOR: u64 = 1_000;

/// The last answer to one question, and when it was given.
#[derive(Debug)]
pub struct Shared<T>(Mutex<Option<(i64, T)>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Shared<T> {
    /// The last answer, or a new one; `now` is in milliseconds. Those who ask meanwhile wait for it, and have it if it is still good.
    pub async fn get(&self, now: impl Fn() -> i64, ask: impl AsyncFnOnce() -> T) -> T {
        let mut last = self.0.lock().await;
        // A clock that was set back makes an answer old, not good for ever.
        if let Some((_, answer)) = last.as_ref().filter(|(at, _)| now().abs_diff(*at) < GOOD_FOR) {
            return answer.clone();
        }
        let answer = ask().await;
        *last = Some((now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_at_once_cost_one_answer() {
        let (shared, asked) = (Shared::default(), AtomicU32::new(0));
        let at = |millis: i64| {
            let (shared, asked) = (&shared, &asked);
            shared.get(
                move || millis,
                async move || {
                    tokio::task::yield_now().await;
                    asked.fetch_add(1, Ordering::Relaxed)
                },
            )
        };
        let answers = futures_util::future::join_all((0..50).map(|_| at(5_000))).await;
        assert_eq!(answers, [0; 50]);
        assert_eq!([at(5_999).await, at(6_000).await, at(6_500).await, at(5_000).await], [0, 1, 1, 2]);
    }
}
