//! A day in seconds: the `Clock` port on the system's clock times a factor, so that the product's own waits are short.

use std::time::Duration;

use async_trait::async_trait;
use epay::TokioClock;
use epay_domain::{Clock, Timestamp};

/// Three hours in a second: the not-found window of 24 hours is 8 seconds.
pub(crate) const FACTOR: u32 = 10_800;
/// The least real wait, so that "a second later" is no busy loop.
const LEAST: Duration = Duration::from_millis(5);

/// The same time in every process that has the same `started`. It knows only when the day began and how fast it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FastClock {
    pub(crate) started: Timestamp,
}

#[async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.started + TokioClock.now().since(self.started) * FACTOR
    }

    fn monotonic(&self) -> Duration {
        TokioClock.monotonic() * FACTOR
    }

    async fn sleep(&self, wait: Duration) {
        TokioClock.sleep((wait / FACTOR).max(LEAST)).await;
    }
}
