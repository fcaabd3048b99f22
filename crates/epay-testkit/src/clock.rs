//! Time stands still until a test moves it, and then exactly the waits that are over end.

use async_trait::async_trait;
use epay_domain::{Clock, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A [`Clock`] moved by hand. Clones show the same time.
#[derive(Clone)]
pub struct ManualClock(Arc<watch::Sender<Timestamp>>);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> ManualClock {
        ManualClock(Arc::new(watch::Sender::new(now)))
    }

    /// Moves the time on and wakes every sleep that is over by then.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = *now + by);
    }

    /// How many tasks wait on it: how a test knows that another task has come to its wait.
    pub fn sleepers(&self) -> usize {
        self.0.receiver_count()
    }
}

/// Shows 2026-11-24T00:00:00Z.
impl Default for ManualClock {
    fn default() -> ManualClock {
        ManualClock::at(Timestamp::from_unix_millis(1_795_478_400_000))
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep(&self, wait: Duration) {
        let end = self.now() + wait;
        // The sender lives in `self`, so the wait can only end by the time coming.
        let _ = self.0.subscribe().wait_for(|now| *now >= end).await;
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleep_ends_when_its_time_has_come_and_not_before() {
        let clock = ManualClock::default();
        let start = clock.now();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(10)).await }
        });
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_millis(9_999));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_millis(1));
        sleeper.await.unwrap();
        assert_eq!(clock.sleepers(), 0);
        assert_eq!(clock.now().since(start), Duration::from_secs(10));
    }
}
