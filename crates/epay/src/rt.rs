//! The one place that reads the wall clock and knows tokio.

#[cfg(feature = "tokio")]
use async_trait::async_trait;
#[cfg(feature = "tokio")]
use epay_domain::{Clock, Timestamp};
use futures_util::future::Shared;
use std::pin::Pin;
#[cfg(feature = "tokio")]
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The system's clock, with tokio's timer to wait by.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioClock;

#[cfg(feature = "tokio")]
#[async_trait]
impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the port's adapter")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        static STARTED: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        #[expect(clippy::disallowed_methods, reason = "this is the port's adapter")]
        let now = Instant::now();
        now.saturating_duration_since(*STARTED.get_or_init(|| now))
    }

    async fn sleep(&self, wait: Duration) {
        #[expect(clippy::disallowed_methods, reason = "this is the port's adapter")]
        tokio::time::sleep(wait).await;
    }
}

/// Ready for ever once somebody has said to stop.
pub(crate) type Shutdown<'a> = Shared<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>;

/// The one seam through which anything is spawned: work that is to end although its caller has gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    #[cfg(feature = "tokio")]
    running: tokio_util::task::TaskTracker,
}

impl Tasks {
    /// Runs `work` to its end, on tokio where there is a runtime, else within this future.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        #[cfg(feature = "tokio")]
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let work = tracing::Instrument::in_current_span(work);
            return match self.running.spawn_on(work, &runtime).await {
                Ok(done) => done,
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                // The runtime is shutting down and drops this future next.
                Err(_) => std::future::pending().await,
            };
        }
        work.await
    }

    /// Waits until nothing is running.
    #[cfg(feature = "tokio")]
    pub(crate) async fn drained(&self) {
        self.running.close();
        self.running.wait().await;
        self.running.reopen();
    }
}
