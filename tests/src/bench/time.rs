//! Virtual time: hours pass in a moment, and only when everybody waits.

use async_trait::async_trait;
use epay_domain::{Clock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const START: u64 = 1_795_478_400_000;

/// Tokio's paused time as a [`Clock`], with a wall that can be set apart. Clones show the same time.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    started: Instant,
    wall_ahead: Arc<AtomicI64>,
}

#[allow(
    clippy::disallowed_methods,
    reason = "this is a port's adapter, to a clock that a test holds"
)]
impl VirtualClock {
    /// A clock that shows 2026-11-24T00:00:00Z and was just started.
    pub fn start() -> VirtualClock {
        VirtualClock { started: Instant::now(), wall_ahead: Arc::default() }
    }

    /// The wall jumps by so many milliseconds, and no time has passed.
    pub fn jump(&self, millis: i64) {
        self.wall_ahead.fetch_add(millis, Ordering::SeqCst);
    }

    /// How long ago it was started.
    pub fn elapsed(&self) -> Duration {
        Instant::now() - self.started
    }

    /// Lets so many seconds pass.
    pub async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

#[async_trait]
#[allow(
    clippy::disallowed_methods,
    reason = "this is a port's adapter, to a clock that a test holds"
)]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let since = u64::try_from(self.elapsed().as_millis()).unwrap();
        let ahead = self.wall_ahead.load(Ordering::SeqCst);
        Timestamp::from_unix_millis((START + since).saturating_add_signed(ahead))
    }

    fn monotonic(&self) -> Duration {
        self.elapsed()
    }

    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}
