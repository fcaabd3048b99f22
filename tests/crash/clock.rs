//! A shop's clock: its wall clock may be put back, its timer may not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use epay_domain::{Clock, Timestamp};
use epay_testkit::ManualClock;

/// What each call to the bank is given.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
/// More than a deadline, and little: for as long as the clock is behind, each age is nothing and looks come as fast as at
/// first.
const BACK: u64 = 2 * 60 * 1_000;

/// The bank's time by a timer that is right and a wall clock that can be wrong. Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct ShopClock {
    pub(crate) timer: ManualClock,
    back: Arc<AtomicU64>,
    by_the_wall: bool,
}

impl ShopClock {
    /// `by_the_wall` breaks it: it waits until its wall clock shows the time.
    pub(crate) fn new(timer: ManualClock, by_the_wall: bool) -> ShopClock {
        ShopClock { timer, back: Arc::default(), by_the_wall }
    }

    pub(crate) fn put_back(&self) {
        self.back.fetch_add(BACK, SeqCst);
    }
}

#[async_trait]
impl Clock for ShopClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.timer.now().unix_millis() - self.back.load(SeqCst))
    }

    fn monotonic(&self) -> Duration {
        self.timer.monotonic()
    }

    async fn sleep(&self, wait: Duration) {
        let end = self.now() + wait;
        self.timer.sleep(wait).await;
        while self.by_the_wall && self.now() < end {
            self.timer.sleep(end.since(self.now())).await;
        }
    }
}
