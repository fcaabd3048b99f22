//! Time stands still until a test moves it, and then exactly the waits that are over end.

use async_trait::async_trait;
use epay_domain::{Clock, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A [`Clock`] moved by hand: both its times, or the one on the wall alone. Clones show the same time.
#[derive(Clone)]
pub struct ManualClock(Arc<watch::Sender<Hands>>);

#[derive(Clone, Copy, Debug)]
struct Hands {
    wall: Timestamp,
    monotonic: Duration,
}

impl ManualClock {
    /// A clock that shows `now`, and has just been started.
    pub fn at(now: Timestamp) -> ManualClock {
        let hands = Hands { wall: now, monotonic: Duration::ZERO };
        ManualClock(Arc::new(watch::Sender::new(hands)))
    }

    /// Moves the time on and wakes every sleep that is over by then.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|hands| {
            hands.wall = hands.wall + by;
            hands.monotonic = hands.monotonic.saturating_add(by);
        });
    }

    /// Sets the time on the wall, forward or back, as an operator or a time server does. No time has
    /// passed, and no sleep ends.
    pub fn set_wall(&self, now: Timestamp) {
        self.0.send_modify(|hands| hands.wall = now);
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
        self.0.borrow().wall
    }

    fn monotonic(&self) -> Duration {
        self.0.borrow().monotonic
    }

    async fn sleep(&self, wait: Duration) {
        let end = self.monotonic().saturating_add(wait);
        // The sender lives in `self`, so the wait can only end by the time coming.
        let _ = self.0.subscribe().wait_for(|hands| hands.monotonic >= end).await;
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&*self.0.borrow()).finish()
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
        clock.set_wall(start + Duration::from_secs(1_000_000));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.set_wall(start);
        clock.advance(Duration::from_millis(1));
        sleeper.await.unwrap();
        assert_eq!(clock.sleepers(), 0);
        assert_eq!(clock.now().since(start), Duration::from_millis(1));
        assert_eq!(clock.monotonic(), Duration::from_secs(10));
    }
}
