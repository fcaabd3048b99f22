//! Metrics of the database, with the feature `metrics`.

use super::error::Fault;

/// A batch is on its way, until it is answered.
pub(super) async fn batch(writes: usize, work: impl Future<Output = ()>) {
    #[cfg(feature = "metrics")]
    let began = now();
    work.await;
    #[cfg(feature = "metrics")]
    {
        let writes = f64::from(u32::try_from(writes).unwrap_or(u32::MAX));
        metrics::histogram!("epay_postgres_batch_writes").record(writes);
        metrics::histogram!("epay_postgres_batch_seconds")
            .record(now().saturating_duration_since(began));
    }
    #[cfg(not(feature = "metrics"))]
    let _ = writes;
}

/// A statement is asked again.
pub(super) fn repeated(fault: &Fault) {
    let why = match fault {
        Fault::Lost(_) => "lost",
        Fault::NotDone(_) | Fault::Refused(_) | Fault::Taken(_) => "not_done",
    };
    #[cfg(feature = "metrics")]
    metrics::counter!("epay_postgres_repeats_total", "why" => why).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = why;
}

/// The server warned of a write: it waits for its replica no longer.
pub(super) fn warned() {
    #[cfg(feature = "metrics")]
    metrics::counter!("epay_postgres_warnings_total").increment(1);
}

/// A connection that is open, until it is dropped.
pub(super) struct Connected(());

impl Connected {
    pub(super) fn new() -> Connected {
        #[cfg(feature = "metrics")]
        metrics::gauge!("epay_postgres_connections").increment(1.0);
        Connected(())
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        #[cfg(feature = "metrics")]
        metrics::gauge!("epay_postgres_connections").decrement(1.0);
    }
}

#[cfg(feature = "metrics")]
#[expect(
    clippy::disallowed_methods,
    reason = "measures the machine and decides nothing, so no test has to hold it"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
