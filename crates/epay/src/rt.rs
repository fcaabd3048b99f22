//! The one place that reads the wall clock and knows tokio.

use async_trait::async_trait;
use epay_domain::{Clock, Timestamp};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The system's clock, with tokio's timer to wait by.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioClock;

#[async_trait]
impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the port's adapter")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    async fn sleep(&self, wait: Duration) {
        #[expect(clippy::disallowed_methods, reason = "this is the port's adapter")]
        tokio::time::sleep(wait).await;
    }
}
